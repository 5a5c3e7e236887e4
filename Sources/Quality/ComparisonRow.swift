/// One metric's values, ready to be resampled.
struct ComparisonRow {
  private let metric: ComparisonMetric
  private let a: [Double]
  private let b: [Double]
  /// Values of the same items, one pair each; empty when not paired.
  private let pairs: [(a: Double, b: Double)]

  init(_ metric: ComparisonMetric, _ a: [ComparisonSample], _ b: [ComparisonSample]) {
    self.metric = metric
    self.a = a.map(\.value)
    self.b = b.map(\.value)
    pairs = Self.paired(a, b)
  }

  /// The mean of each item's values in both arms, by the items' names; none unless all have one.
  private static func paired(
    _ a: [ComparisonSample], _ b: [ComparisonSample]
  ) -> [(a: Double, b: Double)] {
    guard let left = means(a), let right = means(b) else { return [] }
    return left.keys.sorted().compactMap { item in
      guard let first = left[item], let second = right[item] else { return nil }
      return (first, second)
    }
  }

  private static func means(_ samples: [ComparisonSample]) -> [String: Double]? {
    var sums: [String: (sum: Double, count: Int)] = [:]
    for sample in samples {
      guard let item = sample.item else { return nil }
      let last = sums[item] ?? (0, 0)
      sums[item] = (last.sum + sample.value, last.count + 1)
    }
    return sums.mapValues { $0.sum / Double($0.count) }
  }

  func row(
    _ settings: ComparisonSettings, _ random: inout RandomStream
  ) -> Comparison.Row {
    let isPaired = !pairs.isEmpty
    let (left, right) = isPaired ? (pairs.map(\.a), pairs.map(\.b)) : (a, b)
    let least = min(left.count, right.count)
    let isEnough = least >= metric.leastCount
    return Comparison.Row(
      metric: metric, countA: a.count, countB: b.count, pairs: isPaired ? pairs.count : nil,
      figureA: left.isEmpty ? nil : Figures.of(left.sorted(), metric.figure),
      figureB: right.isEmpty ? nil : Figures.of(right.sorted(), metric.figure),
      difference: isEnough ? difference(left, right, isPaired, settings, &random) : nil,
      verdict: .tooFew, correctedP: nil)
  }

  private func difference(
    _ left: [Double], _ right: [Double], _ isPaired: Bool, _ settings: ComparisonSettings,
    _ random: inout RandomStream
  ) -> Comparison.Difference {
    let base = Figures.of(left.sorted(), metric.figure)
    let value = Figures.of(right.sorted(), metric.figure) - base
    var resampled: [Double] = []
    resampled.reserveCapacity(settings.resamples)
    if isPaired {
      var bootstrap = PairedBootstrap(left, right, metric.figure)
      for _ in 0..<settings.resamples { resampled.append(bootstrap.next(&random)) }
    } else {
      var (first, second) = (Bootstrap(left, metric.figure), Bootstrap(right, metric.figure))
      for _ in 0..<settings.resamples {
        resampled.append(second.next(&random) - first.next(&random))
      }
    }
    resampled.sort()
    let test = PermutationTest(metric, resamples: settings.resamples)
    let margin = settings.tolerance * abs(base)
    let p =
      isPaired
      ? test.p(pairs: left, right, margin: margin, &random)
      : test.p(left, right, margin: margin, &random)
    return Comparison.Difference(
      value: value,
      low: Figures.of(resampled, .quantile(settings.alpha / 2)),
      high: Figures.of(resampled, .quantile(1 - settings.alpha / 2)),
      effect: effect(left, right, isPaired), dominance: Figures.dominance(left, right),
      p: p)
  }

  private func effect(_ left: [Double], _ right: [Double], _ isPaired: Bool) -> Double? {
    if metric.figure == .rate {
      return Figures.rateEffect(Figures.mean(left), Figures.mean(right))
    }
    if isPaired {
      let differences = zip(left, right).map { $1 - $0 }
      let spread = Figures.variance(differences).squareRoot()
      return spread > 0 ? Figures.mean(differences) / spread : nil
    }
    return Figures.hedges(left, right)
  }
}

/// Figures of lists of numbers.
enum Figures {
  /// The figure of values that are sorted and not empty.
  static func of(_ sorted: [Double], _ figure: ComparisonMetric.Figure) -> Double {
    switch figure {
    case .mean, .rate: mean(sorted)
    case .quantile(let share): sorted[rank(share, of: sorted.count)]
    }
  }

  /// The place of a quantile among `count` sorted values: the nearest rank.
  static func rank(_ share: Double, of count: Int) -> Int {
    max(0, min(count - 1, Int((share * Double(count)).rounded(.up)) - 1))
  }

  static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(1, values.count))
  }

  static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = mean(values)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }

  /// The difference of means in pooled standard deviations, corrected for small samples.
  static func hedges(_ left: [Double], _ right: [Double]) -> Double? {
    let degrees = Double(left.count + right.count - 2)
    guard degrees > 0 else { return nil }
    let pooled =
      (Double(left.count - 1) * variance(left) + Double(right.count - 1) * variance(right))
      / degrees
    guard pooled > 0 else { return nil }
    return (mean(right) - mean(left)) / pooled.squareRoot() * (1 - 3 / (4 * degrees - 1))
  }

  /// Cohen's h of two rates.
  static func rateEffect(_ left: Double, _ right: Double) -> Double {
    2 * RealMath.arcSine(right.squareRoot()) - 2 * RealMath.arcSine(left.squareRoot())
  }

  /// Cliff's delta: the share of pairs in which the right is above, minus that where it is below.
  static func dominance(_ left: [Double], _ right: [Double]) -> Double {
    let sorted = left.sorted()
    var sum = 0
    for value in right {
      sum += lower(sorted) { $0 < value } - (sorted.count - lower(sorted) { $0 <= value })
    }
    return Double(sum) / Double(left.count) / Double(right.count)
  }

  /// How many of the first values meet the test, which holds for a beginning of them.
  private static func lower(_ sorted: [Double], _ test: (Double) -> Bool) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if test(sorted[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
