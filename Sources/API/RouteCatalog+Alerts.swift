internal import Alerts

/// Alerts, silences, messages and receivers.
extension RouteCatalog {
  private static let states = ["pending", "firing", "resolved"]

  static let alerts: [RouteNote] = [
    RouteNote("GET", "/v1/alerts", .alerts, "List alerts, those that fire first")
      .takes([
        .query("state", choice(of: states), "pending and firing unless given"),
        .query("match", .text, #"conditions on labels, such as `{severity="critical"}`"#),
      ])
      .takes(paging)
      .gives("the alerts", page("alerts", of: .named("Alert"))),
    RouteNote("GET", "/v1/alerts/history", .alerts, "List alerts that fired, the latest first")
      .takes([
        .query("name", .text, "those of this rule"),
        .query("id", .text, "those of this fingerprint"),
        .query("from", moment, "those that were firing at this time or later"),
        .query("to", moment, "those that fired at this time or before"),
      ])
      .takes(paging)
      .gives("the alerts", page("alerts", of: .named("PastAlert"))),
    RouteNote("POST", "/v1/alerts/:id/ack", .alerts, "Say who looks after an alert")
      .takes([.path("id", "the alert's id", example: "8c1b2f0e9d3a4c57")])
      .readsJSON(
        .object(["by": .filledText, "comment": .text.optional]),
        example: #"{"by":"ana","comment":"on it"}"#
      )
      .gives("the alert", .named("Alert"))
      .refuses(404, "no alert that fires has this id"),
    RouteNote("DELETE", "/v1/alerts/:id/ack", .alerts, "Take that back")
      .takes([.path("id", "the alert's id", example: "8c1b2f0e9d3a4c57")])
      .gives("the alert", .named("Alert"))
      .refuses(404, "nobody looks after an alert with this id"),
    RouteNote("GET", "/v1/notifications", .alerts, "List messages, the newest first")
      .takes([
        .query("receiver", .text, "those to this receiver"),
        .query("state", .text, "those in this state: queued, sent, failed"),
        .query("reason", .text, "those sent for this reason"),
        .query("id", .text, "the one with this key"),
        .query("from", moment, "those made at this time or later"),
        .query("to", moment, "those made at this time or before"),
      ])
      .takes(paging)
      .gives("the messages", page("notifications", of: .named("Message"))),
    RouteNote("GET", "/v1/receivers", .alerts, "List receivers and how their post is doing")
      .gives("the receivers", page("receivers", of: .named("Receiver"))),
    RouteNote("POST", "/v1/receivers/:name/test", .alerts, "Send a receiver a trial message")
      .takes([.path("name", "the receiver's name", example: "log")])
      .gives("it was delivered", .object(["delivered": .flag]))
      .refuses(404, "there is no such receiver")
      .refuses(502, "it was not delivered, and why"),
    RouteNote("POST", "/v1/rules/backtest", .alerts, "Evaluate rules over a stretch of the past")
      .explained("What would have fired, how often and how long, and what would have been told.")
      .readsJSON(
        .object([
          "files": .list(of: .object(["path": .text, "text": .text]), least: 1),
          "from": moment.optional, "to": moment.optional,
        ]),
        example: #"{"files":[{"path":"rules.yaml","text":"groups: []"}]}"#
      )
      .gives("what was found", .named("Backtest")),
  ]

  static let silences: [RouteNote] = [
    RouteNote("GET", "/v1/silences", .alerts, "List silences")
      .takes(paging)
      .gives("the silences", page("silences", of: .named("Silence"))),
    RouteNote("POST", "/v1/silences", .alerts, "Silence alerts for a while")
      .explained("`duration` or `ends_at` has to be there.")
      .readsJSON(
        .object([
          "matchers": .list(of: .text, least: 1).noted(#"such as `alertname="X"`"#),
          "created_by": .filledText, "comment": .text.optional, "starts_at": moment.optional,
          "ends_at": moment.optional, "duration": .text.optional.noted("such as `2h`"),
        ]),
        example:
          #"{"matchers":["alertname=\"X\""],"duration":"2h","created_by":"ana","comment":"why"}"#
      )
      .gives("the silence", .named("Silence"))
      .refuses(409, "there are as many silences as there may be"),
    RouteNote("DELETE", "/v1/silences/:id", .alerts, "End a silence")
      .takes([.path("id", "the silence's id", example: "5f2d8c1b9a3e4d07")])
      .gives("the silence", .named("Silence"))
      .refuses(404, "there is no such silence"),
  ]
}

// MARK: Shapes
extension RouteCatalog {
  static let alertShapes: [(name: String, shape: Shape)] = [
    (
      "Alert",
      .object([
        "id": .text, "name": .text, "state": .words(states), "labels": .labels,
        "annotations": .labels,
        "value": .either(.number, .text).orNull.noted("text where it is a histogram"),
        "active_at": .time.orNull, "fired_at": .time.orNull, "resolved_at": .time.orNull,
        "acked": acknowledgement, "silenced_by": .list(of: .text),
        "inhibited_by": .list(of: .text), "muted_by": .list(of: .text),
        "receivers": .list(of: .text), "cause": .named("Cause").orNull,
        "rule": .object(["file": .text, "group": .text, "name": .text]),
      ])
    ),
    (
      "PastAlert",
      .object([
        "id": .text, "rule": .text, "name": .text, "state": .words(["firing", "resolved"]),
        "labels": .labels, "annotations": .labels, "value": .text, "active_at": .time.orNull,
        "fired_at": .time.orNull, "resolved_at": .time.orNull, "acked": acknowledgement,
        "cause": .named("Cause").orNull,
      ])
    ),
    (
      "Cause",
      .object([
        "part": .object(["dimension": .text, "value": .text, "share": .number]).orNull.noted(
          "the part of the whole that most of it comes from"),
        "now": .number.orNull, "usual": .number.orNull, "coverage": .number.orNull,
        "trace_ids": .list(of: .text), "sparkline": .text,
      ])
    ),
    (
      "Silence",
      .object([
        "id": .text, "matchers": .list(of: .text), "starts_at": .time, "ends_at": .time,
        "created_by": .text, "comment": .text,
        "state": .words(["pending", "active", "expired"]),
      ])
    ),
    (
      "Message",
      .object([
        "id": .text, "receiver": .text, "reason": .text, "group_key": .text, "alerts": .count,
        "created_at": .time.orNull, "state": .text, "attempts": .count,
        "tried_at": .time.orNull, "error": .text.orNull,
      ])
    ),
    (
      "Receiver",
      .object([
        "name": .text, "type": .text, "breaker": .words(["closed", "open", "half_open"]),
        "last_error": .text, "queued": .count, "sent": .count, "failed": .count,
        "dropped": .count,
      ])
    ),
    ("Backtest", backtest),
  ]

  private static let acknowledgement = Shape.object([
    "by": .text, "at": .time.orNull, "comment": .text.orNull,
  ]).orNull

  private static let backtest = Shape.object([
    "from": .time, "to": .time,
    "complete": .flag.noted("false where time ran out before the end"), "evaluations": .count,
    "seconds": .number, "failures": .list(of: .object(["rule": .text, "message": .text])),
    "rules": .list(
      of: .object(["name": .text, "fired": .count, "firing_seconds": .number])),
    "alerts": .list(
      of: .object([
        "name": .text, "labels": .labels, "annotations": .labels, "value": .text,
        "fired_at": .time, "resolved_at": .time.orNull, "seconds": .number,
        "cause": .named("Cause").orNull,
      ])),
    "messages": .list(
      of: .object([
        "time": .time, "receiver": .text, "reason": .text, "key": .text,
        "status": .words(["firing", "resolved"]), "alerts": .list(of: .text),
        "text": .text.orNull,
      ])),
  ])
}
