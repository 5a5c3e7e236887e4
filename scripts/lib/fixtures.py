"""Sends captured requests to a collector and compares what it makes of them; see scripts/fixtures.

A directory holds either bodies with their heads (`NAME.headers.json`) and an `expected.json` of
`bodies` and `llm_calls`; or an `expected.json` that tells path, headers and status of each body; or
loggers' lines (`*.jsonl`) with what each line says.
"""

import base64, contextlib, json, math, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "chaos"))
from collector import Collector

differences = []
checked = 0


def differs(place, what, expected, found):
    differences.append(f"{place}: {what}: expected {show(expected)}, found {show(found)}")


def show(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 160 else text[:157] + "..."


def check(place, what, expected, found):
    global checked
    checked += 1
    if not same(expected, found):
        differs(place, what, expected, found)


def same(expected, found):
    if isinstance(expected, float) or isinstance(found, float):
        if not all(isinstance(one, (int, float)) for one in (expected, found)):
            return False
        return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-12)
    return expected == found and isinstance(expected, bool) == isinstance(found, bool)


@contextlib.contextmanager
def start():
    """A collector that keeps what is old, for as long as the block takes."""
    kinds = ("events", "logs", "payloads", "minute")
    collector = Collector(**{f"retention__{kind}": "3650d" for kind in kinds})
    try:
        yield collector
    finally:
        collector.stop()


def send(collector, method, path, headers, body):
    connection = collector.connect()
    kept = {
        name: value
        for name, value in headers
        if name.lower() not in ("host", "content-length", "connection", "accept-encoding")
    }
    connection.request(method, path, body, kept)
    answer = connection.getresponse()
    result = (answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()})
    connection.close()
    return result


def events(collector):
    found, cursor = [], ""
    while True:
        status, body = collector.get(f"/v1/events?limit=500{cursor}")
        if status != 200:
            sys.exit(f"/v1/events was answered {status}: {body[:200]}")
        page = json.loads(body)
        found += page["events"]
        if not page["next"]:
            return found
        cursor = f"&after={page['next']}"


# MARK: Answers


def media_type(headers):
    return dict((k.lower(), v) for k, v in headers).get("content-type", "").split(";")[0].strip()


def check_answer(place, answer, statuses, headers, rejected=0):
    status, body, given = answer
    if status not in statuses:
        return differs(place, "status", statuses[0], status)
    sent = media_type(headers)
    is_protobuf = sent in ("application/x-protobuf", "application/protobuf")
    wanted = "application/x-protobuf" if is_protobuf else "application/json"
    check(place, "content type of the answer", wanted, given.get("content-type"))
    if status == 200 and rejected == 0:
        check(place, "answer", "" if is_protobuf else "{}", body.decode())
    elif status != 200 and not is_protobuf:
        answer = json.loads(body)
        check(place, "google.rpc.Status", True, bool(answer.get("message")))
    elif status != 200:
        check(place, "google.rpc.Status", True, b"\x12" in body[:3])
    if status == 405:
        check(place, "Allow", "POST", given.get("allow"))


# MARK: Spans and log records


def nanoseconds(text):
    """RFC 3339 as whole nanoseconds since 1970."""
    import calendar, time

    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 10**9 + int((fraction + "0" * 9)[:9])


def leaves(value):
    """Every scalar within a value, also within JSON in texts."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value
        if isinstance(value, str) and value[:1] in '[{"':
            try:
                yield from leaves(json.loads(value))
            except ValueError:
                pass


def comparable(value):
    """A scalar in the one form that all ways of writing it share."""
    if isinstance(value, dict):
        if set(value) == {"$bytes_base64"}:
            return base64.b64encode(base64.b64decode(value["$bytes_base64"])).decode().lower()
        if set(value) == {"$double"}:
            return value["$double"]
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(float(value))
    try:
        return repr(float(value))
    except ValueError:
        return str(value).strip().lower()


def scalars(value):
    if isinstance(value, dict) and set(value) not in ({"$bytes_base64"}, {"$double"}):
        for inner in value.values():
            yield from scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scalars(inner)
    else:
        yield value


def is_payload(text):
    """Whether a text is long or holds what redaction replaces."""
    return isinstance(text, str) and ("@" in text or "sk-" in text)


def check_attributes(place, attributes, event):
    """Every attribute's value is in the event, under whatever name."""
    known = {comparable(leaf) for leaf in leaves(event)}
    whole = json.dumps(event, ensure_ascii=False).lower()
    for key, value in attributes.items():
        for scalar in scalars(value):
            found = comparable(scalar)
            if found in known or is_payload(scalar) or found in ("", "none", "null"):
                continue
            inner = json.dumps(str(scalar), ensure_ascii=False)[1:-1].lower()
            if inner in whole or json.dumps(inner)[1:-1] in whole:
                continue
            texts = list(leaves(scalar)) if isinstance(scalar, str) else []
            if len(texts) > 1 and all(comparable(text) in known for text in texts[1:]):
                continue
            # A kind, a duration, a boolean or the like has become another word or unit.
            if key in TRANSLATED:
                continue
            differs(place, f"attribute {key}", scalar, None)


# Attributes whose value a field tells in its own words or units.
TRANSLATED = {
    "openinference.span.kind",
    "langfuse.observation.type",
    "traceloop.span.kind",
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.system",
    "llm.provider",
    "llm.request.type",
    "gen_ai.response.time_to_first_chunk",
    "langfuse.observation.completion_start_time",
    "langfuse.observation.level",
    "error.type",
    "exception.type",
    "event.name",
}


# The time of a clock that was never set is doubted: receipt counts instead, the text is kept.
PLAUSIBLE = 100_000_000_000_000_000


def check_span(place, span, found):
    mine = [event for event in found if event["type"] in ("llm", "span")]
    mine = [event for event in mine if event.get("span_id") == span["span_id"]]
    if len(mine) != 1:
        return differs(place, f"events of span {span['span_id']}", 1, len(mine))
    event = mine[0]
    place = f"{place} {span['name']} {span['span_id']}"
    start, end = int(span["start_time_unix_nano"]), int(span["end_time_unix_nano"])
    check(place, "trace_id", span["trace_id"], event.get("trace_id"))
    check(place, "parent_span_id", span["parent_span_id"] or None, event.get("parent_span_id"))
    check(place, "name", span["name"], event.get("name"))
    if 0 < start < PLAUSIBLE:
        check(place, "warnings", True, "bad_time" in event.get("warnings", []))
        check_attributes(place, {"start": start, "time": end}, event)
    elif start:
        check(place, "start", start, nanoseconds(event["start"]) if "start" in event else None)
    if end >= PLAUSIBLE:
        check(place, "time", max(start, end), nanoseconds(event["time"]))
    if start and end:
        check(place, "duration_ms", max(0, end - start) / 1e6, event.get("duration_ms"))
    if span["status"]["code"] == 2:
        check(place, "status", "error", event.get("status"))
    check_resource(place, span, event)
    # Evaluations of a span are events of their own.
    scores = [other for other in found if other["type"] == "score"]
    check_attributes(place, span["attributes"], [event] + scores)


def check_resource(place, record, event):
    service = record["resource"].get("service.name")
    check(place, "service", service or "unknown", event.get("service", "unknown"))
    scope = record["scope"]["name"]
    check(place, "scope", scope or None, event.get("attrs", {}).get("otel.scope.name"))


LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"]


def check_log(place, record, found):
    time = int(record["time_unix_nano"]) or int(record["observed_time_unix_nano"])
    mine = [event for event in found if nanoseconds(event["time"]) == time]
    if len(mine) != 1:
        return differs(place, f"events of the record at {time}", 1, len(mine))
    event = mine[0]
    place = f"{place} {record.get('event_name') or show(record['body'])[:40]}"
    number = record["severity_number"]
    if number and event["type"] == "log":
        check(place, "level", LEVELS[(number - 1) // 4], event.get("level"))
    trace = record["trace_id"] if record["trace_id"].strip("0") else None
    check(place, "trace_id", trace, event.get("trace_id"))
    if event["type"] != "llm" and record["span_id"].strip("0"):
        check(place, "span_id", record["span_id"], event.get("span_id"))
    if isinstance(record["body"], str) and record["body"] and event["type"] == "log":
        check(place, "message", record["body"], event.get("message"))
    elif record["body"] is not None:
        check_attributes(place, {"body": record["body"]}, event)
    check_resource(place, record, event)
    check_attributes(place, record["attributes"], event)


# MARK: Calls

CALL = {
    "operation": "operation",
    "provider": "provider",
    "request_model": "model",
    "response_model": "response_model",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "stream": "stream",
    "response_id": "response_id",
    "http_status": "http_status",
    "session_id": "session",
    "user_id": "user",
    "tenant": "tenant",
    "prompt_version": "prompt_version",
    "service": "service",
    "environment": "env",
    "duration_ms": "duration_ms",
}


def input_tokens(event):
    """All that went in, cached or not."""
    parts = [
        event.get("leaves", {}).get(leaf)
        for leaf in (
            "input",
            "cache_read",
            "cache_write",
            "cache_write_1h",
            "audio_input",
            "image_input",
        )
    ]
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def check_call(place, call, found):
    mine = [event for event in found if event["type"] == "llm"]
    mine = [event for event in mine if event.get("span_id") == call["span_id"]]
    if len(mine) != 1:
        return differs(place, f"calls of span {call['span_id']} {call['span_name']}", 1, len(mine))
    event = mine[0]
    place = f"{place} call {call['span_name']} {call['span_id']}"
    for name, field in CALL.items():
        if name not in call:
            continue
        value = event.get(field)
        if name == "service" and value is None:
            value = "unknown"
        check(place, name, call[name], value)
    # Where the parts exclude each other, what was sent as input is right as well.
    reported = event.get("usage_reported", {}).get("input_tokens")
    if call["input_tokens"] not in (input_tokens(event), reported):
        check(place, "input_tokens", call["input_tokens"], input_tokens(event))
    check(place, "is_error", call["is_error"], event.get("status") == "error")
    check(place, "finish", (call["finish_reasons"] or [None])[0], event.get("finish_reason"))
    check(place, "tool_calls", call["tool_calls"] or [], event.get("tool_calls") or [])
    cost = call.get("reported_cost_usd")
    if cost is not None:
        check(place, "reported cost", float(cost), float(event.get("cost_usd") or "nan"))
    if call["ttft_ms"] is not None:
        within = abs((event.get("ttft_ms") or 0) - call["ttft_ms"]) <= 1
        check(place, "ttft_ms", True, within or event.get("ttft_ms"))
    if call["error_type"]:
        check(place, "an error type", True, "error_type" in event)


def check_counting(place, calls, collector):
    """Each trace counts the calls that repeat no other."""
    by_trace = {}
    for call in calls:
        by_trace.setdefault(call["trace_id"], []).append(call)
    for trace, own in by_trace.items():
        status, body = collector.get(f"/v1/traces/{trace}")
        if status != 200:
            differs(place, f"trace {trace}", 200, status)
            continue
        spans = {span.get("span_id"): span for span in json.loads(body)["spans"]}
        groups = {}
        for call in own:
            groups.setdefault(call["duplicate_of"] or call["span_id"], []).append(call["span_id"])
        for first, members in groups.items():
            told = [spans.get(span, {}) for span in members]
            counted = sum(1 for span in told if span.get("counted"))
            # What came without usage has nothing to count.
            told_usage = any(span.get("leaves") or "cost_usd" in span for span in told)
            wanted = 1 if told_usage else 0
            check(f"{place} trace {trace}", f"counted calls of {first}", wanted, counted)


# MARK: Metrics

UNITS = {
    "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds",
    "us": "microseconds", "ns": "nanoseconds", "By": "bytes", "KiBy": "kibibytes",
    "MiBy": "mebibytes", "GiBy": "gibibytes", "KBy": "kilobytes", "MBy": "megabytes",
    "GBy": "gigabytes", "m": "meters", "V": "volts", "A": "amperes", "J": "joules",
    "W": "watts", "g": "grams", "Cel": "celsius", "Hz": "hertz", "1": "", "%": "percent",
}  # fmt: skip


def words(text):
    plain = "".join(c if c.isascii() and (c.isalnum() or c == ":") else " " for c in text)
    return plain.split()


def metric_name(metric):
    """As Prometheus' own receiver names it, for units without a stroke."""
    name, unit = words(metric["name"]), metric["unit"].strip()
    suffix = "" if "{" in unit else "_".join(words(UNITS.get(unit, unit)))
    if suffix and suffix not in name:
        name.append(suffix)
    if metric["type"] == "sum" and metric.get("is_monotonic"):
        name = [word for word in name if word != "total"] + ["total"]
    if metric["type"] == "gauge" and unit == "1":
        name = [word for word in name if word != "ratio"] + ["ratio"]
    return "_".join(name)


def label_name(text):
    plain = "_".join(words(text.replace(":", "_"))) if words(text) else ""
    return plain


def decimal(number):
    if number == math.inf:
        return "+Inf"
    return repr(float(number))[:-2] if float(number).is_integer() else repr(number)


def number(value):
    if isinstance(value, dict):
        return float(value["$double"].replace("Infinity", "inf"))
    return float(value)


def point_samples(metric, point):
    """The samples of a point: suffix, further label, value; `None` where a series ends."""
    ends = point["flags"] & 1 == 1

    def told(value):
        return None if ends else value

    kind = metric["type"]
    if kind in ("gauge", "sum"):
        return [("", {}, None if ends else number(point["value"]))]
    if kind == "exponential_histogram":
        return [("", {}, None if ends else point)]
    found = [("_count", {}, told(float(point["count"])))]
    if point["sum"] is not None:
        found.append(("_sum", {}, told(number(point["sum"]))))
    if kind == "summary":
        for quantile, value in point["quantiles"]:
            found.append(("", {"quantile": decimal(quantile)}, told(number(value))))
        return found
    below = 0
    for count, bound in zip(point["bucket_counts"], point["explicit_bounds"]):
        below += count
        found.append(("_bucket", {"le": decimal(number(bound))}, told(float(below))))
    found.append(("_bucket", {"le": "+Inf"}, told(float(point["count"]))))
    return found


def expected_samples(decoded):
    """Values by name, the labels of the point, and time in ms."""
    samples = {}
    for metric in decoded:
        for point in metric["points"]:
            resource = metric["resource"]
            labels = {}
            for key, value in point["attributes"].items():
                if isinstance(value, (dict, list)):
                    value = json.dumps(value, separators=(",", ":"))
                if isinstance(value, bool):
                    value = str(value).lower()
                labels[label_name(key)] = str(value)
            if "service.name" in resource:
                space = resource.get("service.namespace")
                labels["job"] = (f"{space}/" if space else "") + resource["service.name"]
            if "service.instance.id" in resource:
                labels["instance"] = resource["service.instance.id"]
            for suffix, more, value in point_samples(metric, point):
                key = (metric_name(metric) + suffix, frozenset({**labels, **more}.items()))
                time = int(point["time_unix_nano"]) // 10**6
                samples.setdefault(key, {})[time] = (value, metric.get("temporality") == 1)
    return samples


class Reader:
    """Reads the rows of `samples`, which hold what has not been folded yet."""

    def __init__(self, data):
        self.data, self.index = data, 0

    def number(self):
        value = shift = 0
        while True:
            byte = self.data[self.index]
            self.index += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed(self):
        folded = self.number()
        return (folded >> 1) ^ -(folded & 1)

    def bits(self):
        import struct

        self.index += 8
        return struct.unpack("<d", self.data[self.index - 8 : self.index])[0]

    def histogram(self):
        import struct

        self.index += 1
        layout = {"scale": self.signed(), "zero_threshold": self.bits()}
        runs = [(self.signed(), self.number()) for _ in range(2)]
        layout["bounds"] = [self.bits() for _ in range(self.number())]
        layout["count"], layout["zero_count"] = self.signed(), self.signed()
        swapped = self.number().to_bytes(8, "big")
        layout["sum"] = struct.unpack("<d", swapped)[0]
        layout["positive"], layout["negative"] = (
            (offset, [self.signed() for _ in range(count)]) for offset, count in runs
        )
        return layout


def stored_samples(collector):
    import sqlite3

    path = os.path.join(collector.directory, "data", "barograph.db")
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    series = {row[0]: (row[1], json.loads(row[2])) for row in database.execute(
        "SELECT id, name, labels FROM series")}  # fmt: skip
    found = {}
    for hour, data in database.execute("SELECT hour, data FROM samples ORDER BY id"):
        reader = Reader(data)
        row, time = 0, hour
        while reader.index < len(data):
            head = reader.number()
            row += (head >> 3) ^ -(head >> 2 & 1)
            time += reader.signed()
            kind = head & 3
            if kind == 0:
                value = float(reader.signed())
            elif kind == 1:
                value = reader.bits()
            else:
                value = reader.histogram() if kind == 2 else None
            name, labels = series[row]
            found.setdefault((name, tuple(sorted(labels.items()))), {})[time] = value
    database.close()
    return found


def check_metrics(place, wanted, collector):
    found = stored_samples(collector)
    by_name = {}
    for (name, labels), values in found.items():
        by_name.setdefault(name, []).append((dict(labels), values))
    for (name, labels), values in wanted.items():
        labels = {k: v for k, v in labels if v != ""}
        fits = [
            own
            for given, own in by_name.get(name, [])
            if set(given) - set(labels) <= {"service", "env", "tenant"}
            and all(same_label(value, given.get(key)) for key, value in labels.items())
        ]
        if len(fits) != 1:
            differs(place, f"series {name}{labels}", 1, len(fits))
            continue
        total = 0.0
        for time, (value, is_delta) in sorted(values.items()):
            stored = fits[0].get(time, "nothing")
            what = f"{name}{labels} at {time}"
            if isinstance(value, dict):
                check_exponential(place, what, value, stored)
                continue
            if is_delta and value is not None:
                total += value
                value = total
            is_same = value == stored or value != value and stored != stored
            check(place, what, True, is_same or f"{stored} for {value}")


def same_label(expected, given):
    """A long value is cut; one with a secret in it is a code; numbers have many forms."""
    if given is None or expected == given:
        return expected == given
    if given.startswith("hmac:") or len(expected.encode()) > 512 and "…" in given:
        return True
    return comparable(expected) == comparable(given)


def check_exponential(place, what, point, stored):
    if not isinstance(stored, dict):
        return differs(place, what, "a histogram", stored)
    for name in ("count", "zero_count"):
        check(place, f"{what} {name}", point[name], stored[name])
    check(place, f"{what} sum", float(point["sum"] or 0), stored["sum"])
    check(place, f"{what} scale", min(8, point["scale"]), stored["scale"])
    for side in ("positive", "negative"):
        own = {}
        steps = max(0, point["scale"] - 8)
        for index, count in enumerate(point[side]["bucket_counts"]):
            bucket = (point[side]["offset"] + index) >> steps
            own[bucket + 1] = own.get(bucket + 1, 0) + count
        given = {stored[side][0] + i: count for i, count in enumerate(stored[side][1])}
        strip = lambda counts: {k: v for k, v in counts.items() if v}  # noqa: E731
        check(place, f"{what} {side}", strip(own) == strip(given), True)


# MARK: Directories


def captured(folder, expected):
    """Bodies that real senders sent."""
    with start() as collector:
        compare(os.path.basename(folder), folder, expected, collector)


def compare(place, folder, expected, collector):
    wanted = {}
    for name, body in expected["bodies"].items():
        head = json.load(open(os.path.join(folder, name.rsplit(".", 1)[0] + ".headers.json")))
        content = open(os.path.join(folder, name), "rb").read()
        answer = send(collector, head["method"], head["path"], head["headers"], content)
        check_answer(f"{place}/{name}", answer, [200], head["headers"])
        if body["signal"] == "metrics":
            for key, values in expected_samples(body["decoded"]).items():
                wanted.setdefault(key, {}).update(values)
    found = events(collector)
    records = 0
    for name, body in expected["bodies"].items():
        if body["signal"] == "metrics":
            continue
        checks = check_span if body["signal"] == "spans" else check_log
        for record in body["decoded"]:
            records += 1
            checks(f"{place}/{name}", record, found)
    scores = sum(1 for event in found if event["type"] == "score")
    check(place, "events beside scores of spans", True, records <= len(found) <= records + scores)
    for call in expected["llm_calls"]:
        check_call(place, call, found)
    own = {call["span_id"] for call in expected["llm_calls"]}
    for event in found:
        is_span = event["type"] == "llm" and not event.get("attrs", {}).get("event.name")
        if is_span and event.get("span_id") not in own:
            differs(place, "a call that is none", None, f"{event['name']} {event['span_id']}")
    check_counting(place, expected["llm_calls"], collector)
    check_metrics(place, wanted, collector)


def edges(folder, expected):
    """Bodies at the edge of the specification, each with a status."""
    for name, case in expected.items():
        with start() as collector:
            edge(f"{os.path.basename(folder)}/{name}", folder, name, case, collector)


def edge(place, folder, name, case, collector):
    headers = list(case["headers"].items())
    body = open(os.path.join(folder, name), "rb").read()
    method = case["method"]
    answer = send(collector, method, case["path"], headers, body if method == "POST" else None)
    statuses = [case["expect_status"]] + case.get("also_ok", [])
    known = case["expect_status"] not in (404,)
    if known:
        rejected = json.loads(answer[1] or b"{}") if b"partial" in answer[1] else 0
        check_answer(place, answer, statuses, headers, rejected)
    else:
        check(place, "status", case["expect_status"], answer[0])
    found = events(collector)
    if answer[0] != 200:
        check(place, "events of a refused request", 0, len(found))
    elif case["path"] == "/v1/metrics":
        check_metrics(place, expected_samples(case["decoded"]), collector)
    else:
        tolerated = [case.get("decoded", [])] + [case.get("or_decoded")]
        if len(found) == 0 and [] in tolerated:
            pass
        else:
            for span in {span["span_id"]: span for span in case.get("decoded", [])}.values():
                if span["span_id"].strip("0"):
                    check_span(place, span, found)


def logger_lines(folder, expected):
    """Lines as loggers write them."""
    for name, wanted in expected.items():
        with start() as collector:
            lines(folder, name, wanted, collector)


def lines(folder, name, wanted, collector):
    body = open(os.path.join(folder, name), "rb").read()
    answer = send(collector, "POST", "/v1/events", [("Content-Type", "application/x-ndjson")], body)
    check(name, "status", 200, answer[0])
    found = sorted(events(collector), key=lambda event: event["id"])
    check(name, "events", len(wanted), len(found))
    for index, (line, event) in enumerate(zip(wanted, found)):
        check_line(f"{name}:{index + 1}", line, event)


LINE = {
    "message": "message",
    "logger": "logger",
    "trace_id": "trace_id",
    "span_id": "span_id",
    "service": "service",
}
CALL_LINE = {
    "model": "model",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "duration_ms": "duration_ms",
    "status": "http_status",
    "cost_usd": "cost_usd",
    "session_id": "session",
    "user_id": "user",
}


def check_line(place, line, event):
    if line["time_unix_ms"] is not None:
        time = nanoseconds(event["time"]) / 1e6
        check(place, "time", True, abs(time - line["time_unix_ms"]) < 0.01 or time)
    check(place, "level", line["level"], event.get("level"))
    for name, field in LINE.items():
        value = event.get(field)
        if name == "service" and value == "unknown":
            value = None
        check(place, name, line[name], value)
    check(place, "an error type", line["error_type"] is not None, "error_type" in event)
    if line["error_type"]:
        raw = line["error_type"] in json.dumps(event)
        check(place, f"the name {line['error_type']}", True, raw)
    if line["error_message"]:
        check(place, "error", True, line["error_message"] in json.dumps(event, ensure_ascii=False))
    check(place, "a stack", line["has_stack"], "stack" in event)
    for name, wanted in line["llm"].items():
        value = event.get(CALL_LINE.get(name, name))
        if name == "cost_usd" and value is not None:
            value = float(value)
        check(place, name, wanted, value)


def main(top):
    folders = sorted(
        folder for folder, _, files in os.walk(top) if "expected.json" in files
    )
    if not folders:
        sys.exit(f"there is no expected.json below {top}")
    compared = 0
    for folder in folders:
        expected = json.load(open(os.path.join(folder, "expected.json")))
        if "bodies" in expected:
            captured(folder, expected)
        elif all(isinstance(case, dict) and "expect_status" in case for case in expected.values()):
            edges(folder, expected)
        elif all(isinstance(case, list) and name.endswith("l") for name, case in expected.items()):
            logger_lines(folder, expected)
        else:
            continue
        compared += 1
    for difference in differences:
        print(difference)
    print(f"{compared} directories, {checked} comparisons, {len(differences)} differences")
    sys.exit(1 if differences or not compared else 0)


if __name__ == "__main__":
    main(sys.argv[1])
