"""The dashboards of calls: overview, models and cost, latency, errors."""

from dashboard_figures import *


def model_table():
    by = "provider, model"
    return table(
        "Models",
        ["provider", "model"],
        [
            ("requests", query(f"sum by ({by}) (increase(llm_requests_total{{%C}}[$R]))"), "short"),
            ("errors", error_ratio(by, "$R"), "percentunit"),
            ("p50", quantile(0.5, "llm_request_duration_seconds", by, "$R"), "s"),
            ("p95", quantile(0.95, "llm_request_duration_seconds", by, "$R"), "s"),
            ("tokens", query(f"sum by ({by}) (increase(llm_tokens_total{{%C}}[$R]))"), "short"),
            (
                "cost",
                query(f"sum by ({by}) (increase(llm_cost_usd_total{{%C}}[$R]))"),
                "currencyUSD",
            ),
            ("priced", priced(by), "percentunit"),
        ],
        sort="cost",
        links={"model": trace_link("Traces", "&model=${__value.raw}")},
    )


def overview():
    return dashboard(
        "overview",
        "Overview",
        "Requests, errors, latency, tokens and money of all calls.",
        [*CALL_VARIABLES, COLLECTOR_VARIABLE],
        [
            stat("Requests", REQUESTS, "short"),
            stat("Error ratio", ERROR_RATIO, "percentunit", thresholds=FAILING, decimals=2),
            stat(
                "Latency p95",
                quantile(0.95, "llm_request_duration_seconds", over="$R"),
                "s",
                color="fixed",
            ),
            stat("Tokens", TOKENS, "short"),
            cost_stat("Cost", COST, 4),
            alerts_stat(),
            series(
                "Requests per minute",
                (query("60 * sum by (provider, model) (rate(llm_requests_total{%C}[$I]))"), MODEL),
                "suffix: req/min",
                stacked=True,
            ),
            series(
                "Errors per minute",
                (
                    query("60 * sum by (error_type) (rate(llm_errors_total{%C}[$I]))"),
                    "{{error_type}}",
                ),
                "suffix: /min",
                stacked=True,
                bars=True,
                links=[
                    trace_link("Traces", "&status=error&error_type=${__field.labels.error_type}")
                ],
            ),
            series(
                "Latency",
                [
                    (quantile(share, "llm_request_duration_seconds"), name)
                    for share, name in QUANTILES
                ],
                "s",
            ),
            series(
                "Tokens per minute",
                (query("60 * sum by (type) (rate(llm_tokens_total{%C}[$I]))"), "{{type}}"),
                "suffix: tok/min",
                stacked=True,
            ),
            cost_series(
                "Cost per hour",
                [
                    (
                        query("3600 * sum by (provider, model) (rate(llm_cost_usd_total{%C}[$I]))"),
                        MODEL,
                    )
                ],
                "currencyUSD",
                priced("", "$I"),
            ),
            series(
                "Requests per minute by service",
                (
                    query("60 * sum by (service) (rate(llm_requests_total{%C}[$I]))"),
                    "{{service}}",
                ),
                "suffix: req/min",
                stacked=True,
            ),
            model_table(),
            states(
                "Alerts",
                [
                    (
                        'max without (alertstate) (2 * ALERTS{alertstate="firing"} or ALERTS)',
                        "{{alertname}} {{service}} {{provider}} {{model}}",
                    )
                ],
                [(1, "pending", "orange"), (2, "firing", "red")],
            ),
        ],
    )


def models():
    cost_by = "sum by (provider, model) (increase(llm_cost_usd_total{%C}[$R]))"
    calls_by = 'sum by (provider, model) (increase(llm_requests_total{%C,status="ok"}[$R]))'
    return dashboard(
        "models",
        "Models and cost",
        "What models are used for and what they cost, with the share of tokens that is priced.",
        [*CALL_VARIABLES, COLLECTOR_VARIABLE],
        [
            cost_stat("Cost", COST),
            cost_stat(
                "Cost of 1,000 good calls",
                query(
                    "1000 * sum(increase(llm_cost_usd_total{%C}[$R]))"
                    ' / sum(increase(llm_requests_total{%C,status="ok"}[$R]))'
                ),
            ),
            stat(
                "Tokens without a price",
                query("sum(increase(llm_unpriced_tokens_total{%C}[$R]))"),
                "short",
                thresholds=steps((1, "orange")),
            ),
            stat(
                "Calls without usage",
                query("sum(increase(llm_calls_without_usage_total{%C}[$R]))"),
                "short",
                thresholds=steps((1, "orange")),
                description="Calls that went well and told no usage: their cost is not known.",
            ),
            stat(
                "Cost yet to correct",
                query("sum(llm_cost_adjustment_usd{%C})"),
                "currencyUSD",
                color="fixed",
                description="What is to be added to the cost counted so far; counters never fall, "
                "so what was counted too much is withheld from what is added later.",
            ),
            cost_series(
                "Cost per hour",
                [
                    (
                        query("3600 * sum by (provider, model) (rate(llm_cost_usd_total{%C}[$I]))"),
                        MODEL,
                    )
                ],
                "currencyUSD",
                priced("", "$I"),
            ),
            series(
                "Share of tokens priced",
                (priced("provider, model", "$I"), MODEL),
                "percentunit",
                min=0,
                max=1,
            ),
            series(
                "Tokens per minute by type",
                (query("60 * sum by (type) (rate(llm_tokens_total{%C}[$I]))"), "{{type}}"),
                "suffix: tok/min",
                stacked=True,
            ),
            series(
                "Tokens per minute by model",
                (
                    query("60 * sum by (provider, model) (rate(llm_tokens_total{%C}[$I]))"),
                    MODEL,
                ),
                "suffix: tok/min",
                stacked=True,
            ),
            series(
                "Input read from the provider's cache",
                (
                    query(
                        'sum by (provider, model) (rate(llm_tokens_total{%C,type="cache_read"}'
                        "[$I]))"
                        " / sum by (provider, model) (rate(llm_tokens_total{%C,"
                        'type=~"input|cache_read|cache_write|cache_write_1h"}[$I]))'
                    ),
                    MODEL,
                ),
                "percentunit",
                min=0,
                max=1,
            ),
            series(
                "Output tokens per good call",
                (
                    query(
                        "sum by (provider, model) (rate(llm_tokens_total{%C,"
                        'type=~"output|reasoning|audio_output"}[$I]))'
                        " / sum by (provider, model) "
                        '(rate(llm_requests_total{%C,status="ok"}[$I]))'
                    ),
                    MODEL,
                ),
                "short",
            ),
            series(
                "Answers of the application's cache",
                (
                    query(
                        "60 * sum by (result) (rate(llm_cache_requests_total"
                        '{service=~"$service"}[$I]))'
                    ),
                    "{{result}}",
                ),
                "suffix: /min",
                stacked=True,
            ),
            stat(
                "Saved by the application's cache",
                query('sum(llm_cache_saved_usd_total{service=~"$service"})'),
                "currencyUSD",
                6,
                color="fixed",
                description="Since counting began: what its answers would have cost.",
            ),
            stat(
                "Hits of the application's cache",
                query(
                    "sum(increase(llm_cache_requests_total"
                    '{service=~"$service",result="hit"}[$R])) / sum(increase('
                    'llm_cache_requests_total{service=~"$service",result=~"hit|miss"}[$R]))'
                ),
                "percentunit",
                6,
                color="fixed",
            ),
            table(
                "Cost by model",
                ["provider", "model"],
                [
                    ("cost", query(cost_by), "currencyUSD"),
                    ("priced", priced("provider, model"), "percentunit"),
                    ("1,000 good calls", query(f"1000 * {cost_by} / {calls_by}"), "currencyUSD"),
                    (
                        "tokens",
                        query("sum by (provider, model) (increase(llm_tokens_total{%C}[$R]))"),
                        "short",
                    ),
                    (
                        "without a price",
                        query(
                            "sum by (provider, model) "
                            "(increase(llm_unpriced_tokens_total{%C}[$R]))"
                        ),
                        "short",
                    ),
                    (
                        "calls without usage",
                        query(
                            "sum by (provider, model) "
                            "(increase(llm_calls_without_usage_total{%C}[$R]))"
                        ),
                        "short",
                    ),
                ],
                links={"model": trace_link("Traces", "&model=${__value.raw}")},
            ),
            table(
                "Last hour, to the second",
                ["provider", "model"],
                [
                    (
                        "cost per hour",
                        'sum by (provider, model) (llm_window_cost_usd_per_hour{window="1h",'
                        'provider=~"$provider",model=~"$model"})',
                        "currencyUSD",
                    ),
                    (
                        "priced",
                        'sum by (provider, model) (llm_window_coverage{window="1h",'
                        'provider=~"$provider",model=~"$model"})',
                        "percentunit",
                    ),
                ],
                description="From the windows, of all services.",
            ),
        ],
    )


def latency():
    duration, first = "llm_request_duration_seconds", "llm_time_to_first_token_seconds"
    window = 'window="$window",provider=~"$provider",model=~"$model"'
    spans = 'service=~"$service"'
    return dashboard(
        "latency",
        "Latency",
        "How long calls take, to the end and to the first token, and what they wait for before.",
        [
            *CALL_VARIABLES,
            choice("window", "Window", ["10s", "1m", "5m", "15m", "1h"], "5m"),
            COLLECTOR_VARIABLE,
        ],
        [
            stat("p50", quantile(0.5, duration, over="$R"), "s", color="fixed"),
            stat("p95", quantile(0.95, duration, over="$R"), "s", color="fixed"),
            stat("p99", quantile(0.99, duration, over="$R"), "s", color="fixed"),
            stat("First token p50", quantile(0.5, first, over="$R"), "s", color="fixed"),
            stat("First token p95", quantile(0.95, first, over="$R"), "s", color="fixed"),
            stat("In flight", query("sum(llm_requests_in_flight{%C})"), "short", color="fixed"),
            series("Latency", [(quantile(s, duration), name) for s, name in QUANTILES], "s"),
            series(
                "Time to the first token",
                [(quantile(s, first), name) for s, name in QUANTILES],
                "s",
            ),
            series(
                "Latency p95 by model",
                (quantile(0.95, duration, "provider, model"), MODEL),
                "s",
                links=[
                    trace_link(
                        "Traces",
                        "&provider=${__field.labels.provider}" "&model=${__field.labels.model}",
                    )
                ],
            ),
            series(
                "Time to the first token p95 by model",
                (quantile(0.95, first, "provider, model"), MODEL),
                "s",
            ),
            series(
                "Average latency by service",
                (
                    query(
                        f"sum by (service) (rate({duration}_sum{{%C}}[$I]))"
                        f" / sum by (service) (rate({duration}_count{{%C}}[$I]))"
                    ),
                    "{{service}}",
                ),
                "s",
            ),
            series(
                "Calls waiting",
                (
                    query("sum by (reason) (rate(llm_wait_seconds_total{%C}[$I]))"),
                    "{{reason}}",
                ),
                "short",
                stacked=True,
                description="How many calls waited at a time, on average: on the provider's "
                "backoff, on an own limit of rate, in a queue, for a connection.",
            ),
            heatmap(
                "Latency by calls",
                query(f"sum by (le) (increase({duration}_bucket{{%C}}[$I]))"),
                "s",
            ),
            heatmap(
                "Time to the first token by calls",
                query(f"sum by (le) (increase({first}_bucket{{%C}}[$I]))"),
                "s",
            ),
            table(
                "Windows by model",
                ["provider", "model"],
                [
                    (
                        stat_name,
                        "sum by (provider, model) "
                        f'(llm_window_latency_seconds{{{window},stat="{stat_name}"}})',
                        "s",
                    )
                    for stat_name in ("avg", "p50", "p95", "p99", "max")
                ]
                + [
                    (
                        "first token p95",
                        "sum by (provider, model) "
                        f'(llm_window_ttft_seconds{{{window},stat="p95"}})',
                        "s",
                    )
                ],
                12,
                sort="p95",
                description="Of the last 10 s to 1 h, of all services.",
            ),
            table(
                "Spans",
                ["service", "kind", "name"],
                [
                    (
                        "spans",
                        query(
                            "sum by (service, kind, name) (increase(spans_total{%S}[$R]))", S=spans
                        ),
                        "short",
                    ),
                    (
                        "p95",
                        quantile(0.95, "span_duration_seconds", "service, kind, name", "$R", spans),
                        "s",
                    ),
                ],
                12,
                sort="p95",
            ),
        ],
    )


def errors():
    return dashboard(
        "errors",
        "Errors",
        "What fails, where and why; what providers leave of their limits; logs by level.",
        [*CALL_VARIABLES, COLLECTOR_VARIABLE],
        [
            stat("Errors", query("sum(increase(llm_errors_total{%C}[$R])) or vector(0)"), "short"),
            stat("Error ratio", ERROR_RATIO, "percentunit", thresholds=FAILING, decimals=2),
            stat(
                "Availability",
                query(
                    "1 - (sum(increase(llm_errors_total{%C,%P}[$R])) or vector(0))"
                    " / sum(increase(llm_requests_total{%C}[$R]))",
                    P=PROVIDER_FAULTS,
                ),
                "percentunit",
                thresholds=steps((0.99, "orange"), (0.999, "green"), base="red"),
                decimals=2,
                description="Share of finished calls without a server, network or time-out error.",
            ),
            stat(
                "Cancelled",
                query('sum(increase(llm_requests_total{%C,status="cancelled"}[$R]))'),
                "short",
                color="fixed",
                description="Cancelled calls are no errors.",
            ),
            stat(
                "Retries",
                query("sum(increase(llm_retries_total{%C}[$R]))"),
                "short",
                color="fixed",
            ),
            alerts_stat(),
            series(
                "Error ratio by model",
                (error_ratio("provider, model", "$I"), MODEL),
                "percentunit",
                min=0,
                thresholds=FAILING,
                links=[
                    trace_link("Traces", "&status=error&model=${__field.labels.model}"),
                ],
            ),
            series(
                "Errors per minute by type",
                (
                    query("60 * sum by (error_type) (rate(llm_errors_total{%C}[$I]))"),
                    "{{error_type}}",
                ),
                "suffix: /min",
                stacked=True,
                bars=True,
                links=[
                    trace_link("Traces", "&status=error&error_type=${__field.labels.error_type}")
                ],
            ),
            series(
                "Errors per minute by service",
                (
                    query("60 * sum by (service) (rate(llm_errors_total{%C}[$I]))"),
                    "{{service}}",
                ),
                "suffix: /min",
                stacked=True,
            ),
            series(
                "Retries per minute by model",
                (
                    query("60 * sum by (provider, model) (rate(llm_retries_total{%C}[$I]))"),
                    MODEL,
                ),
                "suffix: /min",
                stacked=True,
            ),
            table(
                "Errors by type and model",
                ["service", "provider", "model", "error_type"],
                [
                    (
                        "errors",
                        query(
                            "sum by (service, provider, model, error_type) "
                            "(increase(llm_errors_total{%C}[$R])) > 0"
                        ),
                        "short",
                    ),
                ],
                12,
                links={
                    "error_type": trace_link("Traces", "&status=error&error_type=${__value.raw}")
                },
            ),
            table(
                "Headroom under providers' limits",
                ["provider", "model"],
                [
                    (
                        name,
                        'sum by (provider, model) (llm_headroom{provider=~"$provider",'
                        f'model=~"$model",resource="{resource}"}})',
                        "short",
                    )
                    for name, resource in (("requests left", "requests"), ("tokens left", "tokens"))
                ]
                + [
                    (
                        "limit met in",
                        "min by (provider, model) (llm_seconds_to_rate_limit"
                        '{provider=~"$provider",model=~"$model"})',
                        "s",
                    )
                ],
                12,
                sort="requests left",
                description="What is left of this minute, and when the limit is met if calls go "
                "on as in the last ten seconds.",
            ),
            series(
                "Logs per minute by level",
                (
                    query('60 * sum by (level) (rate(log_records_total{service=~"$service"}[$I]))'),
                    "{{level}}",
                ),
                "suffix: /min",
                stacked=True,
                bars=True,
            ),
            series(
                "Failed spans per minute",
                (
                    query(
                        "60 * sum by (kind, name) (rate(spans_total"
                        '{service=~"$service",status="error"}[$I]))'
                    ),
                    "{{kind}} {{name}}",
                ),
                "suffix: /min",
                stacked=True,
            ),
        ],
    )
