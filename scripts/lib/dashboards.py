"""Writes dashboards/*.json, or with --check says which of them differ from what would be written."""

import json, os, sys

from dashboard_panels import *

PLACE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(__file__))), "dashboards")
# Shares: what fails, and what a price was found for.
FAILING = steps((0.01, "orange"), (0.05, "red"))
PRICED = steps((0.9, "orange"), (0.99, "green"), base="red")
SHARE = {"unit": "percentunit", "decimals": 1, "max": 1}
MODEL = "{{provider}} {{model}}"

QUANTILES = [("0.5", "p50"), ("0.9", "p90"), ("0.95", "p95"), ("0.99", "p99")]
# What providers did wrong, beside what callers did.
PROVIDER_FAULTS = 'error_type=~"server|network|timeout"'

PRICED_SHARE = (
    "1 - sum%by (%rate(llm_unpriced_tokens_total{%C}[%window]))"
    " / sum%by (%rate(llm_tokens_total{%C}[%window]))"
)


def priced(labels="", over="$R"):
    """The share of tokens that a price was found for."""
    by = f" by ({labels})" if labels else ""
    return query(
        PRICED_SHARE, by=by, rate="increase" if over == "$R" else "rate", window=over
    )


def quantile(share, family, labels="", over="$I", filters="%C"):
    by = f" by ({labels})" if labels else ""
    return query(
        f"histogram_quantile({share}, sum{by} (rate({family}{{{filters}}}[{over}])))"
    )


def cost_stat(title, expr, width=6, share=None):
    """Money, never without the share of tokens that it is known of."""
    return stat(
        title,
        [(expr, "cost"), (share or priced(), "priced")],
        "currencyUSD",
        width,
        color="fixed",
        description="Cost, and the share of tokens that a price was found for.",
        overrides=[
            by_query("B", **SHARE, thresholds=PRICED, color={"mode": "thresholds"}),
        ],
    )


def cost_series(title, queries, unit, share, width=12, **more):
    """Money over time, with the share of tokens that it is known of on the right."""
    letter = "ABCDEFGH"[len(queries)]
    right = {
        "custom__axisPlacement": "right",
        "custom__stacking": {"mode": "none"},
        "custom__fillOpacity": 0,
        "custom__lineStyle": {"fill": "dash", "dash": [8, 6]},
    }
    return series(
        title,
        [*queries, (share, "priced")],
        unit,
        width,
        stacked=True,
        overrides=[by_query(letter, **SHARE, min=0, **right)],
        **more,
    )


def alerts_stat(width=4):
    return stat(
        "Alerts firing",
        'count(ALERTS{alertstate="firing"}) or vector(0)',
        "none",
        width,
        thresholds=steps((1, "red")),
    )


REQUESTS = query("sum(increase(llm_requests_total{%C}[$R]))")
COST = query("sum(increase(llm_cost_usd_total{%C}[$R]))")
TOKENS = query("sum(increase(llm_tokens_total{%C}[$R]))")
ERROR_RATIO = query(
    'sum(increase(llm_requests_total{%C,status="error"}[$R]))'
    " / sum(increase(llm_requests_total{%C}[$R]))"
)


def error_ratio(labels, over):
    kind = "increase" if over == "$R" else "rate"
    by = f" by ({labels})" if labels else ""
    return query(
        f'sum{by} ({kind}(llm_requests_total{{%C,status="error"}}[{over}]))'
        f" / sum{by} ({kind}(llm_requests_total{{%C}}[{over}]))"
    )


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
                    trace_link(
                        "Traces", "&status=error&error_type=${__field.labels.error_type}"
                    )
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
                        query(
                            "3600 * sum by (provider, model) (rate(llm_cost_usd_total{%C}[$I]))"
                        ),
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
                        query(
                            "3600 * sum by (provider, model) (rate(llm_cost_usd_total{%C}[$I]))"
                        ),
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
                        'sum by (provider, model) (rate(llm_tokens_total{%C,type="cache_read"}[$I]))'
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
                "Time to the first token", [(quantile(s, first), name) for s, name in QUANTILES], "s"
            ),
            series(
                "Latency p95 by model",
                (quantile(0.95, duration, "provider, model"), MODEL),
                "s",
                links=[
                    trace_link(
                        "Traces", "&provider=${__field.labels.provider}"
                        "&model=${__field.labels.model}"
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
                    query(
                        "sum by (reason) (rate(llm_wait_seconds_total{%C}[$I]))"
                    ),
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
                        quantile(
                            0.95, "span_duration_seconds", "service, kind, name", "$R", spans
                        ),
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
                    trace_link(
                        "Traces", "&status=error&error_type=${__field.labels.error_type}"
                    )
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
                        "sum by (provider, model) (llm_headroom{provider=~\"$provider\","
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
                    query(
                        '60 * sum by (level) (rate(log_records_total{service=~"$service"}[$I]))'
                    ),
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


def quality():
    scores = (
        'name=~"$name",evaluator=~"$evaluator",model=~"$model",prompt=~"$prompt",'
        'prompt_version=~"$prompt_version"'
    )
    labels = ["name", "evaluator", "model", "prompt", "prompt_version"]

    def average(by, over="$I"):
        return query(f"histogram_avg(sum by ({by}) (rate(eval_score{{%S}}[{over}])))", S=scores)

    return dashboard(
        "quality",
        "Quality",
        "Scores by evaluator, model and version of a prompt.",
        [
            variable(name, label, "eval_score_count", labels[:index])
            for index, (name, label) in enumerate(
                zip(labels, ["Score", "Evaluator", "Model", "Prompt", "Version"])
            )
        ]
        + [COLLECTOR_VARIABLE],
        [
            stat(
                "Scores",
                query("sum(increase(eval_score_count{%S}[$R]))", S=scores),
                "short",
                color="fixed",
            ),
            stat(
                "Average",
                [(average("name", "$R"), "{{name}}")],
                "short",
                12,
                decimals=3,
                color="fixed",
            ),
            stat(
                "Evaluators",
                query("count(count by (evaluator) (eval_score_count{%S}))", S=scores),
                "none",
                color="fixed",
            ),
            alerts_stat(),
            series("Average by score", (average("name"), "{{name}}"), "short", decimals=3),
            series(
                "Scores per minute",
                (
                    query("60 * sum by (name) (rate(eval_score_count{%S}[$I]))", S=scores),
                    "{{name}}",
                ),
                "suffix: /min",
                stacked=True,
            ),
            series(
                "Average by model",
                (average("name, model"), "{{name}} {{model}}"),
                "short",
                decimals=3,
            ),
            series(
                "Average by version of a prompt",
                (average("name, prompt, prompt_version"), "{{name}} {{prompt}} {{prompt_version}}"),
                "short",
                decimals=3,
            ),
            heatmap(
                "Values",
                query("sum by (le) (increase(eval_score_bucket{%S}[$I]))", S=scores),
                "short",
            ),
            series(
                "Categories and booleans per minute",
                (
                    query(
                        "60 * sum by (name, value) (rate(eval_scores_total{%S}[$I]))", S=scores
                    ),
                    "{{name}} {{value}}",
                ),
                "suffix: /min",
                stacked=True,
                bars=True,
            ),
            table(
                "Scores by version",
                labels,
                [
                    ("average", average(", ".join(labels), "$R"), "short"),
                    (
                        "p10",
                        quantile(0.1, "eval_score", ", ".join(labels), "$R", scores),
                        "short",
                    ),
                    (
                        "scores",
                        query(
                            f"sum by ({', '.join(labels)}) (increase(eval_score_count{{%S}}[$R]))",
                            S=scores,
                        ),
                        "short",
                    ),
                ],
                links={"prompt": trace_link("Traces", "&prompt=${__value.raw}")},
            ),
        ],
    )


def tenants():
    chosen = 'tenant=~"$tenant",provider=~"$provider",model=~"$model"'
    # Prices belong to models, so a tenant's share is that of the models that it used.
    share = (
        "sum%by (%rate(llm_tenant_tokens_total{%T}[%window])"
        " * on (provider, model) group_left () ("
        "(1 - sum by (provider, model) (%rate(llm_unpriced_tokens_total[%window]))"
        " / sum by (provider, model) (%rate(llm_tokens_total[%window]))) >= 0))"
        " / sum%by (%rate(llm_tenant_tokens_total{%T}[%window]))"
    )
    about = "The share of tokens that is priced is that of the models that were used."

    def of(text, by="", over="$R"):
        kind = "increase" if over == "$R" else "rate"
        return query(
            text, by=f" by ({by})" if by else "", T=chosen, rate=kind, window=over
        )

    def tenant_series(title, family, unit, factor):
        expr = of(f"{factor} * sum%by (%rate({family}{{%T}}[%window]))", "tenant", "$I")
        return series(title, (expr, "{{tenant}}"), unit, stacked=True)

    tokens = "sum by (tenant) (increase(llm_tenant_tokens_total{%T}[$R]))"
    return dashboard(
        "tenants",
        "Tenants",
        "Who asks for how much, and what it costs.",
        [
            variable("tenant", "Tenant", "llm_tenant_requests_total"),
            variable("provider", "Provider", "llm_tenant_requests_total", ["tenant"]),
            variable("model", "Model", "llm_tenant_requests_total", ["tenant", "provider"]),
            COLLECTOR_VARIABLE,
        ],
        [
            stat(
                "Tenants",
                query(
                    "count(sum by (tenant) (increase(llm_tenant_requests_total{%T}[$R])) > 0)",
                    T=chosen,
                ),
                "none",
                6,
                color="fixed",
            ),
            stat(
                "Requests",
                query("sum(increase(llm_tenant_requests_total{%T}[$R]))", T=chosen),
                "short",
                6,
                color="fixed",
            ),
            stat(
                "Tokens",
                query("sum(increase(llm_tenant_tokens_total{%T}[$R]))", T=chosen),
                "short",
                6,
                color="fixed",
            ),
            cost_stat(
                "Cost",
                query("sum(increase(llm_tenant_cost_usd_total{%T}[$R]))", T=chosen),
                share=of(share),
            ),
            tenant_series(
                "Requests per minute", "llm_tenant_requests_total", "suffix: req/min", 60
            ),
            tenant_series("Tokens per minute", "llm_tenant_tokens_total", "suffix: tok/min", 60),
            cost_series(
                "Cost per hour",
                [
                    (
                        of(
                            "3600 * sum%by (%rate(llm_tenant_cost_usd_total{%T}[%window]))",
                            "tenant",
                            "$I",
                        ),
                        "{{tenant}}",
                    )
                ],
                "currencyUSD",
                of(share, over="$I"),
                description=about,
            ),
            gauges(
                "Share of tokens",
                query(
                    f"topk(10, {tokens} / ignoring (tenant) group_left () "
                    "sum(increase(llm_tenant_tokens_total{%T}[$R])))",
                    T=chosen,
                ),
                "{{tenant}}",
                "percentunit",
                12,
                max=1,
                color="continuous-BlPu",
            ),
            table(
                "Tenants and cost",
                ["tenant"],
                [
                    (
                        "requests",
                        of("sum%by (%rate(llm_tenant_requests_total{%T}[%window]))", "tenant"),
                        "short",
                    ),
                    ("tokens", query(tokens, T=chosen), "short"),
                    (
                        "cost",
                        of("sum%by (%rate(llm_tenant_cost_usd_total{%T}[%window]))", "tenant"),
                        "currencyUSD",
                    ),
                    ("priced", of(share, "tenant"), "percentunit"),
                ],
                12,
                sort="cost",
                links={"tenant": trace_link("Traces", "&tenant=${__value.raw}")},
                description=about,
            ),
            table(
                "Models by tenant",
                ["tenant", "provider", "model"],
                [
                    (
                        "requests",
                        of(
                            "sum%by (%rate(llm_tenant_requests_total{%T}[%window]))",
                            "tenant, provider, model",
                        ),
                        "short",
                    ),
                    (
                        "cost",
                        of(
                            "sum%by (%rate(llm_tenant_cost_usd_total{%T}[%window]))",
                            "tenant, provider, model",
                        ),
                        "currencyUSD",
                    ),
                    ("priced", of(share, "tenant, provider, model"), "percentunit"),
                ],
                12,
                sort="cost",
                description=about,
            ),
        ],
    )


def prompts():
    chosen = 'prompt=~"$prompt",prompt_version=~"$prompt_version",variant=~"$variant"'
    by = "prompt, prompt_version, variant"
    legend = "{{prompt}} {{prompt_version}} {{variant}}"
    labels = ["prompt", "prompt_version", "variant"]
    about = "The share of tokens that is priced is that of all calls."
    share = (
        "1 - sum(%rate(llm_unpriced_tokens_total[%window]))"
        " / sum(%rate(llm_tokens_total[%window]))"
    )
    of_all = query(share, rate="increase", window="$R")

    def summed(family, over):
        kind = "increase" if over == "$R" else "rate"
        return query(f"sum by ({by}) ({kind}({family}{{%P}}[{over}]))", P=chosen)

    requests, cost = "llm_prompt_requests_total", "llm_prompt_cost_usd_total"
    return dashboard(
        "prompts",
        "Prompts",
        "Versions and variants of prompts beside each other.",
        [
            variable("prompt", "Prompt", requests),
            variable("prompt_version", "Version", requests, ["prompt"]),
            variable("variant", "Variant", requests, ["prompt", "prompt_version"]),
            COLLECTOR_VARIABLE,
        ],
        [
            stat(
                "Requests",
                query("sum(increase(llm_prompt_requests_total{%P}[$R]))", P=chosen),
                "short",
                6,
                color="fixed",
            ),
            stat(
                "Versions in use",
                query(f"count({summed(requests, '$R')} > 0)"),
                "none",
                6,
                color="fixed",
            ),
            stat(
                "Latency p95 of all",
                quantile(0.95, "llm_prompt_duration_seconds", "", "$R", chosen),
                "s",
                6,
                color="fixed",
            ),
            cost_stat(
                "Cost",
                query("sum(increase(llm_prompt_cost_usd_total{%P}[$R]))", P=chosen),
                share=of_all,
            ),
            series(
                "Requests per minute",
                (f"60 * {summed(requests, '$I')}", legend),
                "suffix: req/min",
                stacked=True,
            ),
            series(
                "Latency p95",
                (quantile(0.95, "llm_prompt_duration_seconds", by, "$I", chosen), legend),
                "s",
            ),
            cost_series(
                "Cost of 1,000 calls",
                [(f"1000 * {summed(cost, '$I')} / {summed(requests, '$I')}", legend)],
                "currencyUSD",
                query(share, rate="rate", window="$I"),
                description=about,
            ),
            series(
                "Latency p50",
                (quantile(0.5, "llm_prompt_duration_seconds", by, "$I", chosen), legend),
                "s",
            ),
            table(
                "Versions",
                labels,
                [
                    ("requests", summed(requests, "$R"), "short"),
                    (
                        "p50",
                        quantile(0.5, "llm_prompt_duration_seconds", by, "$R", chosen),
                        "s",
                    ),
                    (
                        "p95",
                        quantile(0.95, "llm_prompt_duration_seconds", by, "$R", chosen),
                        "s",
                    ),
                    ("cost", summed(cost, "$R"), "currencyUSD"),
                    (
                        "1,000 calls",
                        f"1000 * {summed(cost, '$R')} / {summed(requests, '$R')}",
                        "currencyUSD",
                    ),
                    (
                        "priced, of all calls",
                        f"0 * {summed(requests, '$R')} + on () group_left () ({of_all})",
                        "percentunit",
                    ),
                ],
                sort="requests",
                links={"prompt": trace_link("Traces", "&prompt=${__value.raw}")},
                description=about,
            ),
        ],
    )


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
            stat("Version", [("barograph_build_info", "{{version}}")], "none", text="name", color="fixed"),
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
            stat("Memory", f"sum({of_ours('process_resident_memory_bytes')})", "bytes", 4, color="fixed"),
            stat("Processor time", f"sum({of_ours('process_cpu_seconds_total')})", "s", 4, color="fixed"),
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


FILES = {
    "overview": overview,
    "models-and-cost": models,
    "latency": latency,
    "errors": errors,
    "quality": quality,
    "tenants": tenants,
    "prompts": prompts,
    "collector": collector,
}


def main():
    differing = []
    for name, make in FILES.items():
        path = os.path.join(PLACE, f"{name}.json")
        text = json.dumps(make(), indent=2, ensure_ascii=False) + "\n"
        if "--check" not in sys.argv:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            continue
        with open(path, encoding="utf-8") as file:
            if file.read() != text:
                differing.append(f"dashboards/{name}.json")
    if differing:
        sys.exit(f"{', '.join(differing)} differ from scripts/dashboards; run it, or change it")


main()
