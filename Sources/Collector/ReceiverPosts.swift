internal import Alerts
internal import Exposition
internal import LinuxIO
internal import Outbound
internal import Synchronization

/// The post to every receiver.
final class ReceiverPosts: Sendable {
  private let posts = Mutex<[String: ReceiverPost]>([:])
  private let client = OutboundClient()
  private let desk: AlertDesk
  private let log: Log

  /// No receivers yet; outcomes are noted at `desk`.
  init(desk: AlertDesk, log: Log) {
    (self.desk, self.log) = (desk, log)
  }

  /// Takes on the receivers there are now; those that were there keep what waits.
  func follow(_ receivers: [ReceiverSettings], externalURL: String) throws(Errno) {
    var next: [String: ReceiverPost] = [:]
    let old = posts.withLock { $0 }
    for settings in receivers {
      let delivery = MessageDelivery(
        to: settings, externalURL: externalURL, client: client,
        log: { [log] in log.write(alerts: $0) })
      if let lack = delivery.lack {
        log.write(.warning, "cannot reach a receiver: \(lack)", ["receiver": settings.name])
      }
      if let post = old[settings.name] {
        post.follow(delivery)
        next[settings.name] = post
      } else {
        next[settings.name] = try ReceiverPost(delivery, desk: desk, log: log)
      }
    }
    let kept = next
    posts.withLock { $0 = kept }
    for (name, post) in old where kept[name] == nil { post.abandon() }
  }

  /// Hands messages to the receivers they are for.
  func post(_ messages: [Notification]) {
    for message in messages { posts.withLock { $0[message.receiver] }?.post(message) }
  }

  /// Hands on what waited in the outbox before a restart. What is for nobody any more stays there.
  func resume(_ messages: [(document: [UInt8], attempts: Int)]) {
    for (document, attempts) in messages {
      guard let message = Notification(document: document) else { continue }
      posts.withLock { $0[message.receiver] }?.post(message, attempts: attempts)
    }
  }

  /// Tries a receiver with a message of its own; nil for one that is not there.
  func trial(_ name: String) -> (isDelivered: Bool, cause: String)? {
    guard let post = posts.withLock({ $0[name] }) else { return nil }
    switch post.trial() {
    case .done: return (true, "")
    case .retry(_, let cause), .permanent(let cause): return (false, cause)
    }
  }

  /// What the receiver of a message would be sent for it at its time.
  func text(of message: Notification) -> [UInt8]? {
    posts.withLock { $0[message.receiver] }?.text(of: message)
  }

  /// Ends all threads.
  func close() {
    let all = posts.withLock { $0.values.map(\.self) }
    for post in all { post.close() }
  }

  /// What was delivered, by receiver, sorted by name.
  var reports: [(name: String, book: ReceiverPost.Book, look: DeliveryQueue.Look, kind: String)] {
    posts.withLock { $0 }.sorted { $0.key < $1.key }.map { name, post in
      let report = post.report
      return (name, report.book, report.look, report.kind)
    }
  }

  /// What the posts say of themselves.
  func families() -> [MetricFamily] {
    let reports = reports
    func samples(_ value: (ReceiverPost.Book) -> [(String, Int64)]) -> [MetricFamily.Sample] {
      reports.flatMap { report in
        value(report.book).map { outcome, count in
          MetricFamily.Sample(
            Double(count),
            labels: [("receiver", report.name), ("outcome", outcome)])
        }
      }
    }
    return [
      MetricFamily(
        "barograph_notifications_total", .counter,
        "Messages to receivers that left the queue, by what became of them.",
        samples { [("sent", $0.sent), ("failed", $0.failed), ("dropped", $0.dropped)] }),
      MetricFamily(
        "barograph_notification_attempts_total", .counter, "Tries to deliver a message.",
        by: "receiver", reports.map { ($0.name, Double($0.book.attempts)) }),
      MetricFamily(
        "barograph_notification_queue_length", .gauge, "Messages that wait for a receiver.",
        by: "receiver", reports.map { ($0.name, Double($0.look.queued)) }),
    ]
  }
}

extension Log {
  /// Writes what the receiver `log` is told: an object of JSON, without its end.
  fileprivate func write(alerts line: [UInt8]) {
    write(.warning, "alerts", ["notification": String(decoding: line, as: UTF8.self)])
  }
}
