/// A classic histogram at one time: cumulative buckets by upper bound.
struct ClassicHistogram {
  struct Bucket {
    var upper: Double
    var count: Double
  }

  private(set) var buckets: [Bucket]
  /// Whether counts had to be raised to rise with the bounds.
  private(set) var wasForced = false

  /// Takes buckets sorted by bound; nil when the last is not `+Inf`.
  init?(sorted: [Bucket]) {
    guard let last = sorted.last, last.upper == .infinity else { return nil }
    buckets = []
    for bucket in sorted {
      if let end = buckets.indices.last, buckets[end].upper == bucket.upper {
        buckets[end].count += bucket.count
      } else {
        buckets.append(bucket)
      }
    }
    makeMonotonic()
  }

  private mutating func makeMonotonic() {
    var previous = buckets[0].count
    for index in buckets.indices.dropFirst() {
      let count = buckets[index].count
      if count == previous { continue }
      // Differences this small come from floating point and are no sign of trouble.
      if abs(count - previous) < 1e-12 * (count.magnitude + previous.magnitude) {
        buckets[index].count = previous
      } else if count < previous {
        buckets[index].count = previous
        wasForced = true
      } else {
        previous = count
      }
    }
  }

  func quantile(_ share: Double) -> Double {
    if share.isNaN { return .nan }
    if share < 0 { return -.infinity }
    if share > 1 { return .infinity }
    let observations = buckets[buckets.count - 1].count
    guard buckets.count > 1, observations != 0, !observations.isNaN else { return .nan }
    var rank = share * observations
    let place = buckets.dropLast().firstIndex { $0.count >= rank } ?? buckets.count - 1
    if place == buckets.count - 1 { return buckets[place - 1].upper }
    if place == 0 && buckets[0].upper <= 0 { return buckets[0].upper }
    var lower = 0.0
    var count = buckets[place].count
    if place > 0 {
      lower = buckets[place - 1].upper
      count -= buckets[place - 1].count
      rank -= buckets[place - 1].count
    }
    return lower + (buckets[place].upper - lower) * (rank / count)
  }

  func fraction(from lower: Double, to upper: Double) -> Double {
    let count = buckets[buckets.count - 1].count
    if count == 0 || count.isNaN || lower.isNaN || upper.isNaN { return .nan }
    if lower >= upper { return 0 }
    return (rank(of: upper, count) - rank(of: lower, count)) / count
  }

  private func rank(of value: Double, _ count: Double) -> Double {
    var rank = 0.0
    for (index, bucket) in buckets.enumerated() {
      var lower = -Double.infinity
      if index > 0 { lower = buckets[index - 1].upper } else if bucket.upper > 0 { lower = 0 }
      if lower >= value { return min(rank, count) }
      if bucket.upper > value {
        let share = bucket.upper == .infinity ? 0 : (value - lower) / (bucket.upper - lower)
        let part = lower == -.infinity ? 1 : share
        return min(rank + (bucket.count - rank) * part, count)
      }
      rank = bucket.count
    }
    return count
  }
}
