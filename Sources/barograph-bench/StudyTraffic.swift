/// Makes months of traffic as a collector would have counted it, with incidents that are known.
protocol StudyTraffic: Sendable {
  /// What the generator is called in the table.
  static var name: String { get }
  /// The month that a seed makes: 30 days, the same for the same seed.
  static func month(seed: UInt64) -> StudyMonth
}

/// Thirty days of series and what went wrong in them.
struct StudyMonth {
  /// The first sample's time, in milliseconds since 1970, as are all times.
  var start: Int64
  /// Milliseconds between samples, and how many each series has.
  var step: Int64 = 30_000
  var count = 30 * 2_880
  var series: [StudySeries] = []
  var incidents: [StudyIncident] = []
}

/// One series; its samples lie at every step of the month.
struct StudySeries {
  var name: String
  var labels: [(name: String, value: String)]
  /// A counter's total so far, NaN while the series is not there yet.
  var values: [Double]
}

/// Something that happens to the traffic.
struct StudyIncident {
  enum Kind: String, CaseIterable {
    case rateLimitStorm = "rate-limit storm"
    case slowDrift = "slow drift"
    case providerOutage = "provider outage"
    case costSpike = "cost spike"
    case runawayLoop = "runaway loop"
    case scoreDrop = "score drop"
    /// No incident: nothing should fire.
    case deploy
  }

  var kind: Kind
  /// When it begins, when it is there in full, and when it is over.
  var start: Int64
  var noticeable: Int64
  var end: Int64
  /// Which series have it.
  var labels: [(name: String, value: String)]
}
