/// What two arms are compared by.
package struct ComparisonMetric: Hashable, Sendable, CustomStringConvertible {
  /// How the values of an arm become one figure.
  package enum Figure: Hashable, Sendable {
    case mean
    /// The share of values that are 1 rather than 0.
    case rate
    /// The value at or below which this share of the values lies.
    case quantile(Double)
  }

  /// The name, with `:lower` where a score has it.
  package let description: String
  /// Which of a call's numbers it takes: `cost latency ttft error tokens score:NAME`.
  package let source: String
  package let figure: Figure
  /// Whether more is worse.
  package let isLowerBetter: Bool

  /// The names without those of scores.
  package static let names = ["cost", "p50", "p95", "ttft", "error_rate", "tokens", "score:NAME"]

  /// The metric called `name`, or nil. Of a score more is better, unless `:lower` follows.
  package init?(_ name: String) {
    description = name
    switch name {
    case "cost": (source, figure, isLowerBetter) = ("cost", .mean, true)
    case "p50": (source, figure, isLowerBetter) = ("latency", .quantile(0.5), true)
    case "p95": (source, figure, isLowerBetter) = ("latency", .quantile(0.95), true)
    case "ttft": (source, figure, isLowerBetter) = ("ttft", .quantile(0.5), true)
    case "error_rate": (source, figure, isLowerBetter) = ("error", .rate, true)
    case "tokens": (source, figure, isLowerBetter) = ("tokens", .mean, true)
    default:
      guard name.hasPrefix("score:") else { return nil }
      let isLower = name.hasSuffix(":lower")
      let score = name.dropFirst(6).dropLast(isLower ? 6 : 0)
      guard !score.isEmpty else { return nil }
      (source, figure, isLowerBetter) = ("score:\(score)", .mean, isLower)
    }
  }

  /// The fewest values an arm needs before anything is said: enough that the figure is one of the
  /// sample and not of its single largest value.
  package var leastCount: Int {
    switch figure {
    case .mean, .rate: 20
    case .quantile(let share): share > 0.5 ? Int((3 / (1 - share)).rounded(.up)) : 20
    }
  }
}
