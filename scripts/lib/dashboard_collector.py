"""The dashboard of the collector itself."""

from dashboard_figures import *


def collector():
    def total(name, by=""):
        return f"sum{f' by ({by})' if by else ''} (barograph_{name})"

    def seconds(family, share=0.99):
        return f"histogram_quantile({share}, sum by (le) (barograph_{family}_seconds_bucket))"

    def of_ours(name):
        """Of our own processes, where a Prometheus knows of others too."""
        return f"{name} and on (job, instance) barograph_build_info"

    outcomes = ["stored", "duplicate", "rejected", "shed", "queued"]
    since = "Since the collector was started."
    return dashboard(
        "collector",
        "Collector",
        "Barograph itself: what it took in and what became of it, its store, queues and queries.",
        [],
        [
            stat(
                "Running for",
                f"time() - max({of_ours('process_start_time_seconds')})",
                "s",
                color="fixed",
            ),
            stat(
                "Version",
                [("barograph_build_info", "{{version}}")],
                "none",
                text="name",
                color="fixed",
            ),
            stat(
                "Events not accounted for",
                f"{total('events_received_total')} - ("
                + " + ".join(
                    total(f"events_{name}{'' if name == 'queued' else '_total'}")
                    for name in [*outcomes[:2], "amended", *outcomes[2:]]
                )
                + ")",
                "short",
                thresholds=steps((1, "red")),
                description="Received less stored, duplicate, amended, rejected, shed and queued.",
            ),
            stat(
                "Rejected",
                total("events_rejected_total"),
                "short",
                thresholds=steps((1, "orange")),
                description=since,
            ),
            stat(
                "Shed",
                total("events_shed_total") + " + sum(barograph_udp_kernel_drops_total)",
                "short",
                thresholds=steps((1, "red")),
                description="For want of room, drops of the kernel too. " + since,
            ),
            stat(
                "Limits hit",
                total("limit_hits_total"),
                "short",
                thresholds=steps((1, "orange")),
                description=since,
            ),
            series(
                "Stored per minute by type",
                [
                    ("60 * sum(rate(llm_requests_total[$__rate_interval]))", "calls"),
                    ("60 * sum(rate(spans_total[$__rate_interval]))", "spans"),
                    ("60 * sum(rate(log_records_total[$__rate_interval]))", "logs"),
                    ("60 * sum(rate(eval_score_count[$__rate_interval]))", "scores"),
                ],
                "suffix: /min",
                24,
                stacked=True,
            ),
            table(
                "Events by door",
                ["intake"],
                [
                    ("received", total("events_received_total", "intake"), "short"),
                    ("stored", total("events_stored_total", "intake"), "short"),
                    ("duplicate", total("events_duplicate_total", "intake"), "short"),
                    ("amended", total("events_amended_total", "intake"), "short"),
                    ("rejected", total("events_rejected_total", "intake"), "short"),
                    ("shed", total("events_shed_total", "intake"), "short"),
                ],
                12,
                description=since,
            ),
            gauges(
                "Queues filled",
                total("queue_length", "queue") + " / " + total("queue_capacity", "queue"),
                "{{queue}}",
                "percentunit",
                12,
                max=1,
                thresholds=steps((0.5, "orange"), (0.9, "red")),
            ),
            stat("From receipt to committed p99", seconds("freshness"), "s", 6, color="fixed"),
            stat("Commit p99", seconds("commit"), "s", 6, color="fixed"),
            stat("Lateness p95", seconds("event_lateness", 0.95), "s", 6, color="fixed"),
            stat(
                "Identities remembered for",
                "min(barograph_dedup_window_seconds)",
                "s",
                6,
                color="fixed",
            ),
            stat("Database", "sum(barograph_store_bytes)", "bytes", 4, color="fixed"),
            stat(
                "Write-ahead log",
                "sum(barograph_wal_bytes)",
                "bytes",
                4,
                thresholds=steps((64 << 20, "orange"), (256 << 20, "red")),
            ),
            stat(
                "Memory",
                f"sum({of_ours('process_resident_memory_bytes')})",
                "bytes",
                4,
                color="fixed",
            ),
            stat(
                "Processor time",
                f"sum({of_ours('process_cpu_seconds_total')})",
                "s",
                4,
                color="fixed",
            ),
            stat(
                "Open descriptors",
                f"sum({of_ours('process_open_fds')}) / sum({of_ours('process_max_fds')})",
                "percentunit",
                4,
                thresholds=steps((0.7, "orange"), (0.9, "red")),
            ),
            stat("Identities", "sum(barograph_dedup_entries)", "short", 4, color="fixed"),
            table(
                "Requests by route",
                ["method", "route", "code"],
                [
                    (
                        "requests",
                        total("http_requests_total", "method, route, code"),
                        "short",
                    ),
                ],
                12,
                description=since,
            ),
            table(
                "Time of routes",
                ["route"],
                [
                    (
                        "p95",
                        "histogram_quantile(0.95, sum by (route, le) "
                        "(barograph_http_request_duration_seconds_bucket))",
                        "s",
                    ),
                    (
                        "average",
                        total("http_request_duration_seconds_sum", "route")
                        + " / "
                        + total("http_request_duration_seconds_count", "route"),
                        "s",
                    ),
                ],
                12,
                description=since,
            ),
            gauges(
                "Groups of windows",
                total("groups", "breakdown"),
                "{{breakdown}}",
                "short",
                8,
                thresholds=steps((1500, "orange"), (2000, "red")),
            ),
            gauges(
                "Label sets of counters",
                total("series", "group"),
                "{{group}}",
                "short",
                8,
                thresholds=steps((1500, "orange"), (2000, "red")),
            ),
            gauges(
                "Doubts about events",
                total("event_warnings_total", "code"),
                "{{code}}",
                "short",
                8,
                thresholds=steps((1, "orange")),
            ),
            table(
                "Queries by outcome",
                ["outcome"],
                [("queries", total("queries_total", "outcome"), "short")],
                12,
            ),
            stat(
                "Queries answered from the cache",
                'sum(barograph_query_cache_requests_total{result="hit"})'
                " / sum(barograph_query_cache_requests_total)",
                "percentunit",
                6,
                color="fixed",
            ),
            stat(
                "Time of a query",
                "sum(barograph_query_seconds_total) / sum(barograph_queries_total)",
                "s",
                6,
                color="fixed",
            ),
        ],
    )
