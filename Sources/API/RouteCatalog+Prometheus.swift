/// Prometheus' HTTP API, and the cache behind it.
extension RouteCatalog {
  private static let query = RouteNote.Parameter.query(
    "query", .filledText, "PromQL", example: "llm_requests_total"
  ).required

  private static let costs: [RouteNote.Parameter] = [
    .query("timeout", span, "what it may take, at most what the configuration allows"),
    .query("limit", .count, "how many series at most; 0 for all"),
    .query("lookback_delta", span, "how far back the last sample may lie; 5m unless given"),
    .query("stats", .text, "any text: say how long it took, and how many samples it held"),
  ]

  private static let selection: [RouteNote.Parameter] = [
    .query("start", moment, "series with a sample from here"),
    .query("end", moment, "series with a sample up to here"),
    .query("limit", .count, "how many at most; 0 for all"),
  ]

  private static let match = RouteNote.Parameter.query(
    "match[]", .list(of: .filledText), "selectors of series, any of which fits",
    example: "llm_requests_total"
  ).repeated

  /// Seconds, or as queries write it.
  private static let span = Shape.either(.number(from: 0), .filledText)

  static let prometheus: [RouteNote] =
    both(
      "query", "Evaluate a query at one time",
      [query, .query("time", moment, "now unless given")] + costs, .named("QueryData"), fails: true)
    + both(
      "query_range", "Evaluate a query over a range",
      [
        query, .query("start", moment, "the first time", example: "1767225600").required,
        .query("end", moment, "the last time", example: "1767225900").required,
        .query("step", span, "from one time to the next", example: "60").required,
      ] + costs, .named("QueryData"), fails: true)
    + both("format_query", "Print a query anew", [query], .text)
    + both("parse_query", "Show a query as a tree", [query], .map(of: .any))

  static let lists: [RouteNote] =
    both(
      "series", "List series by selectors", [match.required] + selection, .list(of: .labels),
      fails: true)
    + both(
      "labels", "List the names of labels", [match] + selection, .list(of: .text), fails: true)
    + [
      RouteNote("GET", "/api/v1/label/:name/values", .prometheus, "List the values of a label")
        .takes([.path("name", "the label; odd names as `U__…`", example: "model"), match])
        .takes(selection)
        .gives("the values", success(.list(of: .text)))
        .failing,
      RouteNote("GET", "/api/v1/metadata", .prometheus, "List metrics with type, help and unit")
        .takes([
          .query("metric", .text, "this one"),
          .query("limit", .count, "how many metrics at most; 0 for all"),
          .query("limit_per_metric", .count, "each has one entry, so any number holds"),
        ])
        .gives(
          "the metrics by name",
          success(
            .map(of: .list(of: .object(["type": .text, "help": .text, "unit": .text]))))
        )
        .failing,
      RouteNote("GET", "/api/v1/status/buildinfo", .prometheus, "Show whose language this is")
        .gives(
          "Prometheus' version, and ours behind it",
          success(
            .object([
              "version": .text, "revision": .text, "branch": .text, "buildUser": .text,
              "buildDate": .text, "goVersion": .text,
            ]))),
      RouteNote("GET", "/api/v1/rules", .prometheus, "List groups of rules with their alerts")
        .takes([.query("type", .words(["alert", "record"]), "rules of this kind")])
        .gives(
          "the groups", success(.object(["groups": .list(of: .named("RuleGroup"))]))),
      RouteNote("GET", "/api/v1/alerts", .prometheus, "List alerts that are pending or fire")
        .gives(
          "the alerts", success(.object(["alerts": .list(of: .named("PrometheusAlert"))]))),
      RouteNote("GET", "/v1/cache", .prometheus, "Show what the cache of answers holds")
        .gives("its state", .named("Cache")),
      RouteNote("DELETE", "/v1/cache", .prometheus, "Empty the cache of answers")
        .gives("its state after that", .named("Cache")),
    ]

  /// A route that takes its parameters in the address by GET, and as a form by POST.
  private static func both(
    _ name: String, _ summary: String, _ parameters: [RouteNote.Parameter], _ data: Shape,
    fails: Bool = false
  ) -> [RouteNote] {
    let path = "/api/v1/\(name)"
    let form = RouteNote.Content(
      type: "application/x-www-form-urlencoded",
      shape: .object(
        parameters.map { ($0.name, $0.isRequired ? $0.shape : $0.shape.optional) }))
    return [
      RouteNote("GET", path, .prometheus, summary).takes(parameters),
      RouteNote("POST", path, .prometheus, "\(summary), asked as a form")
        .reads([form], isRequired: parameters.contains(where: \.isRequired)),
    ].map { note in
      let note = note.gives("the answer", success(data))
      return fails ? note.failing : note
    }
  }

  private static func success(_ data: Shape) -> Shape {
    .object([
      "status": .word("success"), "data": data, "warnings": .list(of: .text).optional,
      "infos": .list(of: .text).optional,
    ])
  }
}

extension RouteNote {
  /// The same, where evaluating may fail as a query can.
  fileprivate var failing: RouteNote {
    refuses(422, "the query cannot be evaluated, or passes a limit")
      .refuses(500, "what it needs of history cannot be read")
  }
}

// MARK: Shapes
extension RouteCatalog {
  private static let value = Shape.tuple(.number, .text)
  private static let histogram = Shape.tuple(.number, .named("Histogram"))

  static let prometheusShapes: [(name: String, shape: Shape)] = [
    (
      "PrometheusError",
      .object([
        "status": .word("error"),
        "errorType": .words([
          "bad_data", "execution", "timeout", "canceled", "unavailable", "internal",
        ]),
        "error": .text,
      ])
    ),
    (
      "QueryData",
      .either(
        result(
          "vector",
          .list(
            of: .object([
              "metric": .labels, "value": value.optional, "histogram": histogram.optional,
            ]))),
        result(
          "matrix",
          .list(
            of: .object([
              "metric": .labels, "values": .list(of: value).optional,
              "histograms": .list(of: histogram).optional,
            ]))), result("scalar", value), result("string", value))
    ),
    (
      "Histogram",
      .object([
        "count": .text, "sum": .text,
        "buckets": .list(of: .tuple(.whole(0...3), .text, .text, .text)).optional,
      ])
    ),
    ("QueryStatistics", statistics), ("RuleGroup", ruleGroup),
    (
      "PrometheusAlert",
      .object([
        "labels": .labels, "annotations": .labels, "state": .words(["pending", "firing"]),
        "activeAt": .time, "keepFiringSince": .time.optional, "value": .text,
      ])
    ),
    (
      "Cache",
      .object([
        "total_entries": .count, "valid_entries": .count, "expired_entries": .count,
        "cache_ttl_seconds": .count, "hits": .count, "misses": .count, "bytes": .count,
      ])
    ),
  ]

  private static func result(_ type: String, _ shape: Shape) -> Shape {
    .object([
      "resultType": .word(type), "result": shape,
      "stats": .named("QueryStatistics").optional,
    ])
  }

  private static let statistics = Shape.object([
    "timings": .object([
      "evalTotalTime": .number, "resultSortTime": .number, "queryPreparationTime": .number,
      "innerEvalTime": .number, "execQueueTime": .number, "execTotalTime": .number,
    ]),
    "samples": .object(["peakSamples": .count]), "cached": .flag,
  ])

  private static let ruleGroup = Shape.object([
    "name": .text, "file": .text,
    "rules": .list(
      of: .object([
        "type": .words(["alerting", "recording"]), "name": .text, "query": .text,
        "state": .words(["firing", "pending", "inactive"]).optional,
        "duration": .number.optional, "keepFiringFor": .number.optional,
        "labels": .labels.optional, "annotations": .labels.optional,
        "alerts": .list(of: .named("PrometheusAlert")).optional,
        "health": .words(["ok", "err", "unknown"]), "lastError": .text.optional,
        "evaluationTime": .number, "lastEvaluation": .time,
      ])),
    "interval": .number, "limit": .whole, "evaluationTime": .number, "lastEvaluation": .time,
  ])
}
