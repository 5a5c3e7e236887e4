"""Compares `barograph rules` with promtool; scripts/promtool-compare says how."""

import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("BAROGRAPH_PROGRAM", str(ROOT / "scripts" / "barograph"))

# Ranges that hold no sample on an edge: Prometheus 2 and 3 close ranges on different sides.
RECORDED = [
    ("job:rate", "sum by (job) (rate(requests_total[4m45s]))"),
    ("job:errors:share", "sum by (job) (rate(errors_total[3m45s])) / job:rate"),
    ("queue:max", "max by (queue) (queue_length)"),
    ("queue:sum3", "sum_over_time(queue_length[2m45s]) * 0.25"),
    ("one", "1"),
    ("clock", "vector(time())"),
]
ALERTS = [
    "job:rate > 1", "job:errors:share > 0.2", "queue:max > 5", "queue_length > 4",
    "queue_length == 0", "absent(queue_length{queue=\"b\"})", "up == 0",
    "up unless on (job) up > 0",
    "vector(12345.678)", "vector(0.000012345)", "vector(-98765432)", "vector(time()) > 300",
    "queue:sum3 - queue_length > 0.5", "1 == bool 1", "clock % 120 == 0",
    "sum by (job, queue) (ALERTS{alertstate=\"firing\"})", "queue_length > 1 or queue:max > 1",
    "max by (job, queue) (time() - ALERTS_FOR_STATE) > 120",
]
TEXTS = [
    "plain", "{{ $value }}", "{{ $labels.job }}/{{ $labels.queue }}", "{{ humanize $value }}",
    "{{ $value | humanize1024 }}", "{{ humanizeDuration $value }}",
    "{{ .Value | printf \"%.3f\" }}",
    "{{ humanizePercentage $value }}", "{{ humanizeTimestamp $value }}",
    "{{ printf \"%8.2f|%-8.1e|%g|%+d|%05d|%q|%x\" $value $value $value 7 42 \"a\\\"b\" 255 }}",
    "{{ with query \"sum(queue_length)\" }}{{ . | first | value }}{{ end }}",
    "{{ range query \"queue_length\" | sortByLabel \"queue\" }}"
    "{{ .Labels.queue }}={{ .Value }} {{ end }}",
    "{{ if gt $value 5.0 }}high{{ else if gt $value 1.0 }}middle{{ else }}low{{ end }}",
    "{{ $x := $labels.job }}{{ if $x }}{{ $x | toUpper | printf \"%-6s.\" }}{{ end }}",
    "{{ reReplaceAll \"(.)(.*)\" \"$2$1\" $labels.job }} {{ title \"some words\" }}",
    "{{ $labels.instance | stripPort }} {{ $externalLabels.region }} {{ len $labels }}",
    "a {{- /* nothing */ -}} b {{ print 1 2 \"x\" true }} {{ $labels.nothing }}.",
    "{{ range $k, $v := $labels }}{{ $k }}:{{ $v }};{{ end }} {{ parseDuration \"1m30s\" }}",
    "{{ define \"t\" }}[{{ . }}]{{ end }}{{ template \"t\" $value }} {{ index $labels \"job\" }}",
    "{{ with $labels.nothing }}x{{ else }}none{{ end }} {{ eq $labels.job \"chat\" \"x\" }}",
    "{{ printf \"%v %s %t %d\" $value \"s\" false $value }} {{ html \"<&>\" }}",
    "{{ and $labels.job $labels.queue }} {{ or $labels.nothing \"or\" }} {{ not true }}",
    "{{ match \"a.c\" \"abc\" }} {{ urlquery \"a b\" }}",
]


def series(rng):
    """Input series: counters and gauges with short gaps, resets and ends."""
    inputs = []

    def add(name, values):
        inputs.append({"series": name, "values": values})

    for job in ("chat", "search"):
        step = rng.randrange(20, 200)
        add(f'requests_total{{job="{job}",instance="{job}:80"}}',
            f"0+{step}x{rng.randrange(10, 40)}")
        add(f'errors_total{{job="{job}",instance="{job}:80"}}',
            f"0+{rng.randrange(0, step)}x{rng.randrange(5, 20)} 3+{rng.randrange(0, 30)}x20")
        add(f'up{{job="{job}",instance="{job}:80"}}',
            " ".join(rng.choice(["1", "1", "0"]) for _ in range(40)))
    for queue in ("a", "b"):
        words = []
        while len(words) < 40:
            kind = rng.random()
            if kind < 0.1:
                # Never five minutes: whether a sample that old counts is another such edge.
                words += ["_"] * rng.randrange(1, 4) + ["3"]
            elif kind < 0.15:
                words.append("stale")
            else:
                words += [str(rng.choice([0, 1, 2.5, 5, 7.25, 9]))] * rng.randrange(1, 5)
        add(f'queue_length{{queue="{queue}",instance="10.0.0.1:9"}}', " ".join(words))
    return inputs


def rule_file(rng):
    """Groups of rules, and the names of the alerts in them."""
    alerts = []
    recording = {"name": "recording", "rules": [
        {"record": name, "expr": expr, "labels": rng.choice([{}, {"from": "rules"}])}
        for name, expr in RECORDED]}
    rules = []
    for index, expr in enumerate(rng.sample(ALERTS, 5)):
        rule = {"alert": f"A{index}", "expr": expr,
                "labels": {"severity": rng.choice(["page", "{{ $labels.job }}-x", "{{ $value }}"])},
                "annotations": {f"text{n}": text for n, text in enumerate(rng.sample(TEXTS, 3))}}
        rule["for"] = rng.choice(["0s", "0", "1m", "2m", "5m", "90s"])
        if rng.random() < 0.5:
            rule["keep_firing_for"] = rng.choice(["1m", "3m", "150s"])
        alerts.append(rule["alert"])
        rules.append(rule)
    groups = [recording, {"name": "alerting", "rules": rules}]
    return {"groups": groups}, alerts


def test_file(rng, alerts):
    """Tests that expect what never comes, so that both programs tell what came."""
    never = [{"exp_labels": {"never": "there"}}]
    times = ["0m", "1m", "3m", "4m30s", "7m", "10m", "14m", "20m", "26m", "31m"]
    alert_tests = [{"eval_time": time, "alertname": alert, "exp_alerts": never}
                   for time in times for alert in alerts]
    queries = ["ALERTS", "ALERTS_FOR_STATE", "job:rate", "job:errors:share", "queue:max",
               "queue:sum3", "count(ALERTS) by (alertstate)", "sum_over_time(queue:max[3m45s])",
               "one", "max_over_time(clock[2m45s:1m])"]
    query_tests = [{"expr": query, "eval_time": time,
                    "exp_samples": [{"labels": "never", "value": 424242}]}
                   for time in rng.sample(times, 4) for query in queries]
    return {"rule_files": ["rules.json"], "evaluation_interval": rng.choice(["1m", "1m", "30s"]),
            "group_eval_order": ["recording", "alerting"],
            "tests": [{"interval": "1m", "input_series": series(rng),
                       "external_labels": {"region": "eu"},
                       "alert_rule_test": alert_tests, "promql_expr_test": query_tests}]}


def run(*words, cwd=None):
    """A program's exit code and both its outputs."""
    done = subprocess.run(words, capture_output=True, text=True, cwd=cwd, timeout=120)
    return done.returncode, done.stdout, done.stderr


LABELS = r'\{(?:[^"{}]|"(?:[^"\\]|\\.)*")*\}'


def label_set(text):
    """Labels as a sorted tuple; `__name__` before the braces or inside them."""
    pairs = re.findall(r'([\w:]+)=("(?:[^"\\]|\\.)*")', text)
    name = re.match(r"[\w:]+", text)
    if name and not text.startswith("{"):
        pairs.append(("__name__", json.dumps(name.group())))
    return tuple(sorted((key, unquote(value)) for key, value in pairs))


def unquote(text):
    """What a quoted text stands for."""
    escapes = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"\\(x..|.)", lambda m: escapes.get(m[1], chr(int(m[1][1:], 16))
                  if m[1][0] == "x" and len(m[1]) == 3 else m[1]), text[1:-1])


def promtool_alerts(text):
    """(alert, time) → sorted label sets and annotations that came."""
    came = {}
    for alert, time, got in re.findall(
            r"alertname: (\S+), time: (\S+), *\n +exp:.*?\n +got:"
            r"(.*?)(?=\n\s*\n|\n +alertname:|\n +expr:|\Z)", text, re.S):
        found = re.findall(rf"Labels:({LABELS})\s+Annotations:({LABELS})", got)
        came[alert, seconds(time)] = sorted((label_set(a), label_set(b)) for a, b in found)
    return came


def promtool_failures(text):
    """("rule", name) → when it first failed."""
    failed = re.search(r"rule: (\S+), time: (\S+), err: ", text)
    return {("rule", failed[1]): seconds(failed[2])} if failed else {}


def promtool_samples(text):
    """(expression, time) → sorted samples that came."""
    came = {}
    for expr, time, got in re.findall(
            r'expr: ("(?:[^"\\]|\\.)*"), time: (\S+),\s*\n +exp: .*?\n +got: ?(.*?)(?=\n|\Z)',
            text):
        came[unquote(expr), seconds(time)] = samples(got)
    return came


def samples(text):
    """Samples of a line, by labels."""
    number = r"[-+]?(?:Inf|NaN|[\d.]+(?:[eE][-+]?\d+)?)"
    found = re.findall(rf"([\w:]*(?:{LABELS})?) ({number})", text)
    # Twelve digits: the versions add up in different orders.
    return sorted((label_set(labels), f"{float(value):.12g}") for labels, value in found if labels)


def seconds(text):
    """A duration in seconds."""
    sizes = {"h": 3600, "m": 60, "s": 1}
    return sum(int(n) * sizes[unit] for n, unit in re.findall(r"(\d+)([hms])", text))


def our_answers(line):
    """The same two tables from our report."""
    alerts, values = {}, {}
    for failure in json.loads(line)["failures"]:
        failed = re.match(r"rule (\S+) at (\S+): (.*)", failure["message"])
        if failed:
            return {("rule", failed[1]): seconds(failed[2])}, {}
        came = re.match(r"at (\S+): expected .*?, got (.*)\Z", failure["message"], re.S)
        time, got = came.groups()
        key = failure["expr"], seconds(time)
        if re.fullmatch(r"A\d", failure["expr"]):
            found = re.findall(rf'({LABELS})((?: \w+="(?:[^"\\]|\\.)*")*)', got)
            alerts[key] = sorted((label_set(a), label_set("{" + b.strip() + "}")) for a, b in found)
        else:
            values[key] = samples(got)
    return alerts, values


def compare(seed, directory):
    """The differences of one generated case, and how many answers were compared."""
    rng = random.Random(seed)
    rules, alerts = rule_file(rng)
    (directory / "rules.json").write_text(json.dumps(rules, indent=1))
    (directory / "tests.json").write_text(json.dumps(test_file(rng, alerts), indent=1))
    _, out, err = run("promtool", "test", "rules", "tests.json", cwd=directory)
    text = err + out
    theirs = promtool_failures(text) or promtool_alerts(text) | promtool_samples(text)
    code, out, err = run(PROGRAM, "rules", "test", "--json", "tests.json", cwd=directory)
    if code != 1:
        return [f"exit code {code}: {err}"], 0
    ours = {}
    for table in our_answers(out):
        ours |= table
    if not theirs:
        return [f"promtool said nothing to compare:\n{text[:2000]}"], 0
    wrong = [f"{key}:\n  promtool  {theirs.get(key)}\n  barograph {ours.get(key)}"
             for key in sorted(set(theirs) | set(ours)) if theirs.get(key) != ours.get(key)]
    return wrong, len(theirs)


def fixtures():
    """Both accept or refuse each rule file, and pass or fail each test file."""
    wrong, count = [], 0
    for path in sorted((ROOT / "Tests" / "Fixtures" / "rules").glob("*.y*ml")):
        what = "test" if path.stem.endswith("-test") else "check"
        theirs, _, said = run(*(["promtool", "check", "rules"] if what == "check" else
                                ["promtool", "test", "rules"]), str(path))
        ours, _, complaint = run(PROGRAM, "rules", what, str(path))
        count += 1
        if (theirs == 0) != (ours == 0):
            wrong.append(f"{path.name}: promtool {theirs}: {said}\n  barograph {ours}: {complaint}")
    return wrong, count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    failed = compared = 0
    for seed in range(options.seed, options.seed + options.cases):
        with tempfile.TemporaryDirectory() as directory:
            wrong, count = compare(seed, pathlib.Path(directory))
        compared += count
        if wrong:
            failed += 1
            print(f"seed {seed}: {len(wrong)} differences\n" + "\n".join(wrong[:3]))
    wrong, count = fixtures()
    print("\n".join(wrong))
    print(f"{options.cases} generated cases, {compared} answers compared, {failed} cases differ; "
          f"{count} fixtures, {len(wrong)} differ")
    return 1 if failed or wrong else 0


sys.exit(main())
