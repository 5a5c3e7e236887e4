package import PromQL

/// One series of what a rule's expression gave.
package struct RuleSample: Equatable, Sendable {
  /// Who it is.
  package var labels: Labels
  /// Its value.
  package var value: QueryResult.Sample

  /// A sample of `labels`.
  package init(labels: Labels, value: QueryResult.Sample) {
    self.labels = labels
    self.value = value
  }
}

/// Why a rule could not be evaluated.
package struct RuleFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The cause in words.
  package let message: String

  package var description: String { message }

  init(_ message: String) { self.message = message }
}

/// Asks an expression for the samples a rule can use.
enum RuleVector {
  /// The samples of `expression` at `time`; a scalar is one sample without labels.
  static func samples(
    of expression: Expression, at time: Int64, in source: some SeriesSource,
    settings: Evaluator.Settings
  ) throws(RuleFailure) -> [RuleSample] {
    let result: QueryResult
    do throws(QueryError) {
      result = try Evaluator.instant(expression, at: time, of: source, settings: settings)
    } catch {
      throw RuleFailure("\(error)")
    }
    return try samples(of: result)
  }

  /// The samples of the expression that is `text`.
  static func samples(
    of text: String, at time: Int64, in source: some SeriesSource, settings: Evaluator.Settings
  ) throws(RuleFailure) -> [RuleSample] {
    let expression: Expression
    do throws(QueryError) {
      expression = try Parser.parse(text, limits: settings.limits)
    } catch {
      throw RuleFailure("\(error)")
    }
    return try samples(of: expression, at: time, in: source, settings: settings)
  }
}

extension RuleVector {
  private static func samples(of result: QueryResult) throws(RuleFailure) -> [RuleSample] {
    switch result.value {
    case .vector(let series):
      return series.compactMap { series in
        series.points.last.map { RuleSample(labels: series.labels, value: $0.sample) }
      }
    case .scalar(_, let value): return [RuleSample(labels: .none, value: .float(value))]
    case .string, .matrix: throw RuleFailure("rule result is not a vector or scalar")
    }
  }
}
