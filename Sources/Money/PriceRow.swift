internal import Codec
package import Telemetry

/// The prices that one model had in one span of time and one service tier: what a call is priced
/// by. Immutable and shared.
package final class PriceRow: Sendable {
  /// What is stored with a call: made from the row's contents, so that it means the same after a
  /// restart and in another version of the price book. Never 0.
  package let id: UInt32
  /// Where the row comes from.
  package let provider: String
  package let model: String
  /// The service tier it is for; empty is the ordinary one.
  package let tier: String
  /// When it holds, in ns since 1970: `from` included, `to` not; the extremes of Int64 are open.
  package let from: Int64
  package let to: Int64
  /// Tokens that a call's prompt and answer may have together, where the book knows it.
  package let contextWindow: Int64?
  /// A model that the book lists as free.
  package let isFree: Bool
  /// What each request costs besides its tokens.
  package let requestFee: Rate
  /// Prompts longer than the n-th threshold are priced by band n + 1.
  package let thresholds: [Int64]
  /// A price for each leaf in each band above the first; bands one after the other.
  private let upperRates: [Rate]
  /// The first band, which most calls are in, where no array has to be retained to read it.
  private let rates: InlineArray<9, Rate>
  private let firstThreshold: Int64

  /// How many leaves a band has.
  static let width = TokenLeaf.allCases.count

  /// A row of `prices`, valid `from..<to`.
  init(
    provider: String, model: String, tier: String, prices: PriceSet, from: Int64, to: Int64,
    contextWindow: Int64?
  ) {
    (self.provider, self.model, self.tier) = (provider, model, tier)
    (self.from, self.to, self.contextWindow) = (from, to, contextWindow)
    isFree = prices.isFree
    requestFee = prices.requestFee
    thresholds = Array(Set(prices.leaves.flatMap { $0?.tiers.map(\.above) ?? [] })).sorted()
    var rates: [Rate] = []
    for band in 0...thresholds.count {
      let prompt = band == 0 ? Int64.min : thresholds[band - 1]
      for leaf in TokenLeaf.allCases {
        let own = prices.leaves[Int(leaf.rawValue)]
        let price = leaf == .reasoning ? own ?? prices.leaves[Self.output] : own
        rates.append(price?.rate(promptAbove: prompt) ?? .absent)
      }
    }
    self.rates = InlineArray { rates[$0] }
    upperRates = Array(rates.dropFirst(Self.width))
    firstThreshold = thresholds.first ?? .max
    id = Self.id("\(provider)\n\(model)\n\(tier)\n\(from)\n\(prices.text)")
  }

  private static let output = Int(TokenLeaf.output.rawValue)

  /// The price of a leaf in a call with this many tokens in its prompt.
  package func rate(of leaf: TokenLeaf, prompt: Int64) -> Rate {
    rate(of: leaf, band: band(of: prompt))
  }

  /// The price of a leaf in a band.
  package func rate(of leaf: TokenLeaf, band: Int) -> Rate {
    band == 0
      ? rates[Int(leaf.rawValue)]
      : upperRates[(band - 1) * Self.width + Int(leaf.rawValue)]
  }

  private func band(of prompt: Int64) -> Int {
    guard prompt > firstThreshold else { return 0 }
    var band = 1
    while band < thresholds.count, prompt > thresholds[band] { band += 1 }
    return band
  }

  /// Prices leaves. The fee is for calls, not for what is left of a roll-up.
  package func price(_ leaves: TokenLeaves, isCall: Bool) -> PricedLeaves {
    let band = band(of: leaves.promptTokens)
    var priced = PricedLeaves()
    priced.add(leaves.input, .input, self, band)
    priced.add(leaves.cacheRead, .cacheRead, self, band)
    priced.add(leaves.cacheWrite, .cacheWrite, self, band)
    priced.add(leaves.cacheWrite1h, .cacheWrite1h, self, band)
    priced.add(leaves.audioInput, .audioInput, self, band)
    priced.add(leaves.imageInput, .imageInput, self, band)
    priced.add(leaves.output, .output, self, band)
    priced.add(leaves.reasoning, .reasoning, self, band)
    priced.add(leaves.audioOutput, .audioOutput, self, band)
    if isCall, !requestFee.isAbsent { priced.add(requestFee.amount(of: 1)) }
    return priced
  }

  /// FNV-1a. The end is left out of the text: a row whose end becomes known stays the same row.
  private static func id(_ text: String) -> UInt32 {
    var hash: UInt32 = 0x811C_9DC5
    for byte in text.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return hash == 0 ? 1 : hash
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
  fileprivate mutating func add(_ count: Int64, _ leaf: TokenLeaf, _ row: PriceRow, _ band: Int) {
    guard count > 0 else { return }
    tokens &+= count
    let rate = row.rate(of: leaf, band: band)
    if row.isFree {
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
