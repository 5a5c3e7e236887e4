internal import Codec
internal import Telemetry
internal import Windows

/// The last hour, and money.
extension RouteCatalog {
  static let windows: [RouteNote] = [
    RouteNote("GET", "/v1/windows", .windows, "Show figures of the last seconds to the last hour")
      .explained(
        "A row a label set, over one or several windows that end now, or at a moment of the past "
          + "that history still has. A figure that nothing was measured of is null."
      )
      .takes(windowParameters)
      .takes([
        .query("at", moment, "a moment of the past; rounded down to what history keeps")
      ])
      .gives("the rows", .named("WindowRows")),
    RouteNote("GET", "/v1/windows/stream", .windows, "Follow the windows, once a second")
      .explained("Server-sent events, each `data:` what `GET /v1/windows` answers.")
      .takes(windowParameters)
      .gives("the stream", [.init(type: "text/event-stream", shape: .bytes)])
      .endless,
    RouteNote("GET", "/v1/cardinality", .windows, "Show how many groups and series there are")
      .gives(
        "the tables",
        .object([
          "windows_memory": .object(["bytes": .count, "limit": .count]),
          "breakdowns": .list(of: table("groups")), "counters": .list(of: table("series")),
        ])),
  ]

  private static func table(_ count: String) -> Shape {
    .object([
      ("by", .list(of: .text)), (count, .count), ("limit", .count),
      ("joined", .number.noted("how often one found no room and was counted as `other`")),
      ("last_joined", .list(of: .labels)),
    ])
  }

  private static let spanNames = WindowSpan.allCases.map(\.name)
  private static let figureNames = WindowFigure.allCases.map(\.rawValue)

  private static let windowParameters: [RouteNote.Parameter] = [
    .query("by", .list(of: .text), "labels to tell rows apart by; none is the total"),
    .query("window", choice(of: spanNames), "the windows wanted; all unless given"),
    .query("filter", .text, "`label:value` pairs with commas that rows must have"),
    .query("where", .text, "a condition, such as `model:gpt* and error_rate>1%`"),
    .query("sort", .text, "a figure or a label, smallest first with `-` before a figure"),
    .query("limit", .whole(1...ListPage.most), "how many rows at most; 100 unless given"),
    .query("spark", .words(figureNames), "a figure whose last 30 values come with each row"),
    .query(
      "fields", choice(of: figureNames + ["in_flight", "headroom", "pool", "breaker", "scores"]),
      "the figures wanted; all unless given"),
  ]

  static let money: [RouteNote] = [
    RouteNote("GET", "/v1/spend", .money, "Show what was spent since a day, week or month began")
      .takes([
        .query(
          "period", .words(CalendarPeriod.allCases.map(\.rawValue)), "`day` unless given"),
        .query("at", moment, "up to a moment of the past"),
      ])
      .gives(
        "the account",
        .object([
          "period": .words(CalendarPeriod.allCases.map(\.rawValue)), "timezone": .text,
          "from": .time, "to": .time, "cost_usd": .amount, "coverage": .number.orNull,
          "calls": .number, "no_usage": .number,
        ])),
    RouteNote("GET", "/v1/budgets", .money, "List budgets and how they stand")
      .gives("the budgets", page("budgets", of: .named("Budget"))),
    RouteNote("GET", "/v1/budgets/:name", .money, "Show one budget")
      .takes([.path("name", "the budget's name", example: "month")])
      .gives("the budget", .named("Budget"))
      .refuses(404, "no rule has a budget of this name"),
  ]
}

// MARK: Shapes
extension RouteCatalog {
  static let windowShapes: [(name: String, shape: Shape)] = [
    (
      "WindowRows",
      .object([
        "now": .time, "groups": .list(of: .named("WindowRow")),
        "groups_total": .count.noted("how many rows there are without a limit"),
        "step_seconds": .count.optional.noted("of the past: how long its stretches are"),
      ])
    ),
    (
      "WindowRow",
      .object([
        "labels": .labels, "spark": .list(of: .number.orNull).optional,
        "windows": .object(spanNames.map { ($0, Shape.named("Window").optional) }),
      ])
    ),
    ("Window", .object(windowMembers.map { ($0.0, $0.1.optional) })),
    (
      "Budget",
      .object([
        "name": .text, "usd": .number, "period": .words(CalendarPeriod.allCases.map(\.rawValue)),
        "period_start": .time, "period_end": .time, "spent_usd": .number.orNull,
        "remaining_usd": .number.orNull, "share": .number.orNull, "coverage": .number.orNull,
        "forecast_usd": .number.orNull, "exceeded": .flag,
        "blind": .flag.noted("whether too few tokens have a known price to tell"),
      ])
    ),
  ]

  private static let nested = ["latency_ms", "ttft_ms", "output_tokens_per_s"]

  private static let windowMembers: [(String, Shape)] =
    WindowFigure.allCases.filter { !$0.rawValue.contains(".") }.map { figure in
      let isAmount = figure == .cost || figure == .costPerHour
      return (figure.rawValue, isAmount ? .amount : .number.orNull)
    }
    + nested.map { name in
      let parts = WindowFigure.allCases.map(\.rawValue).filter { $0.hasPrefix(name + ".") }.map {
        (String($0.dropFirst(name.count + 1)), Shape.number.orNull.optional)
      }
      let bound = ("bound", Shape.number.optional.noted("the relative error of quantiles"))
      return (name, .object(parts + [bound]))
    }
    + [
      ("in_flight", .number.orNull),
      (
        "headroom",
        .object([
          "rpm": .number.orNull, "tpm": .number.orNull, "seconds_to_429": .number.orNull,
        ])
      ),
      ("pool", .object(["in_use": .number.orNull, "size": .number.orNull])),
      ("breaker", Shape.words(BreakerState.allCases.map(\.text)).orNull),
      (
        "scores",
        .map(
          of: .object([
            "avg": .number.orNull, "n": .number.orNull,
            "values": .map(of: .number).optional.noted("how many there are of each category"),
          ]))
      ),
    ]
}
