package import Alerts
package import History

/// What the routes of alerts stand on.
package struct AlertServices: Sendable {
  /// How a trial message went; nil for a receiver that is not there.
  package typealias Trial = @Sendable (_ receiver: String) -> (isDelivered: Bool, cause: String)?

  /// A receiver and how its post is doing.
  package struct Receiver: Sendable {
    package let name: String
    package let kind: String
    package let queued: Int
    package let sent: Int64
    package let failed: Int64
    package let dropped: Int64
    /// `closed`, `open` or `half_open`.
    package let breaker: String
    /// What the last failed try came to; empty after one that worked.
    package let lastError: String

    /// A receiver of these figures.
    package init(
      name: String, kind: String, queued: Int, sent: Int64, failed: Int64, dropped: Int64,
      breaker: String, lastError: String
    ) {
      self.name = name
      self.kind = kind
      self.queued = queued
      self.sent = sent
      self.failed = failed
      self.dropped = dropped
      self.breaker = breaker
      self.lastError = lastError
    }
  }

  /// The groups of rules, and who hears of their alerts, after the last step.
  package let state: @Sendable () -> (reports: [RuleReport], router: AlertRouter)
  /// Has somebody look after the alert with this id; false when it does not fire.
  package let acknowledge: @Sendable (_ id: String, _ person: String, _ comment: String) -> Bool
  /// Takes that back; false when nobody does.
  package let withdraw: @Sendable (_ id: String) -> Bool
  /// Takes a silence; false when there are too many.
  package let silence: @Sendable (Silence) -> Bool
  /// What is kept of a text that somebody wrote.
  package let cleaned: @Sendable (String) -> String
  /// Ends a silence; nil when there is none of that id.
  package let expire: @Sendable (_ id: String) -> Silence?
  package let receivers: @Sendable () -> [Receiver]
  package let trial: Trial
  /// How budgets stand: all, or the one of a name.
  package let budgets: @Sendable (_ name: String?) -> [Result<BudgetReport, RuleFailure>]
  /// Evaluates rules over a past stretch (ms since 1970), within a time (ns, monotonic).
  package typealias PastRules =
    @Sendable (
      _ files: [RuleFile], _ from: Int64, _ to: Int64, _ deadline: Int64
    ) -> BacktestReport
  /// What rules would have found, and what would have been told.
  package let backtest: PastRules
  /// What the receiver of a message would be sent.
  package let text: @Sendable (Notification) -> [UInt8]?
  package let reads: ReadPool

  /// Services of one collector.
  package init(
    state: @escaping @Sendable () -> (reports: [RuleReport], router: AlertRouter),
    acknowledge: @escaping @Sendable (String, String, String) -> Bool,
    withdraw: @escaping @Sendable (String) -> Bool, silence: @escaping @Sendable (Silence) -> Bool,
    cleaned: @escaping @Sendable (String) -> String,
    expire: @escaping @Sendable (String) -> Silence?,
    receivers: @escaping @Sendable () -> [Receiver], trial: @escaping Trial,
    budgets: @escaping @Sendable (String?) -> [Result<BudgetReport, RuleFailure>],
    backtest: @escaping PastRules, text: @escaping @Sendable (Notification) -> [UInt8]?,
    reads: ReadPool
  ) {
    self.state = state
    self.acknowledge = acknowledge
    self.withdraw = withdraw
    self.silence = silence
    self.cleaned = cleaned
    self.expire = expire
    self.receivers = receivers
    self.trial = trial
    self.budgets = budgets
    self.backtest = backtest
    self.text = text
    self.reads = reads
  }
}
