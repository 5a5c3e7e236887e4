package import Codec
package import PromQL

/// How rules are evaluated, beside what they say.
package struct EvaluationSettings: Sendable {
  /// How expressions are evaluated.
  package var evaluator = Evaluator.Settings()
  /// What templates know as `$externalLabels`.
  package var externalLabels: [String: String] = [:]
  /// What templates know as `$externalURL`.
  package var externalURL = ""
  /// Where days, weeks, months and hours of the day begin.
  package var timeZone = TimeZoneRules.utc
  /// Milliseconds a resolved alert is kept.
  package var resolvedRetention: Int64 = 900_000

  /// Prometheus' defaults.
  package init() {}
}

/// Where rules read samples and write those they make.
package protocol RuleTimeline: SeriesSource {
  /// Adds a sample to each series at `time`; what is already there at or after it stays, and the
  /// sample is dropped. `StaleMarker.value` ends a series.
  mutating func append(_ samples: [RuleSample], at time: Int64)
}
