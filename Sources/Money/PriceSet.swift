/// The prices of one row as a price file gives them.
struct PriceSet: Sendable {
  /// A price and what it becomes for longer prompts.
  struct LeafPrice: Equatable, Sendable {
    struct Tier: Equatable, Sendable {
      /// The prompt must be longer than this.
      let above: Int64
      let rate: Rate
    }

    let base: Rate
    /// By rising threshold.
    let tiers: [Tier]

    init(base: Rate, tiers: [Tier] = []) {
      self.base = base
      self.tiers = tiers.sorted { $0.above < $1.above }
    }

    /// The rate for prompts just above a threshold.
    func rate(promptAbove threshold: Int64) -> Rate {
      tiers.last { $0.above <= threshold }?.rate ?? base
    }
  }

  /// A price for each `TokenLeaf`.
  var leaves: [LeafPrice?] = Array(repeating: nil, count: TokenLeaf.allCases.count)
  /// For each request.
  var requestFee = Rate.absent
  /// Prices that are not for tokens, such as for pages: they make a row that is not free.
  var hasOtherPrices = false

  /// Whether there is no price at all, which is how free models are written.
  var isFree: Bool {
    !hasOtherPrices && requestFee.isAbsent && leaves.allSatisfy { $0 == nil }
  }

  /// This set with what `variant` gives in place of its own; `replaced` says which were replaced
  /// before and stay.
  mutating func take(_ variant: PriceSet, except replaced: inout Set<Int>) {
    for (index, price) in variant.leaves.enumerated() {
      guard let price, replaced.insert(index).inserted else { continue }
      leaves[index] = price
    }
    if !variant.requestFee.isAbsent, replaced.insert(leaves.count).inserted {
      requestFee = variant.requestFee
    }
  }

  /// A text that two sets share only if they say the same.
  var text: String {
    var text = isFree ? "free" : "fee \(requestFee.perMillion)"
    for (leaf, price) in zip(TokenLeaf.allCases, leaves) {
      guard let price else { continue }
      text += " \(leaf.priceKey) \(price.base.perMillion)"
      for tier in price.tiers { text += " >\(tier.above) \(tier.rate.perMillion)" }
    }
    return text
  }
}

// Reading back.
extension PriceSet {
  /// The set that has this `text`, or nil.
  init?(text: String) {
    self.init()
    guard text != "free" else { return }
    // What is not free and has no price of tokens has others.
    hasOtherPrices = true
    var words = text.split(separator: " ", omittingEmptySubsequences: false)[...]
    guard words.popFirst() == "fee", let fee = words.popFirst(), let rate = Rate(perMillion: fee)
    else { return nil }
    requestFee = rate
    while let key = words.popFirst() {
      guard let leaf = TokenLeaf.allCases.first(where: { $0.priceKey == key }),
        let base = words.popFirst().flatMap(Rate.init(perMillion:))
      else { return nil }
      var tiers: [LeafPrice.Tier] = []
      while let word = words.first, word.hasPrefix(">") {
        words.removeFirst()
        guard let above = Int64(word.dropFirst()),
          let rate = words.popFirst().flatMap(Rate.init(perMillion:))
        else { return nil }
        tiers.append(LeafPrice.Tier(above: above, rate: rate))
      }
      leaves[Int(leaf.rawValue)] = LeafPrice(base: base, tiers: tiers)
    }
  }
}
