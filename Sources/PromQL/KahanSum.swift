/// Sums with the lost digits kept (Neumaier).
enum KahanSum {
  static func add(_ value: Double, to sum: inout Double, _ compensation: inout Double) {
    let total = sum + value
    if total.isInfinite {
      compensation = 0
    } else if sum.magnitude >= value.magnitude {
      compensation += (sum - total) + value
    } else {
      compensation += (value - total) + sum
    }
    sum = total
  }

  /// The mean, even where the sum would pass the largest number.
  struct Mean {
    private(set) var count = 0.0
    private var sum = 0.0
    private var compensation = 0.0
    private var mean = 0.0
    private var isIncremental = false

    mutating func add(_ value: Double) {
      count += 1
      if count == 1 {
        sum = value
        return
      }
      if !isIncremental {
        var newSum = sum
        var newCompensation = compensation
        KahanSum.add(value, to: &newSum, &newCompensation)
        if newSum.isFinite || !sum.isFinite {
          sum = newSum
          compensation = newCompensation
          return
        }
        isIncremental = true
        mean = sum / (count - 1)
        compensation /= count - 1
      }
      if mean.isInfinite {
        if value.isInfinite, (mean > 0) == (value > 0) { return }
        if value.isFinite { return }
      }
      let share = (count - 1) / count
      compensation *= share
      mean *= share
      KahanSum.add(value / count, to: &mean, &compensation)
    }

    var value: Double {
      isIncremental ? mean + compensation : sum / count + compensation / count
    }
  }
}
