internal import Codec

/// The key that says what kind of rule an entry of a group is, and the keys that may be beside it.
enum RuleWord: String, CaseIterable {
  case record, alert, anomaly, budget, absent, slo

  /// `one of 'record', 'alert', …`
  static let choice =
    "one of " + allCases.dropLast().map { "'\($0.rawValue)'" }.joined(separator: ", ")
    + " or 'slo'"

  /// What an entry of this kind is called in messages.
  var noun: String {
    switch self {
    case .record, .alert: "a rule"
    case .anomaly: "an anomaly rule"
    case .budget: "a budget"
    case .absent: "an absence rule"
    case .slo: "an objective"
    }
  }

  private static let texts = ["labels", "annotations"]
  private static let times = ["for", "keep_firing_for"]
  private static let steadiness = ["until", "hits", "of", "no_data"]

  /// The keys of such an entry. Those of the two kinds that Prometheus knows are one list, because
  /// it accepts some where they do nothing.
  var keys: [String] {
    switch self {
    case .record, .alert:
      ["record", "alert", "expr"] + Self.times + Self.texts + Self.steadiness
    case .anomaly:
      [
        "anomaly", "expr", "method", "sensitivity", "direction", "train", "season", "min_samples",
        "min_effect", "min_value",
      ] + Self.times + Self.texts + Self.steadiness
    case .budget:
      ["budget", "usd", "period", "match", "warn", "forecast", "min_coverage"] + Self.times
        + Self.texts
    case .absent: ["absent", "match"] + Self.times + Self.texts
    case .slo: ["slo", "good", "errors", "total", "objective", "window"] + Self.texts
    }
  }

  /// The kind of an entry; a problem is noted where it has two. One without any counts as an alert.
  static func of(_ node: ConfigNode, _ problems: inout RuleProblems) -> Self {
    let words = allCases.filter { node[$0.rawValue].map { $0.text != "" } ?? false }
    if words.count > 1 {
      let both = words.prefix(2).map { "'\($0.rawValue)'" }.joined(separator: " and ")
      problems.add("only one of \(both) must be set", at: node)
    }
    return words.first ?? .alert
  }
}
