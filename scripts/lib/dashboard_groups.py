"""The dashboards of what calls are grouped by: scores, tenants, prompts."""

from dashboard_figures import *


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
                    query("60 * sum by (name, value) (rate(eval_scores_total{%S}[$I]))", S=scores),
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
            *evaluators(),
            *judges(),
        ],
    )


SINCE = "Since the collector was started."


def evaluators():
    """What became of calls at the evaluators. Of our own figures only those of now are known."""

    def calls(outcomes):
        return f'sum by (evaluator) (barograph_evaluations_total{{outcome=~"{outcomes}"}})'

    return [
        table(
            "Evaluators at work",
            ["evaluator"],
            [
                ("scored", calls("scored"), "short"),
                ("left out", calls("skipped"), "short"),
                ("nothing to look at", calls("missing"), "short"),
                ("dropped", calls("dropped"), "short"),
                ("not stored", calls("lost"), "short"),
                (
                    "time of a call",
                    "sum by (evaluator) (barograph_evaluation_seconds_total) / "
                    + calls("scored|missing"),
                    "s",
                ),
            ],
            16,
            sort="scored",
            description="Finished calls by what became of them: left out by `when` or the sample, "
            "dropped for want of room. " + SINCE,
        ),
        stat(
            "Calls not evaluated",
            'sum(barograph_evaluations_total{outcome=~"dropped|lost"}) or vector(0)',
            "short",
            4,
            thresholds=steps((1, "orange")),
            description="Dropped for want of room, or their score could not be stored. " + SINCE,
        ),
        stat(
            "Evaluators' queue filled",
            "sum(barograph_evaluator_queue_bytes) / sum(barograph_evaluator_queue_capacity_bytes)",
            "percentunit",
            4,
            thresholds=steps((0.5, "orange"), (0.9, "red")),
        ),
    ]


def judges():
    """What judges were asked, and what that cost. Their own calls are events of our service."""
    own = 'service="barograph"'

    def by(labels, family, filters=""):
        return f"sum by ({labels}) (barograph_judge_{family}{{{filters}}})"

    def failed(labels, family):
        # Failures have no series before the first.
        return by(labels, family) + " - " + by(labels, family, 'outcome="ok"')

    place = "model, endpoint"
    return [
        table(
            "Judges",
            ["judge"],
            [
                ("judged", by("judge", "questions_total", 'outcome="ok"'), "short"),
                ("failed", failed("judge", "questions_total"), "short"),
                ("answers known", by("judge", "cache_total", 'result=~"hit|shared"'), "short"),
                ("waiting", by("judge", "queue_length"), "short"),
                ("not judged", by("judge", "dropped_total"), "short"),
                ("cost today", by("judge", "spent_usd"), "currencyUSD"),
                (
                    "budget left",
                    by("judge", "budget_usd") + f" - {by('judge', 'spent_usd')}",
                    "currencyUSD",
                ),
                ("calibrated", by("judge", "calibrated"), "none"),
            ],
            sort="judged",
            description="A judge is calibrated once people have given scores of its name: what it "
            "says can then be compared with `barograph eval calibrate`. " + SINCE,
            overrides=[
                by_name(
                    "calibrated",
                    mappings=[
                        {
                            "type": "value",
                            "options": {
                                "0": {"index": 0, "text": "no", "color": "orange"},
                                "1": {"index": 1, "text": "yes", "color": "green"},
                            },
                        }
                    ],
                    custom__cellOptions={"type": "color-text"},
                ),
                by_name(
                    "budget left",
                    thresholds=steps((0.000001, "green"), base="red"),
                    color={"mode": "thresholds"},
                    custom__cellOptions={"type": "color-text"},
                ),
            ],
        ),
        table(
            "Judges' models",
            ["model", "endpoint"],
            [
                ("answered", by(place, "tries_total", 'outcome="ok"'), "short"),
                ("failed", failed(place, "tries_total"), "short"),
                ("breaker open", by(place, "breaker_state", 'state!="closed"'), "none"),
                ("openings", by(place, "breaker_openings_total"), "short"),
                ("waited for limits", by(place, "gate_wait_seconds_total"), "s"),
                ("waiting for limits", by(place, "gate_queue_length"), "short"),
            ],
            sort="answered",
            description="Requests, each try of one. " + SINCE,
            overrides=[
                by_name(
                    "breaker open",
                    mappings=[
                        {
                            "type": "value",
                            "options": {
                                "0": {"index": 0, "text": "closed", "color": "green"},
                                "1": {"index": 1, "text": "open", "color": "red"},
                            },
                        }
                    ],
                    custom__cellOptions={"type": "color-text"},
                )
            ],
        ),
        series(
            "Judges' calls per minute",
            (
                query(
                    "60 * sum by (model, status) (rate(llm_requests_total{%O}[$I]))",
                    O=own,
                ),
                "{{model}} {{status}}",
            ),
            "suffix: /min",
            stacked=True,
        ),
        cost_series(
            "Judges' cost per hour",
            [
                (
                    query(
                        "3600 * sum by (provider, model) (rate(llm_cost_usd_total{%O}[$I]))", O=own
                    ),
                    MODEL,
                )
            ],
            "currencyUSD",
            query(
                "1 - sum(rate(llm_unpriced_tokens_total{%O}[$I]))"
                " / sum(rate(llm_tokens_total{%O}[$I]))",
                O=own,
            ),
        ),
    ]


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
        return query(text, by=f" by ({by})" if by else "", T=chosen, rate=kind, window=over)

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
