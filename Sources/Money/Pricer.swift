internal import Codec
internal import Telemetry

/// The names by which a call is priced, as they came; an empty one is absent.
@unsafe package struct CallNames {
  // unsafe because the texts are the caller's for the length of one call.
  /// The provider, as the sender calls it.
  package var provider: UnsafeRawBufferPointer
  /// The model that was asked for.
  package var model: UnsafeRawBufferPointer
  /// The model that answered.
  package var responseModel: UnsafeRawBufferPointer
  /// The service tier; case matters.
  package var serviceTier: UnsafeRawBufferPointer

  /// The texts of one call.
  package init(
    provider: UnsafeRawBufferPointer, model: UnsafeRawBufferPointer,
    responseModel: UnsafeRawBufferPointer, serviceTier: UnsafeRawBufferPointer
  ) {
    unsafe (self.provider, self.model) = (provider, model)
    unsafe (self.responseModel, self.serviceTier) = (responseModel, serviceTier)
  }
}

/// Prices calls on one thread. A combination of names is searched once; after that a call takes
/// one look-up by a hash of its names, about 60 ns.
package struct Pricer: ~Copyable {
  private var finder: PriceFinder
  private var slots: [Slot]
  private let key: HashKey
  /// Names that were searched: each has cost up to 50 µs.
  package private(set) var searches = 0

  private struct Slot {
    var names = Hash128.zero
    var plan: PricePlan?
    var row: PriceRow?
    /// When `row` is the answer without asking the plan.
    var from: Int64 = 0
    var to: Int64 = 0
    var habit = ProviderHabit.unknown
  }

  private static let slotCount = 4_096

  /// A pricer by `book`.
  package init(_ book: PriceBook) {
    finder = PriceFinder(book)
    slots = Array(repeating: Slot(), count: Self.slotCount)
    key = HashKey(0x6D6F_6E65_7921_7072, 0x6963_6573_2121_2121)
  }

  /// The book it prices by.
  package var book: PriceBook { finder.book }

  /// Prices a call.
  package mutating func quote(_ bill: Bill, _ names: CallNames) -> Quote {
    var quote = Quote()
    guard !bill.usage.isEmpty || bill.reportedCost != Event.absent else {
      if bill.isCacheHit {
        (quote.status, quote.cost) = (.zero, 0)
      } else if bill.isCall, !bill.isOpen {
        quote.status = .noUsage
      }
      return quote
    }
    let slot = unsafe slot(of: names)
    let row = row(of: slot, at: bill.time)
    quote.contextWindow = row?.contextWindow
    if !bill.usage.isEmpty {
      let usage = ResolvedUsage(bill.usage, habit: slots[slot].habit)
      quote.usage = usage
      quote.anomalies = usage.anomalies
      Self.compute(&quote, usage, row, isCall: bill.isCall)
    }
    Self.settle(&quote, bill)
    return quote
  }

  private static func compute(
    _ quote: inout Quote, _ usage: ResolvedUsage, _ row: PriceRow?, isCall: Bool
  ) {
    quote.status = .unpriced
    guard let row, !usage.leaves.isEmpty else { return }
    let priced = row.price(usage.leaves, isCall: isCall)
    guard !priced.hasOverflown else {
      quote.anomalies.insert(.overflow)
      return
    }
    quote.unpriced = priced.unpriced
    quote.priceRow = row.id
    quote.pricedTokens = priced.pricedTokens
    if priced.unpriced.isEmpty {
      let isGiven = row.isFree || (priced.cost == 0 && priced.tokens > 0)
      quote.status = isGiven ? .zero : .computed
    } else if priced.pricedTokens > 0 || priced.cost > 0 {
      quote.status = .partial
    } else {
      return
    }
    quote.cost = priced.cost
    quote.computedCost = priced.cost
    guard let otherLeaves = usage.otherLeaves else { return }
    let other = row.price(otherLeaves, isCall: isCall).cost
    if abs(other - priced.cost) > max(other, priced.cost) / 100 {
      quote.otherCost = other
      quote.anomalies.insert(.ambiguous)
    }
  }

  private static func settle(_ quote: inout Quote, _ bill: Bill) {
    if bill.reportedCost != Event.absent {
      (quote.status, quote.cost) = (.reported, bill.reportedCost)
      quote.pricedTokens = quote.usage?.leaves.tokens ?? 0
    } else if bill.isCacheHit {
      (quote.status, quote.cost) = (.zero, 0)
      quote.pricedTokens = quote.usage?.leaves.tokens ?? 0
    }
  }

  /// Where the names are remembered; they are searched when they are not.
  private mutating func slot(of names: CallNames) -> Int {
    var hash = unsafe key.hash(names.model, salt: 2)
    if unsafe !names.provider.isEmpty {
      hash = unsafe DimensionTable.adding(hash, key.hash(names.provider, salt: 1))
    }
    if unsafe !names.responseModel.isEmpty {
      hash = unsafe DimensionTable.adding(hash, key.hash(names.responseModel, salt: 3))
    }
    if unsafe !names.serviceTier.isEmpty {
      hash = unsafe DimensionTable.adding(hash, key.hash(names.serviceTier, salt: 4))
    }
    let slot = Int(truncatingIfNeeded: hash.low) & (Self.slotCount - 1)
    if slots[slot].names != hash { unsafe search(names, hash, into: slot) }
    return slot
  }

  private mutating func search(_ names: CallNames, _ hash: Hash128, into slot: Int) {
    searches += 1
    let finding = unsafe finder.find(
      PriceFinder.Names(
        provider: Self.lowercased(names.provider), model: Self.lowercased(names.model),
        responseModel: Self.lowercased(names.responseModel),
        serviceTier: String(decoding: names.serviceTier, as: UTF8.self)))
    slots[slot] = Slot(
      names: hash, plan: finding.plan,
      habit: ProviderHabit(
        provider: finding.provider, isGuessed: !finding.isProviderNamed))
  }

  private mutating func row(of slot: Int, at time: Int64) -> PriceRow? {
    if time >= slots[slot].from, time < slots[slot].to { return slots[slot].row }
    guard let plan = slots[slot].plan else { return nil }
    let row = plan.row(at: time)
    if let row { PriceBook.keep(row) }
    let steady = plan.steadySpan(at: time)
    slots[slot].row = row
    (slots[slot].from, slots[slot].to) = (steady.lowerBound, steady.upperBound)
    return row
  }

  private static func lowercased(_ text: UnsafeRawBufferPointer) -> [UInt8] {
    let isASCII = unsafe text.allSatisfy { $0 < 0x80 }
    let lower =
      unsafe isASCII
      ? text.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
      : Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
    let start = lower.firstIndex { $0 > 0x20 } ?? lower.count
    let end = lower.lastIndex { $0 > 0x20 } ?? start - 1
    return end < start ? [] : Array(lower[start...end])
  }
}

extension Pricer {
  /// Prices a call whose names are strings; for what is rare.
  package mutating func quote(
    _ bill: Bill, provider: String = "", model: String = "", responseModel: String = "",
    serviceTier: String = ""
  ) -> Quote {
    let texts = [provider, model, responseModel, serviceTier].map { Array($0.utf8) }
    let bytes = texts.flatMap { $0 }
    var ends: [Int] = [0]
    for text in texts { ends.append((ends.last ?? 0) + text.count) }
    // unsafe because the buffer is the array's for the length of the closure.
    return unsafe bytes.withUnsafeBytes { raw in
      unsafe quote(
        bill,
        CallNames(
          provider: UnsafeRawBufferPointer(rebasing: raw[ends[0]..<ends[1]]),
          model: UnsafeRawBufferPointer(rebasing: raw[ends[1]..<ends[2]]),
          responseModel: UnsafeRawBufferPointer(rebasing: raw[ends[2]..<ends[3]]),
          serviceTier: UnsafeRawBufferPointer(rebasing: raw[ends[3]..<ends[4]])))
    }
  }
}
