/// What is known of one call or item, for a comparison.
package struct ComparisonSample: Sendable {
  /// What was worked on, where both arms worked on the same.
  package let item: String?
  package let value: Double

  /// A value, of an item if it is known.
  package init(_ value: Double, item: String? = nil) {
    self.value = value
    self.item = item
  }
}

/// How a comparison is made.
package struct ComparisonSettings: Sendable {
  /// How often a regression may be seen where there is none, over all metrics together.
  package var alpha = 0.05
  package var resamples = 2_000
  package var seed: UInt64 = 1
  /// By how much of the baseline's figure an arm may be worse before it counts.
  package var tolerance = 0.0

  /// The usual settings.
  package init() {}
}

/// What came of comparing two arms, `b` against the baseline `a`.
package struct Comparison: Equatable, Sendable {
  /// What is said of a metric, and of all of them.
  package enum Verdict: Int, Sendable {
    case noWorse = 0
    case regressed = 1
    case tooFew = 2
  }

  /// One metric.
  package struct Row: Equatable, Sendable {
    /// The metric, and how many values each arm has; `pairs` where items were paired.
    package let metric: ComparisonMetric
    package let countA: Int
    package let countB: Int
    package let pairs: Int?
    /// The figures; nil where there are no values.
    package let figureA: Double?
    package let figureB: Double?
    /// What follows from enough values; nil with too few.
    package let difference: Difference?
    package internal(set) var verdict: Verdict
    /// The chance of a difference at least as bad where there is none, corrected for the number of
    /// metrics; nil with too few values.
    package internal(set) var correctedP: Double?
  }

  /// By how much the arms differ.
  package struct Difference: Equatable, Sendable {
    /// `b` minus `a`, with the interval that holds it with a chance of 1 − α.
    package let value: Double
    package let low: Double
    package let high: Double
    /// The difference in standard deviations (Hedges' g; Cohen's h of rates; of the pairs'
    /// differences when paired). Nil where nothing varies.
    package let effect: Double?
    /// The chance that a value of `b` is above one of `a`, minus that it is below.
    package let dominance: Double
    /// The chance of a difference at least as bad where there is none.
    package let p: Double
  }

  /// One a metric, in the order given.
  package let rows: [Row]

  /// Regressed if any metric is; else too few if any has too few; else no worse.
  package var verdict: Verdict {
    if rows.contains(where: { $0.verdict == .regressed }) { return .regressed }
    return rows.isEmpty || rows.contains { $0.verdict == .tooFew } ? .tooFew : .noWorse
  }

  /// Compares by each metric. Items that both arms have are paired when every value has an item.
  ///
  /// Intervals are percentiles of a bootstrap: they hold for means and quantiles alike, where BCa
  /// needs a jackknife that fails for quantiles. The p of a metric is that of a permutation test:
  /// exact where the arms are the same, however few values there are, so that false alarms stay
  /// below α; of several metrics Holm's correction sees to that. Near the border of what can be
  /// told the interval may say otherwise: the verdict is the test's. Costs twice `resamples` times
  /// the number of values.
  package init(
    _ samples: [(metric: ComparisonMetric, a: [ComparisonSample], b: [ComparisonSample])],
    settings: ComparisonSettings = ComparisonSettings()
  ) {
    var rows: [Row] = []
    for (index, sample) in samples.enumerated() {
      var random = RandomStream(seed: settings.seed &+ UInt64(index) &* 0x1_0001)
      rows.append(
        ComparisonRow(sample.metric, sample.a, sample.b).row(settings, &random))
    }
    self.rows = Holm.corrected(rows, settings)
  }
}

/// Holm's step-down correction.
private enum Holm {
  static func corrected(
    _ rows: [Comparison.Row], _ settings: ComparisonSettings
  ) -> [Comparison.Row] {
    var rows = rows
    let tested = rows.indices.filter { rows[$0].difference != nil }
    let order = tested.sorted { (rows[$0].difference?.p ?? 1) < (rows[$1].difference?.p ?? 1) }
    var least = 0.0
    for (rank, index) in order.enumerated() {
      let p = rows[index].difference?.p ?? 1
      least = max(least, min(1, p * Double(order.count - rank)))
      rows[index].correctedP = least
      // Half of α: the interval that is shown leaves as much out on its other side.
      rows[index].verdict = least <= settings.alpha / 2 ? .regressed : .noWorse
    }
    return rows
  }
}
