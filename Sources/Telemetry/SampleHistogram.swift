/// A histogram as one sample of a series: buckets whose bounds grow exponentially, or bounds of its
/// own. Counts are cumulative in time, each bucket's alone.
package struct SampleHistogram: Equatable, Sendable {
  /// Consecutive buckets: `counts[0]` is the one with number `offset`.
  package struct Run: Equatable, Sendable {
    package var offset: Int
    package var counts: [UInt64]

    /// Some buckets; none by default.
    package init(offset: Int = 0, counts: [UInt64] = []) {
      self.offset = offset
      self.counts = counts
    }
  }

  /// The `scale` of a histogram whose buckets have the upper `bounds`.
  package static let ownBounds = -53
  /// Buckets per doubling are `2^scale`, for the scales that PromQL knows; or `ownBounds`.
  package static let scales = -4...8
  /// Buckets that one side may have.
  package static let mostBuckets = 4_096

  /// How fine the buckets are.
  package var scale: Int
  /// Observations no further from 0 than this are in the zero bucket.
  package var zeroThreshold: Double
  package var zeroCount: UInt64
  package var count: UInt64
  package var sum: Double
  /// Buckets above and below zero. As in Prometheus, bucket 0 ends at magnitude 1: it is OTLP's
  /// bucket −1.
  package var positive: Run
  package var negative: Run
  /// Ascending, without the last (+Inf), where `scale` is `ownBounds`.
  package var bounds: [Double]
  /// Whether it counts anew although its counts do not show it.
  package var isReset: Bool

  /// A histogram, empty by default.
  package init(
    scale: Int = 0, zeroThreshold: Double = 0, zeroCount: UInt64 = 0, count: UInt64 = 0,
    sum: Double = 0, positive: Run = Run(), negative: Run = Run(), bounds: [Double] = [],
    isReset: Bool = false
  ) {
    self.scale = scale
    self.zeroThreshold = zeroThreshold
    self.zeroCount = zeroCount
    self.count = count
    self.sum = sum
    self.positive = positive
    self.negative = negative
    self.bounds = bounds
    self.isReset = isReset
  }

  /// Adds what another one counted, at the coarser scale of both; false where the buckets of the
  /// two cannot be joined, which leaves this one as it is.
  package mutating func add(_ other: Self) -> Bool {
    guard bounds == other.bounds, zeroThreshold == other.zeroThreshold,
      (scale == Self.ownBounds) == (other.scale == Self.ownBounds)
    else { return false }
    var other = other
    let coarser = min(scale, other.scale)
    coarsen(to: coarser)
    other.coarsen(to: coarser)
    while scale > Self.scales.lowerBound, scale != Self.ownBounds,
      positive.span(with: other.positive) > Self.mostBuckets
        || negative.span(with: other.negative) > Self.mostBuckets
    {
      let next = scale - 1
      coarsen(to: next)
      other.coarsen(to: next)
    }
    zeroCount &+= other.zeroCount
    count &+= other.count
    sum += other.sum
    positive.add(other.positive)
    negative.add(other.negative)
    return true
  }

  /// Coarsens it until each run has at most `mostBuckets`; false where that cannot be, because the
  /// buckets lie beyond what a double can be.
  package mutating func bound() -> Bool {
    positive.trim()
    negative.trim()
    while max(positive.counts.count, negative.counts.count) > Self.mostBuckets {
      guard scale > Self.scales.lowerBound else { return false }
      coarsen(to: scale - 1)
    }
    // 1,100 doublings either way are more than a double has.
    let reach = scale > 0 ? 1_100 << scale : 1_100
    return [positive, negative].allSatisfy { run in
      run.counts.isEmpty
        || (-reach...reach).contains(run.offset)
          && (-reach...reach).contains(run.offset + run.counts.count)
    }
  }

  /// Joins buckets until there are `2^coarser` a doubling.
  package mutating func coarsen(to coarser: Int) {
    guard coarser < scale else { return }
    positive.coarsen(by: scale - coarser)
    negative.coarsen(by: scale - coarser)
    scale = coarser
  }
}

extension SampleHistogram.Run {
  /// How many buckets both have together.
  fileprivate func span(with other: Self) -> Int {
    guard !counts.isEmpty, !other.counts.isEmpty else { return 0 }
    return max(offset + counts.count, other.offset + other.counts.count)
      - min(offset, other.offset)
  }

  /// Takes empty buckets away where there are too many.
  fileprivate mutating func trim() {
    guard counts.count > SampleHistogram.mostBuckets || !counts.contains(where: { $0 != 0 }) else {
      return
    }
    let first = counts.firstIndex { $0 != 0 } ?? counts.count
    let last = counts.lastIndex { $0 != 0 } ?? first - 1
    offset += first
    counts = Array(counts[first..<(last + 1)])
    if counts.isEmpty { offset = 0 }
  }

  fileprivate mutating func add(_ other: Self) {
    guard !other.counts.isEmpty else { return }
    guard !counts.isEmpty else { return self = other }
    if other.offset < offset {
      counts.insert(contentsOf: repeatElement(0, count: offset - other.offset), at: 0)
      offset = other.offset
    }
    let missing = other.offset + other.counts.count - offset - counts.count
    if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
    for (index, count) in other.counts.enumerated() {
      counts[other.offset - offset + index] &+= count
    }
  }

  fileprivate mutating func coarsen(by steps: Int) {
    guard !counts.isEmpty else { return }
    let first = ((offset - 1) >> steps) + 1
    let last = ((offset + counts.count - 2) >> steps) + 1
    var joined = [UInt64](repeating: 0, count: last - first + 1)
    for (index, count) in counts.enumerated() {
      joined[((offset + index - 1) >> steps) + 1 - first] &+= count
    }
    offset = first
    counts = joined
  }
}
