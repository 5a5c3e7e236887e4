/// What Grafana's JSON data sources ask, and plain tables.
extension RouteCatalog {
  static let grafana: [RouteNote] =
    [
      RouteNote("GET", "/grafana", .grafana, "Say that the data source is there")
        .gives("it is", .object(["status": .word("ok")]))
    ] + [
      asked(
        "search", "List metrics whose name holds `target`", ["target": .text.optional],
        .list(of: .text), example: #"{"target":"llm"}"#),
      asked("metrics", "List metrics with what can be computed of them", [:], .named("Metrics")),
      asked(
        "metric-payload-options", "List the labels of a metric",
        ["name": .text.optional, "metric": .text.optional],
        .list(of: .object(["label": .text, "value": .text])),
        example: #"{"name":"by","metric":"llm_requests_total"}"#),
      asked(
        "query", "Evaluate the targets of a panel",
        [
          "range": range, "intervalMs": .number.optional, "maxDataPoints": .number.optional,
          "targets": .list(of: .named("Target")).optional, "filters": filters,
          "adhocFilters": filters,
        ],
        .list(of: .either(.named("Datapoints"), .named("Table"), .named("Frame"))),
        example: #"{"targets":[{"target":"llm_requests_total","refId":"A"}]}"#),
      asked(
        "annotations", "List when alerts fired",
        ["range": range, "annotation": .map(of: .any).optional],
        .list(
          of: .object([
            "annotation": .any, "time": .whole, "timeEnd": .whole, "isRegion": .flag,
            "title": .text, "tags": .list(of: .text), "text": .text,
          ]))),
      asked(
        "variable", "List the values of a dashboard's variable", ["payload": .any.optional],
        .list(of: .object(["__text": .text, "__value": .text])),
        example: #"{"payload":{"target":"model"}}"#),
      asked(
        "tag-keys", "List the labels that a dashboard may filter by", [:],
        .list(of: .object(["type": .text, "text": .text]))),
      asked(
        "tag-values", "List the values of one of them", ["key": .text.optional],
        .list(of: .object(["text": .text])), example: #"{"key":"model"}"#),
    ]

  private static let range = Shape.object([
    "from": .time.optional, "to": .time.optional,
  ]).optional

  private static let filters = Shape.list(
    of: .object([
      "key": .text, "operator": .words(["=", "!=", "=~", "!~", "=|", "!=|"]).optional,
      "value": .text.optional, "values": .list(of: .text).optional,
    ])
  ).optional

  private static func asked(
    _ name: String, _ summary: String, _ members: KeyValuePairs<String, Shape>, _ answer: Shape,
    example: String = "{}"
  ) -> RouteNote {
    RouteNote("POST", "/grafana/\(name)", .grafana, summary)
      .readsJSON(.object(members), example: example, isRequired: false)
      .gives("the answer", answer)
      .refuses(422, "a query cannot be evaluated, or passes a limit")
      .refuses(500, "what it needs of history cannot be read")
  }

  static let grafanaShapes: [(name: String, shape: Shape)] = [
    (
      "Target",
      .object([
        "target": .text.optional.noted("a query, a metric, or `annotations`"),
        "refId": .text.optional, "hide": .flag.optional,
        "type": .text.optional.noted("`table` for the newest values"),
        "payload": .object([
          "calculation": .words(GrafanaTarget.Calculation.allCases.map(\.rawValue)).optional
            .noted("what to compute of the metric; without one the target is a query"),
          "by": .either(.text, .list(of: .text)).optional.noted("labels to tell apart by"),
          "legend": .text.optional, "format": .text.optional,
          "query": .text.optional.noted("which alerts, of annotations"),
        ]).optional,
      ])
    ),
    (
      "Metrics",
      .list(
        of: .object([
          "label": .text, "value": .text,
          "payloads": .list(
            of: .object([
              "label": .text, "name": .text, "type": .text,
              "options": .list(of: .object(["label": .text, "value": .text])).optional,
            ])),
        ]))
    ),
    (
      "Datapoints",
      .object([
        "target": .text, "datapoints": .list(of: .tuple(.number.orNull, .whole)),
        "refId": .text.optional,
      ])
    ),
    (
      "Table",
      .object([
        "type": .word("table"), "columns": .list(of: .object(["text": .text, "type": .text])),
        "rows": .list(of: .list(of: .either(.text, .number.orNull))), "refId": .text.optional,
      ])
    ),
    (
      "Frame",
      .object([
        "name": .text,
        "fields": .list(
          of: .object([
            "name": .text, "type": .text, "values": .list(of: .either(.text, .number)),
          ])), "refId": .text.optional,
      ])
    ),
  ]
}

// MARK: Plain tables
extension RouteCatalog {
  private static let to = RouteNote.Parameter.query(
    "to", tableTime, "the end; now unless given")
  private static let from = RouteNote.Parameter.query(
    "from", tableTime, "the begin; an hour before the end unless given")
  private static let time = RouteNote.Parameter.query("time", tableTime, "the same as `to`")
  private static let step = RouteNote.Parameter.query(
    "step", .either(.whole(from: 1), .filledText),
    "from one row to the next: milliseconds, or a span such as `30s`")
  private static let format = RouteNote.Parameter.query(
    "format", .words(["json", "csv"]), "json unless given")
  private static let query = RouteNote.Parameter.query(
    "query", .filledText, "PromQL", example: "llm_requests_total"
  ).required

  /// Seconds or milliseconds since 1970, or RFC 3339.
  private static let tableTime = Shape.either(.number, .time)
  private static let callLabels = ["service", "provider", "model", "operation"]

  static let tables: [RouteNote] =
    table(
      "series", "List the points of series as rows of time, labels and value",
      [query, from, to, time, step, format])
    + table("table", "List what a query gives at one time", [query, to, time, format])
    + table(
      "calls", "List calls, errors, tokens, cost and durations by labels",
      [
        from, to, time, step,
        .query("by", .list(of: .words(callLabels)), "labels to tell rows apart by"),
      ]
        + callLabels.map {
          RouteNote.Parameter.query($0, .list(of: .text), "calls with one of these").repeated
        } + [format])

  private static func table(
    _ name: String, _ summary: String, _ parameters: [RouteNote.Parameter]
  ) -> [RouteNote] {
    let form = RouteNote.Content(
      type: "application/x-www-form-urlencoded",
      shape: .object(
        parameters.map { ($0.name, $0.isRequired ? $0.shape : $0.shape.optional) }))
    return [
      RouteNote("GET", "/grafana/\(name)", .grafana, summary).takes(parameters),
      RouteNote("POST", "/grafana/\(name)", .grafana, "\(summary), asked as a form")
        .reads([form], isRequired: parameters.contains(where: \.isRequired)),
    ].map { note in
      note.gives(
        "the rows",
        [
          .init(type: "application/json", shape: .list(of: .map(of: .any))),
          .init(type: "text/csv", shape: .bytes),
        ]
      )
      .refuses(422, "the query cannot be evaluated, or passes a limit")
      .refuses(500, "what it needs of history cannot be read")
    }
  }
}
