internal import Telemetry

/// Token counts as a sender reported them; nil is absent.
package struct ReportedUsage: Equatable, Sendable {
  // −1 is absent: optionals would double the size of what is copied for every event.
  private var inputCount: Int64 = -1
  private var outputCount: Int64 = -1
  private var totalCount: Int64 = -1
  private var cacheReadCount: Int64 = -1
  private var cacheWriteCount: Int64 = -1
  private var cacheWrite1hCount: Int64 = -1
  private var reasoningCount: Int64 = -1
  private var audioInputCount: Int64 = -1
  private var audioOutputCount: Int64 = -1
  private var imageInputCount: Int64 = -1
  /// The sender's own word on the convention.
  package var inputIncludesCache: Bool?
  /// What the names say in which the usage came.
  package var convention: UsageConvention?
  /// The counts came under names that say they are sums over a run.
  package var isAggregate = false

  /// Nothing is reported.
  package init() {}

  /// The prompt, by the sender's convention with or without cached tokens.
  package var input: Int64? {
    get { inputCount < 0 ? nil : inputCount }
    set { inputCount = newValue ?? -1 }
  }
  /// The answer, mostly with reasoning.
  package var output: Int64? {
    get { outputCount < 0 ? nil : outputCount }
    set { outputCount = newValue ?? -1 }
  }
  /// The sum as the sender gives it.
  package var total: Int64? {
    get { totalCount < 0 ? nil : totalCount }
    set { totalCount = newValue ?? -1 }
  }
  /// Read from the provider's cache.
  package var cacheRead: Int64? {
    get { cacheReadCount < 0 ? nil : cacheReadCount }
    set { cacheReadCount = newValue ?? -1 }
  }
  /// Written to it, those for an hour included.
  package var cacheWrite: Int64? {
    get { cacheWriteCount < 0 ? nil : cacheWriteCount }
    set { cacheWriteCount = newValue ?? -1 }
  }
  /// Written to it for an hour.
  package var cacheWrite1h: Int64? {
    get { cacheWrite1hCount < 0 ? nil : cacheWrite1hCount }
    set { cacheWrite1hCount = newValue ?? -1 }
  }
  /// Thought but not said; a part of output.
  package var reasoning: Int64? {
    get { reasoningCount < 0 ? nil : reasoningCount }
    set { reasoningCount = newValue ?? -1 }
  }
  /// Heard; a part of input.
  package var audioInput: Int64? {
    get { audioInputCount < 0 ? nil : audioInputCount }
    set { audioInputCount = newValue ?? -1 }
  }
  /// Spoken; a part of output.
  package var audioOutput: Int64? {
    get { audioOutputCount < 0 ? nil : audioOutputCount }
    set { audioOutputCount = newValue ?? -1 }
  }
  /// Seen; a part of input.
  package var imageInput: Int64? {
    get { imageInputCount < 0 ? nil : imageInputCount }
    set { imageInputCount = newValue ?? -1 }
  }

  /// Whether any count is there.
  package var isEmpty: Bool {
    // All bits of −1 are set.
    inputCount & outputCount & totalCount & cacheReadCount & cacheWriteCount & cacheWrite1hCount
      & reasoningCount & audioInputCount & audioOutputCount & imageInputCount == -1
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
