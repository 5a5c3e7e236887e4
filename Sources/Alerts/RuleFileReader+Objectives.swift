internal import Codec
internal import PromQL

/// Service level objectives: an entry becomes four alerting rules, each with a long and a short
/// window over which the error budget burns too fast.
extension RuleFileReader {
  private struct Pair {
    let long: String
    let short: String
    /// The share of the error budget that is gone when the long window passes at this speed.
    let share: Double
    /// Hours of the long window.
    let hours: Double
    let severity: String
  }

  private static let pairs = [
    Pair(long: "1h", short: "5m", share: 0.02, hours: 1, severity: "critical"),
    Pair(long: "6h", short: "30m", share: 0.05, hours: 6, severity: "critical"),
    Pair(long: "1d", short: "2h", share: 0.1, hours: 24, severity: "warning"),
    Pair(long: "3d", short: "6h", share: 0.1, hours: 72, severity: "warning"),
  ]
  private static let placeholder = "$window"

  mutating func objective(
    _ name: String, _ fields: NodeFields, _ groupLabels: [Label]
  ) -> [Rule] {
    let objective = fields.number("objective", in: 0...1, &problems)
    if fields["objective"] == nil {
      problems.add("an objective needs 'objective'", at: fields.node)
    }
    let window = fields.duration("window", &problems) ?? 30 * 86_400_000
    if window < 86_400_000 {
      problems.add("window must be at least 1d", at: fields["window"] ?? fields.node)
    }
    if let objective, objective >= 1 || objective <= 0 {
      problems.add(
        "objective must lie between 0 and 1, 0.999 for one failure in a thousand",
        at: fields["objective"] ?? fields.node)
    }
    let labels = alertLabels(of: fields, groupLabels)
    let annotations = Self.sorted(templates("annotations", "annotation", of: fields))
    guard let (ratio, node) = errorRatio(fields), let objective else { return [] }
    return Self.pairs.compactMap { pair in
      let factor = pair.share * Double(window) / 3_600_000 / pair.hours
      let bound = NumberFormat.plain(((1 - objective) * factor * 1e12).rounded() / 1e12)
      let parts = [pair.long, pair.short].map { window in
        "(\(ratio.replacing(Self.placeholder, with: window)) > \(bound))"
      }
      guard let query = query(parts.joined(separator: " and "), at: node) else { return nil }
      return .alerting(
        AlertingRule(
          name: name, kind: .expression, query: query, hold: 0, keepFiring: 0,
          labels: Self.adding(
            [("severity", pair.severity), ("slo_window", pair.long)], to: labels),
          annotations: annotations, steadiness: Steadiness()))
    }
  }

  /// Which share of all fails, over a window yet to be named.
  private mutating func errorRatio(_ fields: NodeFields) -> (String, ConfigNode)? {
    var texts: [String: String] = [:]
    for key in ["good", "errors", "total"] {
      guard let node = fields[key] else { continue }
      let before = problems.all.count
      guard let text = fields.text(key, &problems) else { continue }
      if !text.contains(Self.placeholder) {
        problems.add("'\(key)' needs the window to ask for, as in rate(x[$window])", at: node)
      } else {
        _ = query(text.replacing(Self.placeholder, with: "5m"), at: node)
      }
      if problems.all.count == before { texts[key] = text }
    }
    guard fields["total"] != nil, (fields["good"] == nil) != (fields["errors"] == nil) else {
      problems.add("an objective needs 'total', and one of 'good' or 'errors'", at: fields.node)
      return nil
    }
    guard let total = texts["total"], let node = fields["total"] else { return nil }
    if let errors = texts["errors"] { return ("(\(errors)) / (\(total))", node) }
    return texts["good"].map { ("1 - (\($0)) / (\(total))", node) }
  }

  private static func adding(
    _ defaults: [(name: String, text: String)], to labels: [AlertingRule.NamedTemplate]
  ) -> [AlertingRule.NamedTemplate] {
    var labels = labels
    for (name, text) in defaults where !labels.contains(where: { $0.name == name }) {
      labels.append(AlertingRule.NamedTemplate(name: name, template: Template(literal: text)))
    }
    return sorted(labels)
  }
}

extension String {
  /// With every occurrence of one text replaced by another.
  fileprivate func replacing(_ text: String, with other: String) -> String {
    let (bytes, wanted) = (Array(utf8), Array(text.utf8))
    var result: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place...].starts(with: wanted) {
        result += other.utf8
        place += wanted.count
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
