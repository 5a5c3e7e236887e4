internal import Synchronization

/// How often one event loop met a limit of requests and connections.
package final class LimitBook: Sendable {
  /// Which, as the configuration names it below `limits`.
  package enum Limit: String, CaseIterable, Sendable {
    case body, inflated, header, connections, idle
  }

  private let counts = Mutex([Int64](repeating: 0, count: Limit.allCases.count))

  /// An empty book.
  package init() {}

  /// Counts a hit.
  func count(_ limit: Limit) {
    guard let place = Limit.allCases.firstIndex(of: limit) else { return }
    counts.withLock { $0[place] += 1 }
  }

  /// Hits of a limit.
  package func hits(of limit: Limit) -> Int64 {
    counts.withLock { counts in
      Limit.allCases.firstIndex(of: limit).map { counts[$0] } ?? 0
    }
  }
}
