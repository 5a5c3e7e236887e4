"""What panels of several dashboards show alike: shares, percentiles, money with its coverage."""

from dashboard_panels import *

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
    return query(PRICED_SHARE, by=by, rate="increase" if over == "$R" else "rate", window=over)


def quantile(share, family, labels="", over="$I", filters="%C"):
    by = f" by ({labels})" if labels else ""
    return query(f"histogram_quantile({share}, sum{by} (rate({family}{{{filters}}}[{over}])))")


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
