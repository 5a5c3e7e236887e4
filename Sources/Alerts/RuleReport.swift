internal import PromQL

/// A group of rules as it stands after its last evaluation, for whoever shows it.
package struct RuleReport: Sendable {
  /// The file it comes from.
  package let file: String
  /// Milliseconds between evaluations.
  package let interval: Int64
  /// The group, its alerts and what failed.
  package var evaluation: GroupEvaluation
  /// Milliseconds since 1970; nil before the first evaluation.
  package var lastEvaluation: Int64?
  /// Seconds that the last evaluation took, and each rule's part of it.
  package var seconds = 0.0
  package var ruleSeconds: [Double]

  /// A group that was not evaluated yet.
  package init(_ group: RuleGroup, file: String, interval: Int64) {
    self.init(GroupEvaluation(group), file: file, interval: interval)
  }

  private init(_ evaluation: GroupEvaluation, file: String, interval: Int64) {
    (self.evaluation, self.file, self.interval) = (evaluation, file, interval)
    ruleSeconds = evaluation.parts.map { _ in 0 }
  }

  /// The same group from a file that was read again, which goes on where `old` stopped.
  package init(_ group: RuleGroup, interval: Int64, resuming old: RuleReport) {
    let evaluation = GroupEvaluation(group, resuming: old.evaluation)
    self.init(evaluation, file: old.file, interval: interval)
    (lastEvaluation, seconds) = (old.lastEvaluation, old.seconds)
  }
}

extension RuleReport {
  /// Alerts that are pending or fire.
  package var activeAlerts: [ActiveAlert] {
    evaluation.activeAlerts
  }
}

extension GroupEvaluation {
  /// Alerts that are pending or fire.
  package var activeAlerts: [ActiveAlert] {
    evaluations.flatMap { $0?.activeAlerts ?? [] }
  }
}

extension AlertEvaluation {
  /// Alerts that are pending or fire.
  package var activeAlerts: [ActiveAlert] {
    byLabels.isEmpty ? [] : alerts.filter { $0.state != .resolved }
  }
}

extension GroupEvaluation.Part {
  /// The rule's alerts that are pending or fire; none of a recording rule.
  package var activeAlerts: [ActiveAlert] {
    guard case .alerting(let rule) = self else { return [] }
    return rule.activeAlerts
  }
}

extension ActiveAlert {
  /// The value as Prometheus' API writes it: `7.5e+00`.
  package var valueText: String {
    switch value {
    case .float(let value): NumberFormat.scientific(value, precision: nil)
    case .histogram(let histogram): SeriesNotation.text(histogram)
    }
  }
}
