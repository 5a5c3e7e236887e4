internal import PromQL

/// What an alert's expression counts, and of whom.
struct CauseScope {
  /// A counter.
  let metric: String
  /// What its series have in common with the alert.
  let labels: [Label]
  /// Conditions of the expression itself.
  let matchers: [LabelMatcher]
  /// Milliseconds over which it is looked at.
  let range: Int64

  /// Labels by which a change is taken apart.
  static let dimensions = [
    "service", "provider", "model", "operation", "error_type", "status", "tenant", "prompt",
    "prompt_version", "variant", "kind", "name", "evaluator",
  ]

  var isFailure: Bool { metric.contains("error") }
  var isMoney: Bool { metric.contains("cost") }

  /// The conditions as PromQL writes them.
  var conditions: [String] {
    matchers.map { "\($0.name)\($0.operation.rawValue)\(TemplateQuote.text($0.value))" }
      + labels.map { "\($0.name)=\(TemplateQuote.text($0.value))" }
  }

  /// What the first counter of the rule's expression counts, for the series of the alert; nil
  /// without one.
  init?(_ alert: ActiveAlert, _ rule: AlertingRule) {
    guard let first = Self.counter(in: rule.query.expression) else { return nil }
    let metric =
      first.selector.name
      ?? first.selector.matchers
      .first { $0.name == LabelName.metric && $0.operation == .equal }?.value
    guard let metric else { return nil }
    let own = Set(rule.labels.map(\.name))
    labels = alert.labels.entries.filter { label in
      !own.contains(label.name) && Self.dimensions.contains(label.name)
    }
    self.metric = Self.sum(of: metric)
    matchers = first.selector.matchers.filter {
      $0.name != LabelName.metric && $0.name != LabelName.bucket
    }
    range = first.range
  }

  /// The first range of a counter in an expression, and how long it is.
  private static func counter(in expression: Expression) -> (selector: Selector, range: Int64)? {
    if case .range(let selector, let span) = expression.node {
      guard case .seconds(let length) = span else { return (selector, 300_000) }
      return (selector, max(Int64(length * 1_000), 60_000))
    }
    for child in expression.node.children {
      if let found = counter(in: child) { return found }
    }
    return nil
  }

  /// Of a histogram how much there was in all, which rises with each slow call.
  private static func sum(of metric: String) -> String {
    if metric.hasSuffix("_bucket") { return metric.dropLast(7) + "_sum" }
    return metric.hasSuffix("_seconds") ? metric + "_sum" : metric
  }
}
