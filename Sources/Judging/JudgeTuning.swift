package import Quality

/// What of a bench is no setting of a judge. Times in ns.
package struct JudgeTuning: Sendable {
  /// The window that a gate's bounds are for: a little over the providers' minute, for the time
  /// that a request is on its way.
  package var gateWindow: Int64 = 60_500_000_000
  /// The longest that a call waits to be let out by its gate.
  package var gatePatience: Int64 = 600_000_000_000
  /// When to try again; how often is a setting of the judge.
  package var retry = RetryPlan()
  /// When endpoints are left alone.
  package var breaker = CircuitBreaker.Settings()
  /// Answers that are kept for each judge.
  package var cacheLimit = 4_000
  /// Bytes of a provider's answer.
  package var answerLimit = 1 << 20

  /// The usual values.
  package init() {}
}
