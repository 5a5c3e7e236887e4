"""Runs every query of the panels against a collector and a feed, and compares with the oracle."""

import csv, json, math, os, shutil, sys, tempfile, time, urllib.parse

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SCRIPTS, "chaos"))
import collector as chaos
import judges_check
from dashboards_feed import Feed, Near, Slice
from dashboards_oracle import (
    CALCULATIONS,
    FIGURES,
    PLAUSIBLE,
    PLAUSIBLE_LATER,
    TABLE,
    Judged,
    Live,
)

DASHBOARDS = os.path.join(os.path.dirname(SCRIPTS), "dashboards")
REACH, STEP = 900, 60
LIMITS = [{"provider": "live", "model": "live-1", "rpm": 100, "tpm": 100_000}]
RULES = """
groups:
  - name: feed
    interval: 1s
    rules:
      - alert: Asked
        expr: sum by (service) (llm_requests_total{service!="live"}) > 0
        labels: {severity: page}
"""
MACROS = {"$__rate_interval": f"{STEP}s", "$__range": f"{REACH}s", "$__interval": f"{STEP}s"}
TOLERANCE = 1e-9


def live_lines(now):
    """Calls of this moment: what is in flight, and what uses up a limit."""
    call = {"type": "llm", "service": "live", "provider": "live", "model": "live-1"}
    for number in range(3):
        started = {"event_id": f"started-{number}", "span_id": f"{number + 1:016x}"}
        yield json.dumps({**call, **started, "trace_id": "f" * 32, "start": now})
    for number in range(60):
        yield json.dumps(
            {
                **call,
                "event_id": f"live-{number}",
                "time": now,
                "duration_ms": 1,
                "status": "ok",
                "input_tokens": 90,
                "output_tokens": 10,
            }
        )
    yield json.dumps({"type": "log", "event_id": "doubtful", "duration_ms": -5, "message": "m"})


EVALUATED = {"service": "judged"}
EVALUATORS = [
    {"name": "valid", "check": "json", "when": EVALUATED},
    {"name": "short", "check": "length", "max": 60, "when": {**EVALUATED, "operation": "chat"}},
]


class Judgement:
    """Calls that evaluators and a judge look at, and the judge's model, which fails once."""

    calls, budget, model = 40, 0.01, "gpt-4o-mini"

    def __init__(self, others, directory):
        self.provider = judges_check.Provider("openai", ["500", "judges"])
        self.others, self.texts = others, 0
        self.key_file = os.path.join(directory, "key")
        with open(self.key_file, "w", encoding="utf-8") as file:
            file.write(judges_check.KEY)

    @property
    def judges(self):
        return [
            {
                "name": "kind",
                "model": self.model,
                "base_url": self.provider.url,
                "api_key": {"file": self.key_file},
                "prompt": "Is this kind? {{output}}",
                "when": {**EVALUATED, "prompt": "told"},
                "budget_usd_per_day": self.budget,
                "cache_ttl": "1h",
                "concurrency": 1,
                "retries": 0,
            }
        ]

    def lines(self, now):
        for number in range(self.calls):
            call = {
                "type": "llm",
                "event_id": f"judged-{number}",
                "time": now,
                "status": "ok",
                "operation": ["chat", "completion"][number % 2],
                **EVALUATED,
            }
            if number % 8 < 6:
                # Of three calls with the same answer the judge is asked about one.
                call.update(prompt="told", output=f"Answer {self.texts // 3}")
                self.texts += 1
            yield json.dumps(call)

    @property
    def asked(self):
        return sum(one["cost"] > 0 for one in self.provider.records)

    @property
    def cost(self):
        return math.fsum(one["cost"] for one in self.provider.records)

    def wait(self, subject):
        ends = time.monotonic() + 20
        asked = 'sum(barograph_judge_questions_total) + sum(barograph_evaluations_total{outcome=~"'
        asked += 'scored|missing"})'
        while time.monotonic() < ends:
            result = ask(subject, "/api/v1/query", query=asked)["data"]["result"]
            if result and float(result[0]["value"][1]) == self.texts + self.calls * 3 // 2:
                return
            time.sleep(0.05)
        sys.exit(f"judges and evaluators did not come to an end: {result}")


def post(subject, lines, rejected=0):
    connection = subject.connect(60)
    connection.request("POST", "/v1/events", "\n".join(lines).encode())
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or json.loads(body)["rejected"] != rejected:
        sys.exit(f"events were answered {answer.status}: {body[:300]}")


def ask(subject, path, **fields):
    connection = subject.connect(60)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, urllib.parse.urlencode(fields), kind)
    answer = connection.getresponse()
    return json.loads(answer.read())


def filled(expr, variables):
    for name, value in {**MACROS, **variables}.items():
        expr = expr.replace(name, value)
    return expr


def variables_of(dashboard):
    found = {}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            found[f"${variable['name']}"] = ".*"
        elif variable["type"] == "custom":
            found[f"${variable['name']}"] = "1h"
    # The longest first: one name may begin another.
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def answers(subject, target, variables, end):
    """The points of a query as (time, labels, value)."""
    fields = {"query": filled(target["expr"], variables)}
    if target["instant"]:
        answer = ask(subject, "/api/v1/query", time=end, **fields)
    else:
        fields.update(start=end - REACH + STEP, end=end, step=STEP)
        answer = ask(subject, "/api/v1/query_range", **fields)
    if answer["status"] != "success" or answer.get("warnings") or answer.get("infos"):
        return None, {key: value for key, value in answer.items() if key != "data"}
    points = []
    for series in answer["data"]["result"]:
        labels = {key: value for key, value in series["metric"].items() if key != "__name__"}
        for moment, value in series.get("values") or [series["value"]]:
            points.append((moment, frozenset(labels.items()), float(value)))
    return points, None


def slice_of(feed, end, width, sent):
    part = Slice(feed, end, width)
    whole = Slice(feed, feed.end, REACH)
    part.feed_calls, part.lines_sent = whole.calls, sent
    return part


def is_nothing(value):
    return value is None or math.isnan(value) or abs(value) < 1e-12


def differs(expected, actual):
    if isinstance(expected, Near):
        if expected.value is None:
            return not is_nothing(actual)
        return actual is None or not expected.holds(actual)
    if is_nothing(expected) or is_nothing(actual):
        return not (is_nothing(expected) and is_nothing(actual))
    return not math.isclose(actual, expected, rel_tol=TOLERANCE, abs_tol=1e-12)


def compared(figure, part, found):
    """How many values agree, and the first that does not."""
    expected = figure(part)
    if not isinstance(expected, dict):
        expected = {(): expected}
        found = {frozenset(): value for value in found.values()} if len(found) < 2 else found
    expected = {
        frozenset((key, value) for key, value in labels if value): value
        for labels, value in expected.items()
    }
    agreed = 0
    for labels in {*expected, *found}:
        if labels not in expected and ("provider", "live") in labels:
            continue
        if differs(expected.get(labels), found.get(labels)):
            wanted = expected.get(labels)
            wanted = f"near {wanted.value}" if isinstance(wanted, Near) else wanted
            return agreed, f"{dict(labels)}: {found.get(labels)}, expected {wanted}"
        agreed += 1
    return agreed, None


def wait_until_kept(subject, end):
    """What was before the start of a collector is seen once the roll-ups are saved."""
    while not ask(subject, "/api/v1/query", time=end, query="llm_requests_total")["data"]["result"]:
        time.sleep(0.05)


class Run:
    def __init__(self, subject, feed, sent):
        self.subject, self.feed, self.sent = subject, feed, sent
        self.queries = self.values = self.checked = 0
        self.failures, self.later = [], []

    def check(self, uid, dashboard):
        figures = dict(FIGURES[uid])
        variables = variables_of(dashboard)
        for panel in dashboard["panels"]:
            if panel["type"] == "row":
                continue
            known = figures.pop(panel["title"], None)
            if known is None or len(known) != len(panel["targets"]):
                self.failures.append(f"{uid}, {panel['title']}: the oracle has no such panel")
                continue
            for target, figure in zip(panel["targets"], known):
                place = f"{uid}, {panel['title']}, {target['refId']}"
                if figure is PLAUSIBLE_LATER or isinstance(figure, Judged):
                    self.later.append((place, target, figure, variables))
                    continue
                trouble = self.check_target(target, figure, variables)
                if trouble:
                    self.failures.append(f"{place}: {trouble}")
        for title in figures:
            self.failures.append(f"{uid}: there is no panel {title}")
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query" and not self.has_values(variable, variables):
                self.failures.append(f"{uid}, ${variable['name']}: no values")

    def check_target(self, target, figure, variables):
        self.queries += 1
        if isinstance(figure, Live):
            return self.check_live(target, figure, variables)
        end = self.feed.end
        points, trouble = answers(self.subject, target, variables, end)
        if trouble:
            return trouble
        if not points or not any(math.isfinite(value) for _, _, value in points):
            return "an empty answer"
        if figure is PLAUSIBLE:
            return None
        self.checked += 1
        width = REACH if target["instant"] else STEP
        for moment in [end] if target["instant"] else range(end - REACH + STEP, end + 1, STEP):
            found = {labels: value for at, labels, value in points if at == moment}
            part = slice_of(self.feed, moment, width, self.sent)
            agreed, trouble = compared(figure, part, found)
            self.values += agreed
            if trouble:
                return f"at {moment - end}: {trouble}"
        return None

    def check_judged(self, judged):
        """What could only be checked once calls were judged."""
        self.failures += [f"the judge's model: {fault}" for fault in judged.provider.faults]
        for place, target, figure, variables in self.later:
            self.queries += 1
            if figure is PLAUSIBLE_LATER:
                points, trouble = answers(self.subject, target, variables, int(time.time()))
                if not trouble and not any(math.isfinite(value) for _, _, value in points):
                    trouble = "an empty answer"
            else:
                trouble = self.check_live(target, Live(figure.values(judged)), variables)
            if trouble:
                self.failures.append(f"{place}: {trouble}")

    def check_live(self, target, figure, variables):
        end = int(time.time())
        points, trouble = answers(self.subject, target, variables, end)
        if trouble:
            return trouble
        self.checked += 1
        # The place of a judge's model has a port that nobody knows before.
        last = {
            frozenset(pair for pair in labels if pair[0] != "endpoint"): value
            for at, labels, value in points
            if at == end
        }
        agreed, trouble = compared(lambda _: figure.values, None, last)
        self.values += agreed
        return trouble

    def check_annotations(self):
        """The alert that fires is an annotation of both data sources of JSON."""
        now = time.time()
        moments = [
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (now - 300, now + 1)
        ]
        asked = {"range": dict(zip(("from", "to"), moments)), "annotation": {"name": "Alerts"}}
        asked["targets"] = [{"target": "annotations"}]
        old = self.tell("/grafana/annotations", asked)
        titles = [one["title"] for one in old]
        frames = self.tell("/grafana/query", asked)
        fields = {field["name"]: field["values"] for field in frames[0]["fields"]}
        if titles != ["Asked"] * 3 or fields["title"] != titles:
            self.failures.append(f"annotations are {old} and {frames}")

    def check_tables(self):
        """The plain table of calls, as JSON and CSV, and the JSON data source's calculations."""
        end = self.feed.end
        part = slice_of(self.feed, end, REACH, self.sent)
        fields = urllib.parse.urlencode(
            {"by": "provider,model", "from": (end - REACH) * 1000, "to": end * 1000}
        )
        found = {
            "json": json.loads(self.subject.get(f"/grafana/calls?{fields}")[1]),
            "csv": list(
                csv.DictReader(
                    self.subject.get(f"/grafana/calls?{fields}&format=csv")[1].decode().splitlines()
                )
            ),
        }
        for form, rows in found.items():
            for column, figure in TABLE.items():
                shown = {
                    frozenset({("provider", row["provider"]), ("model", row["model"])}): float(
                        row[column] or "nan"
                    )
                    for row in rows
                }
                agreed, trouble = compared(figure, part, shown)
                self.values += agreed
                if trouble:
                    self.failures.append(f"/grafana/calls as {form}, {column}: {trouble}")
        moments = [
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (end - REACH, end)
        ]
        for target, calculation, figure in CALCULATIONS:
            payload = {"calculation": calculation, "by": ["provider", "model"], "format": "table"}
            table = self.tell(
                "/grafana/query",
                {
                    "range": dict(zip(("from", "to"), moments)),
                    "targets": [{"target": target, "payload": payload}],
                },
            )[0]
            names = [column["text"] for column in table["columns"]]
            shown = {
                frozenset(zip(names[1:-1], row[1:-1])): row[-1] or 0.0 for row in table["rows"]
            }
            agreed, trouble = compared(figure, part, shown)
            self.values += agreed
            if trouble:
                self.failures.append(f"/grafana/query, {calculation} of {target}: {trouble}")

    def tell(self, path, asked):
        connection = self.subject.connect(60)
        connection.request("POST", path, json.dumps(asked), {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())

    def has_values(self, variable, variables):
        text = filled(variable["query"]["query"], variables)
        metric, label = text.removeprefix("label_values(").removesuffix(")").rsplit(", ", 1)
        fields = urllib.parse.urlencode({"match[]": metric})
        status, body = self.subject.get(f"/api/v1/label/{label}/values?{fields}")
        return status == 200 and json.loads(body)["data"]

    def check_links(self, dashboard):
        """Links to traces are answered, whatever stands for a label."""
        urls = set(self.urls(dashboard["panels"]))
        for url in urls:
            path = url.removeprefix("${collector}")
            for part in path.split("${")[1:]:
                name = part.split("}")[0]
                given = {"__from": (self.feed.end - REACH) * 1000, "__to": self.feed.end * 1000}
                word = "timeout" if path.split("${" + name)[0].endswith("error_type=") else "x"
                path = path.replace("${" + name + "}", str(given.get(name, word)), 1)
            status, body = self.subject.get(path)
            if status != 200 or "traces" not in json.loads(body):
                self.failures.append(f"{url} was answered {status}: {body[:200]}")
        return len(urls)

    def urls(self, node):
        if isinstance(node, dict):
            if "url" in node and "${collector}" in node["url"]:
                yield node["url"]
            node = list(node.values())
        if isinstance(node, list):
            for one in node:
                yield from self.urls(one)


def main():
    seed = int(os.environ.get("SEED", time.time()))
    # What is of this moment comes after the feed, and by more than a window of ten seconds.
    while time.time() % STEP < 12 or time.time() % STEP > 40:
        time.sleep(0.1)
    end = int(time.time() // STEP * STEP)
    feed = Feed(end, REACH, seed)
    directory = tempfile.mkdtemp(prefix="barograph-dashboards-")
    # The collector's own calls are nobody's; 60 more are of this moment.
    others = sum(one["service"] != "barograph" for one in feed.calls) + 60
    judged = Judgement(others, directory)
    rules = os.path.join(directory, "rules.yaml")
    with open(rules, "w", encoding="utf-8") as file:
        file.write(RULES)
    subject = chaos.Collector(
        provider_limits=json.dumps(LIMITS),
        rules=json.dumps([rules]),
        evaluators=json.dumps(EVALUATORS),
        judges=json.dumps(judged.judges),
    )
    for start in range(0, len(feed.lines), 500):
        post(subject, feed.lines[start : start + 500])
    post(subject, feed.lines[:1])
    post(subject, ["{", "[1", '{"type":"log","event_id":"whole","message":"m"}'], rejected=2)
    wait_until_kept(subject, end)
    live = list(live_lines(time.time()))
    post(subject, live)
    run = Run(subject, feed, len(feed.lines) + len(live) + 1)
    links = 0
    # First what is true for some seconds only.
    names = sorted(os.listdir(DASHBOARDS), key=lambda name: name != "errors.json")
    for name in names:
        if name.endswith(".json"):
            with open(os.path.join(DASHBOARDS, name), encoding="utf-8") as file:
                dashboard = json.load(file)
            run.check(dashboard["uid"].removeprefix("barograph-"), dashboard)
            links += run.check_links(dashboard)
    post(subject, judged.lines(time.time()))
    judged.wait(subject)
    run.check_judged(judged)
    run.check_annotations()
    run.check_tables()
    subject.stop()
    shutil.rmtree(directory)
    for failure in run.failures:
        print("FAILED:", failure)
    print(
        f"seed {seed}: {run.queries} queries of panels, {run.checked} of them held to the feed in "
        f"{run.values} values, {links} links, {len(run.failures)} failures"
    )
    sys.exit(1 if run.failures else 0)


main()
