"""What each panel has to show, from the feed itself: by dashboard, title and query.

A figure is a function of a slice of the feed; it gives a number, a `Near`, or a mapping from
labels to either. PLAUSIBLE stands for what only the collector knows, PLAUSIBLE_LATER for what it
knows once calls were judged.
"""

from dashboards_feed import *

PLAUSIBLE = object()
PLAUSIBLE_LATER = object()


class Live:
    """What is known from the start of the collector on."""

    def __init__(self, values):
        self.values = values


class Judged:
    """What is known once calls were judged, by a label: a figure of what was sent and what the
    judge's model saw."""

    def __init__(self, label, figure):
        self.label, self.figure = label, figure

    def values(self, judged):
        found = self.figure(judged)
        if not self.label:
            return {(): found}
        return {((self.label, name),): value for name, value in found.items()}


M = ["provider", "model"]
PROMPT = ["prompt", "prompt_version", "variant"]
SCORE = ["name", "evaluator", "model", "prompt", "prompt_version"]
SHARES = (0.5, 0.9, 0.95, 0.99)


def per_minute(labels, records, measure=len):
    return lambda s: by(labels, records(s), lambda group: 60 / s.width * measure(group))


def each(labels, records, measure):
    return lambda s: by(labels, records(s), measure)


def calls(s):
    return s.calls


def own(s):
    return s.where(service="barograph")


def errors(s):
    return s.where(status="error")


def quantiles(field="duration_ms"):
    return [lambda s, share=share: percentile(share, s.timed, field) for share in SHARES]


def leaves(s):
    """One record for each type of tokens of a call."""
    return [
        {**one, "type": kind, "count": count}
        for one in s.calls
        for kind, count in one["tokens"].items()
    ]


def counted(records):
    return sum(one["count"] for one in records)


def waits(s):
    return [
        {**one, "reason": reason, "seconds": one[field] / 1e3}
        for one in s.calls
        for field, reason in WAITS.items()
        if field in one
    ]


def buckets(lowest, highest, values):
    bounds = [2.0**exponent for exponent in range(lowest, highest + 1)]
    found = {(("le", repr(bound)),): sum(v <= bound for v in values) for bound in bounds}
    return {**found, (("le", "+Inf"),): len(values)}


def seconds(records, field):
    return [one[field] / 1e3 for one in records if field in one]


def average(records):
    return ratio(math.fsum(one["value"] for one in records), len(records))


def per_call(records):
    return 1_000 * cost(records) / len(records)


def per_good_call(records):
    return ratio(1_000 * cost(records), sum(one["status"] == "ok" for one in records))


def cached(s):
    return [{**one, "result": one["cache"]} for one in s.all if "cache" in one]


def without_usage(records):
    return sum(one["status"] == "ok" and not one["tokens"] for one in records)


def model_coverage(s):
    return by(M, s.calls, coverage)


def tenant_coverage(labels):
    """The coverage of the models that were used, by tokens."""

    def figure(s):
        of = model_coverage(s)

        def share(records):
            known = [
                (tokens([one]), of[tuple((label, one[label]) for label in M)]) for one in records
            ]
            return ratio(
                sum(count * part for count, part in known if part is not None),
                sum(count for count, _ in known),
            )

        return by(labels, s.calls, share) if labels else share(s.calls)

    return figure


def hourly(measure):
    """Of the last hour's windows, which hold the whole feed."""
    return lambda s: by(M, s.feed_calls, measure)


def overall_on(labels):
    return lambda s: {key: coverage(s.calls) for key in by(labels, s.calls, len)}


REQUESTS = [lambda s: len(s.calls)]
COST = [lambda s: cost(s.calls), lambda s: coverage(s.calls)]
ERROR_RATIO = [lambda s: failed(s.calls) / len(s.calls)]
LATENCY_P95 = [lambda s: percentile(0.95, s.timed)]
COST_PER_HOUR = [
    per_minute(M, calls, lambda g: 60 * cost(g)),
    lambda s: coverage(s.calls),
]
ERRORS_BY_TYPE = [per_minute(["error_type"], errors)]

FIGURES = {
    "overview": {
        "Requests": REQUESTS,
        "Error ratio": ERROR_RATIO,
        "Latency p95": LATENCY_P95,
        "Tokens": [lambda s: tokens(s.calls)],
        "Cost": COST,
        "Alerts firing": [lambda s: 0],
        "Requests per minute": [per_minute(M, calls)],
        "Errors per minute": ERRORS_BY_TYPE,
        "Latency": quantiles(),
        "Tokens per minute": [per_minute(["type"], leaves, counted)],
        "Cost per hour": COST_PER_HOUR,
        "Requests per minute by service": [per_minute(["service"], calls)],
        "Models": [
            each(M, calls, len),
            each(M, calls, lambda g: failed(g) / len(g)),
            each(M, lambda s: s.timed, lambda g: percentile(0.5, g)),
            each(M, lambda s: s.timed, lambda g: percentile(0.95, g)),
            each(M, calls, tokens),
            each(M, calls, cost),
            model_coverage,
        ],
        "Alerts": [
            Live(
                {
                    (("alertname", "Asked"), ("severity", "page"), ("service", name)): 2
                    for name in ("barograph", "chat", "search")
                }
            )
        ],
    },
    "models": {
        "Cost": COST,
        "Cost of 1,000 good calls": [lambda s: per_good_call(s.calls), COST[1]],
        "Tokens without a price": [lambda s: unpriced(s.calls)],
        "Calls without usage": [lambda s: without_usage(s.calls)],
        "Cost yet to correct": [lambda s: 0],
        "Cost per hour": COST_PER_HOUR,
        "Share of tokens priced": [model_coverage],
        "Tokens per minute by type": [per_minute(["type"], leaves, counted)],
        "Tokens per minute by model": [per_minute(M, calls, tokens)],
        "Input read from the provider's cache": [
            each(
                M, calls, lambda g: ratio(tokens(g, "cache_read"), tokens(g, "input", "cache_read"))
            )
        ],
        "Output tokens per good call": [
            each(
                M,
                calls,
                lambda g: ratio(tokens(g, "output"), sum(one["status"] == "ok" for one in g)),
            )
        ],
        "Answers of the application's cache": [per_minute(["result"], cached)],
        "Saved by the application's cache": [PLAUSIBLE],
        "Hits of the application's cache": [
            lambda s: sum(one["result"] == "hit" for one in cached(s)) / len(cached(s))
        ],
        "Cost by model": [
            each(M, calls, cost),
            model_coverage,
            each(M, calls, per_good_call),
            each(M, calls, tokens),
            each(M, calls, unpriced),
            each(M, calls, without_usage),
        ],
        "Last hour, to the second": [hourly(cost), hourly(coverage)],
    },
    "latency": {
        "p50": [lambda s: percentile(0.5, s.timed)],
        "p95": LATENCY_P95,
        "p99": [lambda s: percentile(0.99, s.timed)],
        "First token p50": [lambda s: percentile(0.5, s.timed, "ttft_ms")],
        "First token p95": [lambda s: percentile(0.95, s.timed, "ttft_ms")],
        "In flight": [lambda s: 3],
        "Latency": quantiles(),
        "Time to the first token": quantiles("ttft_ms"),
        "Latency p95 by model": [each(M, lambda s: s.timed, lambda g: percentile(0.95, g))],
        "Time to the first token p95 by model": [
            each(M, lambda s: s.timed, lambda g: percentile(0.95, g, "ttft_ms"))
        ],
        "Average latency by service": [
            each(
                ["service"],
                lambda s: s.timed,
                lambda g: math.fsum(seconds(g, "duration_ms")) / len(g),
            )
        ],
        "Calls waiting": [
            lambda s: by(["reason"], waits(s), lambda g: sum(one["seconds"] for one in g) / s.width)
        ],
        "Latency by calls": [lambda s: buckets(-10, 12, seconds(s.timed, "duration_ms"))],
        "Time to the first token by calls": [
            lambda s: buckets(-10, 12, seconds(s.timed, "ttft_ms"))
        ],
        "Windows by model": [
            hourly(lambda g: math.fsum(seconds(timed(g), "duration_ms")) / len(timed(g))),
            hourly(lambda g: percentile(0.5, timed(g))),
            hourly(lambda g: percentile(0.95, timed(g))),
            hourly(lambda g: percentile(0.99, timed(g))),
            hourly(lambda g: max(seconds(timed(g), "duration_ms"))),
            hourly(lambda g: percentile(0.95, timed(g), "ttft_ms")),
        ],
        "Spans": [
            each(["service", "kind", "name"], lambda s: s.spans, len),
            each(["service", "kind", "name"], lambda s: s.spans, lambda g: percentile(0.95, g)),
        ],
    },
    "errors": {
        "Errors": [lambda s: failed(s.calls)],
        "Error ratio": ERROR_RATIO,
        "Availability": [
            lambda s: 1
            - sum(one.get("error_type") in ("server", "timeout") for one in s.calls) / len(s.calls)
        ],
        "Cancelled": [lambda s: len(s.where(status="cancelled"))],
        "Retries": [lambda s: len(s.where(attempt=2))],
        "Alerts firing": [lambda s: 0],
        "Error ratio by model": [each(M, calls, lambda g: failed(g) / len(g))],
        "Errors per minute by type": ERRORS_BY_TYPE,
        "Errors per minute by service": [per_minute(["service"], errors)],
        "Retries per minute by model": [per_minute(M, lambda s: s.where(attempt=2))],
        "Errors by type and model": [each(["service", *M, "error_type"], errors, len)],
        "Headroom under providers' limits": [
            lambda s: {(("provider", "live"), ("model", "live-1")): 37},
            lambda s: {(("provider", "live"), ("model", "live-1")): 94_000},
            PLAUSIBLE,
        ],
        "Logs per minute by level": [per_minute(["level"], lambda s: s.logs)],
        "Failed spans per minute": [
            per_minute(
                ["kind", "name"], lambda s: [one for one in s.spans if one["status"] == "error"]
            )
        ],
    },
    "quality": {
        "Scores": [lambda s: len(s.scores), *()],
        "Average": [each(["name"], lambda s: s.scores, average)],
        "Evaluators": [lambda s: 2],
        "Alerts firing": [lambda s: 0],
        "Average by score": [each(["name"], lambda s: s.scores, average)],
        "Scores per minute": [per_minute(["name"], lambda s: s.scores)],
        "Average by model": [each(["name", "model"], lambda s: s.scores, average)],
        "Average by version of a prompt": [
            each(["name", "prompt", "prompt_version"], lambda s: s.scores, average)
        ],
        "Values": [lambda s: buckets(-6, 7, [float(one["value"]) for one in s.scores])],
        "Categories and booleans per minute": [
            lambda s: per_minute(
                ["name", "value"],
                lambda s: [{**one, "value": str(one["value"]).lower()} for one in s.categories],
            )(s)
        ],
        "Scores by version": [
            each(SCORE, lambda s: s.scores, average),
            each(SCORE, lambda s: s.scores, lambda g: percentile(0.1, g, "value", 1)),
            each(SCORE, lambda s: s.scores, len),
        ],
        "Evaluators at work": [
            Judged("evaluator", lambda j: {"valid": j.texts, "short": j.texts // 2}),
            Judged("evaluator", lambda j: {"valid": j.others, "short": j.others + j.calls // 2}),
            Judged(
                "evaluator",
                lambda j: {"valid": j.calls - j.texts, "short": (j.calls - j.texts) // 2},
            ),
            Judged("evaluator", lambda j: {"valid": 0, "short": 0}),
            Judged("evaluator", lambda j: {"valid": 0, "short": 0}),
            PLAUSIBLE_LATER,
        ],
        "Calls not evaluated": [Judged("", lambda j: 0)],
        "Evaluators' queue filled": [Judged("", lambda j: 0)],
        "Judges": [
            Judged("judge", lambda j: {"kind": j.texts - 1}),
            Judged("judge", lambda j: {"kind": 1}),
            Judged("judge", lambda j: {"kind": j.texts - 1 - j.asked}),
            Judged("judge", lambda j: {"kind": 0}),
            Judged("judge", lambda j: {"kind": 0}),
            Judged("judge", lambda j: {"kind": j.cost}),
            Judged("judge", lambda j: {"kind": j.budget - j.cost}),
            Judged("judge", lambda j: {"kind": 0}),
        ],
        "Judges' models": [
            Judged("model", lambda j: {j.model: j.asked}),
            Judged("model", lambda j: {j.model: 1}),
            Judged("model", lambda j: {j.model: 0}),
            Judged("model", lambda j: {j.model: 0}),
            Judged("model", lambda j: {j.model: 0}),
            Judged("model", lambda j: {j.model: 0}),
        ],
        "Judges' calls per minute": [per_minute(["model", "status"], own)],
        "Judges' cost per hour": [
            per_minute(M, own, lambda g: 60 * cost(g)),
            lambda s: coverage(own(s)),
        ],
    },
    "tenants": {
        "Tenants": [lambda s: len(by(["tenant"], s.calls, len))],
        "Requests": REQUESTS,
        "Tokens": [lambda s: tokens(s.calls)],
        "Cost": [COST[0], tenant_coverage([])],
        "Requests per minute": [per_minute(["tenant"], calls)],
        "Tokens per minute": [per_minute(["tenant"], calls, tokens)],
        "Cost per hour": [
            per_minute(["tenant"], calls, lambda g: 60 * cost(g)),
            tenant_coverage([]),
        ],
        "Share of tokens": [
            lambda s: by(["tenant"], s.calls, lambda g: tokens(g) / tokens(s.calls))
        ],
        "Tenants and cost": [
            each(["tenant"], calls, len),
            each(["tenant"], calls, tokens),
            each(["tenant"], calls, cost),
            tenant_coverage(["tenant"]),
        ],
        "Models by tenant": [
            each(["tenant", *M], calls, len),
            each(["tenant", *M], calls, cost),
            tenant_coverage(["tenant", *M]),
        ],
    },
    "prompts": {
        "Requests": REQUESTS,
        "Versions in use": [lambda s: len(by(PROMPT, s.calls, len))],
        "Latency p95 of all": LATENCY_P95,
        "Cost": COST,
        "Requests per minute": [per_minute(PROMPT, calls)],
        "Latency p95": [each(PROMPT, lambda s: s.timed, lambda g: percentile(0.95, g))],
        "Latency p50": [each(PROMPT, lambda s: s.timed, lambda g: percentile(0.5, g))],
        "Cost of 1,000 calls": [each(PROMPT, calls, per_call), COST[1]],
        "Versions": [
            each(PROMPT, calls, len),
            each(PROMPT, lambda s: s.timed, lambda g: percentile(0.5, g)),
            each(PROMPT, lambda s: s.timed, lambda g: percentile(0.95, g)),
            each(PROMPT, calls, cost),
            each(PROMPT, calls, per_call),
            overall_on(PROMPT),
        ],
    },
    "collector": {
        "Running for": [PLAUSIBLE],
        "Version": [PLAUSIBLE],
        "Events not accounted for": [lambda s: 0],
        "Rejected": [lambda s: 2],
        "Shed": [lambda s: 0],
        "Limits hit": [lambda s: 0],
        "Stored per minute by type": [
            lambda s: 60 / s.width * len(s.calls),
            lambda s: 60 / s.width * len(s.spans),
            lambda s: 60 / s.width * len(s.logs),
            lambda s: 60 / s.width * len(s.scores),
        ],
        "Events by door": [
            lambda s: doors(s.lines_sent + 3),
            lambda s: doors(s.lines_sent),
            lambda s: doors(1),
            lambda s: doors(0),
            lambda s: doors(2),
            lambda s: doors(0),
        ],
        "Queues filled": [PLAUSIBLE],
        "From receipt to committed p99": [PLAUSIBLE],
        "Commit p99": [PLAUSIBLE],
        "Lateness p95": [PLAUSIBLE],
        "Identities remembered for": [PLAUSIBLE],
        "Database": [PLAUSIBLE],
        "Write-ahead log": [PLAUSIBLE],
        "Memory": [PLAUSIBLE],
        "Processor time": [PLAUSIBLE],
        "Open descriptors": [PLAUSIBLE],
        "Identities": [lambda s: s.lines_sent],
        "Requests by route": [PLAUSIBLE],
        "Time of routes": [PLAUSIBLE, PLAUSIBLE],
        "Groups of windows": [PLAUSIBLE],
        "Label sets of counters": [PLAUSIBLE],
        "Doubts about events": [lambda s: {(("code", "bad_value"),): 1}],
        "Queries by outcome": [PLAUSIBLE],
        "Queries answered from the cache": [PLAUSIBLE],
        "Time of a query": [PLAUSIBLE],
    },
}

# What the table of calls shows by provider and model.
TABLE = {
    "requests": each(M, calls, len),
    "errors": each(M, calls, failed),
    "tokens": each(M, calls, tokens),
    "cost_usd": each(M, calls, cost),
    "coverage": model_coverage,
    "p50_ms": each(M, lambda s: s.timed, lambda g: percentile(0.5, g, scale=1)),
    "p95_ms": each(M, lambda s: s.timed, lambda g: percentile(0.95, g, scale=1)),
}
# Calculations of metrics by provider and model.
DURATION = "llm_request_duration_seconds"
CALCULATIONS = [
    ("llm_requests_total", "increase", each(M, calls, len)),
    ("llm_cost_usd_total", "rate", lambda s: by(M, s.calls, lambda g: cost(g) / s.width)),
    (DURATION, "p90", each(M, lambda s: s.timed, lambda g: percentile(0.9, g))),
    (
        DURATION,
        "average",
        each(M, lambda s: s.timed, lambda g: math.fsum(seconds(g, "duration_ms")) / len(g)),
    ),
]


def timed(records):
    return [one for one in records if one["status"] != "cancelled"]


def doors(count):
    return {(("intake", "http"),): count}
