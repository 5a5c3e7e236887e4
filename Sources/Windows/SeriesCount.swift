package import Telemetry

/// What one event adds to the counters that only ever rise: final whole numbers, so that it can be
/// taken back exactly. Made from `EventFacts`, the one home of the counting rules.
package struct SeriesCount: Equatable, Sendable {
  /// Which counters it adds to.
  package enum Kind: UInt8, Sendable {
    /// A finished call.
    case call = 0
    /// A call that the application's cache answered: no call to a provider.
    case cacheAnswer
    case span
    case log
    /// Usage that counts without a call of its own.
    case usage
  }

  /// Which counters it adds to.
  package var kind: Kind
  /// Ids of the dimension sets.
  package var source: UInt32
  package var operation: UInt32
  package var tenant: UInt32
  /// How it ended; the error's type where it failed.
  package var status: Status
  package var errorType: ErrorType?
  package var level: Level?
  package var cache: CacheResult?
  /// What it counts, in `EventFacts.unit`s, and in histograms.
  package var weight: Int64
  package var histogramCount: Int64
  /// Nanoseconds, or `Event.absent` where they do not count.
  package var duration: Int64
  package var firstToken: Int64
  /// Weighted; −1 is absent.
  package var leaves: TokenLeaves
  package var unpricedTokens: Int64
  /// Weighted picodollars, of an answer of the application's cache what it saved; 0 where the cost
  /// is not known.
  package var cost: Int64
  package var lacksUsage: Bool
  package var isRetry: Bool
  /// Weighted.
  package var waits: EventFacts.Waits

  /// What `facts` count as, or nil where they count nowhere: an open event, and a score, which
  /// counts once its target is known.
  @inline(__always)
  package init?(_ facts: borrowing EventFacts) {
    guard facts.isFinished else { return nil }
    switch facts.event.type {
    case .llm: kind = facts.isUsageOnly ? .usage : facts.isFromCache ? .cacheAnswer : .call
    case .span: kind = .span
    case .log: kind = .log
    case .score: return nil
    }
    source = facts.event.source
    operation = facts.event.operation
    tenant = facts.event.tenant
    status = facts.outcome
    errorType = facts.isError ? facts.event.errorType ?? .other : nil
    level = facts.event.level
    cache = facts.event.type == .llm ? facts.cache : nil
    weight = facts.weight
    histogramCount = facts.histogramCount
    duration = facts.hasLatency ? max(0, facts.event.duration) : Event.absent
    firstToken = facts.hasFirstToken ? max(0, facts.event.timeToFirstToken) : Event.absent
    leaves = facts.weightedLeaves
    let hasCost = facts.event.cost != Event.absent
    cost =
      kind == .cacheAnswer ? facts.weightedSaving : hasCost ? facts.weighted(facts.event.cost) : 0
    unpricedTokens =
      hasCost ? facts.weighted(facts.unpricedTokens) : leaves.allInput + leaves.allOutput
    lacksUsage = facts.lacksUsage
    isRetry = !facts.isFirstAttempt
    waits = facts.weightedWaits
  }
}

extension EventFacts {
  fileprivate var weightedLeaves: TokenLeaves {
    guard weight != Self.unit, !event.leaves.isEmpty else { return event.leaves }
    var leaves = event.leaves
    leaves.changeEach { if $0 > 0 { $0 = weighted($0) } }
    return leaves
  }

  /// What an answer of the application's cache would have cost: by the prices, else as it says.
  fileprivate var weightedSaving: Int64 {
    let saving = event.computedCost != Event.absent ? event.computedCost : event.cost
    return saving == Event.absent ? 0 : weighted(saving)
  }

  fileprivate var weightedWaits: Waits {
    guard weight != Self.unit else { return waits }
    var waits = waits
    waits.retry = weighted(waits.retry)
    waits.gate = weighted(waits.gate)
    waits.queue = weighted(waits.queue)
    waits.pool = weighted(waits.pool)
    return waits
  }
}

extension TokenLeaves {
  /// What the leaves are called where tokens are told apart by type.
  package static let words = [
    "input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "image_input",
    "output", "reasoning", "audio_output",
  ]

  /// Lets `change` see each leaf, in the order of `words`.
  package mutating func changeEach(_ change: (inout Int64) -> Void) {
    change(&input)
    change(&cacheRead)
    change(&cacheWrite)
    change(&cacheWrite1h)
    change(&audioInput)
    change(&imageInput)
    change(&output)
    change(&reasoning)
    change(&audioOutput)
  }
}
