package import Telemetry

/// Usage as disjoint leaves, and how it was read.
package struct ResolvedUsage: Equatable, Sendable {
  package let leaves: TokenLeaves
  package let rule: UsageRule
  package let inputIncludesCache: Bool
  /// The leaves of the other reading, where the evidence for this one is weak and it is possible.
  package let otherLeaves: TokenLeaves?
  package let anomalies: WordSet<UsageAnomaly>

  /// Reads `usage` as leaves. Of the two conventions one is taken by the first evidence that
  /// speaks: the explicit flag, the dialect, the identity with `total`, the provider's habit, more
  /// cached than input tokens; else input is taken to include the cache. A reading with a negative
  /// leaf is never taken while the other has none; what is negative in both is cut to 0 and named.
  package init(_ usage: ReportedUsage, habit: ProviderHabit) {
    let reading = UsageReading(usage)
    var includesReasoning = usage.convention != .disjoint
    let cached = reading.cached
    guard cached > 0 else {
      if usage.convention == nil {
        includesReasoning = reading.outputIncludesDetails(includesCache: true)
      }
      leaves = reading.leaves(includesCache: true, includesReasoning)
      (rule, inputIncludesCache, otherLeaves) = (.onlyReading, true, nil)
      anomalies = reading.anomalies(includesCache: true, includesReasoning)
      return
    }
    var (includesCache, rule) = reading.preference(habit)
    if !reading.isPossible(includesCache: includesCache),
      reading.isPossible(includesCache: !includesCache)
    {
      (includesCache, rule) = (!includesCache, .evidence)
    }
    if usage.convention == nil {
      includesReasoning = reading.outputIncludesDetails(includesCache: includesCache)
    }
    leaves = reading.leaves(includesCache: includesCache, includesReasoning)
    inputIncludesCache = includesCache
    self.rule = rule
    anomalies = reading.anomalies(includesCache: includesCache, includesReasoning)
    let isWeak = rule == .assumed || (rule == .provider && habit.isGuessed)
    otherLeaves =
      isWeak && reading.isPossible(includesCache: !includesCache)
      ? reading.leaves(includesCache: !includesCache, includesReasoning) : nil
  }
}

/// Whether a provider's own API counts cached tokens within input, as far as is known.
package struct ProviderHabit: Equatable, Sendable {
  package let includesCache: Bool?
  /// The provider was told from the model's name alone.
  package let isGuessed: Bool

  /// Nothing is known of the provider.
  package static let unknown = ProviderHabit(includesCache: nil, isGuessed: false)

  /// A known habit.
  package init(includesCache: Bool?, isGuessed: Bool) {
    (self.includesCache, self.isGuessed) = (includesCache, isGuessed)
  }

  /// The habit of the provider with this id in the price book.
  init(provider: [UInt8]?, isGuessed: Bool) {
    self.isGuessed = isGuessed
    includesCache = provider.flatMap { Self.habits[String(decoding: $0, as: UTF8.self)] }
  }

  private static let habits: [String: Bool] = [
    "anthropic": false, "aws": false, "openai": true, "azure": true, "google": true, "x-ai": true,
    "deepseek": true, "groq": true, "mistral": true, "cohere": true,
  ]
}

/// The counts of one usage, asked under one convention or the other.
private struct UsageReading {
  let usage: ReportedUsage
  let cached: Int64
  private let cacheWrite: Int64?
  private let inputDetails: Int64
  private let outputDetails: Int64

  init(_ usage: ReportedUsage) {
    self.usage = usage
    // A sender may give only the part that is kept for an hour.
    cacheWrite = usage.cacheWrite ?? usage.cacheWrite1h
    cached = (usage.cacheRead ?? 0) + max(cacheWrite ?? 0, usage.cacheWrite1h ?? 0)
    inputDetails = (usage.audioInput ?? 0) + (usage.imageInput ?? 0)
    outputDetails = (usage.reasoning ?? 0) + (usage.audioOutput ?? 0)
  }

  func preference(_ habit: ProviderHabit) -> (includesCache: Bool, rule: UsageRule) {
    if let flag = usage.inputIncludesCache { return (flag, .flag) }
    if let convention = usage.convention { return (convention == .inclusive, .dialect) }
    if let total = usage.total, let input = usage.input {
      let output = usage.output ?? 0
      for detail in [0, outputDetails] {
        if total == input + output + detail { return (true, .total) }
        if total == input + output + cached + detail { return (false, .total) }
      }
    }
    if let habit = habit.includesCache { return (habit, .provider) }
    if let input = usage.input, cached > input { return (false, .evidence) }
    return (true, .assumed)
  }

  /// Whether no leaf of the prompt would be negative.
  func isPossible(includesCache: Bool) -> Bool {
    guard let input = usage.input else { return true }
    return input - inputDetails - (includesCache ? cached : 0) >= 0
  }

  /// Whether output includes reasoning and audio: so it is unless that is impossible or the total
  /// says otherwise.
  func outputIncludesDetails(includesCache: Bool) -> Bool {
    guard outputDetails > 0, let output = usage.output else { return true }
    if outputDetails > output { return false }
    guard let total = usage.total, let input = usage.input else { return true }
    let prompt = input + (includesCache ? 0 : cached)
    return total == prompt + output || total != prompt + output + outputDetails
  }

  func leaves(includesCache: Bool, _ includesDetails: Bool) -> TokenLeaves {
    var leaves = TokenLeaves()
    if let input = usage.input {
      leaves.input = max(0, input - inputDetails - (includesCache ? cached : 0))
    }
    if let output = usage.output {
      leaves.output = max(0, output - (includesDetails ? outputDetails : 0))
    }
    leaves.cacheRead = usage.cacheRead ?? -1
    leaves.cacheWrite = cacheWrite.map { max(0, $0 - (usage.cacheWrite1h ?? 0)) } ?? -1
    leaves.cacheWrite1h = usage.cacheWrite1h ?? -1
    leaves.audioInput = usage.audioInput ?? -1
    leaves.imageInput = usage.imageInput ?? -1
    leaves.reasoning = usage.reasoning ?? -1
    leaves.audioOutput = usage.audioOutput ?? -1
    return leaves
  }

  func anomalies(includesCache: Bool, _ includesDetails: Bool) -> WordSet<UsageAnomaly> {
    var found = WordSet<UsageAnomaly>()
    if let input = usage.input {
      if inputDetails > input {
        found.insert(.detailExceedsInput)
      } else if !isPossible(includesCache: includesCache) {
        found.insert(.cacheExceedsInput)
      }
    }
    if let output = usage.output, includesDetails, outputDetails > output {
      found.insert(.detailExceedsOutput)
    }
    if let hour = usage.cacheWrite1h, let writes = usage.cacheWrite, hour > writes {
      found.insert(.hourExceedsWrites)
    }
    guard let total = usage.total else { return found }
    let leaves = leaves(includesCache: includesCache, includesDetails)
    if leaves.isEmpty {
      found.insert(.totalOnly)
    } else if total != leaves.tokens {
      found.insert(.totalMismatch)
    }
    return found
  }
}
