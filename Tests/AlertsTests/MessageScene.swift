import Alerts
import Codec
import PromQL

/// Notifications and receivers that tests of messages share.
enum MessageScene {
  static let externalURL = "https://baro.example.org/"
  /// 2026-11-21 02:29:40.689 UTC
  static let start: Int64 = 1_795_228_180_689

  static let cause = AlertCause(
    part: AlertCause.Part(dimension: "model", value: "gpt-4o", share: 0.92), now: 0.1234,
    usual: 0.021, coverage: 0.34,
    traceIDs: ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b700f067aa0ba902b7"],
    sparkline: "▁▁▂▁▃▇█")

  static func alert(
    _ labels: [Label] = [Label("model", "gpt-4o")], from start: Int64 = start,
    to end: Int64? = nil, summary: String = "Calls fail: ünsafe <b> & _bold_",
    cause: AlertCause? = cause
  ) -> NotifiedAlert {
    NotifiedAlert(
      labels: Labels([Label("alertname", "ErrorRate"), Label("severity", "critical")] + labels),
      annotations: [
        Label("runbook_url", "https://runbooks.example.org/error-rate?a=1&b=2"),
        Label("summary", summary),
      ],
      startsAt: start, endsAt: end, value: "0.1234", cause: cause,
      generatorURL: "https://baro.example.org/graph?g0.expr=up+%3E+5&g0.tab=1")
  }

  static func notification(
    _ alerts: [NotifiedAlert] = [alert()], reason: Notification.Reason = .state,
    omitted: Int = 0, by: String? = nil, key: String = "n-0001", receiver: String = "hook",
    after: Int64 = 125_000
  ) -> Notification {
    Notification(
      key: key, receiver: receiver, reason: reason, groupKey: "{}:{alertname=\"ErrorRate\"}",
      groupLabels: Labels([Label("alertname", "ErrorRate")]), alerts: alerts, omitted: omitted,
      time: start + after, acknowledgedBy: by)
  }

  /// Every state a message tells of, by name.
  static let states: [(name: String, notification: Notification)] = [
    ("firing", notification()),
    ("resolved", notification([alert(to: start + 725_000)], key: "n-0002", after: 726_000)),
    (
      "several",
      notification(
        [
          alert(), alert([Label("model", "claude"), Label("region", "eu")], cause: nil),
          alert([Label("model", "old")], to: start + 60_000, cause: AlertCause(now: 7, usual: 0)),
        ], omitted: 7, key: "n-0003")
    ),
    (
      "acknowledged",
      notification(reason: .acknowledged, by: "ana", key: "n-0004", after: 200_000)
    ),
    ("escalation", notification(reason: .escalation, key: "n-0005", after: 600_000)),
    (
      "trial",
      notification(
        [
          NotifiedAlert(
            labels: Labels([Label("alertname", "Trial")]), annotations: [], startsAt: start,
            endsAt: nil, value: "1", cause: nil, generatorURL: "")
        ], reason: .trial, key: "n-0006", after: 0)
    ),
  ]

  static let mail: MailSettings = {
    guard let from = MailAddress("Barograph ÄÖ <alerts@example.test>"),
      let first = MailAddress("ops@example.test"),
      let second = MailAddress("\"On Call\" <oncall@example.test>")
    else { preconditionFailure("these are addresses") }
    return MailSettings(host: "mail.example.test", port: 587, from: from, to: [first, second])
  }()

  static let receivers: [ReceiverSettings] = {
    var webhook = WebhookSettings(url: Secret("https://hook.example.test/in"))
    webhook.secret = Secret("test-secret")
    let slack = SlackSettings(url: Secret("https://slack.example.test/services/T/B/X"))
    var pagerDuty = PagerDutySettings(routingKey: Secret("00000000000000000000000000000000"))
    pagerDuty.url = Secret("https://pagerduty.example.test/v2/enqueue")
    let manager = AlertmanagerSettings(url: Secret("http://manager.example.test:9093/am/"))
    var opsgenie = OpsgenieSettings(key: Secret("not-a-key"))
    opsgenie.url = Secret("https://opsgenie.example.test")
    let kinds: [ReceiverKind] = [
      .webhook(webhook), .slack(slack), .pagerDuty(pagerDuty), .mail(mail),
      .alertmanager(manager), .opsgenie(opsgenie),
      .teams(url: Secret("https://teams.example.test/workflow")), .log,
    ]
    return kinds.map { ReceiverSettings(name: "hook", kind: $0) }
  }()

  static func rendering(_ settings: ReceiverSettings) -> MessageRendering {
    MessageRendering(settings, externalURL: externalURL, agent: "Barograph/test")
  }

  /// A message as it goes over the wire, nearly: method, headers and body.
  static func text(of message: OutgoingMessage?) -> [UInt8] {
    switch message {
    case nil: return Array("nothing is sent\n".utf8)
    case .line(let line): return line + [0x0A]
    case .mail(let mail):
      let envelope =
        "MAIL FROM:<\(mail.from.address)>\n" + mail.to.map { "RCPT TO:<\($0.address)>\n" }.joined()
      return Array(envelope.utf8) + [0x0A] + mail.bytes
    case .request(let request):
      var text = "POST \(request.url.revealed)\n"
      for header in request.headers { text += "\(header.name): \(header.value.revealed)\n" }
      return Array(text.utf8) + [0x0A] + request.body + [0x0A]
    }
  }
}
