import PromQL

@testable import Alerts

/// A router with its clock, driven as the collector drives it.
struct RouterScene {
  var router: AlertRouter
  var memory = AlertMemory()
  private(set) var sent: [Notification] = []

  init(_ policy: AlertPolicy) { router = AlertRouter(policy) }

  /// Decides everything that is due up to a time.
  mutating func run(to time: Int64) {
    while let due = router.due, due <= time {
      sent += router.decide()
      router.save(into: &memory)
    }
  }

  mutating func take(_ alerts: [NotifiedAlert], of rule: String = "r", at time: Int64) {
    run(to: time - 1)
    router.take(alerts, of: rule, at: time)
    router.save(into: &memory)
  }

  mutating func note(_ messages: [Notification]) {
    sent += messages
    router.save(into: &memory)
  }

  /// Forgets all but what was saved, as a killed process does.
  mutating func restart(at time: Int64) {
    let saved = memory.keys("").map { (key: $0, bytes: memory[$0] ?? []) }
    memory = AlertMemory(saved: saved)
    router = AlertRouter(router.policy, restoring: memory, at: time)
  }

  /// What was sent, a line a message: when, to whom, why, who fires and who is over.
  var lines: [String] {
    sent.map { message in
      let firing = message.alerts.filter { $0.endsAt == nil }.map { $0.labels["id"] }
      let over = message.alerts.filter { $0.endsAt != nil }.map { $0.labels["id"] }
      let why = message.reason == .state ? "" : " \(message.reason.rawValue)"
      return "\(message.time / 1_000) \(message.receiver)\(why):"
        + firing.map { " +\($0)" }.joined() + over.map { " -\($0)" }.joined()
    }
  }

  static func alert(
    _ id: String, _ name: String = "A", from start: Int64, to end: Int64? = nil,
    _ labels: [Label] = [], value: String = "1"
  ) -> NotifiedAlert {
    NotifiedAlert(
      labels: Labels([Label("alertname", name), Label("id", id)] + labels),
      annotations: [Label("summary", "something about \(id)")], startsAt: start, endsAt: end,
      value: value, cause: nil, generatorURL: "")
  }

  static func policy(_ change: (inout AlertRoute) -> Void = { _ in }) -> AlertPolicy {
    var route = AlertRoute(receiver: "chat")
    change(&route)
    let names = ["chat", "oncall", "boss", "mute"]
    var receivers: [String: ReceiverTraits] = [:]
    for name in names { receivers[name] = ReceiverTraits() }
    receivers["oncall"]?.hearsAcknowledged = true
    receivers["mute"]?.hearsResolved = false
    return AlertPolicy(route: route, receivers: receivers)
  }

  static func matchers(_ texts: String...) -> AlertMatchers {
    do throws(QueryError) {
      return try AlertMatchers(texts: texts)
    } catch {
      preconditionFailure("a matcher of a test: \(error)")
    }
  }
}
