internal import Telemetry

/// Token counts as a sender reported them; nil is absent.
package struct ReportedUsage: Equatable, Sendable {
  package var input: Int64?
  package var output: Int64?
  package var total: Int64?
  package var cacheRead: Int64?
  package var cacheWrite: Int64?
  package var cacheWrite1h: Int64?
  package var reasoning: Int64?
  package var audioInput: Int64?
  package var audioOutput: Int64?
  package var imageInput: Int64?
  /// The sender's own word on the convention.
  package var inputIncludesCache: Bool?
  /// What the names say in which the usage came.
  package var convention: UsageConvention?
  /// The counts came under names that say they are sums over a run.
  package var isAggregate = false

  /// Nothing is reported.
  package init() {}

  /// Whether any count is there.
  package var isEmpty: Bool {
    input == nil && output == nil && total == nil && cacheRead == nil && cacheWrite == nil
      && cacheWrite1h == nil && reasoning == nil && audioInput == nil && audioOutput == nil
      && imageInput == nil
  }
}

/// How the counts of one dialect of names contain each other.
package enum UsageConvention: UInt8, Word {
  /// Input includes cached tokens, output includes reasoning.
  case inclusive = 0
  /// Input is without cached tokens, output includes reasoning.
  case exclusive
  /// No count includes another.
  case disjoint

  /// The word as users write and read it.
  package var text: String { "\(self)" }
}

/// Which evidence settled whether input includes the cached tokens.
package enum UsageRule: UInt8, Word {
  case onlyReading = 0
  case flag, total, provider, evidence, assumed, dialect

  /// The word as users write and read it.
  package var text: String { self == .onlyReading ? "only_reading" : "\(self)" }
}

/// Why the leaves of a call are not what its sender's totals say.
package enum UsageAnomaly: UInt8, Word {
  /// Input, output and total do not add up in any reading.
  case totalMismatch = 0
  /// Only a total is given, which says nothing of its parts.
  case totalOnly
  /// More cached tokens than any reading allows.
  case cacheExceedsInput
  /// More audio and image tokens than input.
  case detailExceedsInput
  /// More reasoning and audio tokens than output, and output is said to include them.
  case detailExceedsOutput
  /// More tokens written for an hour than written.
  case hourExceedsWrites
  /// The evidence is weak and the other reading differs by more than 1 % of the cost.
  case ambiguous
  /// The cost is beyond 9.2 million dollars.
  case overflow

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .totalMismatch: "total_mismatch"
    case .totalOnly: "total_only"
    case .cacheExceedsInput: "cache_exceeds_input"
    case .detailExceedsInput: "detail_exceeds_input"
    case .detailExceedsOutput: "detail_exceeds_output"
    case .hourExceedsWrites: "hour_exceeds_writes"
    default: "\(self)"
    }
  }
}
