extension NativeHistogram {
  /// The part of the observations up to `limit`, or from it on; buckets it cuts are shared out as
  /// quantiles see them, and the sum is estimated from the middles of what remains.
  func trimmed(at limit: Double, keepsLower: Bool) -> Self {
    var result = self
    var total = 0.0
    var sum = 0.0
    var isChanged = false
    func kept(_ bucket: Bucket) -> Double {
      let part = share(of: narrowed(bucket), at: limit, keepsLower: keepsLower)
      if part.count != bucket.count { isChanged = true }
      total += part.count
      if part.count != 0 { sum += part.count * part.middle }
      return part.count
    }
    for index in negative.counts.indices {
      let number = negative.offset + index
      result.negative.counts[index] = kept(
        Bucket(
          lower: -upperBound(number), upper: -upperBound(number - 1),
          count: negative.counts[index]))
    }
    result.zeroCount = kept(
      Bucket(lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount))
    for index in positive.counts.indices {
      let number = positive.offset + index
      result.positive.counts[index] = kept(
        Bucket(
          lower: upperBound(number - 1), upper: upperBound(number),
          count: positive.counts[index]))
    }
    guard isChanged else { return self }
    result.count = total
    result.sum = sum
    return result.compacted
  }

  private func share(
    of bucket: Bucket, at limit: Double, keepsLower: Bool
  ) -> (count: Double, middle: Double) {
    var bucket = bucket
    if hasCustomBuckets {
      if bucket.lower == -.infinity, bucket.upper > 0, bucket.upper < .infinity {
        bucket.lower = 0
      }
      if bucket.lower.isInfinite || bucket.upper.isInfinite {
        return openShare(of: bucket, at: limit, keepsLower: keepsLower)
      }
    }
    if keepsLower ? bucket.upper <= limit : bucket.lower >= limit {
      return (bucket.count, middle(of: bucket))
    }
    if keepsLower ? bucket.lower >= limit : bucket.upper <= limit { return (0, 0) }
    let below = rankShare(below: limit, of: bucket)
    bucket.count *= keepsLower ? below : 1 - below
    if keepsLower { bucket.upper = limit } else { bucket.lower = limit }
    return (bucket.count, middle(of: bucket))
  }

  /// Buckets without an end cannot be cut: all of one is kept where its closed side is.
  private func openShare(
    of bucket: Bucket, at limit: Double, keepsLower: Bool
  ) -> (count: Double, middle: Double) {
    if keepsLower {
      if limit >= bucket.upper {
        return (bucket.count, bucket.lower.isFinite ? bucket.lower : bucket.upper)
      }
      return bucket.lower == -.infinity && limit > -.infinity && bucket.upper < .infinity
        ? (bucket.count, limit) : (0, 0)
    }
    if limit <= bucket.lower {
      return (bucket.count, bucket.lower.isFinite ? bucket.lower : bucket.upper)
    }
    return bucket.upper == .infinity && limit < .infinity && bucket.lower > -.infinity
      ? (bucket.count, limit) : (0, 0)
  }

  private func middle(of bucket: Bucket) -> Double {
    if hasCustomBuckets || (bucket.lower <= 0 && bucket.upper >= 0) || isInZeroBucket(bucket) {
      return (bucket.lower + bucket.upper) / 2
    }
    let geometric = (bucket.lower * bucket.upper).squareRoot()
    return bucket.upper < 0 ? -geometric : geometric
  }

  private func isInZeroBucket(_ bucket: Bucket) -> Bool {
    bucket.lower >= -zeroThreshold && bucket.upper <= zeroThreshold
  }
}
