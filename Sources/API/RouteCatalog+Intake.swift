internal import Intake
internal import Telemetry

/// What services send.
extension RouteCatalog {
  private static let encoding =
    "The body may be packed: `Content-Encoding: gzip` or `deflate`. All of a request is taken or "
    + "nothing: 503 with `Retry-After` means that nothing was, and that it may come again."

  private static let durability = (
    name: "Barograph-Durability",
    note: "how safe what was taken is: `fsync`, `normal`, or `none` where it is only counted"
  )

  static let intake: [RouteNote] = [
    RouteNote("POST", "/v1/events", .intake, "Take in events: calls, spans, logs, scores")
      .explained(
        "One JSON object a line; `application/json` is one object, or a list of them. Fields are "
          + "known by many names; what is doubtful is kept with a warning, and what is no JSON "
          + "object is a reject with line and reason. " + encoding
          + " With the header `Idempotency-Key`, records without an identity of their own get one."
      )
      .takes(
        RecordDefaults.names.map {
          .query($0, .text, "this field of all records that lack it")
        }
      )
      .reads([
        .init(type: "application/x-ndjson", shape: .bytes, example: sentExample),
        .init(
          type: "application/json",
          shape: .either(.named("SentEvent"), .list(of: .any)),
          example: sentExample),
      ])
      .gives(
        "what became of the records", [.init(type: "application/json", shape: .named("Taken"))],
        headers: [durability]
      )
      .gives(
        400, "every record was refused", .named("Taken")),
    otlp("/v1/traces", .traces), otlp("/v1/logs", .logs), otlp("/v1/metrics", .metrics),
    otlp("/api/public/otel/v1/traces", .traces)
      .explained("The same as `POST /v1/traces`, where Langfuse's senders look for it."),
  ]

  private static let sentExample =
    #"{"type":"llm","service":"chat","model":"gpt-4o","input_tokens":12,"output_tokens":5}"#

  private static func otlp(_ path: String, _ signal: OTLPSignal) -> RouteNote {
    let (name, counter, root) =
      switch signal {
      case .traces: ("traces", "rejectedSpans", "resourceSpans")
      case .logs: ("logs", "rejectedLogRecords", "resourceLogs")
      case .metrics: ("metrics", "rejectedDataPoints", "resourceMetrics")
      }
    let success = Shape.object([
      (
        "partialSuccess",
        .object([
          (counter, .text.noted("how many, as protobuf's JSON writes int64")),
          ("errorMessage", .text),
        ]).optional.noted("absent where all was taken")
      )
    ])
    return RouteNote("POST", path, .intake, "Take in OpenTelemetry \(name)")
      .explained(
        "OTLP/HTTP in protobuf or JSON; the answer comes in the encoding of the request. "
          + encoding
      )
      .reads([
        .init(
          type: "application/json",
          shape: .object([(root, .list(of: .any).optional)]),
          example: "{\"\(root)\":[]}"),
        .init(type: "application/x-protobuf", shape: .bytes),
      ])
      .gives(
        "taken, or taken in part",
        [
          .init(type: "application/json", shape: success),
          .init(type: "application/x-protobuf", shape: .bytes),
        ], headers: [durability])
  }

  static let intakeShapes: [(name: String, shape: Shape)] = [
    (
      "Taken",
      .object([
        "accepted": .count.noted("events that are new, and are kept"),
        "duplicates": .count.noted("records of events that are known already"),
        "rejected": .count.noted("records that could not be read"),
        "errors": .list(
          of: .object([
            "line": .count, "code": .words(RejectCode.allCases.map(\.text)), "field": .text,
            "message": .text,
          ])
        ).noted("why the first of them were rejected"),
        "stored": .flag.optional.noted("false where events are counted but not stored"),
        "trouble": .text.optional.noted("why not"),
      ])
    ),
    (
      "SentEvent",
      .map(of: .any).noted(
        "a record in Barograph's own names, or in those of the usual loggers; see the members of "
          + "Event. Any member may be absent, and what no field takes becomes an attribute.")
    ),
  ]
}
