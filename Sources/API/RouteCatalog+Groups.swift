internal import Money
internal import Telemetry

/// What events add up to: traces, sessions, groups of errors; and where they come from.
extension RouteCatalog {
  static let groups: [RouteNote] = [
    RouteNote("GET", "/v1/traces", .history, "List traces, newest first")
      .explained(
        "The conditions are those of events: a trace is listed where one of its events fits."
      )
      .takes(eventConditions)
      .takes([
        .query("min_cost_usd", .number(from: 0), "traces that cost this or more"),
        .query("min_cost", .number(from: 0), "the same"),
        .query("min_duration_ms", .number(from: 0), "traces that took this or more"),
        .query("min_duration", .number(from: 0), "the same"),
      ])
      .takes(paging)
      .gives("the traces", page("traces", of: .named("Trace"))),
    RouteNote("GET", "/v1/traces/:id", .history, "Show a trace with its spans, scores and logs")
      .takes([
        .path(
          "id", "the id of a trace, or of a span, request or response in it",
          example: "4bf92f3577b34da6a3ce929d0e0e4736")
      ])
      .gives("the trace", .named("TraceTree"))
      .refuses(404, "no stored event carries this id"),
    RouteNote("GET", "/v1/sessions", .history, "List sessions, newest first")
      .takes([
        .query("session", .text, "this one"), .query("user", .text, "those of this user"),
        .query("tenant", .text, "those of this tenant"),
        .query("active", .flag, "those that are active now; `false` is as without"),
        .query("from", moment, "those heard of at this time or later"),
      ])
      .takes(paging)
      .gives("the sessions", page("sessions", of: .named("Session"))),
    RouteNote("GET", "/v1/sessions/:id", .history, "Show a session with its events, newest first")
      .takes([.path("id", "the session's name", example: "s1")])
      .takes(eventConditions.filter { $0.name != "session" })
      .takes(paging)
      .gives(
        "the session",
        .object([
          "session": .named("Session"),
          "sessions": .list(of: .named("Session")).optional.noted(
            "each with its own figures, where several tenants have a session of this name"),
          "events": .list(of: .named("Event")), "next": next,
        ])
      )
      .refuses(404, "no stored event carries this session"),
    RouteNote("GET", "/v1/errors", .history, "List groups of like errors, those seen last first")
      .takes([
        .query("fingerprint", .text, "this group"),
        .query("type", .text, "errors of this type"), .query("error_type", .text, "the same"),
        .query("tenant", .text, "those of this tenant"),
        .query("service", .text, "those of this service"),
        .query("provider", .text, "those of this provider"),
        .query("model", .text, "those of this model"),
        .query("from", moment, "those seen at this time or later"),
      ])
      .takes(paging)
      .gives("the groups", page("errors", of: .named("ErrorGroup"))),
    RouteNote("GET", "/v1/sources", .intake, "Show what each sender sent and what became of it")
      .explained("`sent + resent = stored + duplicate + rejected + shed + lost` where it numbers.")
      .gives("the accounts", page("sources", of: .named("Source"))),
    RouteNote("GET", "/v1/rejects", .intake, "List records that could not be read, newest first")
      .takes(paging)
      .gives("the rejects", page("rejects", of: .named("Reject"))),
    RouteNote("POST", "/v1/rejects/replay", .intake, "Take in all kept rejects once more")
      .gives(
        "what became of them",
        .object(["accepted": .count, "duplicates": .count, "rejected": .count])),
    RouteNote("GET", "/v1/doctor", .intake, "Find what is wrong with what services send")
      .takes([
        .query("rows", .whole(1...200_000), "how many of the newest rows to look at; 20000"),
        .query("service", .text, "only this service"),
      ])
      .gives(
        "the findings",
        .object([
          "rows": .count, "sources": .list(of: .named("Findings")), "next": next,
        ])),
  ]

  static let groupShapes: [(name: String, shape: Shape)] = [
    ("Trace", trace),
    (
      "TraceTree",
      .object([
        "trace": .named("Trace"), "spans": .list(of: .named("TraceSpan")),
        "scores": .list(of: .named("Event")), "logs": .list(of: .named("Event")),
      ])
    ),
    (
      "TraceSpan",
      .object(
        eventMembers + [
          ("counted", .flag.noted("whether it counts in the trace's sums")),
          ("why", Shape.words(CountReason.allCases.map(\.text)).orNull),
          ("counted_cost_usd", Shape.amount.optional.noted("what of its cost counts")),
          ("cost_low_usd", Shape.amount.optional), ("cost_high_usd", Shape.amount.optional),
          ("similar_calls", Shape.count.optional.noted("calls that those bounds come from")),
        ])
    ),
    ("Session", session), ("ErrorGroup", errorGroup),
  ]

  private static let trace = Shape.object([
    "trace_id": .text, "service": .text.optional, "name": .text.optional,
    "user": .text.optional, "session": .text.optional, "tenant": .text.optional,
    "model": .text.optional, "start": .time.optional, "end": .time.optional,
    "duration_ms": .number.optional, "status": .words(Status.allCases.map(\.text)),
    "span_count": .count, "error_count": .count, "counted_calls": .count,
    "calls_without_usage": .count, "cost_usd": .amount.orNull,
    "cost_status": .words(CostStatus.allCases.map(\.text)).orNull,
    "coverage": .number.orNull.noted("the share of its tokens whose price is known"),
    "cost_low_usd": .amount.optional.noted("bounds of the cost with calls of unknown usage"),
    "cost_high_usd": .amount.optional, "context_used": .number.optional,
    "is_whole": .flag.noted("whether all of history was looked at in time"),
  ])

  private static let session = Shape.object([
    "session": .text, "tenant": .text.optional, "user": .text.optional, "started": .time,
    "ended": .time, "length_ms": .number, "is_active": .flag, "events": .count, "calls": .number,
    "errors": .number, "input_tokens": .count, "output_tokens": .count,
    "cost_usd": .amount.orNull, "coverage": .number.orNull,
  ])

  private static let errorGroup = Shape.object([
    "fingerprint": .text, "type": .text, "message": .text, "count": .number, "first_seen": .time,
    "last_seen": .time, "tenant": .text.optional, "service": .text.optional,
    "provider": .text.optional, "model": .text.optional, "name": .text.optional,
    "sample": .object(["event": .whole, "trace_id": .text.optional]),
  ])
}

// MARK: Senders
extension RouteCatalog {
  static let sourceShapes: [(name: String, shape: Shape)] = [
    (
      "Source",
      .object([
        "src": .text.orNull, "service": .text.orNull, "peer": .text.orNull, "intake": door,
        "sent": .count.orNull.noted("the highest number it gave; null where it does not number"),
        "stored": .count, "duplicate": .count, "rejected": .count, "shed": .count, "lost": .count,
        "resent": .count,
        "gaps": .list(of: .tuple(.count, .count)).noted("numbers that never came, from and to"),
        "identity": .words(["src+seq", "event", "partly", "none"]).noted(
          "by what its events are told apart"),
      ])
    ),
    (
      "Reject",
      .object([
        "id": .whole, "received_at": .time, "intake": door, "peer": .text, "line": .count,
        "code": .words(RejectCode.allCases.map(\.text)), "field": .text, "message": .text,
        "text": .text.noted("the record, redacted and cut"),
      ])
    ),
    ("Findings", findings),
  ]

  private static let door = Shape.words(Door.allCases.map(\.text))
  private static let counts = Shape.map(of: .count)

  private static let findings = Shape.object([
    "service": .text, "events": .count, "calls": .count, "from": .time.optional,
    "to": .time.optional, "dialects": counts, "scopes": counts,
    "cache": .object([
      "convention": .text.orNull.noted("whether input includes cached tokens, or `mixed`"),
      "conventions": counts, "rules": counts,
    ]),
    "missing": counts, "unpriced": counts, "anomalies": counts, "warnings": counts,
    "units": counts, "unknown_fields": counts,
    "reported_cost": .object([
      "calls": .count, "reported_usd": .amount, "computed_usd": .amount,
      "difference_usd": .amount,
    ]).orNull,
    "delay_ms": .object(["min": .whole, "median": .whole, "max": .whole]).orNull,
    "loss": .object([
      "sent": .count.orNull, "lost": .count, "rejected": .count, "shed": .count,
      "duplicate": .count, "resent": .count, "gaps": .count,
    ]),
    "problems": .list(of: .object(["code": .text, "count": .count, "advice": .text])),
  ])
}
