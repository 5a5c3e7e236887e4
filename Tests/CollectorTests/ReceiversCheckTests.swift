import Alerts
import Collector
import LinuxIO
import Outbound
import PromQL
import Testing

private let receiversToCheck = Environment.current()["RECEIVERS_CHECK"]

/// The part of `scripts/receivers-check` that sends: a configuration of receivers comes in a
/// variable, what became of each message goes out on a line. Its servers judge.
@Suite(.enabled(if: receiversToCheck != nil, "scripts/receivers-check runs it"))
struct ReceiversCheckTests {
  private static func notification(_ receiver: String, resolved: Bool) -> Notification {
    let start: Int64 = 1_795_228_180_689
    let alert = NotifiedAlert(
      labels: Labels([
        Label("alertname", "Größe"), Label("severity", "critical"), Label("receiver", receiver),
      ]),
      annotations: [Label("summary", ".a line that begins with a dot — ünsafe")],
      startsAt: start, endsAt: resolved ? start + 60_000 : nil, value: "0.12",
      cause: AlertCause(now: 0.12, usual: 0.02), generatorURL: "")
    return Notification(
      key: "\(receiver)-\(resolved ? 2 : 1)", receiver: receiver, reason: .state,
      groupKey: "{}:{receiver=\"\(receiver)\"}", groupLabels: alert.labels, alerts: [alert],
      time: start + 61_000)
  }

  @Test func `every receiver of the configuration`() throws {
    let settings = try loaded(receiversToCheck ?? "").receivers
    let client = OutboundClient()
    for settings in settings {
      let known = try settings.withSecrets(environment: Environment.current())
      var run = DeliveryRun(to: known, client: client)
      let ends = run.deliver([false, true].map { Self.notification(settings.name, resolved: $0) })
      for (word, end) in zip(["firing", "resolved"], ends) {
        let line =
          "RESULT \(settings.name) \(word) \(end.outcome) \(end.attempts) \(end.cause)\n"
        StandardOutput.write(Array(line.utf8))
      }
      #expect(ends.count == 2)
    }
  }
}
