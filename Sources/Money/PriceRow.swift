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
  /// All prices as text, from which `init` makes them again.
  package let prices: String
  /// One more than there are thresholds.
  let bands: [PriceBand]

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
    bands = Self.bands(of: prices, thresholds)
    self.prices = prices.text
    id = Self.id("\(provider)\n\(model)\n\(tier)\n\(from)\n\(prices.text)")
  }

  /// A row as it was kept with the calls that it priced, known from now on to `PriceBook.row`; nil
  /// where `prices` is nothing that a row gave.
  @discardableResult
  package static func kept(
    provider: String, model: String, tier: String, prices: String, from: Int64, to: Int64,
    contextWindow: Int64?
  ) -> PriceRow? {
    guard let set = PriceSet(text: prices) else { return nil }
    let row = PriceRow(
      provider: provider, model: model, tier: tier, prices: set, from: from, to: to,
      contextWindow: contextWindow)
    PriceBook.keep(row)
    return row
  }

  private static func bands(of prices: PriceSet, _ thresholds: [Int64]) -> [PriceBand] {
    let output = prices.leaves[Int(TokenLeaf.output.rawValue)]
    return (0...thresholds.count).map { number in
      let prompt = number == 0 ? Int64.min : thresholds[number - 1]
      let rates = TokenLeaf.allCases.map { leaf in
        let own = prices.leaves[Int(leaf.rawValue)]
        // Reasoning is billed as output where it has no price of its own.
        return (leaf == .reasoning ? own ?? output : own)?.rate(promptAbove: prompt) ?? .absent
      }
      return PriceBand(
        rates: rates, requestFee: prices.requestFee, isFree: prices.isFree,
        upTo: number < thresholds.count ? thresholds[number] : .max)
    }
  }

  /// The price of a leaf in a call with this many tokens in its prompt.
  package func rate(of leaf: TokenLeaf, prompt: Int64) -> Rate {
    band(of: prompt).rate(of: leaf)
  }

  /// The price of a leaf in a band.
  package func rate(of leaf: TokenLeaf, band: Int) -> Rate { bands[band].rate(of: leaf) }

  /// The share of the model's window that a call with these leaves filled, in millionths, which is
  /// less than any token; nil where it is not known.
  package func contextUsed(_ leaves: TokenLeaves) -> Double? {
    guard let contextWindow, contextWindow > 0, leaves.tokens > 0 else { return nil }
    return (Double(leaves.tokens) / Double(contextWindow) * 1e6).rounded() / 1e6
  }

  /// The prices of calls with this many tokens in their prompt.
  func band(of prompt: Int64) -> PriceBand {
    var number = 0
    while prompt > bands[number].upTo { number += 1 }
    return bands[number]
  }

  /// Prices leaves. The fee is for calls, not for what is left of a roll-up.
  package func price(_ leaves: TokenLeaves, isCall: Bool) -> PricedLeaves {
    band(of: leaves.promptTokens).price(leaves, isCall: isCall)
  }

  /// FNV-1a. The end is left out of the text: a row whose end becomes known stays the same row.
  private static func id(_ text: String) -> UInt32 {
    var hash: UInt32 = 0x811C_9DC5
    for byte in text.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return hash == 0 ? 1 : hash
  }
}
