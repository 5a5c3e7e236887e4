package import Telemetry

/// What a call is counted as: its leaves, its cost and how sure both are.
package struct Quote: Sendable {
  /// How usage was read; nil when none was reported.
  package internal(set) var usage: ResolvedUsage?
  /// Nil for what has no cost: spans without usage, calls that have not ended.
  package internal(set) var status: CostStatus?
  /// Picodollars that count, or `Event.absent`.
  package internal(set) var cost = Event.absent
  /// Picodollars by the price book, also where the sender's own figure counts or nothing does
  /// because the application's cache answered; or `Event.absent`.
  package internal(set) var computedCost = Event.absent
  /// The row it was computed by; 0 for none.
  package internal(set) var priceRow: UInt32 = 0
  /// How many tokens of the leaves the cost covers.
  package internal(set) var pricedTokens: Int64 = 0
  /// The leaves without a price.
  package internal(set) var unpriced = WordSet<TokenLeaf>()
  /// What was doubtful.
  package internal(set) var anomalies = WordSet<UsageAnomaly>()
  /// Picodollars in the other reading of the usage, where both are possible and they differ by
  /// more than 1 %; or `Event.absent`.
  package internal(set) var otherCost = Event.absent

  /// Nothing is known yet.
  init() {}
}

/// What is priced: counts, the sender's own figure, and what it was.
package struct Bill: Sendable {
  package var usage = ReportedUsage()
  /// Picodollars as the sender reports them, or `Event.absent`.
  package var reportedCost = Event.absent
  /// When the call ended, in ns since 1970.
  package var time: Int64 = 0
  /// It is a model call by its type, so that missing usage is worth a status.
  package var isCall = false
  /// It has begun and not ended.
  package var isOpen = false
  /// The application's own cache answered.
  package var isCacheHit = false

  /// Nothing to pay.
  package init() {}
}
