internal import PromQL

/// What an alerting rule asks of the series, in a fixed order: first its expression, or those of
/// its budget; then `until`; then the inputs that must have data.
enum RuleQuestions {
  /// The number of `until`, where the rule has one.
  static let until = 1

  /// All that a rule may ask.
  static func all(of rule: AlertingRule) -> [Expression] {
    if case .budget(let budget) = rule.kind { return budget.expressions.all }
    var questions = [rule.query.expression]
    if let until = rule.steadiness.until { questions.append(until.expression) }
    if rule.steadiness.noData != .ok { questions += inputs(of: rule.query.expression) }
    return questions
  }

  /// The numbers of the questions that all must give nothing where there is no data.
  static func inputs(of rule: AlertingRule, _ questions: [Expression]) -> Range<Int> {
    guard rule.steadiness.noData != .ok else { return 0..<0 }
    return (rule.steadiness.until == nil ? 1 : 2)..<questions.count
  }

  /// What `expression` compares: without comparisons, and without what only picks among it.
  static func inputs(of expression: Expression) -> [Expression] {
    switch expression.node {
    case .parenthesis(let inner): return inputs(of: inner)
    case .binary(let operation):
      switch operation.operation {
      case .or: return inputs(of: operation.left) + inputs(of: operation.right)
      case .and, .unless: return inputs(of: operation.left)
      case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
        let isSwapped = operation.left.type == .scalar
        return inputs(of: isSwapped ? operation.right : operation.left)
      default: return [expression]
      }
    default: return [expression]
    }
  }
}
