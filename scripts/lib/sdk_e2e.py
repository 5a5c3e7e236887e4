"""Runs the instrumentations against a default collector; scripts/sdk-e2e says how."""

import argparse
import decimal
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sdk_fake

LIB = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ["BAROGRAPH_PROGRAM"]
PORT = 4318
MINI, LARGE = "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06"
# US dollars for a million tokens: input, cached input, output.
PRICES = {
    MINI: ("0.15", "0.075", "0.6"),
    LARGE: ("2.5", "1.25", "10"),
    "o4-mini": ("1.1", "0.275", "4.4"),
    "text-embedding-3-small": ("0.02", "0", "0"),
}
# Some tell nothing of cached tokens: then a call looks dearer than it was. Some do not know the
# responses API, some say nothing of reasoning.
BLIND_TO_CACHE = {"openai-v2"}
BLIND_TO_RESPONSES = {"openai-v2"}
BLIND_TO_REASONING = {"openai-v2"}
# Who gives the time to the first token.
TELLS_FIRST_TOKEN = {"openinference", "openllmetry", "genai"}
LATEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}
CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
# Who names the tools that a model asks for only where the content of messages is kept.
HIDES_TOOLS = {"genai", "openai-v2"}

# How the instrumentations are combined, and settings of their environment.
RUNS = [
    ("openinference", {}),
    ("openllmetry", {}),
    ("genai", {}),
    ("openai-v2", {}),
    ("openai-v2", LATEST),
    ("genai", {CONTENT: "SPAN_AND_EVENT"} | LATEST),
    ("openai-v2", {CONTENT: "true"}),
    ("openinference,openllmetry", {}),
    ("openllmetry,openinference", {}),
    ("openinference,genai", {}),
    ("genai,openinference", {}),
    ("openllmetry,genai", {}),
    ("genai,openllmetry", {}),
    ("openllmetry,openai-v2", {}),
    ("openai-v2,openinference", LATEST),
    ("openinference,openllmetry,genai", {}),
    ("genai,openllmetry,openinference", {}),
    ("openai-v2,openllmetry,openinference", {}),
]

# Of each scenario: the model that is charged, input and output tokens, cached and reasoning ones,
# and how many calls it is. Without a model: calls without usage.
CHAT = (MINI, 2048, 57, 1920, 0, 1)
SCENARIOS = {
    "chat": CHAT,
    "larger": (LARGE, 2048, 57, 1920, 0, 1),
    "reasoning": ("o4-mini", 120, 900, 0, 640, 1),
    "tools": CHAT,
    "stream": CHAT,
    "stream_without_usage": None,
    "abort": None,
    "embedding": ("text-embedding-3-small", 8, 0, 0, 0, 1),
    "responses": CHAT,
    "async": CHAT,
    "retry_429": CHAT,
    "retry_503": CHAT,
    "retry_time_out": CHAT,
    "refused": None,
    "twice": (MINI, 2048, 57, 1920, 0, 2),
}
PER_MILLION = decimal.Decimal(1_000_000)


def cost(scenario, names):
    """What a scenario costs in USD, told by these instrumentations."""
    model, given, said, cached, _, calls = SCENARIOS[scenario]
    if set(names) <= BLIND_TO_CACHE:
        cached = 0
    price = [decimal.Decimal(text) for text in PRICES[model]]
    amount = (given - cached) * price[0] + cached * price[1] + said * price[2]
    return amount * calls / PER_MILLION


def tokens(scenario):
    _, given, said, _, _, calls = SCENARIOS[scenario]
    return (given * calls, said * calls)


def is_told(scenario, names):
    return scenario != "responses" or not set(names) <= BLIND_TO_RESPONSES


class Collector:
    """A collector as it comes, except for where it keeps its data."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="barograph-sdk-")
        self.log = open(os.path.join(self.directory, "log"), "wb")
        data = os.path.join(self.directory, "data")
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", data], stderr=self.log)
        deadline = time.monotonic() + 20
        while True:
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.log.flush()
                with open(self.log.name, "rb") as log:
                    sys.exit(f"the collector does not start: {log.read()[-500:].decode()}")
            time.sleep(0.01)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def get(self, path):
        return self.request("GET", path)

    def json(self, path):
        status, body = self.get(path)
        return json.loads(body) if status == 200 else {}

    def metrics(self):
        figures = {}
        for line in self.get("/metrics")[1].decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                figures[name] = decimal.Decimal(value)
        return figures

    def takes_metrics(self):
        kind = {"Content-Type": "application/x-protobuf"}
        return self.request("POST", "/v1/metrics", b"", kind)[0] == 200

    def stop(self, keeps):
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self.log.close()
        if keeps:
            print(f"kept {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)
        return code


class Run:
    """One application with its instrumentations."""

    def __init__(self, names, environment, suffix=""):
        self.names = names.split(",")
        # The names are services: what sums show is told apart by them.
        words = [names.replace(",", "+")]
        words += ["latest"] * (LATEST.items() <= environment.items())
        words += ["content"] * (CONTENT in environment)
        self.service = "+".join(words) + suffix
        self.environment = environment
        self.traces = {}
        self.failures = []

    def start(self, openai, collector, pythons, more=None):
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("OTEL_")
        }
        environment |= self.environment | (more or {})
        place = "openai-v2" if "openai-v2" in self.names else "genai"
        environment["SDK_E2E_METRICS"] = "1" if collector.takes_metrics() else "0"
        end = subprocess.run(
            [
                os.path.join(pythons, place, "bin", "python"),
                os.path.join(LIB, "sdk_app.py"),
                self.service,
                ",".join(self.names),
                openai,
            ],
            env=environment,
            capture_output=True,
            timeout=180,
            check=False,
        )
        for line in end.stdout.decode().splitlines():
            told = json.loads(line)
            self.traces[told["scenario"]] = told["trace_id"]
        self.expect(end.returncode == 0, f"the application ended with {end.returncode}")
        complaints = end.stderr.decode().strip()
        if not more:
            self.expect(not complaints, f"the SDK complains: {complaints[-600:]}")
        self.expect(set(self.traces) == set(SCENARIOS), "scenarios are missing")

    def expect(self, holds, message):
        if not holds:
            self.failures.append(f"{self.service}: {message}")
        return holds

    def equal(self, what, found, wanted):
        return self.expect(found == wanted, f"{what}: {found}, not {wanted}")

    def check_traces(self, collector):
        for scenario, trace_id in self.traces.items():
            answer = collector.json(f"/v1/traces/{trace_id}")
            if self.expect(answer, f"{scenario}: no trace {trace_id}"):
                self.check_trace(scenario, answer)

    def check_trace(self, scenario, answer):
        summary, spans = answer["trace"], answer["spans"]
        counted = [span for span in spans if span.get("counted")]
        calls = [span for span in counted if span.get("why") != "residual"]
        self.expect(
            all(span.get("service") == self.service for span in spans), f"{scenario}: wrong service"
        )
        if SCENARIOS[scenario] is None:
            self.equal(f"{scenario}: cost", summary.get("cost_usd"), None)
            self.equal(f"{scenario}: calls with usage", summary["counted_calls"], 0)
            silent = [span for span in spans if span.get("why") == "no_usage"]
            self.equal(f"{scenario}: calls without usage", len(silent), 1)
            if scenario == "refused":
                kinds = {(span.get("status"), span.get("error_type")) for span in silent}
                self.equal(f"{scenario}: outcome", kinds, {("error", "rate_limit")})
                self.equal(
                    f"{scenario}: HTTP status", {s.get("http_status") for s in silent}, {429}
                )
            return
        if not is_told(scenario, self.names):
            return
        model, given, said, _, reasoning, number = SCENARIOS[scenario]
        self.equal(f"{scenario}: calls", summary["counted_calls"], number)
        self.equal(f"{scenario}: calls marked", len(calls), number)
        self.equal(
            f"{scenario}: cost",
            decimal.Decimal(summary["cost_usd"] or "-1"),
            cost(scenario, self.names),
        )
        self.equal(f"{scenario}: coverage", summary["coverage"], 1)
        for span in calls:
            self.equal(
                f"{scenario}: model", span.get("response_model") or span.get("model"), model
            )
            self.equal(f"{scenario}: provider", span.get("provider"), "openai")
            self.equal(f"{scenario}: input", span.get("input_tokens"), given)
            self.equal(f"{scenario}: output", span.get("output_tokens") or 0, said)
            self.expect(span.get("status") == "ok", f"{scenario}: {span.get('status')}")
        if scenario == "reasoning" and not set(self.names) <= BLIND_TO_REASONING:
            found = sum(span["leaves"].get("reasoning") or 0 for span in calls)
            self.equal(f"{scenario}: reasoning", found, reasoning)
        if scenario == "tools" and (
            CONTENT in self.environment or not set(self.names) <= HIDES_TOOLS
        ):
            told = spans + answer["logs"]
            asked = {name for row in told for name in row.get("tool_calls") or []}
            self.equal(f"{scenario}: tools asked for", asked, {"weather"})
        if scenario == "stream" and TELLS_FIRST_TOKEN & set(self.names):
            waits = [span["ttft_ms"] for span in spans if span.get("ttft_ms") is not None]
            low, high = sdk_fake.FIRST_PIECE * 1_000, 1_000
            self.expect(
                waits and all(low <= wait < high for wait in waits), f"{scenario}: ttft {waits}"
            )

    def wanted(self):
        """Calls with usage, their cost and tokens, and calls without usage."""
        told = [name for name in SCENARIOS if is_told(name, self.names)]
        priced = [name for name in told if SCENARIOS[name]]
        return {
            "calls": sum(SCENARIOS[name][5] for name in priced),
            "silent": sum(SCENARIOS[name] is None for name in told),
            "cost": sum(cost(name, self.names) for name in priced),
            "tokens": sum(sum(tokens(name)) for name in priced),
        }

    def sums(self, collector, metrics):
        """The same from windows and from counters."""

        def total(family, **labels):
            words = [f'service="{self.service}"'] + [f'{k}="{v}"' for k, v in labels.items()]
            return sum(
                value
                for key, value in metrics.items()
                if key.startswith(family + "{") and all(word in key for word in words)
            )

        groups = collector.json("/v1/windows?by=service&window=1h").get("groups", [])
        window = next(
            (g["windows"]["1h"] for g in groups if g["labels"]["service"] == self.service), {}
        )
        wanted = self.wanted()
        everything = wanted["calls"] + wanted["silent"]
        return [
            ("windows: cost_usd", decimal.Decimal(window.get("cost_usd") or 0), wanted["cost"]),
            ("windows: calls", round((window.get("repm") or 0) * 60), everything),
            ("windows: tokens", round((window.get("tpm") or 0) * 60), wanted["tokens"]),
            ("metrics: llm_requests_total", total("llm_requests_total"), everything),
            ("metrics: llm_tokens_total", total("llm_tokens_total"), wanted["tokens"]),
            ("metrics: llm_cost_usd_total", total("llm_cost_usd_total"), wanted["cost"]),
        ]


def check_sums(collector, runs):
    """Sums may need until a trace is closed; they are asked until they hold or time is up."""
    deadline = time.monotonic() + 60
    while True:
        metrics = collector.metrics()
        differences = [
            f"{run.service}: {what}: {found}, not {wanted}"
            for run in runs
            for what, found, wanted in run.sums(collector, metrics)
            if abs(found - wanted) > decimal.Decimal("0.000000000001")
        ]
        if not differences or time.monotonic() > deadline:
            return differences
        time.sleep(1)


def check_books(collector):
    figures = collector.metrics()

    def total(*names):
        return sum(
            value
            for key, value in figures.items()
            for name in names
            if key.startswith(f"barograph_events_{name}") and 'intake="otlp"' in key
        )

    ends = ["stored_total", "duplicate_total", "amended_total", "rejected_total", "shed_total"]
    received, outcomes = total("received_total"), total(*ends, "queued")
    lost = total("rejected_total", "shed_total")
    failures = []
    if received != outcomes or not received:
        failures.append(f"the books do not balance: {received} != {outcomes}")
    if lost:
        failures.append(f"{lost} records were rejected or shed")
    return failures


def run_losing(openai, collector, pythons):
    """The exporter sends again what was taken but not acknowledged."""
    door, kind = sdk_fake.losing_door(f"http://127.0.0.1:{PORT}")
    run = Run("openinference", {}, "+losing")
    before = collector.metrics()
    run.start(
        openai,
        collector,
        pythons,
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": door.url,
            # Its deadline is that of all tries together in some versions.
            "OTEL_EXPORTER_OTLP_TIMEOUT": "20",
        },
    )
    sent = max(kind.tries.values(), default=0)
    run.expect(sent >= 2, f"the exporter sent each request {sent} times only")
    key = 'barograph_events_duplicate_total{intake="otlp"}'
    again = collector.metrics().get(key, 0) - before.get(key, 0)
    run.expect(again > 0, "nothing was told from what came before")
    door.shutdown()
    print(f"  {run.service}: each request sent up to {sent} times, {again} records told as known")
    return run


def main():
    parser = argparse.ArgumentParser(prog="scripts/sdk-e2e")
    parser.add_argument("--only", default="", help="runs whose service has this word")
    parser.add_argument("--pythons", required=True, help="the virtual environments")
    parser.add_argument("--keep", action="store_true", help="keep the collector's data")
    arguments = parser.parse_args()
    openai = sdk_fake.Server(sdk_fake.OpenAI)
    collector = Collector()
    runs = [Run(names, environment) for names, environment in RUNS]
    runs = [run for run in runs if arguments.only in run.service]
    try:
        for run in runs:
            run.start(openai.url, collector, arguments.pythons)
            print(f"  {run.service}")
        if arguments.only in "openinference+losing":
            runs.append(run_losing(openai.url, collector, arguments.pythons))
        for run in runs:
            run.check_traces(collector)
        failures = [failure for run in runs for failure in run.failures]
        failures += check_sums(collector, runs) + check_books(collector)
    finally:
        code = collector.stop(arguments.keep)
    if code != 0:
        failures.append(f"the collector ended with {code}")
    for failure in failures:
        print(f"FAIL {failure}")
    if failures:
        sys.exit(f"{len(failures)} failures")
    calls = sum(sum(run.wanted()[name] for name in ("calls", "silent")) for run in runs)
    print(f"ok: {len(runs)} applications, {calls} calls, each counted once")


main()
