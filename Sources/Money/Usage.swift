package import Telemetry

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

  /// Nothing is reported.
  package init() {}

  /// Whether any count is there.
  package var isEmpty: Bool {
    input == nil && output == nil && total == nil && cacheRead == nil && cacheWrite == nil
      && cacheWrite1h == nil && reasoning == nil && audioInput == nil && audioOutput == nil
      && imageInput == nil
  }
}

/// Which evidence settled whether input includes the cached tokens.
package enum UsageRule: UInt8, Word {
  case onlyReading = 0
  case flag, total, provider, evidence, assumed

  /// The word as users write and read it.
  package var text: String { self == .onlyReading ? "only_reading" : "\(self)" }
}

/// Usage as disjoint leaves, and how it was read.
package struct ResolvedUsage: Equatable, Sendable {
  package let leaves: TokenLeaves
  package let rule: UsageRule
  package let inputIncludesCache: Bool

  /// Reads `usage` as leaves. Of the two conventions one is taken by the first evidence that
  /// speaks: the explicit flag, the identity with `total`, the provider's habit, more cached than
  /// input tokens; else input is taken to include the cache. A reading with a negative leaf is
  /// never taken while the other has none.
  package init(_ usage: ReportedUsage, provider: UnsafeRawBufferPointer) {
    let inclusive = Self.leaves(usage, includesCache: true)
    let exclusive = Self.leaves(usage, includesCache: false)
    guard (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0) > 0 else {
      (leaves, rule, inputIncludesCache) = (Self.clamped(inclusive), .onlyReading, true)
      return
    }
    let preferred = unsafe Self.preference(usage, provider: provider)
    if preferred.includesCache, !Self.isPossible(inclusive), Self.isPossible(exclusive) {
      (leaves, rule, inputIncludesCache) = (exclusive, .evidence, false)
    } else {
      let chosen = preferred.includesCache ? inclusive : exclusive
      (leaves, rule) = (Self.clamped(chosen), preferred.rule)
      inputIncludesCache = preferred.includesCache
    }
  }

  private static func preference(
    _ usage: ReportedUsage, provider: UnsafeRawBufferPointer
  ) -> (includesCache: Bool, rule: UsageRule) {
    if let flag = usage.inputIncludesCache { return (flag, .flag) }
    let cached = (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0)
    if let total = usage.total, let input = usage.input, let output = usage.output {
      if total == input + output { return (true, .total) }
      if total == input + output + cached { return (false, .total) }
    }
    if let habit = unsafe habit(of: provider) { return (habit, .provider) }
    if let input = usage.input, cached > input { return (false, .evidence) }
    return (true, .assumed)
  }

  /// Whether the provider's own API counts cached tokens within input; nil where it is not known.
  private static func habit(of provider: UnsafeRawBufferPointer) -> Bool? {
    for (name, includesCache) in habits
    where unsafe name.count == provider.count && isEqual(name, provider) {
      return includesCache
    }
    return nil
  }

  /// Compares with a lower-case name; runs once an event, so without making strings.
  private static func isEqual(_ name: [UInt8], _ text: UnsafeRawBufferPointer) -> Bool {
    for index in name.indices {
      let byte = unsafe text[index]
      let lower = byte &- 0x41 < 26 ? byte | 0x20 : byte
      if lower != name[index] { return false }
    }
    return true
  }

  private static let habits: [(name: [UInt8], includesCache: Bool)] =
    ["anthropic", "aws", "aws.bedrock", "bedrock"].map { (Array($0.utf8), false) }
    + [
      "openai", "azure", "google", "x-ai", "x_ai", "deepseek", "groq", "mistral", "cohere",
    ].map { (Array($0.utf8), true) }

  private static func leaves(_ usage: ReportedUsage, includesCache: Bool) -> TokenLeaves {
    var leaves = TokenLeaves()
    let cacheWrite = usage.cacheWrite ?? usage.cacheWrite1h
    let inside = (usage.audioInput ?? 0) + (usage.imageInput ?? 0)
    let cached = (usage.cacheRead ?? 0) + (cacheWrite ?? 0)
    if let input = usage.input {
      leaves.input = input - inside - (includesCache ? cached : 0)
      if leaves.input == -1 { leaves.input = -2 }
    }
    if let output = usage.output {
      leaves.output = output - (usage.reasoning ?? 0) - (usage.audioOutput ?? 0)
      if leaves.output == -1 { leaves.output = -2 }
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

  private static func isPossible(_ leaves: TokenLeaves) -> Bool {
    leaves.input >= -1 && leaves.output >= -1
  }

  /// −1 means absent, so an impossible remainder is −2 and below until it is cut to 0 here.
  private static func clamped(_ leaves: TokenLeaves) -> TokenLeaves {
    var leaves = leaves
    if leaves.input < -1 { leaves.input = 0 }
    if leaves.output < -1 { leaves.output = 0 }
    return leaves
  }
}
