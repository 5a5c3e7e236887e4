"""A scripted feed of events, and what was counted of it the slow way."""

import json, math, random
from collections import defaultdict

MODELS = [("openai", "gpt-4o"), ("anthropic", "claude-3-5-haiku-20241022"), ("own", "house-9b")]
ERRORS = ["timeout", "server", "rate_limit", "content_filter"]
WAITS = {
    "retry_wait_ms": "retry",
    "gate_wait_ms": "gate",
    "queue_ms": "queue",
    "pool_wait_ms": "pool",
}
HIT = ("hit", "shared", "stale")


class Feed:
    """Events of the `reach` seconds before `end` (a multiple of 60), at half seconds."""

    def __init__(self, end, reach, seed):
        self.end, self.random = end, random.Random(seed)
        self.calls, self.spans, self.logs, self.scores, self.lines = [], [], [], [], []
        for number in range(1_200):
            self.call(number, end - reach + self.random.randrange(reach - 2) + 0.5)
        for number in range(200):
            self.rest(number, end - reach + self.random.randrange(reach) + 0.5)
        # Every minute has each kind, so that no panel has a gap to be excused for.
        for minute in range(reach // 60):
            for number in range(8):
                at = end - 60 * minute - self.random.randrange(3, 59) - 0.5
                self.call(2_000 + 10 * minute + number, at)
                self.rest(1_000 + 10 * minute + number, at)

    def pick(self, *choices):
        return choices[self.random.randrange(len(choices))]

    def call(self, number, time):
        dice = self.random
        provider, model = MODELS[min(int(dice.expovariate(1)), 2)]
        status = dice.choices(["ok", "error", "cancelled"], [85, 11, 4])[0]
        service = self.pick("chat", "search")
        labels = {
            # Some are what judges asked.
            "service": "barograph" if number % 8 == 5 else service,
            "provider": provider,
            "model": model,
            "operation": "chat",
            "tenant": self.pick("acme", "blue", "corp"),
            "prompt": self.pick("greet", "extract"),
            "prompt_version": self.pick("v1", "v2"),
            "variant": self.pick("a", "b"),
        }
        call = {
            "type": "llm",
            "event_id": f"call-{number}",
            "time": time,
            "trace_id": f"{number + 1:032x}",
            "span_id": f"{number + 1:016x}",
            "status": status,
            "duration_ms": round(dice.lognormvariate(6.5, 0.7), 3),
            **labels,
        }
        if status == "error":
            call["error_type"] = ERRORS[number % 4]
        else:
            call["ttft_ms"] = round(min(dice.lognormvariate(5, 0.5), call["duration_ms"]), 3)
        tokens = {}
        if status == "ok" and number % 20:
            tokens = {
                "input": dice.randrange(50, 2_000),
                "cache_read": dice.choice([0, 0, 300]),
                "output": dice.randrange(5, 700),
            }
            call["input_tokens"] = tokens["input"] + tokens["cache_read"]
            call["cache_read_tokens"] = tokens["cache_read"]
            call["output_tokens"] = tokens["output"]
            call["input_includes_cache"] = True
            if provider != "own":
                call["cost_usd"] = round(sum(tokens.values()) * 0.000003, 9)
        if number % 9 == 0:
            call["attempt"] = 2
        for index, name in enumerate(WAITS):
            if number % 7 == index:
                call[name] = 10 * dice.randrange(1, 90)
        if number % 6 == 0:
            call["cache"] = self.pick("hit", "miss", "miss")
            if call["cache"] == "hit":
                call["status"] = "ok"
                call.pop("error_type", None)
        self.lines.append(json.dumps(call))
        self.calls.append({**call, "tokens": tokens, "priced": "cost_usd" in call})

    def rest(self, number, time):
        dice = self.random
        service = self.pick("chat", "search")
        span = {
            "type": "span",
            "event_id": f"span-{number}",
            "time": time,
            "service": service,
            "kind": "tool",
            "name": self.pick("find", "fetch"),
            "status": self.pick("ok", "ok", "error"),
            "duration_ms": dice.randrange(1, 5_000),
        }
        log = {
            "type": "log",
            "event_id": f"log-{number}",
            "time": time,
            "service": service,
            "level": self.pick("info", "warning", "error"),
            "message": "said",
        }
        target = self.calls[dice.randrange(len(self.calls))]
        score = {
            "type": "score",
            "event_id": f"score-{number}",
            "time": time,
            "trace_id": target["trace_id"],
            "span_id": target["span_id"],
            "evaluator": self.pick("judge", "rules"),
            "score": "helpful",
            "value": round(dice.random() * 4 + 0.1, 3),
        }
        if number % 3 == 0:
            score.update(score="tone", value=self.pick("warm", "cold"))
        elif number % 3 == 1:
            score.update(score="grounded", value=dice.random() < 0.7)
        self.spans.append(span)
        self.logs.append(log)
        known = {key: target[key] for key in ("model", "prompt", "prompt_version")}
        self.scores.append({**score, **known, "name": score["score"]})
        self.lines += [json.dumps(span), json.dumps(log), json.dumps(score)]


class Slice:
    """What ended in the `width` seconds up to `end`."""

    def __init__(self, feed, end, width):
        def within(records):
            return [one for one in records if end - width < one["time"] <= end]

        self.width = width
        self.all = within(feed.calls)
        self.calls = [one for one in self.all if one.get("cache") not in HIT]
        self.spans = within(feed.spans)
        self.logs = within(feed.logs)
        self.categories = [
            one
            for one in within(feed.scores)
            if not isinstance(one["value"], (int, float)) or isinstance(one["value"], bool)
        ]
        self.scores = [one for one in within(feed.scores) if not isinstance(one["value"], str)]

    def where(self, **wanted):
        return [
            one for one in self.calls if all(one.get(key) == value for key, value in wanted.items())
        ]

    @property
    def timed(self):
        return [one for one in self.calls if one["status"] != "cancelled"]


def by(labels, records, measure):
    """The measure of each group of records that agree in the labels."""
    groups = defaultdict(list)
    for one in records:
        groups[tuple((label, str(one.get(label, ""))) for label in labels)].append(one)
    return {key: measure(group) for key, group in groups.items()}


def cost(records):
    return math.fsum(one.get("cost_usd", 0) for one in records)


def tokens(records, *kinds):
    return sum(
        count
        for one in records
        for kind, count in one["tokens"].items()
        if not kinds or kind in kinds
    )


def unpriced(records):
    return sum(sum(one["tokens"].values()) for one in records if not one["priced"])


def coverage(records):
    return ratio(tokens(records) - unpriced(records), tokens(records))


def ratio(part, whole):
    return part / whole if whole else None


def failed(records):
    return sum(one["status"] == "error" for one in records)


class Near:
    """A percentile of values: within a bucket of the histogram, whose bounds are 2^(1/32) apart, of
    the value at that rank; where the rank lies between two values, anything between is right."""

    def __init__(self, share, values):
        ordered = sorted(values)
        rank = round(share * len(ordered), 9)
        self.value = ordered[max(math.ceil(rank), 1) - 1] if ordered else None
        self.most = ordered[min(int(rank), len(ordered) - 1)] if ordered else None

    def holds(self, answer):
        # All that is smaller than the lowest bound is in one bucket.
        bucket = 2 ** (1 / 32)
        return self.value / bucket - 1e-6 <= answer <= self.most * bucket + 1e-6


def percentile(share, records, field="duration_ms", scale=1e-3):
    return Near(share, [one[field] * scale for one in records if field in one])
