internal import Codec

/// Reading LiteLLM's `model_prices_and_context_window.json`: an object of models, prices a token.
extension PriceSource {
  /// Reads the object that is next. Its models go to the providers they name, with prefix and
  /// without.
  mutating func readLiteLLM(_ reader: inout PriceReader) throws(PriceFileError) {
    var found: [String: Provider] = [:]
    var order: [String] = []
    try reader.object { (reader, name) throws(PriceFileError) in
      guard name != "sample_spec" else { return try reader.skip() }
      guard reader.isObject else {
        throw reader.fault("expected a model's object; LiteLLM's file maps names to objects")
      }
      var entry = LiteLLMEntry()
      try entry.read(&reader)
      guard let provider = entry.provider, let model = entry.model(named: name) else { return }
      if found[provider] == nil {
        order.append(provider)
        found[provider] = Provider(id: Array(provider.utf8))
      }
      found[provider]?.models.append(model)
    }
    providers = order.compactMap { found[$0] }
  }
}

/// One model of LiteLLM's file.
private struct LiteLLMEntry {
  private(set) var provider: String?
  private var contextWindow: Int64?
  private var base: [TokenLeaf: Rate] = [:]
  /// By the number of tokens above which they hold.
  private var tiers: [Int64: [TokenLeaf: Rate]] = [:]
  /// By service tier, then as above, 0 for no threshold.
  private var variants: [String: [Int64: [TokenLeaf: Rate]]] = [:]
  private var requestFee = Rate.absent
  private var hasOtherPrices = false

  mutating func read(_ reader: inout PriceReader) throws(PriceFileError) {
    try reader.object { (reader, name) throws(PriceFileError) in
      switch name {
      case "litellm_provider":
        guard reader.isString else { return try reader.skip() }
        provider = Self.providerID(try reader.text())
      case "max_input_tokens":
        guard !reader.isString, !reader.isNull else { return try reader.skip() }
        contextWindow = try reader.number().rounded(scaledBy: 0)
      case "input_cost_per_request":
        requestFee = try reader.rate(perTenTo: 0)
      case "tiered_pricing":
        try reader.array { (reader) throws(PriceFileError) in try readRange(&reader) }
      default:
        try readCost(name, &reader)
      }
    }
  }

  private mutating func readCost(
    _ name: String, _ reader: inout PriceReader
  ) throws(PriceFileError) {
    guard let cost = LiteLLMCost(name) else {
      if name.contains("cost_per") { hasOtherPrices = true }
      return try reader.skip()
    }
    guard !reader.isNull else { return try reader.skip() }
    let rate = try reader.rate(perTenTo: 0)
    if let tier = cost.serviceTier {
      variants[tier, default: [:]][cost.threshold, default: [:]][cost.leaf] = rate
    } else if cost.threshold > 0 {
      tiers[cost.threshold, default: [:]][cost.leaf] = rate
    } else {
      base[cost.leaf] = rate
    }
  }

  /// `{"range": [lo, hi], "input_cost_per_token": …}`: from `lo` tokens on.
  private mutating func readRange(_ reader: inout PriceReader) throws(PriceFileError) {
    var low: Int64 = 0
    var rates: [TokenLeaf: Rate] = [:]
    try reader.object { (reader, name) throws(PriceFileError) in
      if name == "range" {
        var bounds: [Int64] = []
        try reader.array { (reader) throws(PriceFileError) in
          bounds.append(try reader.number().rounded(scaledBy: 0) ?? .max)
        }
        low = bounds.first ?? 0
      } else if let cost = LiteLLMCost(name), cost.serviceTier == nil, cost.threshold == 0 {
        rates[cost.leaf] = try reader.rate(perTenTo: 0)
      } else {
        try reader.skip()
      }
    }
    if low == 0 { base.merge(rates) { _, new in new } } else { tiers[low] = rates }
  }

  /// The model under `name`; nil when it has no price that we use, so that it hides no other row.
  /// A missing cost is unknown; a cost of 0 is free.
  func model(named name: String) -> PriceSource.Model? {
    guard !base.isEmpty || !requestFee.isAbsent else { return nil }
    var model = PriceSource.Model()
    model.id = name
    let lower = name.lowercased()
    let bare = lower.split(separator: "/", maxSplits: 1).last.map(String.init) ?? lower
    var clauses: [NameClause] = [.equals(Array(lower.utf8))]
    if bare != lower { clauses.append(.equals(Array(bare.utf8))) }
    // A fine-tune is called ft:<base>:<organisation>:<name>:<id>.
    if lower.hasPrefix("ft:") { clauses.append(.startsWith(Array((lower + ":").utf8))) }
    model.match = .or(clauses)
    model.contextWindow = contextWindow
    var prices = priceSet(base, tiers)
    prices.requestFee = requestFee
    prices.hasOtherPrices = hasOtherPrices
    model.entries = [PriceSource.Entry(prices: prices)]
    model.variants = variants.sorted { $0.key < $1.key }.map { tier, byThreshold in
      let condition = tier == "batch" ? ("processing", tier) : ("service_tier", tier)
      var upper = byThreshold
      let ordinary = upper.removeValue(forKey: 0) ?? [:]
      return PriceSource.Variant(
        conditions: [(name: condition.0, value: condition.1)],
        prices: priceSet(ordinary, upper))
    }
    return model
  }

  private func priceSet(
    _ base: [TokenLeaf: Rate], _ tiers: [Int64: [TokenLeaf: Rate]]
  ) -> PriceSet {
    var prices = PriceSet()
    for (leaf, rate) in base {
      prices.leaves[Int(leaf.rawValue)] = PriceSet.LeafPrice(
        base: rate,
        tiers: tiers.compactMap { threshold, rates in
          rates[leaf].map { PriceSet.LeafPrice.Tier(above: threshold, rate: $0) }
        })
    }
    return prices
  }

  /// LiteLLM's name for a provider as an id of the book.
  private static func providerID(_ name: String) -> String {
    let known = [
      "bedrock": "aws", "bedrock_converse": "aws", "gemini": "google", "xai": "x-ai",
      "azure_ai": "azure", "azure_text": "azure", "together_ai": "together",
      "fireworks_ai": "fireworks", "cohere_chat": "cohere", "moonshot": "moonshotai",
      "text-completion-openai": "openai", "github_copilot": "github-copilot",
      "voyage": "voyageai", "codestral": "mistral", "text-completion-codestral": "mistral",
    ]
    if let id = known[name] { return id }
    if name.hasPrefix("vertex_ai") { return "google" }
    if name.hasPrefix("fireworks_ai") { return "fireworks" }
    return name
  }
}

/// The name of a cost taken apart: `cache_read_input_token_cost_above_200k_tokens_priority`.
private struct LiteLLMCost {
  let leaf: TokenLeaf
  /// Tokens of the prompt above which it holds; 0 is always.
  private(set) var threshold: Int64 = 0
  private(set) var serviceTier: String?

  private static let leaves: [String: TokenLeaf] = [
    "input_cost_per_token": .input,
    "output_cost_per_token": .output,
    "cache_read_input_token_cost": .cacheRead,
    "cache_creation_input_token_cost": .cacheWrite,
    "cache_creation_input_token_cost_above_1hr": .cacheWrite1h,
    "output_cost_per_reasoning_token": .reasoning,
    "input_cost_per_audio_token": .audioInput,
    "output_cost_per_audio_token": .audioOutput,
    "input_cost_per_image_token": .imageInput,
  ]

  private static let serviceTiers = [
    ("_batches", "batch"), ("_flex", "flex"), ("_priority", "priority"),
  ]

  init?(_ name: String) {
    var stem = name
    for (suffix, tier) in Self.serviceTiers where stem.hasSuffix(suffix) {
      stem.removeLast(suffix.count)
      serviceTier = tier
    }
    if stem.hasSuffix("k_tokens"), let above = stem.lastRange(of: "_above_") {
      guard let thousands = Int64(stem[above.upperBound...].dropLast("k_tokens".count)) else {
        return nil
      }
      threshold = thousands * 1_000
      stem = String(stem[..<above.lowerBound])
    }
    guard let leaf = Self.leaves[stem] else { return nil }
    self.leaf = leaf
  }
}

extension String {
  /// Where `word` last stands.
  fileprivate func lastRange(of word: String) -> Range<String.Index>? {
    ranges(of: word).last
  }
}
