internal import Alerts
internal import Exposition
internal import PromQL

/// What is shown of rules and alerts.
extension AlertKeeper {
  /// The present alerts, as `/metrics` shows them; queries read those that were stored.
  var alerts: MetricFamily {
    let samples = state.reports.flatMap(\.activeAlerts).map { alert in
      MetricFamily.Sample(
        1,
        labels: alert.labels.setting(AlertName.stateLabel, to: alert.state.rawValue).entries.map {
          (name: $0.name, value: $0.value)
        })
    }
    return MetricFamily(AlertName.series, .gauge, "Alerts that are pending or fire.", samples)
  }

  /// What the keeper says of itself.
  func families() -> [MetricFamily] {
    let book = book
    let counters: [(String, String, Int64)] = [
      ("barograph_rule_evaluations_total", "Rules evaluated.", book.evaluations),
      ("barograph_rule_failures_total", "Rules that could not be evaluated.", book.failures),
      (
        "barograph_rule_evaluations_missed_total",
        "Evaluations of groups left out because nobody was there or an earlier one took too long.",
        book.missed
      ),
      (
        "barograph_rule_samples_lost_total", "Samples of rules that were not stored.", book.lost
      ),
      (
        "barograph_alert_saves_failed_total", "Times that changes of alerts could not be saved.",
        book.unsaved
      ),
    ]
    return [
      MetricFamily(
        "barograph_rule_evaluation_seconds", "How long evaluations of groups of rules took.",
        [([], book.times)])
    ]
      + counters.map { MetricFamily($0.0, .counter, $0.1, value: Double($0.2)) }
  }
}
