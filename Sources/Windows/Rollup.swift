/// What one group counted within a stretch of time, as history keeps it: the fields of windows and
/// their histograms, by addition mergeable, in a few hundred bytes.
package struct Rollup: Equatable, Sendable {
  var values = FieldValues()
  /// In seconds, but for the last in tokens per second.
  var latency = RollupBuckets()
  var firstToken = RollupBuckets()
  var tokensPerSecond = RollupBuckets()

  /// Nothing was counted.
  package init() {}

  /// Whether nothing is left in it. What is a largest value alone counts nothing.
  package var isEmpty: Bool {
    values.present & ~WindowField.largest == 0 && latency.isEmpty && firstToken.isEmpty
      && tokensPerSecond.isEmpty
  }

  /// The sum, or the largest value, of a field.
  package subscript(field: WindowField) -> Int64 { values[field] }

  /// The histograms that families of metrics show.
  package enum Histogram: Sendable { case latency, firstToken }

  /// Lets `body` see the buckets of `ExponentialScale` that hold something, by rising index.
  package func forEachBucket(
    of histogram: Histogram, _ body: (_ bucket: Int, _ count: Int64) -> Void
  ) {
    let buckets = histogram == .latency ? latency.buckets : firstToken.buckets
    for bucket in buckets { body(Int(bucket.index), bucket.count) }
  }

  /// Adds what another stretch or group counted.
  package mutating func join(_ other: Rollup) {
    values.join(other.values)
    latency.join(other.latency)
    firstToken.join(other.firstToken)
    tokensPerSecond.join(other.tokensPerSecond)
  }

  /// Adds values, and `times` to a bucket of each histogram that has one.
  @inline(__always)
  mutating func join(_ added: borrowing FieldValues, _ times: Int64, _ buckets: EventBuckets) {
    added.withView { view in
      var bits = view.present
      while bits != 0 {
        let index = bits.trailingZeroBitCount
        bits &= bits &- 1
        values.join(index, view[index])
      }
    }
    if buckets.latency != EventBuckets.none { latency.add(times, to: buckets.latency) }
    if buckets.firstToken != EventBuckets.none { firstToken.add(times, to: buckets.firstToken) }
    if buckets.tokensPerSecond != EventBuckets.none {
      tokensPerSecond.add(times, to: buckets.tokensPerSecond)
    }
  }
}

extension WindowSums {
  /// Adds what history kept of a stretch of time.
  package mutating func add(_ rollup: Rollup, withHistograms: Bool = true) {
    values.join(rollup.values)
    guard withHistograms else { return }
    for bucket in rollup.latency.buckets { latency.add(bucket.count, to: Int(bucket.index)) }
    for bucket in rollup.firstToken.buckets { firstToken.add(bucket.count, to: Int(bucket.index)) }
    for bucket in rollup.tokensPerSecond.buckets {
      tokensPerSecond.add(bucket.count, to: Int(bucket.index))
    }
  }
}

/// A sparse histogram over the buckets of `ExponentialScale`: only those that hold something, by
/// rising index. Counts may be negative: what is taken back may have been counted in another part.
struct RollupBuckets: Equatable, Sendable {
  struct Bucket: Equatable, Sendable {
    let index: Int16
    var count: Int64
  }

  private(set) var buckets: [Bucket] = []

  var isEmpty: Bool { buckets.isEmpty }

  @inline(__always)
  mutating func add(_ count: Int64, to bucket: Int) {
    let index = Int16(truncatingIfNeeded: bucket)
    var (low, high) = (0, buckets.count)
    while low < high {
      let middle = (low &+ high) &>> 1
      if buckets[middle].index < index { low = middle &+ 1 } else { high = middle }
    }
    guard low < buckets.count, buckets[low].index == index else {
      return buckets.insert(Bucket(index: index, count: count), at: low)
    }
    buckets[low].count &+= count
    if buckets[low].count == 0 { buckets.remove(at: low) }
  }

  /// Appends a bucket above all that there are.
  mutating func append(_ bucket: Bucket) { buckets.append(bucket) }

  mutating func join(_ other: RollupBuckets) {
    guard !buckets.isEmpty, !other.isEmpty else {
      if buckets.isEmpty { buckets = other.buckets }
      return
    }
    var merged: [Bucket] = []
    merged.reserveCapacity(buckets.count + other.buckets.count)
    var place = 0
    for bucket in other.buckets {
      while place < buckets.count, buckets[place].index < bucket.index {
        merged.append(buckets[place])
        place += 1
      }
      var sum = bucket
      if place < buckets.count, buckets[place].index == bucket.index {
        sum.count &+= buckets[place].count
        place += 1
      }
      if sum.count != 0 { merged.append(sum) }
    }
    merged += buckets[place...]
    buckets = merged
  }
}
