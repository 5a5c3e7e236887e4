/// Buckets added up from any number of slots: a dense array over all buckets, for reading only.
package struct MergedHistogram: Equatable, Sendable {
  private var counts: [Int64] = []
  /// All values counted.
  package private(set) var total: Int64 = 0

  /// An empty histogram.
  package init() {}

  /// Counts values of a bucket.
  @inline(__always)
  package mutating func add(_ count: Int64, to bucket: Int) {
    if counts.isEmpty { counts = Array(repeating: 0, count: ExponentialScale.count) }
    counts[min(max(bucket - ExponentialScale.lowest, 0), ExponentialScale.count - 1)] += count
    total += count
  }

  /// Adds another histogram.
  package mutating func add(_ other: MergedHistogram) {
    guard !other.counts.isEmpty else { return }
    guard !counts.isEmpty else {
      self = other
      return
    }
    for place in counts.indices { counts[place] &+= other.counts[place] }
    total += other.total
  }

  /// The buckets that hold something, lowest first.
  package var buckets: [(index: Int, count: Int64)] {
    counts.enumerated().compactMap { place, count in
      count == 0 ? nil : (place + ExponentialScale.lowest, count)
    }
  }

  /// The highest bucket that holds something, or nil.
  package var highest: Int? {
    counts.lastIndex { $0 > 0 }.map { $0 + ExponentialScale.lowest }
  }

  /// The lowest bucket that holds something, or nil.
  package var lowest: Int? {
    counts.firstIndex { $0 > 0 }.map { $0 + ExponentialScale.lowest }
  }

  /// The values at rising ranks: at each the smallest value that at least this share of all does
  /// not exceed, within `ExponentialScale.relativeError`. Nil when there are none.
  package func quantiles(_ shares: [Double]) -> [Double]? {
    guard total > 0 else { return nil }
    var values: [Double] = []
    var seen: Int64 = 0
    var place = -1
    for share in shares {
      let rank = max(1, Int64((share * Double(total)).rounded(.up)))
      while seen < rank, place + 1 < counts.count {
        place += 1
        seen += counts[place]
      }
      values.append(ExponentialScale.middle(place + ExponentialScale.lowest))
    }
    return values
  }

  package static func == (left: MergedHistogram, right: MergedHistogram) -> Bool {
    left.buckets.elementsEqual(right.buckets, by: ==)
  }
}
