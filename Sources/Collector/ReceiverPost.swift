internal import Alerts
internal import History
internal import LinuxIO
internal import Outbound
internal import PromQL
internal import Serving
internal import Synchronization

/// Brings messages to one receiver, on a thread of its own: one that is dead delays no other.
final class ReceiverPost: @unchecked Sendable {
  // @unchecked because all that changes is behind locks.

  /// What was delivered and what not.
  struct Book: Sendable {
    var sent: Int64 = 0
    var failed: Int64 = 0
    var dropped: Int64 = 0
    var attempts: Int64 = 0
  }

  private struct State: Sendable {
    var queue: DeliveryQueue
    var messages: [Int64: Notification] = [:]
    var number: Int64 = 0
    var book = Book()
    var delivery: MessageDelivery
    var isEnding = false
    var hasEnded = false
  }

  /// Milliseconds that a try under way gets at the end.
  private static let patience: Int32 = 2_000

  let name: String
  private let desk: AlertDesk
  private let log: Log
  private let bell: EventNotifier
  private let ended: WriterBell
  private let state: Mutex<State>
  private var thread: Thread?

  /// The post to a receiver; outcomes are noted at `desk`.
  init(_ delivery: MessageDelivery, desk: AlertDesk, log: Log) throws(Errno) {
    name = delivery.settings.name
    (self.desk, self.log) = (desk, log)
    bell = try EventNotifier()
    ended = try WriterBell()
    state = Mutex(State(queue: DeliveryQueue(delivery.limits), delivery: delivery))
    thread = try Thread(name: "post-\(name.prefix(10))") { [self] in run() }
  }

  /// What was delivered, and how the queue stands.
  var report: (book: Book, look: DeliveryQueue.Look, kind: String) {
    state.withLock { ($0.book, $0.queue.look, $0.delivery.settings.kind.name) }
  }

  /// Takes other settings of the same receiver; how long its queue may be stays.
  func follow(_ delivery: MessageDelivery) { state.withLock { $0.delivery = delivery } }

  /// Takes a message, which was tried `attempts` times before a restart.
  func post(_ notification: Notification, attempts: Int = 0) {
    let dropped = state.withLock { state -> Notification? in
      state.number += 1
      state.messages[state.number] = notification
      let number = state.queue.add(
        state.number, group: notification.groupKey, attempts: attempts)
      guard let number else { return nil }
      state.book.dropped += 1
      return state.messages.removeValue(forKey: number)
    }
    if let dropped {
      note(dropped, .failed, attempts: 0, error: "dropped: too many messages wait")
    }
    bell.signal()
  }

  /// What the receiver would be sent for a message at its time.
  func text(of message: Notification) -> [UInt8]? {
    state.withLock { $0.delivery }.text(of: message, at: message.time)
  }

  /// Tries once to deliver a message that says it is only a trial, past the queue; services that
  /// keep track of alerts are told right after that it is over.
  func trial() -> DeliveryOutcome {
    let delivery = state.withLock { $0.delivery }
    let outcome = deliver(.trial(of: name, isOver: false), by: delivery)
    guard outcome == .done, delivery.settings.kind.tracksAcknowledgements else { return outcome }
    return deliver(.trial(of: name, isOver: true), by: delivery)
  }

  private func deliver(_ notification: Notification, by delivery: MessageDelivery)
    -> DeliveryOutcome
  {
    delivery.deliver(notification, at: Clock.wall / 1_000_000)
  }

  /// Ends the thread; a try that is under way gets a moment. What is not delivered by then waits in
  /// the outbox.
  func close() {
    state.withLock { $0.isEnding = true }
    bell.signal()
    do throws(Errno) {
      try ended.sleep(milliseconds: Self.patience) { state.withLock { $0.hasEnded } }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
    if state.withLock({ $0.hasEnded }) { thread?.join() }
  }

  /// Gives up what waits, because the receiver is gone from the configuration.
  func abandon() {
    close()
    let left = state.withLock { state in
      defer { state.messages = [:] }
      return state.messages.sorted { $0.key < $1.key }.map(\.value)
    }
    for message in left { note(message, .failed, attempts: 0, error: "the receiver is gone") }
  }
}

// MARK: On its thread
extension ReceiverPost {
  private func run() {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(bell.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      while !state.withLock({ $0.isEnding }) {
        let now = Clock.monotonic / 1_000_000
        switch state.withLock({ $0.queue.next(at: now) }) {
        case .send(let number, let attempt): send(number, attempt)
        case .wait(let time):
          try epoll.wait(into: events, milliseconds: Int32(min(max(time - now, 1), 60_000)))
          bell.drain()
        case .rest:
          try epoll.wait(into: events, milliseconds: 60_000)
          bell.drain()
        }
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
    state.withLock { $0.hasEnded = true }
    ended.ring()
  }

  private func send(_ number: Int64, _ attempt: Int) {
    let (found, delivery) = state.withLock { ($0.messages[number], $0.delivery) }
    guard let message = found else { preconditionFailure("a queued message is kept") }
    let outcome = deliver(message, by: delivery)
    let now = Clock.monotonic / 1_000_000
    let verdict = state.withLock { state in
      state.book.attempts += 1
      let verdict = state.queue.finish(outcome, at: now, random: Random.word())
      switch verdict {
      case .sent: state.book.sent += 1
      case .failed: state.book.failed += 1
      case .again: return verdict
      }
      state.messages[number] = nil
      return verdict
    }
    switch (verdict, outcome) {
    case (.sent, _): note(message, .sent, attempts: attempt, error: nil)
    case (.failed(let cause), _):
      note(message, .failed, attempts: attempt, error: cause)
      log.write(
        .error, "cannot deliver a notification: \(cause)",
        ["receiver": name, "notification": message.key])
    case (.again, .retry(_, let cause)):
      note(message, .queued, attempts: attempt, error: cause)
      if attempt == 1 {
        log.write(
          .warning, "cannot deliver a notification yet: \(cause)",
          ["receiver": name, "notification": message.key])
      }
    case (.again, _): preconditionFailure("only a failed try is repeated")
    }
  }

  private func note(
    _ message: Notification, _ outcome: OutboxOutcome.State, attempts: Int, error: String?
  ) {
    desk.note(
      OutboxOutcome(
        key: message.key, state: outcome, attempts: attempts, at: Clock.wall, error: error))
  }
}

extension Notification {
  /// A message that says it is only a trial.
  fileprivate static func trial(of receiver: String, isOver: Bool) -> Notification {
    let now = Clock.wall / 1_000_000
    let labels = Labels([Label(AlertName.label, "BarographTrial"), Label("severity", "info")])
    let alert = NotifiedAlert(
      labels: labels,
      annotations: [Label("summary", "A trial message of barograph alerts test: all is well.")],
      startsAt: now, endsAt: isOver ? now : nil, value: "1", cause: nil, generatorURL: "")
    return Notification(
      key: "trial-\(Random.word())", receiver: receiver, reason: .trial,
      groupKey: "trial/\(receiver)", groupLabels: labels, alerts: [alert], time: now)
  }
}
