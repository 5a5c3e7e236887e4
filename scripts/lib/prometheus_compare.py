"""Compares Barograph with a real Prometheus; scripts/prometheus-compare says how."""

import argparse
import json
import math
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("BAROGRAPH_PROGRAM", str(ROOT / "scripts" / "barograph"))
STEP = 15
SAMPLES = 480
# No sample lies on the edge of a range, which Prometheus 2 closes on the left and Prometheus 3
# opens: samples lie 3.217 s behind the quarter minutes, every time asked for is a multiple of 5 s,
# and that of a subquery no multiple of its step, where its own evaluations lie.
SHIFT = 3.217
TOLERANCE = 1e-9


# --- samples

def samples(rng, start):
    """Series by name: kind, labels, and values by index (None is a gap)."""
    series = []
    for job in ("chat", "search", "batch"):
        for code in ("200", "429", "500"):
            # Far from zero: Prometheus 3 extrapolates less towards it than 2.
            total, values = 1e4, []
            for index in range(SAMPLES):
                if job == "batch" and index in (150, 301):
                    total = 0.0
                total += rng.choice((0, 0, 1, 2, 5, 0.5, 17))
                gone = job == "search" and code == "500" and 200 <= index < 260
                values.append(None if gone or rng.random() < 0.01 else total)
            series.append(("cmp_requests", "counter", {"job": job, "code": code}, values))
        values = [None if rng.random() < 0.02 else rng.choice((
            rng.uniform(-50, 50), float(rng.randrange(-5, 6)), 0.0, 1e-9 * rng.random(),
            1e18 * rng.random())) for _ in range(SAMPLES)]
        series.append(("cmp_level", "gauge", {"job": job, "zone": "a"}, values))
        values = [math.sin(index / 9) * 10 + rng.random() for index in range(SAMPLES)]
        series.append(("cmp_wave", "gauge", {"job": job, "zone": "ü \"q\" \\"}, values))
    odd = [(math.nan, math.inf, -math.inf, 0.0, -0.0, 1e300, 5e-324, 1.0)[i % 8]
           for i in range(SAMPLES)]
    series.append(("cmp_odd", "gauge", {"job": "chat"}, odd))
    series.append(("cmp_short", "gauge", {"job": "chat"}, [4.0] * 40 + [None] * (SAMPLES - 40)))
    return series


BOUNDS = [0.1, 0.25, 0.5, 1.0, 2.5, 10.0]


def histograms(rng):
    """Classic histograms: labels, and (counts per bucket, sum) by index."""
    result = []
    for job in ("chat", "search"):
        counts, total, points = [0] * (len(BOUNDS) + 1), 0.0, []
        for _ in range(SAMPLES):
            for _ in range(rng.randrange(6)):
                value = rng.expovariate(1.2)
                counts[sum(1 for bound in BOUNDS if value > bound)] += 1
                total += value
            points.append((list(counts), total))
        result.append(({"job": job}, points))
    return result


def at(start, index):
    return start + index * STEP + SHIFT


def escaped(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def label_text(labels):
    # Barograph tells a resource's service under its own word too.
    labels = labels | {"service": labels["job"]}
    return ",".join(f'{name}="{escaped(value)}"' for name, value in sorted(labels.items()))


def number(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


def open_metrics(series, histogram_series, start):
    """The samples as promtool backfills them."""
    lines = []
    for name in sorted({entry[0] for entry in series}):
        kind = next(entry[1] for entry in series if entry[0] == name)
        lines.append(f"# TYPE {name} {kind}")
        suffix = "_total" if kind == "counter" else ""
        for _, _, labels, values in (entry for entry in series if entry[0] == name):
            for index, value in enumerate(values):
                if value is not None:
                    lines.append(f"{name}{suffix}{{{label_text(labels)}}} {number(value)} "
                                 f"{at(start, index):.3f}")
    lines.append("# TYPE cmp_latency_seconds histogram")
    for labels, points in histogram_series:
        for index, (counts, total) in enumerate(points):
            below, text, moment = 0, label_text(labels), f"{at(start, index):.3f}"
            for bound, count in zip([str(bound) for bound in BOUNDS] + ["+Inf"], counts):
                below += count
                bound = bound.removesuffix(".0")
                lines.append(
                    f'cmp_latency_seconds_bucket{{{text},le="{bound}"}} {below} {moment}')
            lines.append(f"cmp_latency_seconds_sum{{{text}}} {number(total)} {moment}")
            lines.append(f"cmp_latency_seconds_count{{{text}}} {below} {moment}")
    lines.append("# EOF")
    return "\n".join(lines) + "\n"


def attributes(labels):
    return [{"key": name, "value": {"stringValue": value}} for name, value in labels.items()]


def nanoseconds(moment):
    return str(round(moment * 1000) * 1_000_000)


def otlp(series, histogram_series, start, indices):
    """The samples of some indices as one OTLP/JSON request, one resource a job."""
    jobs = {}
    for name, kind, labels, values in series:
        points = [{"attributes": attributes({k: v for k, v in labels.items() if k != "job"}),
                   "startTimeUnixNano": nanoseconds(start),
                   "timeUnixNano": nanoseconds(at(start, index)),
                   "asDouble": values[index] if math.isfinite(values[index])
                   else {True: "NaN", False: "Infinity" if values[index] > 0 else "-Infinity"}[
                       math.isnan(values[index])]}
                  for index in indices if values[index] is not None]
        if not points:
            continue
        body = {"dataPoints": points}
        if kind == "counter":
            body |= {"aggregationTemporality": 2, "isMonotonic": True}
        key = "sum" if kind == "counter" else "gauge"
        jobs.setdefault(labels["job"], []).append({"name": name, key: body})
    for labels, points in histogram_series:
        body = {"aggregationTemporality": 2, "dataPoints": [{
            "attributes": attributes({k: v for k, v in labels.items() if k != "job"}),
            "startTimeUnixNano": nanoseconds(start),
            "timeUnixNano": nanoseconds(at(start, index)),
            "count": str(sum(points[index][0])), "sum": points[index][1],
            "bucketCounts": [str(count) for count in points[index][0]],
            "explicitBounds": BOUNDS} for index in indices]}
        jobs.setdefault(labels["job"], []).append(
            {"name": "cmp_latency", "unit": "s", "histogram": body})
    return {"resourceMetrics": [
        {"resource": {"attributes": attributes({"service.name": job})},
         "scopeMetrics": [{"metrics": metrics}]} for job, metrics in jobs.items()]}


# --- queries

FIXED, REFUSED = (
    part.strip().splitlines() for part in
    (ROOT / "scripts" / "lib" / "prometheus_queries.txt").read_text().split(
        "# What is refused when it is parsed or run:\n"))


class Maker:
    """Queries out of a small grammar."""

    FUNCTIONS = ("abs", "ceil", "floor", "sgn", "exp", "-", "sqrt")
    OVER_TIME = ("avg", "min", "max", "sum", "count", "last", "stddev")

    def __init__(self, rng):
        self.rng = rng

    def selector(self, counter=False):
        name = "cmp_requests_total" if counter else self.rng.choice(("cmp_level", "cmp_wave"))
        conditions = []
        if self.rng.random() < 0.4:
            conditions.append(self.rng.choice((
                'job="chat"', 'job=~"chat|search"', 'job!="batch"', 'job!~"s.*"', 'job=~".+"')))
        if counter and self.rng.random() < 0.3:
            conditions.append(self.rng.choice(('code="200"', 'code=~"[45].."', 'code!="429"')))
        return name + ("{" + ",".join(conditions) + "}" if conditions else "")

    def span(self):
        return self.rng.choice(("1m", "2m", "5m", "7m30s", "10m", "25m"))

    def offset(self):
        return f" offset {self.rng.choice(('1m', '10m', '35s'))}" if self.rng.random() < 0.2 else ""

    def leaf(self):
        kind = self.rng.randrange(5)
        if kind == 0:
            return self.selector() + self.offset()
        if kind == 1:
            name = self.rng.choice(("rate", "increase", "irate", "delta", "changes", "resets"))
            return f"{name}({self.selector(name != 'delta')}[{self.span()}]{self.offset()})"
        if kind == 2:
            name = self.rng.choice(self.OVER_TIME)
            return f"{name}_over_time({self.selector()}[{self.span()}]{self.offset()})"
        if kind == 3:
            return (f"max_over_time(rate({self.selector(True)}[{self.span()}])"
                    f"[{self.span()}:{self.rng.choice(('30s', '1m'))}])")
        return self.selector(True) + self.offset()

    def vector(self, depth):
        kind = self.rng.randrange(6) if depth > 0 else 0
        if kind <= 1:
            return self.leaf()
        if kind == 2:
            name = self.rng.choice(("sum", "avg", "min", "max", "count", "stddev", "stdvar"))
            by = self.rng.choice(("", " by (job)", " without (code)", " by (job, zone)"))
            return f"{name}{by} ({self.vector(depth - 1)})"
        if kind == 3:
            sign = self.rng.choice(("+", "-", "*", "/", ">", "<=", "> bool", "% "))
            return f"({self.vector(depth - 1)}) {sign} {self.rng.choice(('2', '0.5', '10', '-3'))}"
        if kind == 4:
            name = self.rng.choice(self.FUNCTIONS)
            return f"{name}({self.vector(depth - 1)})"
        left, right = self.vector(depth - 1), self.vector(depth - 1)
        sign = self.rng.choice(("and", "or", "unless"))
        if self.rng.random() < 0.5:
            sign = self.rng.choice(("+", "-", "/", "*", ">"))
            left, right = f"sum by (job) ({left})", f"sum by (job) ({right})"
        return f"({left}) {sign} ({right})"

    def query(self):
        return self.vector(self.rng.randrange(1, 4))


# --- servers

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A child process that answers HTTP on loopback, asked as Prometheus' API."""

    def __init__(self, words, port, ready, log):
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(log, "wb")
        self.process = subprocess.Popen(words, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url + ready, timeout=5).read()
                return
            except (urllib.error.URLError, OSError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        sys.exit(f"{words[0]} did not start; see {log}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def ask(self, path, **fields):
        """The status and the answer to a query sent as a form."""
        body = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data=body)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def get(self, path):
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def post(self, path, body):
        request = urllib.request.Request(
            f"{self.url}{path}", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def barograph(directory):
    port = free_port()
    config = pathlib.Path(directory, "barograph.yaml")
    config.write_text("durability: commit\n")
    return Server(
        [PROGRAM, "serve", "--data", f"{directory}/barograph", "--listen", f"127.0.0.1:{port}",
         "--udp", "off", "--config", str(config)], port, "/readyz", f"{directory}/barograph.log")


def prometheus(directory, config, *flags):
    port = free_port()
    path = pathlib.Path(directory, "prometheus.yml")
    path.write_text(config)
    return Server(
        ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={directory}/prometheus",
         f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn", *flags],
        port, "/-/ready", f"{directory}/prometheus.log")


# --- comparing

def close(mine, theirs):
    left, right = float(mine), float(theirs)
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    if left == right:
        return True
    # Sums of numbers of very different size keep only what is left of the largest: 1e18 here.
    return abs(left - right) <= TOLERANCE * max(abs(left), abs(right))


def series_of(data):
    """The points of an answer by label set."""
    result = {}
    if data["resultType"] in ("scalar", "string"):
        return {(): [data["result"]]}
    for one in data["result"]:
        key = tuple(sorted(one["metric"].items()))
        result[key] = one.get("values") or [one["value"]]
    return result


def difference(mine, theirs):
    """What differs between two answers, or None."""
    (status, ours), (wanted, real) = mine, theirs
    if status != wanted or ours.get("errorType") != real.get("errorType"):
        return (f"answered {status} {ours.get('errorType', '')}, Prometheus {wanted} "
                f"{real.get('errorType', '')}: {ours.get('error', '')} / {real.get('error', '')}")
    if status != 200:
        return None
    if ours["data"]["resultType"] != real["data"]["resultType"]:
        return f"type {ours['data']['resultType']}, not {real['data']['resultType']}"
    left, right = series_of(ours["data"]), series_of(real["data"])
    if left.keys() != right.keys():
        return (f"{len(left)} series, not {len(right)}; only here: "
                f"{sorted(left.keys() - right.keys())[:2]}, only there: "
                f"{sorted(right.keys() - left.keys())[:2]}")
    for key, points in left.items():
        others = right[key]
        if [point[0] for point in points] != [point[0] for point in others]:
            return (f"{dict(key)}: {len(points)} points, not {len(others)}; from "
                    f"{points[0][0]}, not {others[0][0]}")
        for (moment, value), (_, other) in zip(points, others):
            if ours["data"]["resultType"] == "string":
                if value != other:
                    return f"{value} is not {other}"
            elif not close(value, other):
                return f"{dict(key)} at {moment}: {value} is not {other}"
    return None


# What differs on purpose, by a part of the query and of what differs: Barograph follows
# Prometheus 3, and 2.42 is what is asked here.
REASONS = [
    ("atan2", "only there: .*__name__", "Prometheus 3 drops the name behind atan2 too"),
    (r'^\("a"\)$', "StepInvariantExpr", "a mistake of Prometheus 2.42"),
    ("std(dev|var)", "NaN is not 0", "the deviation of one NaN is NaN in Prometheus 3"),
    ("count_values", 'invalid label name "~"', "any UTF-8 text is a label in Prometheus 3"),
]


def reason(query, problem):
    for asked, told, text in REASONS:
        if re.search(asked, query) and re.search(told, problem):
            return text
    return None


class Score:
    def __init__(self):
        self.passed, self.explained, self.failed = 0, [], []

    def note(self, query, problem):
        if problem is None:
            self.passed += 1
        elif text := reason(query, problem):
            self.explained.append((query, text))
        else:
            self.failed.append((query, problem))


def compare_queries(mine, theirs, start, arguments, rng, score):
    end = start + SAMPLES * STEP
    maker = Maker(rng)
    queries = FIXED + [maker.query() for _ in range(arguments.cases)]
    for query in queries:
        moment = rng.randrange(start // 30 + 30, end // 30) * 30 + rng.choice((5, 10, 20))
        score.note(query, difference(*(
            server.ask("query", query=query, time=moment) for server in (mine, theirs))))
        fields = {"start": moment - rng.randrange(10, 60) * 30,
                  "end": moment + 5 * rng.randrange(60),
                  "step": rng.choice((30, 60, 150) if ":" in query else (5, 30, 60, 145))}
        score.note(query, difference(*(
            server.ask("query_range", query=query, **fields) for server in (mine, theirs))))
    for query in REFUSED:
        for path, fields in (("query", {"time": end}),
                             ("query_range", {"start": start, "end": end, "step": 60})):
            if path == "query" and query.endswith("[5m]"):
                continue
            score.note(query, difference(*(
                server.ask(path, query=query, **fields) for server in (mine, theirs))))
    return len(queries)


LISTS = [
    "/api/v1/labels?match[]={__name__=~%22cmp_.*%22}", "/api/v1/label/job/values",
    "/api/v1/label/code/values?match[]=cmp_requests_total", "/api/v1/label/nosuch/values",
    "/api/v1/label/le/values?match[]=cmp_latency_seconds_bucket", "/api/v1/label/0bad/values",
    "/api/v1/series?match[]=cmp_level&match[]=cmp_requests_total{job=%22chat%22}",
    "/api/v1/series", "/api/v1/series?match[]={}", "/api/v1/series?match[]=cmp_wave[5m]",
    "/api/v1/format_query?query=sum(up)by(job)", "/api/v1/format_query?query=sum(",
    "/api/v1/query?query=up&time=nope", "/api/v1/query?query=1&timeout=x", "/api/v1/query",
    "/api/v1/query_range?query=1&start=0&end=10&step=0",
    "/api/v1/query_range?query=1&start=10&end=0&step=1",
    "/api/v1/query_range?query=1&start=0&end=1000000&step=1",
    "/api/v1/query_range?query=1&start=0&end=11000&step=1",
    "/api/v1/query?query=1&time=2026-11-21T02:29:45.05Z",
    "/api/v1/query_range?query=1&start=2026-11-21T02:29:45%2B01:00&end=1795224586&step=0.5",
]


def compare_lists(mine, theirs, start, score):
    # Barograph's own families are in lists that name no metric; only what both were sent counts.
    for path in LISTS:
        answers = [server.get(path) for server in (mine, theirs)]
        (status, ours), (wanted, real) = answers
        problem = None
        if (status, ours.get("errorType")) != (wanted, real.get("errorType")):
            problem = f"{status} {ours}, not {wanted} {real}"
        elif status == 200 and "/label/job/" in path:
            problem = None if set(real["data"]) <= set(ours["data"]) else f"{ours} / {real}"
        elif status == 200 and ours["data"] != real["data"]:
            problem = f"{ours['data']} is not {real['data']}"
        elif status != 200 and "parse error" not in ours["error"] + real["error"]:
            same = ours["error"] == real["error"]
            problem = None if same else f"{ours['error']} is not {real['error']}"
        score.note(path, problem)


def first_part(directory, arguments, rng, score):
    now = int(time.time())
    # So that the samples lie in two hours that promtool writes as one or two blocks.
    start = (now - SAMPLES * STEP - 600) // 60 * 60
    series, histogram_series = samples(rng, start), histograms(rng)
    source = pathlib.Path(directory, "samples.om")
    source.write_text(open_metrics(series, histogram_series, start))
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(source),
         f"{directory}/prometheus"], check=True, stdout=subprocess.DEVNULL)
    mine = barograph(directory)
    try:
        for first in range(0, SAMPLES, 20):
            indices = range(first, min(first + 20, SAMPLES))
            answer = mine.post("/v1/metrics", otlp(series, histogram_series, start, indices))
            if answer.get("partialSuccess", {}).get("rejectedDataPoints"):
                sys.exit(f"Barograph refused samples: {answer}")
        theirs = prometheus(directory, "global: {}\n")
        try:
            count = compare_queries(mine, theirs, start, arguments, rng, score)
            compare_lists(mine, theirs, start, score)
        finally:
            theirs.stop()
    finally:
        mine.stop()
    return count


# --- scraping

SCRAPE = """
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: barograph
    static_configs: [{targets: ["%s"]}]
"""

EXACT = [
    "sum by (model, status) (llm_requests_total)", "sum by (model, type) (llm_tokens_total)",
    "sum by (model) (llm_cost_usd_total)",
    "sum by (model) (llm_requests_total) - sum by (model) (llm_requests_total offset 70s)",
    "histogram_count(sum by (model) (llm_request_duration_seconds))",
    "histogram_sum(sum by (model) (llm_request_duration_seconds))",
]
# Both see every call of the interval. Barograph knows what happened in it; Prometheus extrapolates
# from its scrapes, a second apart, and 2.42 interpolates in native buckets along a straight line.
NEAR = [
    "histogram_quantile(0.5, sum by (model) (llm_request_duration_seconds))",
    "histogram_quantile(0.99, sum by (model) (llm_request_duration_seconds))",
    "histogram_fraction(0, 0.2, sum by (model) (llm_request_duration_seconds))",
    "sum by (model) (increase(llm_requests_total[75s]))",
    "sum by (model) (rate(llm_tokens_total[75s]))", "sum(increase(llm_cost_usd_total[75s]))",
    "histogram_quantile(0.5, sum by (model) (rate(llm_request_duration_seconds[75s])))",
    "histogram_quantile(0.99, sum by (model) (increase(llm_request_duration_seconds[75s])))",
    "histogram_count(sum(increase(llm_request_duration_seconds[75s])))",
]


def traffic(server, rng, seconds):
    """Calls at a steady pace, a few a post."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        lines = []
        for _ in range(8):
            lines.append(json.dumps({
                "type": "llm", "service": "chat", "provider": "openai",
                "model": rng.choice(("gpt-4o", "gpt-4o-mini")), "input_tokens": rng.randrange(900),
                "output_tokens": rng.randrange(300), "duration_ms": rng.expovariate(1 / 300),
                "status": rng.choice(("ok", "ok", "ok", "error")),
                "trace_id": f"{rng.getrandbits(128) | 1:032x}"}))
        request = urllib.request.Request(
            f"{server.url}/v1/events", data="\n".join(lines).encode(),
            headers={"Content-Type": "application/x-ndjson"})
        urllib.request.urlopen(request, timeout=30).read()
        time.sleep(0.1)


def within(mine, theirs, tolerance):
    if mine[0] != 200 or theirs[0] != 200:
        return f"{mine} / {theirs}"
    left, right = series_of(mine[1]["data"]), series_of(theirs[1]["data"])
    if left.keys() != right.keys() or not left:
        return f"{sorted(left)} are not {sorted(right)}"
    for key in left:
        ours, real = float(left[key][0][1]), float(right[key][0][1])
        if abs(ours - real) > tolerance * max(abs(ours), abs(real)):
            return f"{dict(key)}: {ours} is not {real} within {tolerance}"
    return None


def second_part(directory, rng, score):
    os.mkdir(directory)
    mine = barograph(directory)
    try:
        # Series that are there from the start: no first sample goes unseen.
        traffic(mine, rng, 2)
        theirs = prometheus(
            directory, SCRAPE % mine.url.removeprefix("http://"),
            "--enable-feature=native-histograms")
        try:
            time.sleep(15)
            traffic(mine, rng, 60)
            time.sleep(6)
            moment = time.time() - 2
            targets = json.load(urllib.request.urlopen(f"{theirs.url}/api/v1/targets"))
            target = targets["data"]["activeTargets"][0]
            if target["health"] != "up":
                score.note("scrape", target["lastError"])
            for queries, tolerance in ((EXACT, TOLERANCE), (NEAR, 0.035)):
                for query in queries:
                    answers = [
                        server.ask("query", query=query, time=f"{moment:.3f}")
                        for server in (mine, theirs)]
                    problem = within(*answers, tolerance)
                    score.note(query, problem)
                    values = [next(iter(series_of(answer[1]["data"]).values()), [["", "none"]])
                              for answer in answers if answer[0] == 200]
                    print(f"  {query}: " + " / ".join(str(value[0][1]) for value in values))
        finally:
            theirs.stop()
    finally:
        mine.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--part", choices=("queries", "scrape"))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    rng, score = random.Random(arguments.seed), Score()
    with tempfile.TemporaryDirectory(prefix="barograph-compare-") as directory:
        if arguments.part != "scrape":
            count = first_part(directory, arguments, rng, score)
            print(f"{count} queries, each at one time and over a range")
        if arguments.part != "queries":
            second_part(f"{directory}/scrape", rng, score)
    for query, text in sorted(set(score.explained)):
        print(f"differs on purpose: {query}\n  {text}")
    for query, problem in score.failed:
        print(f"DIFFERS: {query}\n  {problem}")
    print(f"{score.passed} agree, {len(score.explained)} differ on purpose, "
          f"{len(score.failed)} differ")
    sys.exit(1 if score.failed else 0)


main()
