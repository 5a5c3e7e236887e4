internal import Synchronization
package import Telemetry

/// What one event loop answered, by route and status, and how long it took.
package final class HTTPBook: Sendable {
  /// One line of the book.
  package struct Key: Hashable, Sendable {
    package let route: String
    package let method: String
    package let status: Int
  }

  private struct State {
    var counts: [Key: Int64] = [:]
    var durations: [String: DurationHistogram] = [:]
  }

  private let state = Mutex(State())

  /// An empty book.
  package init() {}

  /// Counts an answer.
  func count(route: String, method: String, status: Int, nanoseconds: Int64) {
    state.withLock { state in
      state.counts[Key(route: route, method: method, status: status), default: 0] += 1
      state.durations[route, default: DurationHistogram()].record(nanoseconds: nanoseconds)
    }
  }

  /// All lines.
  package var counts: [Key: Int64] { state.withLock { $0.counts } }
  /// All durations, by route.
  package var durations: [String: DurationHistogram] { state.withLock { $0.durations } }
}
