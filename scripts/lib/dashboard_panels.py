"""The parts that dashboards are made of: queries, panels, variables, places on the grid."""

CALLS = 'service=~"$service",provider=~"$provider",model=~"$model"'
SOURCE = {"type": "prometheus", "uid": "${ds}"}
WIDTH = 24
TRACES = "${collector}/v1/traces?from=${__from}&to=${__to}"


def query(text, **filters):
    """A query: %C filters calls, %NAME what is given by that name; $I and $R are macros."""
    text = text.replace("%C", CALLS)
    for name, value in filters.items():
        text = text.replace("%" + name, value)
    return text.replace("$I", "$__rate_interval").replace("$R", "$__range")


def steps(*pairs, base="green"):
    """Thresholds: the colour below the first, then those from a value on."""
    found = [{"color": base, "value": None}]
    return {
        "mode": "absolute",
        "steps": found + [{"color": color, "value": value} for value, color in pairs],
    }


def by_query(letter, **properties):
    return override("byFrameRefID", letter, properties)


def by_name(name, **properties):
    return override("byName", name, properties)


def override(matcher, options, properties):
    return {
        "matcher": {"id": matcher, "options": options},
        "properties": [
            {"id": key.replace("__", "."), "value": value} for key, value in properties.items()
        ],
    }


def targets(queries, instant, form):
    """Targets A, B, C … of queries with their legends."""
    found = []
    for letter, (expr, legend) in zip("ABCDEFGH", queries):
        found.append(
            {
                "refId": letter,
                "datasource": SOURCE,
                "editorMode": "code",
                "expr": expr,
                "legendFormat": legend,
                "instant": instant,
                "range": not instant,
                "exemplar": False,
                "format": form,
            }
        )
    return found


def panel(kind, title, queries, unit, width, height, options, **more):
    instant = more.get("instant", False)
    defaults = {
        "unit": unit,
        "color": {"mode": more.get("color", "palette-classic")},
        "thresholds": more.get("thresholds", steps()),
        "mappings": [],
        "custom": more.get("custom", {}),
    }
    for key in ("min", "max", "decimals", "noValue"):
        if key in more:
            defaults[key] = more[key]
    if more.get("links"):
        defaults["links"] = more["links"]
    return {
        "type": kind,
        "title": title,
        "description": more.get("description", ""),
        "datasource": SOURCE,
        "gridPos": {"w": width, "h": height},
        "targets": targets(queries, instant, more.get("form", "time_series")),
        "fieldConfig": {"defaults": defaults, "overrides": more.get("overrides", [])},
        "options": options,
        "transformations": more.get("transformations", []),
    }


def stat(title, queries, unit, width=4, **more):
    if isinstance(queries, str):
        queries = [(queries, "")]
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "textMode": more.get("text", "auto" if len(queries) == 1 else "value_and_name"),
        "orientation": "auto",
        "wideLayout": True,
    }
    more.setdefault("color", "thresholds")
    return panel("stat", title, queries, unit, width, 4, options, instant=True, **more)


def series(title, queries, unit, width=12, stacked=False, bars=False, **more):
    if isinstance(queries, tuple):
        queries = [queries]
    options = {
        "legend": {
            "displayMode": "table",
            "placement": "bottom",
            "calcs": ["mean", "max", "lastNotNull"],
            "showLegend": True,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    custom = {
        "drawStyle": "bars" if bars else "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 40 if stacked or bars else 8,
        "showPoints": "auto",
        "spanNulls": False,
        "axisPlacement": "auto",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }
    return panel("timeseries", title, queries, unit, width, 9, options, custom=custom, **more)


def gauges(title, expr, legend, unit, width=8, **more):
    """Horizontal bars of an instant query."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "orientation": "horizontal",
        "displayMode": "gradient",
        "valueMode": "color",
        "showUnfilled": True,
        "minVizWidth": 8,
        "minVizHeight": 16,
    }
    more.setdefault("color", "thresholds")
    more.setdefault("min", 0)
    return panel("bargauge", title, [(expr, legend)], unit, width, 9, options, instant=True, **more)


def table(title, labels, columns, width=24, height=9, sort=None, **more):
    """Instant queries as columns (name, query, unit) beside the labels that name a row."""
    names = {f"Value #{letter}": column[0] for letter, column in zip("ABCDEFGH", columns)}
    overrides = [by_name(name, unit=unit) for name, _, unit in columns]
    for name, link in more.pop("links", {}).items():
        overrides.append(by_name(name, links=[link]))
    order = {name: index for index, name in enumerate([*labels, *names])}
    transformations = [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {"Time": True},
                "indexByName": order,
                "renameByName": names,
            },
        },
    ]
    if len(columns) == 1:
        transformations[1]["options"]["renameByName"] = {"Value": columns[0][0]}
        transformations[1]["options"]["indexByName"]["Value"] = len(labels)
    options = {
        "showHeader": True,
        "cellHeight": "sm",
        "sortBy": [{"displayName": sort or columns[0][0], "desc": True}],
        "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""},
    }
    return panel(
        "table",
        title,
        [(expr, "") for _, expr, _ in columns],
        "short",
        width,
        height,
        options,
        instant=True,
        form="table",
        overrides=overrides + more.pop("overrides", []),
        transformations=transformations,
        custom={"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True},
        **more,
    )


def states(title, queries, mappings, width=24, **more):
    """A band for each series, coloured by what its value stands for."""
    options = {
        "mergeValues": True,
        "showValue": "never",
        "alignValue": "left",
        "rowHeight": 0.9,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    found = panel(
        "state-timeline",
        title,
        queries,
        "none",
        width,
        6,
        options,
        custom={"fillOpacity": 70, "lineWidth": 0},
        color="thresholds",
        **more,
    )
    found["fieldConfig"]["defaults"]["mappings"] = [
        {
            "type": "value",
            "options": {
                str(value): {"index": index, "text": text, "color": color}
                for index, (value, text, color) in enumerate(mappings)
            },
        }
    ]
    return found


def heatmap(title, expr, unit, width=12, **more):
    options = {
        "calculate": False,
        "cellGap": 1,
        "cellValues": {"unit": "short"},
        "color": {
            "mode": "scheme",
            "scheme": "Oranges",
            "scale": "exponential",
            "exponent": 0.5,
            "steps": 64,
            "reverse": False,
            "fill": "dark-orange",
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": False, "yHistogram": False},
        "yAxis": {"axisPlacement": "left", "reverse": False, "unit": unit},
    }
    return panel(
        "heatmap", title, [(expr, "{{le}}")], unit, width, 9, options, form="heatmap", **more
    )


def placed(panels):
    """Panels beside each other as long as there is room, each with a number of its own."""
    left = top = height = 0
    for number, one in enumerate(panels, 1):
        place = one["gridPos"]
        if left + place["w"] > WIDTH:
            left, top, height = 0, top + height, 0
        one["gridPos"] = {"h": place["h"], "w": place["w"], "x": left, "y": top}
        left, height = left + place["w"], max(height, place["h"])
        panels[number - 1] = {"id": number, **one}
    return panels


def variable(name, label, metric, after=(), every=True):
    """A variable of a label's values; `after` are variables that narrow it."""
    narrowed = ",".join(f'{other}=~"${other}"' for other in after)
    text = f"label_values({metric}{'{' + narrowed + '}' if narrowed else ''}, {name})"
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": SOURCE,
        "query": {"query": text, "refId": "StandardVariableQuery"},
        "definition": text,
        "refresh": 2,
        "includeAll": every,
        "allValue": ".*",
        "multi": every,
        "sort": 1,
        "regex": "",
        "hide": 0,
        "skipUrlSync": False,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "options": [],
    }


def choice(name, label, values, chosen):
    """A variable of fixed values."""
    return {
        "type": "custom",
        "name": name,
        "label": label,
        "query": ",".join(values),
        "includeAll": False,
        "multi": False,
        "hide": 0,
        "skipUrlSync": False,
        "current": {"selected": True, "text": chosen, "value": chosen},
        "options": [
            {"selected": value == chosen, "text": value, "value": value} for value in values
        ],
    }


SOURCE_VARIABLE = {
    "type": "datasource",
    "name": "ds",
    "label": "Data source",
    "query": "prometheus",
    "regex": "",
    "refresh": 1,
    "includeAll": False,
    "multi": False,
    "hide": 0,
    "skipUrlSync": False,
    "current": {},
    "options": [],
}
# Where browsers reach the collector: links to traces begin with it.
COLLECTOR_VARIABLE = {
    "type": "textbox",
    "name": "collector",
    "label": "Collector",
    "description": "Where your browser reaches Barograph: links to traces begin with it.",
    "query": "http://127.0.0.1:4318",
    "hide": 0,
    "skipUrlSync": False,
    "current": {"text": "http://127.0.0.1:4318", "value": "http://127.0.0.1:4318"},
    "options": [
        {"selected": True, "text": "http://127.0.0.1:4318", "value": "http://127.0.0.1:4318"}
    ],
}
CALL_VARIABLES = [
    variable("service", "Service", "llm_requests_total"),
    variable("provider", "Provider", "llm_requests_total", ["service"]),
    variable("model", "Model", "llm_requests_total", ["service", "provider"]),
]


def trace_link(title, filters):
    return {"title": title, "url": TRACES + filters, "targetBlank": True}


def dashboard(uid, title, about, variables, panels):
    panels = placed(panels)
    kinds = sorted({one["type"] for one in panels})
    return {
        "__requires": [
            {"type": "grafana", "id": "grafana", "name": "Grafana", "version": "11.0.0"},
            {"type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0"},
            *({"type": "panel", "id": kind, "name": kind, "version": ""} for kind in kinds),
        ],
        "id": None,
        "uid": f"barograph-{uid}",
        "title": f"Barograph / {title}",
        "description": about,
        "tags": ["barograph", "llm"],
        "timezone": "browser",
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "liveNow": False,
        "refresh": "30s",
        "fiscalYearStartMonth": 0,
        "weekStart": "",
        "time": {"from": "now-1h", "to": "now"},
        "timepicker": {},
        "annotations": {"list": [ALERTS]},
        "links": [DASHBOARDS],
        "templating": {"list": [SOURCE_VARIABLE, *variables]},
        "panels": panels,
    }


ALERTS = {
    "name": "Alerts",
    "enable": True,
    "hide": False,
    "datasource": SOURCE,
    "expr": 'ALERTS{alertstate="firing"}',
    "step": "60s",
    "titleFormat": "{{alertname}}",
    "textFormat": "{{service}} {{provider}} {{model}}",
    "tagKeys": "severity",
    "useValueForTime": False,
    "iconColor": "red",
}
DASHBOARDS = {
    "type": "dashboards",
    "title": "Barograph",
    "icon": "external link",
    "tags": ["barograph"],
    "asDropdown": True,
    "includeVars": True,
    "keepTime": True,
    "targetBlank": False,
    "tooltip": "",
    "url": "",
}
