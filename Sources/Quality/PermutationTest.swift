/// How likely a difference as bad as the one seen is where the arms are the same: what was measured
/// is dealt out to the arms anew, many times. Exact for samples of any size, which a bootstrap is
/// not, and for a high quantile it sees what a bootstrap's wide interval hides.
struct PermutationTest {
  private let figure: ComparisonMetric.Figure
  /// 1 where more is worse, else −1.
  private let sign: Double
  private let resamples: Int

  init(_ metric: ComparisonMetric, resamples: Int) {
    figure = metric.figure
    sign = metric.isLowerBetter ? 1 : -1
    self.resamples = resamples
  }

  /// Of two samples, `right` being worse than `left` by more than `margin`.
  func p(
    _ left: [Double], _ right: [Double], margin: Double, _ random: inout RandomStream
  ) -> Double {
    let right = right.map { $0 - sign * margin }
    guard case .quantile(let share) = figure else { return meanP(left, right, &random) }
    return quantileP(left, right, share, &random)
  }

  /// Of pairs, whose values change places.
  func p(
    pairs left: [Double], _ right: [Double], margin: Double, _ random: inout RandomStream
  ) -> Double {
    let right = right.map { $0 - sign * margin }
    guard case .quantile(let share) = figure else { return pairedMeanP(left, right, &random) }
    return pairedQuantileP(left, right, share, &random)
  }

  /// What a deal comes to. Of equal quantiles, as rounded times often have them, the sum decides.
  private struct Deal {
    var value: Double
    var sum = 0.0

    /// Whether it is at least as bad; what rounding makes of equal sums is.
    func isAsBad(as other: Deal) -> Bool {
      if Self.areEqual(value, other.value) {
        return sum > other.sum || Self.areEqual(sum, other.sum)
      }
      return value > other.value
    }

    private static func areEqual(_ one: Double, _ other: Double) -> Bool {
      abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    }
  }

  /// The share of deals at least as bad as what was seen, which is one of them.
  private func share(asBadAs seen: Deal, _ deal: () -> Deal) -> Double {
    var count = 1
    for _ in 0..<resamples where deal().isAsBad(as: seen) { count += 1 }
    return Double(count) / Double(resamples + 1)
  }
}

// MARK: Means
extension PermutationTest {
  /// By the difference over its standard error, so that arms of another spread are told apart from
  /// arms of another mean.
  private func meanP(
    _ left: [Double], _ right: [Double], _ random: inout RandomStream
  ) -> Double {
    let middle = Figures.mean(left + right)
    let all = (left + right).map { $0 - middle }
    let total = MomentSums(all)
    func statistic(_ ours: MomentSums) -> Double {
      sign * ours.distance(from: total.without(ours))
    }
    return share(asBadAs: Deal(value: statistic(MomentSums(all[left.count...])))) {
      var ours = MomentSums([])
      var open = right.count
      for (index, value) in all.enumerated()
      where random.below(all.count - index) < open {
        open -= 1
        ours.add(value)
      }
      return Deal(value: statistic(ours))
    }
  }

  private func pairedMeanP(
    _ left: [Double], _ right: [Double], _ random: inout RandomStream
  ) -> Double {
    // The squares of the differences stay, whoever is who: their sum tells all.
    let differences = zip(left, right).map { sign * ($1 - $0) }
    return share(asBadAs: Deal(value: differences.reduce(0, +))) {
      Deal(value: differences.reduce(0) { random.below(2) == 0 ? $0 + $1 : $0 - $1 })
    }
  }
}

/// What mean and variance are made of.
private struct MomentSums {
  private var count = 0.0
  private var sum = 0.0
  private var squares = 0.0

  init(_ values: some Sequence<Double>) {
    for value in values { add(value) }
  }

  mutating func add(_ value: Double) {
    count += 1
    sum += value
    squares += value * value
  }

  func without(_ part: MomentSums) -> MomentSums {
    var rest = self
    rest.count -= part.count
    rest.sum -= part.sum
    rest.squares -= part.squares
    return rest
  }

  private var mean: Double { sum / count }
  /// Of the mean, squared.
  private var error: Double {
    count > 1 ? max(0, squares - sum * mean) / (count - 1) / count : 0
  }

  /// In standard errors.
  func distance(from other: MomentSums) -> Double {
    let difference = mean - other.mean
    let error = (error + other.error).squareRoot()
    if error > 1e-12 * abs(difference) { return difference / error }
    return difference == 0 ? 0 : difference > 0 ? 1e12 : -1e12
  }
}

// MARK: Quantiles
extension PermutationTest {
  private func quantileP(
    _ left: [Double], _ right: [Double], _ share: Double, _ random: inout RandomStream
  ) -> Double {
    let all = (left + right).sorted()
    let (leftRank, rightRank) = (
      Figures.rank(share, of: left.count), Figures.rank(share, of: right.count)
    )
    let difference = Figures.of(right.sorted(), figure) - Figures.of(left.sorted(), figure)
    let seen = Deal(value: sign * difference, sum: sign * right.reduce(0, +))
    return self.share(asBadAs: seen) {
      var (open, before) = (right.count, 0)
      var (ours, theirs, sum) = (0.0, 0.0, 0.0)
      for (index, value) in all.enumerated() {
        if random.below(all.count - index) < open {
          if right.count - open == rightRank { ours = value }
          open -= 1
          sum += value
        } else {
          if before == leftRank { theirs = value }
          before += 1
        }
      }
      return Deal(value: sign * (ours - theirs), sum: sign * sum)
    }
  }

  private func pairedQuantileP(
    _ left: [Double], _ right: [Double], _ share: Double, _ random: inout RandomStream
  ) -> Double {
    let rank = Figures.rank(share, of: left.count)
    // Every value with its pair, those of the right with a number above all pairs.
    let all = (left + right).enumerated().sorted { $0.element < $1.element }
    var changed = [Bool](repeating: false, count: left.count)
    func deal() -> Deal {
      var (ours, theirs) = (0, 0)
      var (found, other, sum) = (0.0, 0.0, 0.0)
      for (index, value) in all {
        let isRight = index >= left.count
        if changed[isRight ? index - left.count : index] != isRight {
          if ours == rank { found = value }
          ours += 1
          sum += value
        } else {
          if theirs == rank { other = value }
          theirs += 1
        }
      }
      return Deal(value: sign * (found - other), sum: sign * sum)
    }
    return self.share(asBadAs: deal()) {
      for index in changed.indices { changed[index] = random.below(2) == 0 }
      return deal()
    }
  }
}
