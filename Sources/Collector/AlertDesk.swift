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
    /// Outcomes that could not be saved, or whose messages could not: they go with what comes next.
    var held: [OutboxOutcome] = []
    /// Messages that could not be saved, by their keys.
    var unsaved: Set<String> = []
    var isClosed = false
    /// The store that saved last.
    var store: ObjectIdentifier?
  }

  /// Milliseconds between two looks at an order.
  private static let patience: Int32 = 1_000
  /// Outcomes that are held; with more the oldest are dropped.
  private static let mostHeld = 10_000

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
    // First the messages: what became of one can be noted once it is in the outbox.
    for order in orders {
      let outcome = save(order.alerts, on: store)
      if case .failed = outcome {
        book.withLock { $0.unsaved = Set(order.alerts.messages.map(\.key)) }
      } else {
        book.withLock { $0.unsaved = [] }
      }
      order.outcome.withLock { $0 = outcome }
      order.bell.ring()
    }
    if !orders.isEmpty || !outcomes.isEmpty { save(outcomes, on: store) }
  }

  private func save(_ fresh: [OutboxOutcome], on store: Store) {
    let (all, unsaved) = book.withLock { ($0.held + fresh, $0.unsaved) }
    var ready = AlertSave()
    ready.outcomes = all.filter { !unsaved.contains($0.key) }
    var held = all
    if !ready.isEmpty, isSaved(ready, on: store) {
      held = all.filter { unsaved.contains($0.key) }
    }
    // A message that is not noted as sent counts as waiting, and keeps its key.
    let kept = Array(held.suffix(Self.mostHeld))
    book.withLock { $0.held = kept }
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

  private func isSaved(_ alerts: AlertSave, on store: Store) -> Bool {
    if case .failed = save(alerts, on: store) { return false }
    return true
  }

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
