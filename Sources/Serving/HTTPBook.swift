internal import Synchronization

/// What one event loop answered, by route and status, and how long it took.
package final class HTTPBook: Sendable {
  /// One line of the book.
  package struct Key: Hashable, Sendable {
    package let route: String
    package let method: String
    package let status: Int
  }

  /// Upper bounds of the duration buckets, in seconds.
  package static let bounds: [Double] = [
    1.0 / 1024, 1.0 / 512, 1.0 / 256, 1.0 / 128, 1.0 / 64, 1.0 / 32, 1.0 / 16, 0.125, 0.25, 0.5, 1,
    2, 4, 8, 16,
  ]

  /// Durations of one route.
  package struct Durations: Sendable {
    /// One more than `bounds`: the last counts what is longer than all.
    package var buckets = [Int64](repeating: 0, count: HTTPBook.bounds.count + 1)
    package var sum = 0.0
  }

  private struct State {
    var counts: [Key: Int64] = [:]
    var durations: [String: Durations] = [:]
  }

  private let state = Mutex(State())

  /// An empty book.
  package init() {}

  /// Counts an answer.
  func count(route: String, method: String, status: Int, nanoseconds: Int64) {
    let seconds = Double(nanoseconds) / 1e9
    let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    state.withLock { state in
      state.counts[Key(route: route, method: method, status: status), default: 0] += 1
      state.durations[route, default: Durations()].buckets[bucket] += 1
      state.durations[route, default: Durations()].sum += seconds
    }
  }

  /// All lines.
  package var counts: [Key: Int64] { state.withLock { $0.counts } }
  /// All durations, by route.
  package var durations: [String: Durations] { state.withLock { $0.durations } }
}
