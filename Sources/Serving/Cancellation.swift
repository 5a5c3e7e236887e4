internal import Synchronization

/// Tells a query thread that nobody waits for its answer any more.
package final class Cancellation: Sendable {
  /// Relaxed: nothing else is read on the strength of it.
  private let flag = Atomic(false)

  /// One that has not been called for.
  package init() {}

  /// Whether the client has gone.
  package var isCanceled: Bool { flag.load(ordering: .relaxed) }

  /// Notes that the client has gone. From any thread.
  package func cancel() { flag.store(true, ordering: .relaxed) }
}
