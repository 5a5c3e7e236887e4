internal import History
internal import LinuxIO
internal import Serving
internal import Synchronization

/// Where short pieces of work are handed to the one thread that owns the store.
final class WriterDesk: Sendable {
  private final class Order: Sendable {
    let body: @Sendable (Store) throws(StoreError) -> Void
    let bell: WriterBell
    let outcome = Mutex<Result<Void, StoreError>?>(nil)

    init(_ body: @escaping @Sendable (Store) throws(StoreError) -> Void) throws(Errno) {
      self.body = body
      bell = try WriterBell()
    }
  }

  private struct Book: Sendable {
    var orders: [Order] = []
    var isClosed = false
  }

  /// Milliseconds between two looks at an order.
  private static let patience: Int32 = 1_000
  /// What an order fails with when nobody writes any more.
  private static let closed = StoreError.file(path: "the store", cause: "the collector stops")

  private let book = Mutex(Book())
  private let writer: WriterBell

  /// A desk at which `writer` wakes the one thread that serves it.
  init(writer: WriterBell) {
    self.writer = writer
  }

  /// Whether anything waits.
  var hasOrders: Bool { book.withLock { !$0.orders.isEmpty } }

  /// Has `body` run on the writer's thread, between two transactions, and waits until it has. It
  /// should take milliseconds: events wait meanwhile.
  func run(_ body: @escaping @Sendable (Store) throws(StoreError) -> Void) throws(StoreError) {
    let order: Order
    do throws(Errno) {
      order = try Order(body)
    } catch {
      throw .file(path: "the store", cause: error.text)
    }
    let isOpen = book.withLock { book in
      if !book.isClosed { book.orders.append(order) }
      return !book.isClosed
    }
    guard isOpen else { throw Self.closed }
    writer.ring()
    try Self.wait(for: order).get()
  }

  private static func wait(for order: Order) -> Result<Void, StoreError> {
    do throws(Errno) {
      while true {
        if let outcome = order.outcome.withLock({ $0 }) { return outcome }
        try order.bell.sleep(milliseconds: patience) { order.outcome.withLock { $0 != nil } }
      }
    } catch {
      return .failure(.file(path: "the store", cause: error.text))
    }
  }

  /// Does what waited first. For the thread that writes, between transactions.
  func serve(on store: Store) {
    let order = book.withLock { book in book.orders.isEmpty ? nil : book.orders.removeFirst() }
    guard let order else { return }
    do throws(StoreError) {
      try order.body(store)
      order.outcome.withLock { $0 = .success(()) }
    } catch {
      order.outcome.withLock { $0 = .failure(error) }
    }
    order.bell.ring()
  }

  /// Fails what still waits, because nobody writes any more.
  func close() {
    let orders = book.withLock { book in
      book.isClosed = true
      defer { book.orders = [] }
      return book.orders
    }
    for order in orders {
      order.outcome.withLock { $0 = .failure(Self.closed) }
      order.bell.ring()
    }
  }
}
