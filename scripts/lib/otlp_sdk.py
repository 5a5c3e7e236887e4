"""OpenTelemetry's Python SDK sends to a collector; see scripts/otlp-sdk."""

import logging, os, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "chaos"))
from collector import Collector, expect
from fixtures import events, stored_samples

from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor


def resource(name):
    return Resource({"service.name": name, "service.instance.id": "i1", "host.name": "h"})


def send_metrics(name, temporality, compression):
    """Three exports of every kind of instrument, and a fourth that repeats the last."""
    exporter = OTLPMetricExporter(preferred_temporality=temporality, compression=compression)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=10**7)
    exponential = View(
        instrument_name="sizes", aggregation=ExponentialBucketHistogramAggregation()
    )
    provider = MeterProvider([reader], resource=resource(name), views=[exponential])
    meter = provider.get_meter("sdk")
    jobs = meter.create_counter("jobs", unit="{job}")
    inflight = meter.create_up_down_counter("inflight")
    latency = meter.create_histogram(
        "latency", unit="s", explicit_bucket_boundaries_advisory=[0.1, 1, 10]
    )
    sizes = meter.create_histogram("sizes", unit="By")
    for turn in range(3):
        jobs.add(2, {"q": "a"})
        inflight.add(1)
        latency.record(0.0625 * (turn + 1))
        latency.record(5)
        sizes.record(1000 * (turn + 1))
        expect(reader.force_flush(10_000), "the SDK could not export metrics")
        time.sleep(0.005)
    provider.shutdown()


def send_spans_and_logs():
    tracing = TracerProvider(resource=resource("sdk"))
    tracing.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    logs = LoggerProvider(resource=resource("sdk"))
    logs.add_log_record_processor(
        SimpleLogRecordProcessor(OTLPLogExporter(compression=Compression.Gzip))
    )
    set_logger_provider(logs)
    logger = logging.getLogger("shop")
    logger.addHandler(LoggingHandler(logger_provider=logs))
    logger.propagate = False
    tracer = tracing.get_tracer("shop")
    with tracer.start_as_current_span("request"):
        with tracer.start_as_current_span("chat") as span:
            span.set_attribute("gen_ai.operation.name", "chat")
            span.set_attribute("gen_ai.request.model", "gpt-4o-mini")
            span.set_attribute("gen_ai.usage.input_tokens", 31)
            span.set_attribute("gen_ai.usage.output_tokens", 12)
            logger.warning("slow call")
    tracing.shutdown()
    logs.shutdown()


def check_metrics(collector, name):
    samples = {}
    for (metric, labels), values in stored_samples(collector).items():
        own = dict(labels)
        if own["job"] == name:
            expect(own["instance"] == "i1", f"{metric} has no instance")
            last = list(values.values())[-1]
            samples[metric + (f" {own['le']}" if "le" in own else "")] = last
    wanted = {
        "jobs_total": 6.0,
        "inflight": 3.0,
        "latency_seconds_count": 6.0,
        "latency_seconds_sum": 15.375,
        "latency_seconds_bucket 0.1": 1.0,
        "latency_seconds_bucket 1": 3.0,
        "latency_seconds_bucket 10": 6.0,
        "latency_seconds_bucket +Inf": 6.0,
        "target_info": 1.0,
    }
    sizes = samples.pop("sizes_bytes", {})
    expect(samples == wanted, f"{name}: {samples} is not {wanted}")
    expect((sizes["count"], sizes["sum"]) == (3, 6000.0), f"{name}: sizes are {sizes}")
    expect(sum(sizes["positive"][1]) == 3, f"{name}: sizes are {sizes}")


def main():
    collector = Collector()
    try:
        run(collector)
    finally:
        collector.stop()
    print("metrics cumulative and delta, spans and logs of the Python SDK: all as sent")


def run(collector):
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{collector.port}"
    send_metrics("cumulative", {}, Compression.NoCompression)
    delta = {Counter: AggregationTemporality.DELTA, Histogram: AggregationTemporality.DELTA}
    send_metrics("delta", delta, Compression.Gzip)
    send_spans_and_logs()
    check_metrics(collector, "cumulative")
    check_metrics(collector, "delta")
    found = {event.get("name") or event["message"]: event for event in events(collector)}
    expect(set(found) == {"request", "chat", "slow call"}, f"events are {sorted(found)}")
    call = found["chat"]
    facts = [call[field] for field in ("type", "model", "input_tokens", "output_tokens")]
    expect(facts == ["llm", "gpt-4o-mini", 31, 12], f"the call is {facts}")
    expect(call["cost_usd"] == "0.00001185", f"the call costs {call['cost_usd']}")
    expect(found["slow call"]["span_id"] == call["span_id"], "the log has lost its span")
    expect(call["parent_span_id"] == found["request"]["span_id"], "the call has lost its parent")


main()
