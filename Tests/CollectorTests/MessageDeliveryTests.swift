import Alerts
import Codec
import Collector
import LinuxIO
import Outbound
import PromQL
import Synchronization
import Testing

@Suite struct MessageDeliveryTests {
  private static func notification(
    _ reason: Notification.Reason = .state, endsAt: Int64? = nil
  ) -> Notification {
    let alert = NotifiedAlert(
      labels: Labels([Label("alertname", "Slow")]), annotations: [], startsAt: 1_000,
      endsAt: endsAt, value: "3", cause: nil, generatorURL: "")
    return Notification(
      key: "k", receiver: "r", reason: reason, groupKey: "g", groupLabels: .none,
      alerts: [alert], time: 2_000)
  }

  private static func delivery(_ kind: ReceiverKind, sendsResolved: Bool = true) -> MessageDelivery
  {
    var settings = ReceiverSettings(name: "r", kind: kind)
    settings.sendsResolved = sendsResolved
    return MessageDelivery(to: settings, externalURL: "", client: OutboundClient(), log: { _ in })
  }

  @Test func `the log takes a line`() {
    let lines = Mutex<[String]>([])
    let delivery = MessageDelivery(
      to: ReceiverSettings(name: "r", kind: .log), externalURL: "", client: OutboundClient(),
      log: { line in lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
    #expect(delivery.deliver(Self.notification(), at: 5) == .done)
    #expect(
      lines.withLock { $0 } == [
        "{\"notification\":\"k\",\"receiver\":\"r\",\"reason\":\"state\",\"status\":\"firing\","
          + "\"title\":\"[FIRING:1] Slow\",\"severity\":\"error\",\"alerts\":["
          + "\"Slow; now 3; since 1970-01-01 00:00:01 UTC, for 1s\"]}"
      ])
  }

  @Test func `what a receiver is not told of is done without a word`() {
    let webhook = ReceiverKind.webhook(WebhookSettings(url: Secret("http://127.0.0.1:1/")))
    let delivery = Self.delivery(webhook, sendsResolved: false)
    #expect(delivery.deliver(Self.notification(endsAt: 1_500), at: 5) == .done)
    #expect(delivery.deliver(Self.notification(.acknowledged), at: 5) == .done)
  }

  @Test func `a cause holds no secret that a service repeats`() throws {
    let listener = try Listener(.ipv4([127, 0, 0, 1], port: 0))
    let thread = try Thread(name: "echo") {
      do {
        _ = try listener.waitForConnection(milliseconds: 10_000)
        guard let connection = try listener.accept() else { return }
        let client = connection.take()
        var bytes: [UInt8] = []
        while !bytes.contains(0x7D), try client.wait(for: .read, milliseconds: 10_000) {
          if try client.read(upTo: 65_536, into: &bytes) == .end { return }
        }
        let said = "no such key hidden-word-1234"
        let answer = "HTTP/1.1 403 No\r\nContent-Length: \(said.utf8.count)\r\n\r\n\(said)"
        _ = try client.write(Array(answer.utf8))
      } catch {
        Issue.record("\(error)")
      }
    }
    defer { thread.join() }
    var duty = PagerDutySettings(routingKey: Secret("hidden-word-1234"))
    duty.url = Secret("http://\(listener.address)/v2/enqueue")
    #expect(
      Self.delivery(.pagerDuty(duty)).deliver(Self.notification(), at: 5)
        == .permanent(cause: "answered 403: no such key …1234"))
  }

  @Test func `what a machine lacks is known before there is anything to send`() {
    let plain = ReceiverKind.alertmanager(AlertmanagerSettings(url: Secret("http://127.0.0.1:9")))
    #expect(Self.delivery(plain).lack == nil)
    #expect(Self.delivery(.log).lack == nil)
    let secure = ReceiverKind.teams(url: Secret("https://example.org/"))
    #expect((Self.delivery(secure).lack == nil) == OutboundClient.hasLibrary)
  }

  @Test func `queues are as the configuration says`() throws {
    let text =
      "receivers: [{name: a, type: slack, url: 'http://a/', queue: 7, max_tries: 2, "
      + "give_up_after: 30s}]"
    let settings = try #require(try loaded(text).receivers.first)
    let delivery = MessageDelivery(
      to: settings, externalURL: "", client: OutboundClient(), log: { _ in })
    let backoff = Backoff(tries: 2, totalMilliseconds: 30_000)
    #expect(delivery.limits == DeliveryQueue.Limits(length: 7, backoff: backoff, gap: 1_000))
  }
}
