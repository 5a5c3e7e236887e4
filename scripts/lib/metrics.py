"""Feeds a collector odd values, reads its page of metrics in both formats, and compares."""

import json, os, subprocess, sys

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SCRIPTS, "chaos"))
import collector as chaos
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain

OPEN_METRICS = "application/openmetrics-text;version=1.0.0"
SCALARS = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
# As many label sets as a family keeps apart, less those of the calls.
VALUES = 1_900


def post(subject, lines):
    connection = subject.connect(60)
    connection.request("POST", "/v1/events", "\n".join(lines).encode())
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or json.loads(body)["rejected"]:
        sys.exit(f"events were answered {answer.status}: {body[:300]}")


def calls():
    statuses = ["ok", "error", "cancelled"]
    for number in range(2_000):
        yield json.dumps(
            {
                "type": "llm",
                "service": f"chat{number % 3}",
                "model": f'm "{number % 5}" \\ \n ü',
                "provider": "p",
                "tenant": f"t{number % 4}",
                "prompt": "greet",
                "prompt_version": f"v{number % 2}",
                "status": statuses[number % 3],
                "error_type": "timeout" if number % 3 == 1 else None,
                "duration_ms": number * 7 % 9_000,
                "ttft_ms": number % 500,
                "input_tokens": number,
                "output_tokens": 5,
                "cost_usd": 0.000001 * number,
                "attempt": number % 4,
                "queue_ms": number % 90,
                "cache": ["miss", "hit", "bypass"][number % 7 % 3],
                "sample_rate": 0.5 if number % 10 == 0 else 1,
                "trace_id": f"{number + 1:032x}",
                "span_id": f"{number + 1:016x}",
            }
        )
    for number in range(300):
        name = f"n{number % 3}"
        yield json.dumps({"type": "span", "kind": "tool", "name": name, "duration_ms": 3})
        yield json.dumps({"type": "score", "score": "good", "value": number % 7 / 7})
        yield json.dumps({"type": "score", "score": "fine", "value": number % 2 == 0})
        yield json.dumps({"type": "score", "score": "kind", "value": ["a", "b"][number % 2]})


def unicode_logs():
    size = len(SCALARS) // VALUES + 1
    for start in range(0, len(SCALARS), size):
        text = "".join(map(chr, SCALARS[start : start + size]))
        yield json.dumps({"level": "info", "message": "m", "service": f"s {text} e"})


def page(subject, accept):
    connection = subject.connect(60)
    connection.request("GET", "/metrics", headers={"Accept": accept})
    answer = connection.getresponse()
    return answer.getheader("Content-Type"), answer.read().decode()


def main():
    subject = chaos.Collector()
    post(subject, list(calls()))
    services = list(unicode_logs())
    for start in range(0, len(services), 100):
        post(subject, services[start : start + 100])
    stored = {row[0] for row in subject.sql("SELECT DISTINCT service FROM sources LIMIT 10000")}
    failures = []

    kind, text = page(subject, "text/plain")
    lint = subprocess.run(
        ["promtool", "check", "metrics"], input=text.encode(), capture_output=True, check=False
    )
    if lint.returncode or lint.stdout or lint.stderr:
        failures.append(f"promtool says {(lint.stdout + lint.stderr).decode()[:3_000]}")
    families = {"text": list(plain(text))}
    if not kind.startswith("text/plain; version=0.0.4"):
        failures.append(f"the text format is called {kind}")

    kind, text = page(subject, OPEN_METRICS)
    families["OpenMetrics"] = list(open_metrics(text))
    if not kind.startswith("application/openmetrics-text; version=1.0.0"):
        failures.append(f"OpenMetrics is called {kind}")

    counted = {}
    for name, found in families.items():
        samples = [sample for family in found for sample in family.samples]
        shown = {s.labels.get("service") for s in samples if s.name == "log_records_total"}
        missing = {service for service in stored if service.startswith("s ")} - shown
        if missing:
            failures.append(f"{name}: {len(missing)} of {len(stored)} label values differ")
        counted[name] = sum(s.value for s in samples if s.name == "llm_requests_total")
        total = counted[name] + sum(
            s.value
            for s in samples
            if s.name == "llm_cache_requests_total"
            and s.labels["result"] in ("hit", "stale", "shared")
        )
        if total != 2_200:
            failures.append(f"{name}: {total} calls were counted, 2,000 sent, 200 of them double")
    exemplars = [
        s.exemplar for f in families["OpenMetrics"] for s in f.samples if s.exemplar is not None
    ]
    if not exemplars or any(len(e.labels["trace_id"]) != 32 for e in exemplars):
        failures.append(f"{len(exemplars)} exemplars, or not all with a trace id")
    subject.stop()
    for failure in failures:
        print(f"FAIL {failure}")
    if not failures:
        print(
            f"ok: promtool is silent, both parsers accept, {len(stored)} label values of all"
            f" {len(SCALARS)} scalars, {len(exemplars)} exemplars"
        )
    sys.exit(1 if failures else 0)


main()
