/// Durations in fixed buckets, for our own metrics.
package struct DurationHistogram: Equatable, Sendable {
  /// Upper bounds in seconds, powers of two from 1 ms to 1 h.
  package static let bounds: [Double] = (0..<23).map { Double(1 << $0) / 1_024 }

  /// One more than `bounds`: the last counts what is longer than all.
  package private(set) var buckets = [Int64](repeating: 0, count: bounds.count + 1)
  package private(set) var sum = 0.0

  /// An empty histogram.
  package init() {}

  /// Counts a duration, `weight` times.
  package mutating func record(nanoseconds: Int64, weight: Int64 = 1) {
    let seconds = Double(max(0, nanoseconds)) / 1e9
    let index = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    buckets[index] += weight
    sum += seconds * Double(weight)
  }

  /// Adds another histogram.
  package mutating func add(_ other: DurationHistogram) {
    for index in buckets.indices { buckets[index] += other.buckets[index] }
    sum += other.sum
  }

  /// All durations counted.
  package var count: Int64 { buckets.reduce(0, +) }
}
