package import Telemetry

/// Why a span counts as it does; absent for spans that have nothing to count.
package enum CountReason: UInt8, Word {
  case call = 0
  case residual, duplicateResponseID, duplicateUsage, aggregate, noUsage

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .duplicateResponseID: "duplicate_response_id"
    case .duplicateUsage: "duplicate_usage"
    case .noUsage: "no_usage"
    default: "\(self)"
    }
  }
}

/// What one span adds to every sum.
package struct Contribution: Equatable, Sendable {
  package var why: CountReason?
  /// Where its cost comes from; nil when it adds nothing.
  package var status: CostStatus?
  /// Picodollars, or `Event.absent` where there is no cost.
  package var cost = Event.absent
  /// The tokens that count.
  package var leaves = TokenLeaves()
  /// How many of them the cost covers.
  package var pricedTokens: Int64 = 0

  /// Nothing.
  package init() {}

  /// Nothing, for this reason.
  package init(_ why: CountReason?) { self.why = why }

  /// Whether it is a call that counts.
  package var isCountedCall: Bool { why == .call }

  /// Whether it adds to any sum.
  package var isCounted: Bool { status != nil && status != .noUsage }
}

/// The sums over spans that count.
package struct CostTotal: Sendable {
  /// Picodollars.
  package private(set) var cost: Int128 = 0
  /// Whether any span has a cost; without one the sum is unknown and not 0.
  package private(set) var hasCost = false
  package private(set) var tokens: Int64 = 0
  package private(set) var pricedTokens: Int64 = 0
  package private(set) var countedCalls = 0
  package private(set) var callsWithoutUsage = 0
  /// The tokens of each leaf; 0 where nothing was.
  package private(set) var leaves: TokenLeaves
  /// The statuses that occur.
  package private(set) var statuses = WordSet<CostStatus>()

  /// Nothing was counted.
  package init() {
    leaves = TokenLeaves()
    for leaf in TokenLeaf.allCases { leaves[leaf] = 0 }
  }

  /// Adds what one span counts.
  package mutating func add(_ part: Contribution) {
    if part.why == .noUsage { callsWithoutUsage += 1 }
    if let status = part.status { statuses.insert(status) }
    guard part.isCounted else { return }
    if part.isCountedCall { countedCalls += 1 }
    if part.cost != Event.absent {
      cost += Int128(part.cost)
      hasCost = true
    }
    tokens += part.leaves.tokens
    pricedTokens += part.pricedTokens
    for leaf in TokenLeaf.allCases { leaves[leaf] += max(0, part.leaves[leaf]) }
  }

  /// The share of the tokens that is priced; nil without tokens.
  package var coverage: Double? { tokens > 0 ? Double(pricedTokens) / Double(tokens) : nil }

  /// The status that all parts share, or what the mixture comes to.
  package var status: CostStatus? {
    let present = CostStatus.allCases.filter(statuses.contains)
    if present.count <= 1 { return present.first }
    let counted = present.filter { $0 != .noUsage }
    if counted.count == 1 { return counted.first }
    return counted.contains(.unpriced) || counted.contains(.partial) ? .partial : .computed
  }
}
