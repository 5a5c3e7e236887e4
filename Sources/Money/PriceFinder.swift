internal import Pattern

/// Finds the prices of a call by the names it carries. For one thread: it keeps that thread's
/// matchers of regular expressions. A search takes up to 50 µs; `Pricer` remembers what it found.
struct PriceFinder: ~Copyable {
  let book: PriceBook
  /// By source and number of the expression; made when first asked.
  private var matchers: [[PatternMatcher?]]

  init(_ book: PriceBook) {
    self.book = book
    matchers = book.sources.map { Array(repeating: nil, count: $0.expressions.count) }
  }

  /// The names of a call in lower case, blanks around them gone; empty is absent.
  struct Names {
    var provider: [UInt8]
    var model: [UInt8]
    var responseModel: [UInt8]
    /// As given: case matters.
    var serviceTier: String
  }

  /// What the names lead to.
  struct Finding {
    /// The id of the provider in the book; nil where it is not known.
    var provider: [UInt8]?
    /// The call named its provider, directly and not by its model.
    var isProviderNamed = false
    var plan: PricePlan?
  }

  /// Searches for the answering model first, then for the one that was asked for.
  mutating func find(_ names: Names) -> Finding {
    let tier = Self.ordinaryTiers.contains(names.serviceTier) ? "" : names.serviceTier
    var finding = Finding()
    for model in [names.responseModel, names.model] where !model.isEmpty {
      let found = find(provider: names.provider, model: model, tier: tier)
      if found.plan != nil { return found }
      if finding.provider == nil { finding = found }
    }
    if finding.provider == nil, !names.provider.isEmpty, names.provider != Self.litellm {
      finding.provider = provider(named: names.provider)
      finding.isProviderNamed = finding.provider != nil
    }
    return finding
  }

  private static let ordinaryTiers: Set<String> = ["", "default", "standard", "auto"]
  private static let litellm = Array("litellm".utf8)

  private mutating func find(provider name: [UInt8], model: [UInt8], tier: String) -> Finding {
    var model = model
    var provider: [UInt8]?
    var isNamed = !name.isEmpty
    if name == Self.litellm {
      isNamed = false
      if let slash = model.firstIndex(of: 0x2F) {
        provider = self.provider(named: Array(model[..<slash]))
        if provider != nil { model = Array(model[(slash + 1)...]) }
      }
      if provider == nil { provider = providerSelling(model) }
    } else {
      provider = isNamed ? self.provider(named: name) : providerSelling(model)
    }
    guard let provider else { return Finding() }
    var plan = find(model, of: provider, tier: tier)
    if plan == nil, let dashed = CompactDate.dashed(model) {
      plan = find(dashed, of: provider, tier: tier)
    }
    return Finding(
      provider: name == Self.litellm ? nil : provider, isProviderNamed: isNamed, plan: plan)
  }

  /// The id of the provider that a name means.
  private mutating func provider(named name: [UInt8]) -> [UInt8]? {
    if let id = knownProvider(name) { return id }
    for other in ProviderAlias.readings(of: name) {
      if let id = knownProvider(other) { return id }
    }
    return nil
  }

  private mutating func knownProvider(_ name: [UInt8]) -> [UInt8]? {
    for source in book.sources where source.providers.contains(where: { $0.id == name }) {
      return name
    }
    for (number, source) in book.sources.enumerated() {
      for provider in source.providers {
        if let clause = provider.providerMatch, fits(clause, name, source: number) {
          return provider.id
        }
      }
    }
    return nil
  }

  /// The provider whose models have names like this one.
  private mutating func providerSelling(_ model: [UInt8]) -> [UInt8]? {
    for (number, source) in book.sources.enumerated() {
      for provider in source.providers {
        if let clause = provider.modelMatch, fits(clause, model, source: number) {
          return provider.id
        }
      }
    }
    return nil
  }

  private mutating func find(_ model: [UInt8], of provider: [UInt8], tier: String) -> PricePlan? {
    if let plan = plan(model, of: provider, tier: tier, isOwn: true) { return plan }
    var asked: Set<[UInt8]> = [provider]
    for source in book.sources {
      for seller in source.providers where seller.id == provider {
        for fallback in seller.fallbacks where asked.insert(fallback).inserted {
          if let plan = plan(model, of: fallback, tier: tier, isOwn: false) { return plan }
        }
      }
    }
    return nil
  }

  private mutating func plan(
    _ model: [UInt8], of provider: [UInt8], tier: String, isOwn: Bool
  ) -> PricePlan? {
    for (number, source) in book.sources.enumerated() {
      for seller in source.providers where seller.id == provider {
        for row in seller.models where fits(row.match, model, source: number) {
          return PricePlan(
            row, provider: String(decoding: provider, as: UTF8.self), tier: tier, isOwn: isOwn)
        }
      }
    }
    return nil
  }

  private mutating func fits(_ clause: NameClause, _ name: [UInt8], source: Int) -> Bool {
    clause.fits(name[...]) { number, name in
      guard let matcher = matcher(source, number) else { return false }
      return unsafe name.withUnsafeBytes { raw in unsafe matcher.isFound(in: raw) }
    }
  }

  /// The matcher of an expression; nil for one that does not compile, which `prices check` tells.
  private mutating func matcher(_ source: Int, _ number: Int) -> PatternMatcher? {
    if let matcher = matchers[source][number] { return matcher }
    do {
      let pattern = try NameExpression.compile(book.sources[source].expressions[number])
      matchers[source][number] = PatternMatcher(pattern)
    } catch {
      return nil
    }
    return matchers[source][number]
  }
}

/// Dates inside model names.
enum CompactDate {
  /// `name` with `-20251211` written as `-2025-12-11`, as price files have it; nil when there is
  /// no such date.
  static func dashed(_ name: [UInt8]) -> [UInt8]? {
    var output: [UInt8] = []
    var start = 0
    var index = 0
    while index + 9 <= name.count {
      guard name[index] == 0x2D, isDate(name[(index + 1)..<(index + 9)]),
        index + 9 == name.count || name[index + 9] == 0x2D || name[index + 9] == 0x3A
      else {
        index += 1
        continue
      }
      output += name[start..<(index + 5)] + [0x2D] + name[(index + 5)..<(index + 7)] + [0x2D]
      output += name[(index + 7)..<(index + 9)]
      index += 9
      start = index
    }
    return start == 0 ? nil : output + name[start...]
  }

  private static func isDate(_ digits: ArraySlice<UInt8>) -> Bool {
    guard digits.allSatisfy({ $0 &- 0x30 < 10 }),
      let number = Int(String(decoding: digits, as: UTF8.self))
    else { return false }
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return 2000..<2100 ~= year && 1...12 ~= month && 1...lengths[month - 1] ~= day
  }
}

/// Names of providers that senders write and price files do not know.
enum ProviderAlias {
  /// Other readings of a name, best first.
  static func readings(of name: [UInt8]) -> [[UInt8]] {
    var readings: [[UInt8]] = []
    let text = String(decoding: name, as: UTF8.self)
    if let id = known[text] { readings.append(Array(id.utf8)) }
    let dashed = name.map { $0 == 0x5F ? 0x2D : $0 }
    if dashed != name { readings.append(dashed) }
    // The Vercel AI SDK writes `groq.chat`.
    if let dot = name.firstIndex(of: 0x2E), dot > 0 {
      let stem = Array(name[..<dot])
      readings += [stem] + self.readings(of: stem)
    }
    return readings
  }

  private static let known = [
    "gcp.gen_ai": "google", "azure.ai.inference": "azure", "azure_ai": "azure",
    "fireworks_ai": "fireworks", "moonshot_ai": "moonshotai",
  ]
}
