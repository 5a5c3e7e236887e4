package import Telemetry

/// What tokens cost in calls whose prompts are of like length: a plain value without references,
/// so that pricing by it neither counts nor chases any.
struct PriceBand: Sendable {
  private let rates: InlineArray<9, Rate>
  private let requestFee: Rate
  /// The model is listed as free.
  let isFree: Bool
  /// The longest prompt that belongs to it.
  let upTo: Int64

  /// No call.
  static let none = PriceBand(
    rates: TokenLeaf.allCases.map { _ in .absent }, requestFee: .absent, isFree: false,
    upTo: .min)

  /// A band with one rate for each leaf.
  init(rates: [Rate], requestFee: Rate, isFree: Bool, upTo: Int64) {
    precondition(rates.count == 9, "a band has a rate for every leaf")
    self.rates = InlineArray { rates[$0] }
    (self.requestFee, self.isFree, self.upTo) = (requestFee, isFree, upTo)
  }

  @inline(__always)
  func rate(of leaf: TokenLeaf) -> Rate { rates[Int(leaf.rawValue)] }

  /// Prices leaves. The fee is for calls, not for what is left of a roll-up.
  func price(_ leaves: TokenLeaves, isCall: Bool) -> PricedLeaves {
    var priced = PricedLeaves()
    priced.add(leaves.input, .input, self)
    priced.add(leaves.cacheRead, .cacheRead, self)
    priced.add(leaves.cacheWrite, .cacheWrite, self)
    priced.add(leaves.cacheWrite1h, .cacheWrite1h, self)
    priced.add(leaves.audioInput, .audioInput, self)
    priced.add(leaves.imageInput, .imageInput, self)
    priced.add(leaves.output, .output, self)
    priced.add(leaves.reasoning, .reasoning, self)
    priced.add(leaves.audioOutput, .audioOutput, self)
    if isCall, !requestFee.isAbsent { priced.add(requestFee.amount(of: 1)) }
    return priced
  }
}

/// What leaves cost by one row.
package struct PricedLeaves: Equatable, Sendable {
  /// Picodollars.
  package private(set) var cost: Int64 = 0
  package private(set) var tokens: Int64 = 0
  /// The tokens that had a price.
  package private(set) var pricedTokens: Int64 = 0
  /// The leaves with tokens but without a price: they add nothing.
  package private(set) var unpriced = WordSet<TokenLeaf>()
  /// The sum is beyond 9.2 million dollars, which is no call.
  package private(set) var hasOverflown = false

  /// Nothing yet.
  fileprivate init() {}

  /// Prices the tokens of one leaf.
  @inline(__always)
  fileprivate mutating func add(_ count: Int64, _ leaf: TokenLeaf, _ band: borrowing PriceBand) {
    guard count > 0 else { return }
    tokens &+= count
    let rate = band.rate(of: leaf)
    if band.isFree {
      pricedTokens &+= count
    } else if rate.isAbsent {
      unpriced.insert(leaf)
    } else {
      pricedTokens &+= count
      add(rate.amount(of: count))
    }
  }

  @inline(__always)
  fileprivate mutating func add(_ amount: Int64?) {
    guard let amount else {
      hasOverflown = true
      return
    }
    let (sum, overflow) = cost.addingReportingOverflow(amount)
    if overflow { hasOverflown = true } else { cost = sum }
  }
}
