internal import Synchronization

/// The totals, added to by the thread that commits and read by all others. A reader copies them
/// under the lock, which costs it a few references; the writer's next change then copies the arrays
/// it touches, so neither waits for more than the other's current commit.
package final class SeriesBoard: Sendable {
  private let totals = Mutex(SeriesTotals())
  /// What was counted lately, by seconds: changed within `update` too.
  package let recent = RecentBoard()

  /// A board without series.
  package init() {}

  /// All totals as of one commit.
  package var snapshot: SeriesTotals { totals.withLock { $0 } }

  /// All totals as of one commit, and the seconds that are in them.
  package var picture: (totals: SeriesTotals, recent: RecentCounts) {
    totals.withLock { ($0, recent.snapshot) }
  }

  /// Changes the totals; for the one thread that commits.
  package func update<Failure: Error>(
    _ change: (inout SeriesTotals) throws(Failure) -> Void
  ) throws(Failure) {
    try totals.withLock { (totals) throws(Failure) in try change(&totals) }
  }
}
