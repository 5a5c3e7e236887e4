package import PromQL

/// An alert of a rule: one label set that its expression gave, or lately gave.
package struct ActiveAlert: Equatable, Sendable {
  /// How far it has come.
  package enum State: String, Sendable {
    /// There, but not yet for as long as `for` asks.
    case pending
    case firing
    /// It fired and is over; kept for a while so that everyone hears of it.
    case resolved
  }

  /// Who it is: the sample's labels without its name, those of the rule, and `alertname`.
  package let labels: Labels
  /// Texts by name, sorted by it; those of the last evaluation that gave it.
  package var annotations: [Label]
  /// The sample's value then.
  package var value: QueryResult.Sample
  /// What a detector took for usual then; nil of other rules.
  package var usual: Double?
  package var state = State.pending
  /// When it was first there, in milliseconds since 1970, as are all times.
  package let activeAt: Int64
  /// When it began to fire.
  package var firedAt: Int64?
  /// Since when it fires only because of `keep_firing_for`.
  package var keepFiringSince: Int64?
  /// When it was over.
  package var resolvedAt: Int64?
}

/// Names that alerts give to labels and series.
package enum AlertName {
  /// The label with the rule's name.
  package static let label = "alertname"
  /// The label of `ALERTS` that says `pending` or `firing`.
  package static let stateLabel = "alertstate"
  /// The series that is 1 while an alert is there.
  package static let series = "ALERTS"
  /// The series with the time since when it is there, in seconds since 1970.
  package static let forStateSeries = "ALERTS_FOR_STATE"
}

extension ActiveAlert {
  /// The samples of `ALERTS` and `ALERTS_FOR_STATE`.
  var series: [RuleSample] {
    let base = labels.setting(LabelName.metric, to: AlertName.series)
    let seconds = (Double(activeAt) / 1000).rounded(.down)
    return [
      RuleSample(
        labels: base.setting(AlertName.stateLabel, to: state.rawValue), value: .float(1)),
      RuleSample(
        labels: labels.setting(LabelName.metric, to: AlertName.forStateSeries),
        value: .float(seconds)),
    ]
  }
}
