internal import History
internal import LinuxIO
internal import Serving
internal import Synchronization

/// Where what changed about alerts is handed to the one thread that writes.
final class AlertDesk: Sendable {
  /// How saving went.
  enum Outcome: Sendable {
    case saved
    /// It was saved in a new file: what the damaged one remembered is gone.
    case savedInNewFile
    case failed(StoreError)
  }

  private final class Order: Sendable {
    let alerts: AlertSave
    let bell: WriterBell
    let outcome = Mutex<Outcome?>(nil)

    init(_ alerts: AlertSave) throws(Errno) {
      self.alerts = alerts
      bell = try WriterBell()
    }
  }

  private struct Book: Sendable {
    var orders: [Order] = []
    var outcomes: [OutboxOutcome] = []
    var isClosed = false
    /// The store that saved last.
    var store: ObjectIdentifier?
  }

  /// Milliseconds between two looks at an order.
  private static let patience: Int32 = 1_000

  private let book = Mutex(Book())
  private let writer: WriterBell

  /// A desk at which `writer` wakes the one thread that serves it.
  init(writer: WriterBell) {
    self.writer = writer
  }

  /// Whether anything waits.
  var hasOrders: Bool { book.withLock { !$0.orders.isEmpty || !$0.outcomes.isEmpty } }

  /// Saves what changed; waits until that is done or cannot be done.
  func save(_ alerts: AlertSave) -> Outcome {
    do throws(Errno) {
      let order = try Order(alerts)
      let isOpen = book.withLock { book in
        if !book.isClosed { book.orders.append(order) }
        return !book.isClosed
      }
      guard isOpen else { return .failed(Self.closed) }
      writer.ring()
      while true {
        if let outcome = order.outcome.withLock({ $0 }) { return outcome }
        try order.bell.sleep(milliseconds: Self.patience) {
          order.outcome.withLock { $0 != nil }
        }
      }
    } catch {
      return .failed(.file(path: "the alerts", cause: error.text))
    }
  }

  /// Has an outcome saved soon. From any thread; does not wait.
  func note(_ outcome: OutboxOutcome) {
    book.withLock { $0.outcomes.append(outcome) }
    writer.ring()
  }

  /// Saves what waits. For the thread that writes, between transactions.
  func serve(on store: Store) {
    let (orders, outcomes) = book.withLock { book in
      defer { (book.orders, book.outcomes) = ([], []) }
      return (book.orders, book.outcomes)
    }
    guard !orders.isEmpty || !outcomes.isEmpty else { return }
    var first = AlertSave()
    first.outcomes = outcomes
    if !outcomes.isEmpty, case .failed = save(first, on: store), orders.isEmpty {
      // What cannot be noted now is noted with the next order; until then the message counts as
      // waiting, and keeps its key.
      book.withLock { $0.outcomes = outcomes + $0.outcomes }
      return
    }
    for order in orders {
      let outcome = save(order.alerts, on: store)
      order.outcome.withLock { $0 = outcome }
      order.bell.ring()
    }
  }

  /// Fails what still waits, because nobody writes any more.
  func close() {
    let orders = book.withLock { book in
      book.isClosed = true
      defer { book.orders = [] }
      return book.orders
    }
    for order in orders {
      order.outcome.withLock { $0 = .failed(Self.closed) }
      order.bell.ring()
    }
  }

  private static let closed = StoreError.file(path: "the alerts", cause: "the collector stops")

  private func save(_ alerts: AlertSave, on store: Store) -> Outcome {
    do throws(StoreError) {
      try store.save(alerts, now: Clock.coarseWall)
      let name = ObjectIdentifier(store)
      return book.withLock { book in
        defer { book.store = name }
        return book.store == nil || book.store == name ? .saved : .savedInNewFile
      }
    } catch {
      return .failed(error)
    }
  }
}
