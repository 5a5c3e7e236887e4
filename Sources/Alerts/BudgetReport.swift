package import Codec
package import PromQL

/// How a budget stands at a moment.
package struct BudgetReport: Equatable, Sendable {
  package let name: String
  package let usd: Double
  package let period: CalendarPeriod
  /// Where the period lies, in milliseconds since 1970.
  package let start: Int64
  package let end: Int64
  package let spent: Double
  /// The share of tokens with a price in the period; nil where there were none, or where nobody
  /// counts them.
  package let coverage: Double?
  /// What will be spent by the end when it goes on as since the start; nil early in the period.
  package let forecast: Double?
  /// Whether too few tokens have a price, in the period or lately, for the budget's `min_coverage`.
  package let isBlind: Bool
  /// The tenant whose money it is, where the budget is one tenant's.
  package let tenant: String?

  /// What is left; negative when more was spent.
  package var remaining: Double { usd - spent }
  /// The share of the sum that was spent.
  package var share: Double { spent / usd }
  package var isExceeded: Bool { spent >= usd }

  /// How a budget stands at `time` by the counters of a source; throws when they cannot be read.
  package init(
    _ rule: BudgetRule, at time: Int64, of source: some SeriesSource,
    settings: EvaluationSettings
  ) throws(RuleFailure) {
    let questions = rule.expressions.all
    var watch = BudgetWatch(rule)
    let figures = try watch.figures(at: time, settings.timeZone) {
      question, time throws(RuleFailure) in
      try RuleVector.samples(
        of: questions[question], at: time, in: source, settings: settings.evaluator)
    }
    (name, usd, period, spent) = (rule.name, rule.usd, rule.period, figures.spent)
    (start, end, coverage) = (figures.start, figures.end, figures.coverage)
    forecast = figures.forecast(at: time)
    tenant = rule.match.first { $0.name == "tenant" }?.value
    isBlind = rule.minCoverage.map { figures.isBlind($0) } ?? false
  }
}

extension RuleReport {
  /// The budgets among its rules.
  package var budgets: [BudgetRule] { evaluation.group.budgets }
}

extension RuleFile {
  /// The budgets among its rules.
  package var budgets: [BudgetRule] { groups.flatMap(\.budgets) }
}

extension RuleGroup {
  fileprivate var budgets: [BudgetRule] {
    rules.compactMap { rule in
      guard case .alerting(let rule) = rule, case .budget(let budget) = rule.kind else {
        return nil
      }
      return budget
    }
  }
}
