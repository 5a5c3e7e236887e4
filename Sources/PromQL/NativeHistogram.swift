/// Consecutive buckets: `counts[0]` is the one with number `offset`.
package struct BucketRun: Equatable, Sendable {
  /// The number of the first bucket.
  package var offset: Int
  /// Observations in each.
  package var counts: [Double]

  /// A run of buckets.
  package init(offset: Int = 0, counts: [Double] = []) {
    self.offset = offset
    self.counts = counts
  }

  var end: Int { offset + counts.count }

  /// Without the empty buckets at both ends.
  var trimmed: Self {
    guard let first = counts.firstIndex(where: { $0 != 0 }),
      let last = counts.lastIndex(where: { $0 != 0 })
    else { return Self() }
    return Self(offset: offset + first, counts: Array(counts[first...last]))
  }

  func count(at index: Int) -> Double {
    index >= offset && index < end ? counts[index - offset] : 0
  }

  mutating func add(_ other: Self, times factor: Double) {
    guard !other.counts.isEmpty else { return }
    guard !counts.isEmpty else {
      offset = other.offset
      counts = other.counts.map { $0 * factor }
      return
    }
    if other.offset < offset {
      counts.insert(contentsOf: repeatElement(0, count: offset - other.offset), at: 0)
      offset = other.offset
    }
    if other.end > end { counts.append(contentsOf: repeatElement(0, count: other.end - end)) }
    for (index, count) in other.counts.enumerated() {
      counts[other.offset - offset + index] += count * factor
    }
  }

  mutating func scale(_ change: (Double) -> Double) {
    for index in counts.indices { counts[index] = change(counts[index]) }
  }

  /// The same observations in buckets `2^steps` times as wide in exponent.
  func coarsened(by steps: Int) -> Self {
    guard steps > 0, !counts.isEmpty else { return self }
    // Bucket i holds (base^(i-1), base^i], so i goes to ceil(i / 2^steps).
    func target(_ index: Int) -> Int { ((index - 1) >> steps) + 1 }
    var merged = Self(
      offset: target(offset),
      counts: Array(repeating: 0, count: target(end - 1) - target(offset) + 1))
    for (index, count) in counts.enumerated() {
      merged.counts[target(offset + index) - merged.offset] += count
    }
    return merged
  }
}

/// A native histogram of float counts: exponential buckets, or custom ones with `schema` -53.
package struct NativeHistogram: Equatable, Sendable {
  /// What is known of a counter reset before this sample.
  package enum ResetHint: String, Equatable, Sendable {
    case unknown
    case reset
    case notReset = "not_reset"
    case gauge
  }

  /// The schema of histograms with custom buckets.
  package static let customSchema = -53

  /// Buckets per doubling are `2^schema`, for -4…8; or `customSchema`.
  package var schema: Int
  /// Observations no further from 0 than this are in the zero bucket.
  package var zeroThreshold: Double
  /// Observations in the zero bucket, in all, and their sum.
  package var zeroCount: Double
  package var count: Double
  package var sum: Double
  /// Buckets above and below zero, numbered from 0 at magnitude (1/base, 1].
  package var positive: BucketRun
  package var negative: BucketRun
  /// Upper bounds of custom buckets, ascending, without the last (+Inf).
  package var customBounds: [Double]
  /// What is known of a reset.
  package var resetHint: ResetHint

  /// A histogram, empty by default.
  package init(
    schema: Int = 0, zeroThreshold: Double = 0, zeroCount: Double = 0, count: Double = 0,
    sum: Double = 0, positive: BucketRun = BucketRun(), negative: BucketRun = BucketRun(),
    customBounds: [Double] = [], resetHint: ResetHint = .unknown
  ) {
    self.schema = schema
    self.zeroThreshold = zeroThreshold
    self.zeroCount = zeroCount
    self.count = count
    self.sum = sum
    self.positive = positive
    self.negative = negative
    self.customBounds = customBounds
    self.resetHint = resetHint
  }

  /// Whether the buckets have bounds of their own.
  package var hasCustomBuckets: Bool { schema == Self.customSchema }

  /// The upper bound of positive bucket `index`.
  package func upperBound(_ index: Int) -> Double {
    if hasCustomBuckets {
      guard index >= 0 else { return -.infinity }
      return index < customBounds.count ? customBounds[index] : .infinity
    }
    return Self.bound(index, schema: schema)
  }

  static func bound(_ index: Int, schema: Int) -> Double {
    if schema < 0 {
      let exponent = index << -schema
      return exponent > 1023
        ? (exponent == 1024 ? .greatestFiniteMagnitude : .infinity) : exp2(exponent)
    }
    let parts = 1 << schema
    let fraction = index & (parts - 1)
    let whole = index >> schema
    if whole == 1024 && fraction == 0 { return .greatestFiniteMagnitude }
    guard whole <= 1024 else { return .infinity }
    return RealMath.power(2, Double(fraction) / Double(parts)) * exp2(min(whole, 1023))
      * (whole == 1024 ? 2 : 1)
  }

  private static func exp2(_ exponent: Int) -> Double {
    guard exponent >= -1074 else { return 0 }
    return Double(sign: .plus, exponent: exponent, significand: 1)
  }
}

extension NativeHistogram {
  /// One bucket with its bounds; the bounds are in unless they are infinite or the lower of many.
  package struct Bucket {
    package var lower: Double
    package var upper: Double
    package var count: Double
  }

  /// All buckets that exist from the lowest to the highest values.
  package var ascendingBuckets: [Bucket] {
    var buckets: [Bucket] = []
    for index in negative.counts.indices.reversed() {
      let number = negative.offset + index
      buckets.append(
        Bucket(
          lower: -upperBound(number), upper: -upperBound(number - 1),
          count: negative.counts[index]))
    }
    if zeroCount != 0 || zeroThreshold != 0 {
      buckets.append(Bucket(lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount))
    }
    for (index, count) in positive.counts.enumerated() {
      let number = positive.offset + index
      buckets.append(
        Bucket(lower: upperBound(number - 1), upper: upperBound(number), count: count))
    }
    return buckets
  }

  /// The same with empty outer buckets cut.
  package var compacted: Self {
    var copy = self
    copy.positive = positive.trimmed
    copy.negative = negative.trimmed
    return copy
  }
}

extension NativeHistogram: CustomStringConvertible {
  /// The histogram as Prometheus prints it: `{count:2, sum:3, (1,2]:2}`.
  package var description: String {
    var words = ["count:\(NumberText.plain(count))", "sum:\(NumberText.plain(sum))"]
    for bucket in ascendingBuckets where bucket.count != 0 {
      let isZero = !hasCustomBuckets && bucket.lower <= 0 && bucket.upper >= 0
      let open = isZero || bucket.lower < 0 ? "[" : "("
      let close = isZero || bucket.upper > 0 ? "]" : ")"
      let bounds = "\(NumberText.plain(bucket.lower)),\(NumberText.plain(bucket.upper))"
      words.append("\(open)\(bounds)\(close):\(NumberText.plain(bucket.count))")
    }
    return "{\(words.joined(separator: ", "))}"
  }
}
