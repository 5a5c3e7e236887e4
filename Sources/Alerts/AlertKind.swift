package import Codec
package import PromQL

/// What an alerting rule watches.
package enum AlertKind: Equatable, Sendable {
  /// What its expression gives is wrong.
  case expression
  /// What its expression gives is wrong where it is not as usual.
  case anomaly(AnomalyRule)
  /// Money spent in a calendar day, week or month.
  case budget(BudgetRule)
  /// Events that should come and do not: for so many milliseconds.
  case absence(Int64)
}

/// How a detector tells the unusual.
package struct AnomalyRule: Equatable, Sendable {
  /// What is usual, and how far values stray from it.
  package enum Method: String, CaseIterable, Sendable {
    /// The median of the training time, and the median distance from it.
    case mad
    /// Mean and variance, the older the sample the less it weighs.
    case ewma
    /// The mean of the hour of the day, or of the week, in the time zone.
    case seasonal
  }

  /// On which side of the usual a value is unusual.
  package enum Direction: String, CaseIterable, Sendable {
    case up, down, both
  }

  /// What comes back.
  package enum Season: String, CaseIterable, Sendable {
    case hourOfDay = "hour_of_day"
    case hourOfWeek = "hour_of_week"

    /// Hours until it comes back.
    package var hours: Int { self == .hourOfDay ? 24 : 168 }
  }

  /// How the usual is told, on which side of it a value is wrong, and when it comes back.
  package var method = Method.mad
  package var direction = Direction.both
  package var season = Season.hourOfDay
  /// Standard deviations, or what stands for one, from the usual.
  package var sensitivity = 4.0
  /// Milliseconds that are learnt from.
  package var train: Int64 = 6 * 3_600_000
  /// Samples without which nothing is judged.
  package var minSamples = 30
  /// The least change that counts, as a share of the usual value.
  package var minEffect = 0.0
  /// Neither the value nor the usual one reaches this: too little to judge.
  package var minValue = 0.0

  /// The defaults.
  package init() {}

  /// Series a rule watches at most; a rule that finds more fails.
  package static let seriesLimit = 2_000
}

/// A sum of money for a calendar day, week or month.
package struct BudgetRule: Equatable, Sendable {
  /// What it is called.
  package var name: String
  package var usd: Double
  package var period: CalendarPeriod
  /// Labels and their values that what is spent has.
  package var match: [Label]
  /// Shares of the sum at which to alert, rising.
  package var warnings: [Double]
  /// Whether to alert when the period will end above the sum.
  package var forecasts: Bool
  /// The least share of tokens with a price; nil where it does not matter.
  package var minCoverage: Double?
  /// The counters it reads.
  let expressions: BudgetExpressions
}

/// Names of the alerts of budgets, and their labels.
package enum BudgetAlert {
  package static let spent = "budget_spent"
  package static let forecast = "budget_forecast"
  package static let blind = "budget_blind"
  package static let label = "budget"
  package static let thresholdLabel = "threshold"
}
