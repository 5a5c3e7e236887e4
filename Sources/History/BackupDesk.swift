internal import LinuxIO
internal import Synchronization

/// Where a copy of the store in use is ordered from any thread, and made by the one that writes,
/// between its commits: what it commits meanwhile is in the copy, no reader holds a snapshot, and
/// intake waits for a few milliseconds at a time.
package final class BackupDesk: Sendable {
  /// How far an order is.
  package enum State: Equatable, Sendable {
    case idle
    case copying(done: Int, total: Int)
    case copied
    case failed(StoreError)
  }

  /// Nanoseconds that a step takes while events wait, and while none do.
  private static let busyStep: Int64 = 4_000_000
  private static let idleStep: Int64 = 10_000_000
  /// How much longer than a step the rest is before the next one, while events wait.
  private static let rest: Int64 = 4
  /// Beyond that, a step goes on until it has gained on what was written since the last one, but
  /// never for longer than this.
  private static let longestStep: Int64 = 40_000_000
  private static let gain = 256
  private static let pages: Int32 = 64

  private struct Book: Sendable {
    var state = State.idle
    var order: String?
  }

  /// The copy at hand; only the thread that writes uses it.
  private final class Bench: @unchecked Sendable {
    // @unchecked because only the thread that writes looks inside.
    var copy: BackupCopy?
    var source: ObjectIdentifier?
    var path = ""
    /// Pages still to copy after the last step.
    var remaining = Int.max
    /// Until when it rests while events wait, a monotonic time.
    var pauseEnd: Int64 = 0
  }

  private let book = Mutex(Book())
  private let bench = Bench()

  /// A desk without orders.
  package init() {}

  /// How far the last order is.
  package var state: State { book.withLock { $0.state } }

  /// Orders a copy to the empty file at `path`; false while another order is not taken away.
  package func order(_ path: String) -> Bool {
    book.withLock { book in
      guard book.state == .idle else { return false }
      book = Book(state: .copying(done: 0, total: 0), order: path)
      return true
    }
  }

  /// Takes a finished order away, or gives one up: it then ends by the next step.
  package func clear() {
    book.withLock { $0 = Book() }
  }

  /// Goes on with an order for a while; whether there is more to do. For the thread that writes,
  /// between transactions. While events wait, it takes at most a fifth of the time, unless it falls
  /// behind what is written.
  package func advance(on store: Store, isIdle: Bool) -> Bool {
    if !isIdle, Clock.monotonic < bench.pauseEnd { return true }
    let start = Clock.monotonic
    let hasMore = advance(on: store, nanoseconds: isIdle ? Self.idleStep : Self.busyStep)
    bench.pauseEnd = Clock.monotonic + (Clock.monotonic - start) * Self.rest
    return hasMore
  }

  /// Goes on for `nanoseconds`.
  func advance(on store: Store, nanoseconds: Int64) -> Bool {
    guard let path = book.withLock({ $0.order }) else {
      bench.copy = nil
      return false
    }
    do throws(StoreError) {
      let copy = try copy(of: store, to: path)
      let start = Clock.monotonic
      let goal = bench.remaining - Self.gain
      repeat {
        guard try copy.step(pages: Self.pages) else { continue }
        bench.copy = nil
        try copy.finish()
        report(.copied)
        return false
      } while Self.goesOn(Clock.monotonic - start, nanoseconds, copy.remaining > goal)
      bench.remaining = copy.remaining
      report(.copying(done: copy.total - copy.remaining, total: copy.total))
      return true
    } catch {
      bench.copy = nil
      report(.failed(error))
      return false
    }
  }

  /// Fails what was ordered, because nobody writes any more. After the last `advance`.
  package func close() {
    bench.copy = nil
    report(.failed(.file(path: "the copy", cause: "the collector stops")))
  }

  private static func goesOn(_ spent: Int64, _ allowed: Int64, _ isBehind: Bool) -> Bool {
    spent < allowed || (isBehind && spent < longestStep)
  }

  private func copy(of store: Store, to path: String) throws(StoreError) -> BackupCopy {
    if let copy = bench.copy, bench.path == path {
      guard bench.source == ObjectIdentifier(store) else {
        throw .file(path: path, cause: "the store was damaged meanwhile")
      }
      return copy
    }
    bench.copy = nil
    let copy = try BackupCopy(of: store.database, to: path)
    bench.copy = copy
    bench.path = path
    bench.remaining = .max
    bench.source = ObjectIdentifier(store)
    return copy
  }

  private func report(_ state: State) {
    book.withLock { book in
      // An order that was given up is not to be heard of again.
      guard book.order != nil else { return }
      book.state = state
      if case .copying = state { return }
      book.order = nil
    }
  }
}
