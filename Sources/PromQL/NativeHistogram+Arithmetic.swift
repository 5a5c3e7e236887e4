/// What adding two histograms had to gloss over.
struct HistogramMerge: OptionSet {
  let rawValue: UInt8
  /// One came after a counter reset and the other did not.
  static let resetCollision = Self(rawValue: 1)
  /// Custom bounds differed, so only those in both remain.
  static let boundsReconciled = Self(rawValue: 2)
}

extension NativeHistogram {
  /// Adds `other` times `factor` (1 or -1); nil when exponential and custom buckets would mix.
  mutating func merge(_ other: Self, times factor: Double) -> HistogramMerge? {
    guard hasCustomBuckets == other.hasCustomBuckets else { return nil }
    var notes: HistogramMerge = adjustHint(other) ? .resetCollision : []
    count += other.count * factor
    sum += other.sum * factor
    if hasCustomBuckets {
      var right = other
      if customBounds != other.customBounds {
        let shared = customBounds.filter(other.customBounds.contains)
        self = rebounded(to: shared)
        right = other.rebounded(to: shared)
        notes.insert(.boundsReconciled)
      }
      positive.add(right.positive, times: factor)
      return notes
    }
    var right = other
    Self.alignZeroBuckets(&self, &right)
    zeroCount += right.zeroCount * factor
    let lowest = min(schema, right.schema)
    self = coarsened(to: lowest)
    right = right.coarsened(to: lowest)
    positive.add(right.positive, times: factor)
    negative.add(right.negative, times: factor)
    return notes
  }

  /// Multiplies every count and the sum.
  func scaled(by factor: Double) -> Self {
    var result = self
    result.change { $0 * factor }
    if factor < 0 { result.resetHint = .gauge }
    return result
  }

  /// Divides every count and the sum; by zero only what is not a bucket remains.
  func divided(by divisor: Double) -> Self {
    var result = self
    result.change { $0 / divisor }
    if divisor < 0 { result.resetHint = .gauge }
    if divisor == 0 {
      result.positive = BucketRun()
      result.negative = BucketRun()
    }
    return result
  }

  private mutating func change(_ operation: (Double) -> Double) {
    count = operation(count)
    sum = operation(sum)
    zeroCount = operation(zeroCount)
    positive.scale(operation)
    negative.scale(operation)
  }

  private mutating func adjustHint(_ other: Self) -> Bool {
    switch (resetHint, other.resetHint) {
    case let (mine, its) where mine == its: return false
    case (.gauge, _): return false
    case (_, .gauge): resetHint = .gauge
    case (.unknown, _): return false
    case (_, .unknown): resetHint = .unknown
    default:
      resetHint = .unknown
      return true
    }
    return false
  }

  func coarsened(to target: Int) -> Self {
    guard target < schema, !hasCustomBuckets else { return self }
    var result = self
    result.positive = positive.coarsened(by: schema - target)
    result.negative = negative.coarsened(by: schema - target)
    result.schema = target
    return result
  }

  /// The same observations in custom buckets with only the bounds in `bounds`.
  func rebounded(to bounds: [Double]) -> Self {
    var result = self
    result.customBounds = bounds
    var counts = Array(repeating: 0.0, count: bounds.count + 1)
    var target = 0
    for (index, count) in positive.counts.enumerated() {
      let upper = upperBound(positive.offset + index)
      while target < bounds.count, bounds[target] < upper { target += 1 }
      counts[target] += count
    }
    result.positive = BucketRun(offset: 0, counts: counts)
    return result
  }
}

extension NativeHistogram {
  private static func alignZeroBuckets(_ left: inout Self, _ right: inout Self) {
    while left.zeroThreshold != right.zeroThreshold {
      if left.zeroThreshold < right.zeroThreshold {
        left.widenZeroBucket(to: right.zeroThreshold)
      } else {
        right.widenZeroBucket(to: left.zeroThreshold)
      }
    }
  }

  /// Takes every bucket within `threshold` into the zero bucket; a populated bucket that reaches
  /// across moves the threshold to its own bound.
  mutating func widenZeroBucket(to threshold: Double) {
    var widened = threshold
    var isSettled = false
    while !isSettled {
      isSettled = true
      for run in [positive, negative] {
        for (index, count) in run.counts.enumerated() where count != 0 {
          let upper = upperBound(run.offset + index)
          let lower = upperBound(run.offset + index - 1)
          if lower < widened, upper > widened {
            widened = upper
            isSettled = false
          }
        }
      }
    }
    zeroCount += absorb(\.positive, within: widened) + absorb(\.negative, within: widened)
    zeroThreshold = widened
  }

  private mutating func absorb(
    _ side: WritableKeyPath<Self, BucketRun>, within threshold: Double
  ) -> Double {
    var absorbed = 0.0
    var run = self[keyPath: side]
    while !run.counts.isEmpty, upperBound(run.offset) <= threshold {
      absorbed += run.counts.removeFirst()
      run.offset += 1
    }
    while let first = run.counts.first, first == 0, upperBound(run.offset - 1) < threshold {
      run.counts.removeFirst()
      run.offset += 1
    }
    self[keyPath: side] = run
    return absorbed
  }

  /// Whether a counter was reset between `previous` and this sample.
  func isReset(since previous: Self) -> Bool {
    if resetHint == .reset { return true }
    if resetHint == .notReset { return false }
    if count < previous.count { return true }
    guard hasCustomBuckets == previous.hasCustomBuckets else { return true }
    if hasCustomBuckets {
      guard customBounds != previous.customBounds else {
        return Self.anyDrop(from: previous.positive, to: positive)
      }
      let shared = customBounds.filter(previous.customBounds.contains)
      return Self.anyDrop(
        from: previous.rebounded(to: shared).positive, to: rebounded(to: shared).positive)
    }
    if schema > previous.schema || zeroThreshold < previous.zeroThreshold { return true }
    var before = previous
    before.widenZeroBucket(to: zeroThreshold)
    if before.zeroThreshold != zeroThreshold || zeroCount < before.zeroCount { return true }
    before = before.coarsened(to: schema)
    return Self.anyDrop(from: before.positive, to: positive)
      || Self.anyDrop(from: before.negative, to: negative)
  }

  private static func anyDrop(from before: BucketRun, to after: BucketRun) -> Bool {
    for (index, count) in before.counts.enumerated()
    where count > 0 && after.count(at: before.offset + index) < count {
      return true
    }
    return false
  }

  /// Equality of what was observed, whatever is known of resets and however it is laid out.
  func hasSameObservations(as other: Self) -> Bool {
    schema == other.schema && count == other.count && sum == other.sum
      && zeroThreshold == other.zeroThreshold && zeroCount == other.zeroCount
      && customBounds == other.customBounds
      && positive.trimmed == other.positive.trimmed && negative.trimmed == other.negative.trimmed
  }
}
