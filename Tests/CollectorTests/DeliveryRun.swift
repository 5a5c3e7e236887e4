import Alerts
import Collector
import LinuxIO
import Outbound

/// Delivers notifications to one receiver as the collector does, but for the waiting: time is
/// counted, not spent.
struct DeliveryRun {
  /// What became of a notification.
  struct End: Equatable {
    let outcome: String
    let attempts: Int
    let cause: String
  }

  private let delivery: MessageDelivery
  private var queue: DeliveryQueue
  private var now: Int64

  init(to settings: ReceiverSettings, client: OutboundClient) {
    delivery = MessageDelivery(
      to: settings, externalURL: "https://baro.example.org", client: client, log: { _ in })
    queue = DeliveryQueue(delivery.limits)
    now = Clock.wall / 1_000_000
  }

  /// Delivers all of `notifications`, each to its end.
  mutating func deliver(_ notifications: [Notification]) -> [End] {
    var ends: [Int: End] = [:]
    for (number, notification) in notifications.enumerated() {
      _ = queue.add(Int64(number), group: notification.groupKey)
    }
    while true {
      switch queue.next(at: now) {
      case .rest: return notifications.indices.compactMap { ends[$0] }
      case .wait(let until): now = until
      case .send(let number, let attempt):
        let outcome = delivery.deliver(notifications[Int(number)], at: now)
        switch queue.finish(outcome, at: now, random: Random.word()) {
        case .sent: ends[Int(number)] = End(outcome: "sent", attempts: attempt, cause: "")
        case .failed(let cause):
          ends[Int(number)] = End(outcome: "failed", attempts: attempt, cause: cause)
        case .again: break
        }
      }
    }
  }
}
