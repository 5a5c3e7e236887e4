internal import Codec
internal import Pattern

/// Reading the shape in which genai-prices publishes its data, which our own price files share.
extension PriceSource {
  /// Reads the list of providers that is next.
  mutating func readProviders(_ reader: inout PriceReader) throws(PriceFileError) {
    try reader.array { (reader) throws(PriceFileError) in
      try self.readProvider(&reader)
    }
  }

  private mutating func readProvider(_ reader: inout PriceReader) throws(PriceFileError) {
    var provider = Provider()
    try reader.object { (reader, name) throws(PriceFileError) in
      switch name {
      case "id": provider.id = try reader.bytes()
      case "provider_match": provider.providerMatch = try self.readClause(&reader)
      case "model_match": provider.modelMatch = try self.readClause(&reader)
      case "fallback_model_providers":
        try reader.array { (reader) throws(PriceFileError) in
          provider.fallbacks.append(try reader.bytes())
        }
      case "models":
        try reader.array { (reader) throws(PriceFileError) in
          provider.models.append(try self.readModel(&reader))
        }
      default: try reader.skip()
      }
    }
    guard !provider.id.isEmpty else { throw reader.fault("expected a provider with an id") }
    providers.append(provider)
  }

  private mutating func readModel(_ reader: inout PriceReader) throws(PriceFileError) -> Model {
    var model = Model()
    var hasMatch = false
    try reader.object { (reader, name) throws(PriceFileError) in
      switch name {
      case "id": model.id = try reader.text()
      case "match":
        model.match = try self.readClause(&reader)
        hasMatch = true
      case "context_window": model.contextWindow = try reader.count()
      case "deprecated":
        model.isDeprecated = reader.isTrue
        try reader.skip()
      case "prices": model.entries = try Self.readEntries(&reader)
      case "price_variants":
        try reader.array { (reader) throws(PriceFileError) in
          model.variants.append(try Self.readVariant(&reader))
        }
      default: try reader.skip()
      }
    }
    guard !model.id.isEmpty else { throw reader.fault("expected a model with an id") }
    // A hand-written row needs no rule: its id is its name.
    if !hasMatch { model.match = .equals(Array(model.id.lowercased().utf8)) }
    return model
  }

  private mutating func readClause(
    _ reader: inout PriceReader
  ) throws(PriceFileError) -> NameClause {
    var clause: NameClause?
    try reader.object { (reader, name) throws(PriceFileError) in
      guard clause == nil else { throw reader.fault("expected one kind of match") }
      switch name {
      case "equals": clause = .equals(try reader.lowercased())
      case "starts_with": clause = .startsWith(try reader.lowercased())
      case "ends_with": clause = .endsWith(try reader.lowercased())
      case "contains": clause = .contains(try reader.lowercased())
      case "regex":
        clause = .regex(self.expressions.count)
        self.expressions.append(try reader.bytes())
      case "or", "and":
        var inner: [NameClause] = []
        try reader.array { (reader) throws(PriceFileError) in
          inner.append(try self.readClause(&reader))
        }
        clause = name == "or" ? .or(inner) : .and(inner)
      default:
        throw reader.fault(
          "expected equals, starts_with, ends_with, contains, regex, or, and")
      }
    }
    guard let clause else { throw reader.fault("expected a match with a rule") }
    return clause
  }

  private static func readEntries(
    _ reader: inout PriceReader
  ) throws(PriceFileError) -> [Entry] {
    guard reader.isArray else { return [Entry(prices: try readPrices(&reader))] }
    var entries: [Entry] = []
    try reader.array { (reader) throws(PriceFileError) in
      var entry = Entry()
      try reader.object { (reader, name) throws(PriceFileError) in
        switch name {
        case "constraint": entry.constraint = try readConstraint(&reader)
        case "prices": entry.prices = try readPrices(&reader)
        default: try reader.skip()
        }
      }
      entries.append(entry)
    }
    return entries
  }

  private static func readVariant(_ reader: inout PriceReader) throws(PriceFileError) -> Variant {
    var variant = Variant()
    try reader.object { (reader, name) throws(PriceFileError) in
      switch name {
      case "when":
        try reader.object { (reader, condition) throws(PriceFileError) in
          variant.conditions.append((condition, try reader.text()))
        }
      case "constraint": variant.constraint = try readConstraint(&reader)
      case "prices": variant.prices = try readPrices(&reader)
      default: try reader.skip()
      }
    }
    guard !variant.conditions.isEmpty else { throw reader.fault("expected a condition in when") }
    return variant
  }

  private static func readConstraint(
    _ reader: inout PriceReader
  ) throws(PriceFileError) -> Constraint {
    var constraint = Constraint()
    try reader.object { (reader, name) throws(PriceFileError) in
      switch name {
      case "start_date": constraint.fromDay = try reader.day()
      case "end_date": constraint.toDay = try reader.day()
      case "start_time": constraint.startTime = try reader.timeOfDay()
      case "end_time": constraint.endTime = try reader.timeOfDay()
      default:
        throw reader.fault("expected start_date, end_date, start_time, end_time")
      }
    }
    return constraint
  }

  private static func readPrices(_ reader: inout PriceReader) throws(PriceFileError) -> PriceSet {
    var prices = PriceSet()
    try reader.object { (reader, name) throws(PriceFileError) in
      if name == "requests_kcount" {
        prices.requestFee = try reader.rate(perTenTo: 3)
      } else if let leaf = PriceSet.leafOfKey[name] {
        prices.leaves[Int(leaf.rawValue)] = try readPrice(&reader)
      } else {
        prices.hasOtherPrices = true
        try reader.skip()
      }
    }
    return prices
  }

  private static func readPrice(
    _ reader: inout PriceReader
  ) throws(PriceFileError) -> PriceSet.LeafPrice {
    guard reader.isObject else { return PriceSet.LeafPrice(base: try reader.rate(perTenTo: 6)) }
    var base = Rate.absent
    var tiers: [PriceSet.LeafPrice.Tier] = []
    try reader.object { (reader, name) throws(PriceFileError) in
      switch name {
      case "base": base = try reader.rate(perTenTo: 6)
      case "tiers":
        try reader.array { (reader) throws(PriceFileError) in
          tiers.append(try readTier(&reader))
        }
      default: throw reader.fault("expected base or tiers")
      }
    }
    guard !base.isAbsent else { throw reader.fault("expected a base price") }
    return PriceSet.LeafPrice(base: base, tiers: tiers)
  }

  private static func readTier(
    _ reader: inout PriceReader
  ) throws(PriceFileError) -> PriceSet.LeafPrice.Tier {
    var start: Int64?
    var rate = Rate.absent
    var includesStart = false
    try reader.object { (reader, name) throws(PriceFileError) in
      switch name {
      case "start": start = try reader.count()
      case "price": rate = try reader.rate(perTenTo: 6)
      case "operator":
        let sign = try reader.text()
        guard sign == ">" || sign == ">=" else { throw reader.fault("expected \">\" or \">=\"") }
        includesStart = sign == ">="
      default: throw reader.fault("expected start, price, operator")
      }
    }
    guard let start, !rate.isAbsent else { throw reader.fault("expected a start and a price") }
    return PriceSet.LeafPrice.Tier(above: includesStart ? start - 1 : start, rate: rate)
  }
}

extension PriceSet {
  /// The leaf that a price key is for.
  static let leafOfKey = Dictionary(
    uniqueKeysWithValues: TokenLeaf.allCases.map { ($0.priceKey, $0) })
}

extension PriceReader {
  /// Reads a string in lower case.
  fileprivate mutating func lowercased() throws(PriceFileError) -> [UInt8] {
    let bytes = try bytes()
    return bytes.contains { $0 >= 0x80 }
      ? Array(String(decoding: bytes, as: UTF8.self).lowercased().utf8)
      : bytes.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
  }

  /// Reads a price in US dollars for 10^n units.
  mutating func rate(perTenTo n: Int32) throws(PriceFileError) -> Rate {
    let number = try number(mayBeText: true)
    guard let rate = Rate(dollars: number, perTenTo: n) else {
      throw fault("expected a price of 0 or more with at most 18 decimals")
    }
    return rate
  }

  /// Reads `YYYY-MM-DD`.
  fileprivate mutating func day() throws(PriceFileError) -> Int64 {
    let text = try text()
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, text.utf8.count == 10, let year = Int64(parts[0]),
      let month = Int(parts[1]), let day = Int(parts[2]), 1...12 ~= month, 1...31 ~= day
    else { throw fault("expected a date as in 2026-01-31") }
    return Timestamp.day(year: year, month: month, day: day)
  }

  /// Reads `HH:MM[:SS][Z]`, as nanoseconds since midnight.
  fileprivate mutating func timeOfDay() throws(PriceFileError) -> Int64 {
    var text = try text()
    if text.hasSuffix("Z") { text.removeLast() }
    let parts = text.split(separator: ":").map { Int64($0) ?? -1 }
    guard 2...3 ~= parts.count, 0...24 ~= parts[0], 0..<60 ~= parts[1],
      0..<60 ~= (parts.count == 3 ? parts[2] : 0)
    else { throw fault("expected a UTC time of day as in 16:30:00Z") }
    let seconds = parts[0] * 3_600 + parts[1] * 60 + (parts.count == 3 ? parts[2] : 0)
    return seconds * 1_000_000_000
  }
}
