internal import History
internal import Money
internal import Telemetry

/// What is stored, event by event.
extension RouteCatalog {
  static let history: [RouteNote] = [
    RouteNote("GET", "/v1/events", .history, "List or export stored events, newest first")
      .explained(
        "A page as JSON; with `format` everything that matches as lines, sent as fast as it is "
          + "read. Every other parameter is a condition on a field; attributes are asked for as "
          + "`attrs.NAME`."
      )
      .takes(eventConditions)
      .takes(paging)
      .takes([
        .query("format", .words(["json", "ndjson", "csv"]), "a page, or an export of all"),
        .query(
          "fields", .list(of: .text),
          "the members wanted, `attrs.NAME` and `*` for all included; `id` always comes"),
      ])
      .gives(
        "the events",
        [
          .init(type: "application/json", shape: page("events", of: .named("Event"))),
          .init(type: "application/x-ndjson", shape: .bytes),
          .init(type: "text/csv", shape: .bytes),
        ]),
    RouteNote("GET", "/v1/events/stream", .history, "Follow events as they are stored")
      .explained(
        "Server-sent events, each `data:` one event as JSON. Where a client is too slow, `event: "
          + "dropped` says how many it missed."
      )
      .takes(eventConditions)
      .gives("the stream", [.init(type: "text/event-stream", shape: .bytes)])
      .endless,
    RouteNote("POST", "/v1/sql", .history, "Ask with SQL, reading only")
      .explained(
        "One statement that reads, of SQLite's language, over the views that "
          + "`SELECT name, sql FROM sqlite_schema WHERE type = 'view'` shows. At most "
          + "\(SQLReader.mostRows) rows; what is more is cut, and said."
      )
      .takes([.query("query", .text, "the statement, where the body does not hold it")])
      .reads(
        [
          .init(
            type: "application/json", shape: .object(["query": .text]),
            example: #"{"query":"SELECT count(*) FROM events"}"#),
          .init(type: "text/plain", shape: .text, example: "SELECT 1"),
          .init(
            type: "application/x-www-form-urlencoded", shape: .object(["query": .text]),
            example: #"{"query":"SELECT 1"}"#),
        ], isRequired: false
      )
      .gives("the rows", .named("Rows"))
      .refuses(403, "the statement would do more than read"),
  ]

  /// What a list of events is narrowed by.
  static let eventConditions: [RouteNote.Parameter] = EventFilter.names.map { name in
    .query(name, shape(ofCondition: name), note(ofCondition: name))
  }

  private static func shape(ofCondition name: String) -> Shape {
    switch name {
    case "type": .words(EventType.allCases.map(\.text))
    case "status": .words(Status.allCases.map(\.text))
    case "error_type": .words(ErrorType.allCases.map(\.text))
    case "level", "min_level": .words(Level.allCases.map(\.text))
    case "cost_status": .words(CostStatus.allCases.map(\.text))
    case "attempt", "seq", "http_status": .whole
    case "time", "start", "from", "to": moment
    case _ where EventFilter.quantities.contains(name):
      name.hasSuffix("_tokens") ? .whole : .number
    default: .text
    }
  }

  private static func note(ofCondition name: String) -> String {
    switch name {
    case "from": "events at this time or later: RFC 3339, or a number since 1970"
    case "to": "events before this time"
    case "min_level": "logs of this level or a louder one"
    case "text": "a text that message, details or attributes hold"
    case "trace_id": "32 hexadecimal digits"
    case "span_id", "parent_span_id": "16 hexadecimal digits"
    default: "events with this \(name)"
    }
  }
}

// MARK: Shapes
extension RouteCatalog {
  static let eventShapes: [(name: String, shape: Shape)] = [
    ("Event", .object(eventMembers + askedMembers)),
    (
      "Rows",
      .object([
        "columns": .list(of: .text), "rows": .list(of: .list(of: .any)),
        "truncated": .flag.noted("whether there are more rows than are answered"),
      ])
    ),
  ]

  /// Absent members are not known; none of them is ever 0 for that.
  static let eventMembers: [(String, Shape)] =
    [("id", .whole.noted("in the order in which events were stored"))]
    + (originMembers + callMembers + usageMembers + senderMembers + restMembers).map {
      ($0.0, $0.1.optional)
    }

  /// Those that only `fields` brings.
  private static let askedMembers: [(String, Shape)] = [
    ("counted", Shape.flag.optional.noted("where `fields` asks: whether it counts in sums")),
    ("why", Shape.words(CountReason.allCases.map(\.text)).optional),
    ("counted_cost_usd", Shape.amount.optional),
  ]

  private static let originMembers: [(String, Shape)] = [
    ("type", .words(EventType.allCases.map(\.text))), ("time", .time.noted("when it ended")),
    ("start", .time), ("received_at", .time), ("duration_ms", .number), ("ttft_ms", .number),
    ("service", .text), ("env", .text), ("release", .text), ("instance", .text),
    ("logger", .text), ("src", .text), ("seq", .whole), ("tenant", .text), ("user", .text),
    ("session", .text), ("trace_id", .text), ("span_id", .text), ("parent_span_id", .text),
    ("request_id", .text), ("event_id", .text), ("kind", .text), ("name", .text),
    ("agent", .text), ("tool", .text), ("status", .words(Status.allCases.map(\.text))),
    ("http_status", .whole), ("error_type", .words(ErrorType.allCases.map(\.text))),
    ("level", .words(Level.allCases.map(\.text))), ("message", .text),
  ]

  private static let callMembers: [(String, Shape)] = [
    ("provider", .text), ("model", .text), ("response_model", .text), ("operation", .text),
    ("response_id", .text), ("finish_reason", .text), ("stream", .flag), ("service_tier", .text),
    ("attempt", .whole), ("prompt", .text), ("prompt_version", .text), ("variant", .text),
    ("score", .text), ("evaluator", .text), ("cost_usd", .amount),
    ("reported_cost_usd", .amount), ("cost_status", .words(CostStatus.allCases.map(\.text))),
    ("computed_cost_usd", .amount), ("cost_difference_usd", .amount),
    ("usage_rule", .words(UsageRule.allCases.map(\.text))), ("sample_rate", .number),
    ("input", .text), ("output", .text), ("stack", .text),
  ]

  private static let tokenNames = [
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
    "cache_write_1h_tokens", "audio_input_tokens", "image_input_tokens", "reasoning_tokens",
    "audio_output_tokens",
  ]

  private static let leafNames = [
    "input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "image_input",
    "output", "reasoning", "audio_output",
  ]

  private static let usageMembers: [(String, Shape)] =
    tokenNames.map { ($0, .count) } + [
      (
        "usage_reported",
        .object((tokenNames + ["total_tokens"]).map { ($0, Shape.whole.optional) }).noted(
          "the counts as they came, which may overlap")
      ),
      (
        "leaves",
        .object(leafNames.map { ($0, Shape.count.optional) }).noted(
          "the counts without overlap, by which is priced")
      ),
      ("context_used", .number.noted("the share of the model's window that the call filled")),
    ]

  private static let senderMembers: [(String, Shape)] = [
    ("error", .text), ("fallback_from", .text), ("degraded", .flag), ("retry_wait_ms", .number),
    ("gate_wait_ms", .number), ("queue_ms", .number), ("pool_wait_ms", .number),
    ("pool_in_use", .number), ("pool_size", .number),
    ("breaker", .words(BreakerState.allCases.map(\.text))),
    ("ratelimit_remaining_requests", .number), ("ratelimit_remaining_tokens", .number),
    ("cache", .words(CacheResult.allCases.map(\.text))), ("verdict", .text),
    ("value", .either(.number, .flag, .text)), ("comment", .text), ("estimated_tokens", .number),
    ("input_includes_cache", .flag),
  ]

  private static let restMembers: [(String, Shape)] = [
    ("documents", .either(.list(of: .any), .map(of: .any))),
    ("tool_calls", .either(.list(of: .any), .map(of: .any))),
    ("timings", .either(.list(of: .any), .map(of: .any))),
    ("arguments_hash", .text.noted("SHA-256 of what a tool was called with")),
    ("unpriced", .list(of: .text)), ("unpriced_tokens", .count),
    ("usage_anomalies", .list(of: .text)), ("other_reading_cost_usd", .amount),
    ("dialect", .text), ("answer_response_id", .text), ("usage_is_aggregate", .flag),
    ("warnings", .list(of: .words(Warning.allCases.map(\.text)))), ("attrs", .map(of: .any)),
  ]
}
