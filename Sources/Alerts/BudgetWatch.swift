internal import Codec
internal import PromQL

/// The counters that a budget reads, each as the sum of what matches.
struct BudgetExpressions: Equatable, Sendable {
  /// Dollars spent.
  let cost: Expression
  /// Tokens, and those without a price, now and some minutes ago; nil where nobody counts them.
  let tokens: [Expression]?

  /// In the order of questions.
  var all: [Expression] { [cost] + (tokens ?? []) }
}

/// What a budget's counters say at one time.
struct BudgetFigures: Equatable, Sendable {
  /// Where the period lies, in milliseconds since 1970.
  let start: Int64
  let end: Int64
  let spent: Double
  /// The share of tokens with a price since the start, and lately; nil where there were none.
  let coverage: Double?
  let lately: Double?

  /// What will be spent by the end when it goes on as since the start; nil while a twentieth of the
  /// period has not passed.
  func forecast(at time: Int64) -> Double? {
    let share = Double(time - start) / Double(end - start)
    return share < 0.05 ? nil : spent / share
  }

  /// Whether too few tokens have a price.
  func isBlind(_ least: Double) -> Bool {
    (coverage ?? 1) < least || (lately ?? 1) < least
  }
}

/// A budget's period at hand and what was counted before it.
struct BudgetWatch: Sendable {
  private static let version: UInt8 = 1
  /// Tokens lately without which their coverage says nothing.
  private static let leastTokens = 1_000.0

  private let rule: BudgetRule
  /// When the period began for which `before` holds.
  private var start: Int64?
  /// Of cost, tokens and unpriced tokens.
  private var before: [Double] = []
  var isUnsaved = false

  init(_ rule: BudgetRule) { self.rule = rule }

  mutating func candidates(
    at time: Int64, _ zone: TimeZoneRules, _ ask: AlertEvaluation.Asking
  ) throws(RuleFailure) -> [AlertCandidate] {
    let figures = try figures(at: time, zone, ask)
    var candidates: [AlertCandidate] = []
    for share in rule.warnings where figures.spent >= share * rule.usd {
      var candidate = candidate(
        BudgetAlert.spent, figures.spent, severity: share >= 1 ? "critical" : "warning")
      let threshold = NumberFormat.plain(share)
      candidate.sample.labels = candidate.sample.labels.setting(
        BudgetAlert.thresholdLabel, to: threshold)
      candidates.append(candidate)
    }
    if rule.forecasts, let forecast = figures.forecast(at: time), forecast > rule.usd {
      candidates.append(candidate(BudgetAlert.forecast, forecast, severity: "warning"))
    }
    if let least = rule.minCoverage, figures.isBlind(least) {
      let coverage = min(figures.coverage ?? 1, figures.lately ?? 1)
      candidates.append(candidate(BudgetAlert.blind, coverage, severity: "warning"))
    }
    return candidates
  }

  private func candidate(_ name: String, _ value: Double, severity: String) -> AlertCandidate {
    let labels = Labels(rule.match + [Label(BudgetAlert.label, rule.name)])
    return AlertCandidate(
      name: name, sample: RuleSample(labels: labels, value: .float(value)),
      defaults: [Label("severity", severity)])
  }

  /// What the counters say; what they said at the period's start is asked for once.
  mutating func figures(
    at time: Int64, _ zone: TimeZoneRules, _ ask: AlertEvaluation.Asking
  ) throws(RuleFailure) -> BudgetFigures {
    let (start, end) = rule.period.bounds(around: time, in: zone)
    let counted = rule.expressions.tokens == nil ? 1 : 3
    if self.start != start {
      var before: [Double] = []
      for question in 0..<counted { before.append(try Self.sum(ask(question, start))) }
      (self.start, self.before) = (start, before)
      isUnsaved = true
    }
    let spent = try max(0, Self.sum(ask(0, time)) - before[0])
    guard counted == 3 else {
      return BudgetFigures(start: start, end: end, spent: spent, coverage: nil, lately: nil)
    }
    let tokens = try Self.sum(ask(1, time))
    let unpriced = try Self.sum(ask(2, time))
    let late = try (Self.sum(ask(3, time)), Self.sum(ask(4, time)))
    return BudgetFigures(
      start: start, end: end, spent: spent,
      coverage: Self.coverage(tokens - before[1], unpriced - before[2], least: 0),
      lately: Self.coverage(tokens - late.0, unpriced - late.1, least: Self.leastTokens))
  }

  private static func coverage(_ tokens: Double, _ unpriced: Double, least: Double) -> Double? {
    tokens > 0 && tokens >= least ? min(max(1 - unpriced / tokens, 0), 1) : nil
  }

  private static func sum(_ samples: [RuleSample]) -> Double {
    samples.reduce(0) { $0 + $1.number }
  }

  var record: [UInt8] {
    var writer = MemoryWriter(version: Self.version)
    writer.add(start)
    writer.add(UInt32(before.count))
    for value in before { writer.add(value) }
    return writer.bytes
  }

  mutating func restore(_ bytes: [UInt8]) -> Bool {
    guard var reader = MemoryReader(bytes, version: Self.version),
      let start = reader.optionalWhole(), let count = reader.count(),
      count == (rule.expressions.tokens == nil ? 1 : 3)
    else { return false }
    var before: [Double] = []
    for _ in 0..<count {
      guard let value = reader.float() else { return false }
      before.append(value)
    }
    guard reader.isAtEnd else { return false }
    (self.start, self.before) = (start, before)
    return true
  }
}
