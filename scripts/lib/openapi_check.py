"""schemathesis and openapi-spec-validator against a collector; see scripts/openapi-check."""

import argparse, json, os, re, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "chaos"))
from collector import Collector, expect, program

from openapi_spec_validator import OpenAPIV31SpecValidator

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
RULES = """
groups:
  - name: calls
    interval: 200ms
    rules:
      - record: calls:rate
        expr: sum by (model) (rate(llm_requests_total[5m]))
      - alert: CallsFail
        expr: sum by (model) (llm_errors_total) > 0
      - alert: NotYet
        expr: sum(llm_requests_total) > 0
        for: 1h
      - {budget: month, usd: 100, period: month}
"""


def events():
    """Something of every kind."""
    for number in range(200):
        call = {
            "type": "llm",
            "service": ["chat", "batch"][number % 2],
            "src": "a",
            "seq": number + 1 if number < 150 else number + 3,
            "provider": "openai",
            "model": ["gpt-4o", "gpt-4o-mini", "unheard-of"][number % 3],
            "trace_id": TRACE if number < 5 else f"{number:032x}",
            "span_id": f"{number + 1:016x}",
            "session": f"s{number % 7}",
            "user": f"u{number % 3}",
            "tenant": ["acme", "umbrella"][number % 2],
            "status": "error" if number % 9 == 0 else "ok",
            "duration_ms": 100 + number,
            "ttft_ms": 20,
            "input_tokens": 90,
            "cache_read_tokens": 10,
            "output_tokens": number,
            "input": "hello",
            "output": {"text": "hi"},
            "attempt": 1,
            "colour": "red",
        }
        if number % 9 == 0:
            call["error_type"] = "rate_limit"
        yield call
        yield {
            "type": "score",
            "score": "good",
            "value": number % 2 == 0,
            "trace_id": call["trace_id"],
            "span_id": call["span_id"],
        }
    yield {"type": "span", "service": "chat", "kind": "tool", "name": "find", "duration_ms": 7}
    yield {"type": "log", "service": "chat", "level": "warning", "message": "hm"}


def post(collector, path, body, kind):
    connection = collector.connect()
    connection.request("POST", path, body, {"Content-Type": kind})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text


def feed(collector):
    lines = "\n".join(json.dumps(event) for event in events())
    status, text = post(collector, "/v1/events", lines, "application/x-ndjson")
    expect(status == 200 and json.loads(text)["rejected"] == 0, f"cannot feed: {text}")
    post(collector, "/v1/events", "no json", "application/x-ndjson")
    metrics = {"name": "jobs", "gauge": {"dataPoints": [{"asDouble": 2}]}}
    body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metrics]}]}]}
    post(collector, "/v1/metrics", json.dumps(body), "application/json")


def check_streams(collector, document):
    """Streams begin as described and refuse what they do not know; no tool waits for their end."""
    paths = document["paths"].items()
    endless = [path for path, methods in paths if methods.get("get", {}).get("x-endless")]
    for path in endless:
        answers = document["paths"][path]["get"]["responses"]
        for query, status in (("", 200), ("?nonsense=1", 400), ("?limit=%zz", 400)):
            connection = collector.connect()
            connection.request("GET", path + query)
            answer = connection.getresponse()
            kind = answer.getheader("Content-Type", "").split(";")[0]
            expect(
                answer.status == status and kind in answers[str(status)]["content"],
                f"{path}{query}: {answer.status} {kind}",
            )
            if status == 200:
                expect(answer.read(5) in (b"data:", b": fol"), f"{path} does not begin")
            connection.close()
    return endless


def make_key(collector):
    """A key for everything, made by the socket in the data directory."""
    answer = subprocess.run(
        [program(), "keys", "add", "--name", "openapi-check", "--role", "admin,read,ingest"]
        + ["--data", os.path.join(collector.directory, "data")],
        capture_output=True,
        text=True,
    )
    found = re.search(r"baro_[0-9a-f]{64}", answer.stdout)
    expect(found, f"cannot make a key: {answer.stdout}{answer.stderr}")
    return found.group()


def run_schemathesis(collector, options, phases, more):
    """The command itself, so that what it prints can be repeated by hand."""
    words = [
        os.path.join(os.path.dirname(sys.executable), "schemathesis"),
        "--config-file",
        os.path.join(HERE, "openapi_check.toml"),
        "run",
        f"http://127.0.0.1:{collector.port}/v1/openapi.json",
        "--phases",
        phases,
        "--max-examples",
        str(options.examples),
        "--seed",
        str(options.seed),
        "--request-timeout",
        "20",
        "--continue-on-failure",
        "--suppress-health-check",
        "all",
        "--no-color",
    ]
    words += more
    if options.only:
        words += ["--include-path-regex", options.only]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "openapi_hooks",
        "PYTHONPATH": HERE,
        "BAROGRAPH_SCRATCH": collector.directory,
    }
    # The tool keeps what it found in its directory: one that ends with this run.
    return subprocess.run(words, env=environment, cwd=collector.directory).returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="a regular expression of paths")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="barograph-openapi-") as scratch:
        rules = os.path.join(scratch, "rules.yaml")
        config = os.path.join(scratch, "barograph.yaml")
        with open(rules, "w") as file:
            file.write(RULES)
        with open(config, "w") as file:
            file.write(f"rules: [{rules}]\n")
        collector = Collector(config=config)
        try:
            feed(collector)
            document = json.loads(collector.get("/v1/openapi.json")[1])
            OpenAPIV31SpecValidator(document).validate()
            count = sum(len(methods) for methods in document["paths"].values())
            version = document["openapi"]
            print(f"openapi-spec-validator: OpenAPI {version}, {count} operations, valid")
            endless = check_streams(collector, document)
            print(f"streams as described: {', '.join(endless)}")
            streams = [word for path in endless for word in ("--exclude-path", path)]
            every = "examples,coverage,fuzzing"
            code = run_schemathesis(collector, options, every, streams)
            expect(collector.process.poll() is None, "the collector ended")
            collector.check_books()
            key = make_key(collector)
            print("what needs the role admin, with a key")
            said = ["--header", f"Authorization: Bearer {key}", "--include-by", "/x-role == admin"]
            code = run_schemathesis(collector, options, every, said) or code
            print("everything without the key that is needed now")
            code = run_schemathesis(collector, options, "examples", streams) or code
            expect(collector.process.poll() is None, "the collector ended")
            expect(collector.get("/livez")[0] == 200, "the collector does not answer")
            expect(code == 0, f"schemathesis found something (exit {code})")
        finally:
            if collector.process.poll() is None:
                collector.stop()
    print("the interface is as described")


main()
