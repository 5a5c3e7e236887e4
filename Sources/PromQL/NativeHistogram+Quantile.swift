extension NativeHistogram {
  /// The value below which the share `quantile` of observations lies.
  func quantile(_ quantile: Double) -> Double {
    if quantile < 0 { return -.infinity }
    if quantile > 1 { return .infinity }
    if count == 0 || quantile.isNaN { return .nan }
    // NaN observations are in the count but in no bucket: then only counting from below works.
    let isAscending = sum.isNaN || quantile < 0.5
    var rank = (isAscending ? quantile : 1 - quantile) * count
    var buckets = ascendingBuckets
    if !isAscending { buckets.reverse() }
    var bucket = Bucket(lower: 0, upper: 0, count: 0)
    var seen = 0.0
    for next in buckets where next.count != 0 {
      bucket = next
      seen += next.count
      if seen >= rank { break }
    }
    bucket = narrowed(bucket)
    if hasCustomBuckets {
      if bucket.lower == -.infinity {
        if bucket.upper <= 0 { return bucket.upper }
        bucket.lower = 0
      } else if bucket.upper == .infinity {
        return bucket.lower
      }
    }
    seen = min(seen, count)
    if seen < rank { return sum.isNaN ? .nan : bucket.upper }
    rank = isAscending ? rank - (seen - bucket.count) : seen - rank
    return value(at: rank / bucket.count, in: bucket)
  }

  /// The zero bucket ends at zero where one side has no observations.
  func narrowed(_ bucket: Bucket) -> Bucket {
    guard !hasCustomBuckets, bucket.lower < 0, bucket.upper > 0 else { return bucket }
    var narrow = bucket
    if negative.counts.isEmpty, !positive.counts.isEmpty { narrow.lower = 0 }
    if positive.counts.isEmpty, !negative.counts.isEmpty { narrow.upper = 0 }
    return narrow
  }

  private func value(at fraction: Double, in bucket: Bucket) -> Double {
    if hasCustomBuckets || (bucket.lower <= 0 && bucket.upper >= 0) {
      return bucket.lower + (bucket.upper - bucket.lower) * fraction
    }
    let low = RealMath.logarithm2(bucket.lower.magnitude)
    let high = RealMath.logarithm2(bucket.upper.magnitude)
    return bucket.lower > 0
      ? RealMath.exponential2(low + (high - low) * fraction)
      : -RealMath.exponential2(high + (low - high) * (1 - fraction))
  }

  /// The share of observations between `lower` and `upper`.
  func fraction(from lower: Double, to upper: Double) -> Double {
    if count == 0 || lower.isNaN || upper.isNaN { return .nan }
    if lower >= upper { return 0 }
    return (rank(of: upper) - rank(of: lower)) / count
  }

  /// How many observations lie below `value`.
  private func rank(of value: Double) -> Double {
    if value == -.infinity { return 0 }
    var rank = 0.0
    for each in ascendingBuckets {
      let bucket = narrowed(each)
      if bucket.lower >= value { return min(rank, count) }
      if bucket.upper > value {
        return min(rank + bucket.count * rankShare(below: value, of: bucket), count)
      }
      rank += bucket.count
    }
    // NaN observations are above everything; a finite value has only what the buckets hold below.
    return sum.isNaN ? min(rank, count) : count
  }

  func rankShare(below value: Double, of bucket: Bucket) -> Double {
    if hasCustomBuckets, bucket.lower == -.infinity {
      if bucket.upper <= 0 { return bucket.upper > value ? 0 : 1 }
      return value <= 0 ? 0 : value / bucket.upper
    }
    if hasCustomBuckets, bucket.upper == .infinity { return value == .infinity ? 1 : 0 }
    if hasCustomBuckets || (bucket.lower <= 0 && bucket.upper >= 0) {
      return (value - bucket.lower) / (bucket.upper - bucket.lower)
    }
    let low = RealMath.logarithm2(bucket.lower.magnitude)
    let high = RealMath.logarithm2(bucket.upper.magnitude)
    let place = RealMath.logarithm2(value.magnitude)
    return value > 0 ? (place - low) / (high - low) : 1 - (place - high) / (low - high)
  }

  /// The variance over the geometric middles of the buckets.
  var variance: Double {
    let mean = sum / count
    var total = 0.0
    var compensation = 0.0
    for bucket in ascendingBuckets where bucket.count != 0 {
      let middle: Double
      if hasCustomBuckets {
        middle = (bucket.upper + bucket.lower) / 2
      } else if bucket.lower <= 0 && bucket.upper >= 0 {
        middle = 0
      } else {
        let geometric = (bucket.upper * bucket.lower).squareRoot()
        middle = bucket.upper < 0 ? -geometric : geometric
      }
      let delta = middle - mean
      KahanSum.add(bucket.count * delta * delta, to: &total, &compensation)
    }
    return (total + compensation) / count
  }
}
