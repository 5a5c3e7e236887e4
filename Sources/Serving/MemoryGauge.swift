internal import Synchronization

/// How many bytes of bodies and batches are in hand, in all threads, against the limit beyond which
/// intake sheds.
package final class MemoryGauge: Sendable {
  /// Relaxed: a plain count, nothing is published through it.
  private let used = Atomic(0)
  private let hits = Atomic(0)
  /// The most bytes that may be in hand.
  package let limit: Int

  /// A gauge with nothing in hand.
  package init(limit: Int) {
    self.limit = limit
  }

  /// Bytes in hand.
  package var inHand: Int { used.load(ordering: .relaxed) }
  /// How often there was no room.
  package var refusals: Int { hits.load(ordering: .relaxed) }

  /// Takes `bytes` into hand; false, and nothing taken, when that would pass the limit.
  func reserve(_ bytes: Int) -> Bool {
    let (_, total) = used.add(bytes, ordering: .relaxed)
    if total <= limit { return true }
    used.subtract(bytes, ordering: .relaxed)
    hits.add(1, ordering: .relaxed)
    return false
  }

  /// Gives bytes back.
  func release(_ bytes: Int) {
    used.subtract(bytes, ordering: .relaxed)
  }
}
