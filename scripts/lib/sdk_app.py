"""An application with the given instrumentations: python sdk_app.py SERVICE NAMES OPENAI_URL

Says one JSON line a scenario, with its trace id, and ends when everything is exported."""

import asyncio
import json
import logging
import os
import sys

import openai
from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import set_meter_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

MINI = "gpt-4o-mini"
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def providers(service):
    resource = Resource.create({"service.name": service, "deployment.environment.name": "e2e"})
    tracing = TracerProvider(resource=resource)
    tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(tracing)
    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    set_logger_provider(logs)
    # A collector that takes no metrics would make the exporter complain at every turn.
    readers = []
    if os.environ.get("SDK_E2E_METRICS") == "1":
        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter(), 1_000))
    meters = MeterProvider(resource=resource, metric_readers=readers)
    set_meter_provider(meters)
    return [tracing, logs, meters]


def instrument(name):
    if name == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor
    elif name == "openllmetry":
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
    elif name == "genai":
        from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
    else:
        from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
    OpenAIInstrumentor().instrument()


def ask(client, text, **more):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(**{"model": MINI, "messages": messages, **more})


def read_all(stream):
    for _ in stream:
        pass


def abort(client):
    stream = ask(client, "abort", stream=True, stream_options={"include_usage": True})
    next(iter(stream))
    stream.close()


def time_out(client):
    ask(client.with_options(timeout=0.5, max_retries=2), "hang")


def refused(client):
    try:
        ask(client.with_options(max_retries=0), "refuse")
    except openai.RateLimitError:
        pass


async def ask_later(url):
    async with openai.AsyncOpenAI(base_url=url, api_key="none") as client:
        await ask(client, "later")


def scenarios(client, url):
    usage = {"stream": True, "stream_options": {"include_usage": True}}
    return {
        "chat": lambda: ask(client, "chat"),
        "larger": lambda: ask(client, "larger", model="gpt-4o"),
        "reasoning": lambda: ask(client, "reasoning", model="o4-mini"),
        "tools": lambda: ask(client, "tools", tools=[WEATHER]),
        "stream": lambda: read_all(ask(client, "stream", **usage)),
        "stream_without_usage": lambda: read_all(ask(client, "silent", stream=True)),
        "abort": lambda: abort(client),
        "embedding": lambda: client.embeddings.create(
            model="text-embedding-3-small", input="what is it"
        ),
        "responses": lambda: client.responses.create(model=MINI, input="respond"),
        "async": lambda: asyncio.run(ask_later(url)),
        "retry_429": lambda: ask(client, "429"),
        "retry_503": lambda: ask(client, "503"),
        "retry_time_out": lambda: time_out(client),
        "refused": lambda: refused(client),
        # Two calls that are the same in everything but their ids are two.
        "twice": lambda: (ask(client, "twice"), ask(client, "twice")),
    }


def main():
    service, names, url = sys.argv[1:4]
    logging.basicConfig(level=logging.ERROR)
    told = providers(service)
    for name in names.split(","):
        instrument(name)
    client = openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=3)
    tracer = trace.get_tracer("app")
    for name, run in scenarios(client, url + "/v1").items():
        with tracer.start_as_current_span(f"scenario {name}") as span:
            run()
        trace_id = f"{span.get_span_context().trace_id:032x}"
        print(json.dumps({"scenario": name, "trace_id": trace_id}), flush=True)
    for provider in told:
        provider.force_flush(60_000)
        provider.shutdown()


main()
