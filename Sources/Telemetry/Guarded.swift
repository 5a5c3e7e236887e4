internal import Synchronization

/// A value that one thread at a time may use: a `Mutex` whose order ThreadSanitizer can see. The
/// sanitizer does not look into the system calls of `Mutex`, and would report every use of what it
/// guards as a race; the atomic tells it who came after whom, for about a nanosecond.
package struct Guarded<Value: Sendable>: ~Copyable, Sendable {
  private let mutex: Mutex<Value>
  /// Released by each user at the end, acquired by the next at the start.
  private let order = Atomic(0)

  /// A value nobody uses yet.
  package init(_ value: Value) {
    mutex = Mutex(value)
  }

  /// Runs `body` while no other thread uses the value.
  package borrowing func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
    mutex.withLock { value in
      _ = order.load(ordering: .acquiring)
      defer { order.store(0, ordering: .releasing) }
      return body(&value)
    }
  }
}
