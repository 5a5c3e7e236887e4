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
  /// Where names are looked for first, each in one place.
  private var slots: [Slot]
  private var known: [Hash128: (plan: PricePlan?, habit: ProviderHabit)] = [:]
  private let key: HashKey
  /// Names that were searched: each has cost up to 50 µs.
  package private(set) var searches = 0

  private struct Slot {
    var names = Hash128.zero
    var plan: PricePlan?
    var row: PriceRow?
    /// The row's first band and what else of it is asked for every call.
    var band = PriceBand.none
    var rowID: UInt32 = 0
    /// When `row` is the answer without asking the plan.
    var from: Int64 = 0
    var to: Int64 = 0
    var habit = ProviderHabit.unknown
  }

  private static let slotCount = 4_096
  /// Names kept beside the slots, for those that share one.
  private static let knownLimit = 16_384

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
    findRow(of: slot, at: bill.time)
    if !bill.usage.isEmpty {
      let usage = ResolvedUsage(bill.usage, habit: slots[slot].habit)
      quote.usage = usage
      quote.anomalies = usage.anomalies
      compute(&quote, usage, slot, isCall: bill.isCall)
    }
    Self.settle(&quote, bill)
    return quote
  }

  private func compute(
    _ quote: inout Quote, _ usage: borrowing ResolvedUsage, _ slot: Int, isCall: Bool
  ) {
    quote.status = .unpriced
    guard slots[slot].rowID != 0, !usage.leaves.isEmpty else { return }
    let priced = price(usage.leaves, slot, isCall: isCall)
    guard !priced.hasOverflown else {
      quote.anomalies.insert(.overflow)
      return
    }
    quote.unpriced = priced.unpriced
    quote.priceRow = slots[slot].rowID
    quote.pricedTokens = priced.pricedTokens
    if priced.unpriced.isEmpty {
      let isGiven = slots[slot].band.isFree || (priced.cost == 0 && priced.tokens > 0)
      quote.status = isGiven ? .zero : .computed
    } else if priced.pricedTokens > 0 || priced.cost > 0 {
      quote.status = .partial
    } else {
      return
    }
    quote.cost = priced.cost
    quote.computedCost = priced.cost
    guard let otherLeaves = usage.otherLeaves else { return }
    let other = price(otherLeaves, slot, isCall: isCall).cost
    if abs(other - priced.cost) > max(other, priced.cost) / 100 {
      quote.otherCost = other
      quote.anomalies.insert(.ambiguous)
    }
  }

  @inline(__always)
  private func price(_ leaves: TokenLeaves, _ slot: Int, isCall: Bool) -> PricedLeaves {
    if leaves.promptTokens <= slots[slot].band.upTo {
      return slots[slot].band.price(leaves, isCall: isCall)
    }
    return slots[slot].row?.price(leaves, isCall: isCall)
      ?? PriceBand.none.price(leaves, isCall: isCall)
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
    if known[hash] == nil {
      searches += 1
      if known.count >= Self.knownLimit { known.removeAll(keepingCapacity: true) }
      let finding = unsafe finder.find(
        PriceFinder.Names(
          provider: Self.lowercased(names.provider), model: Self.lowercased(names.model),
          responseModel: Self.lowercased(names.responseModel),
          serviceTier: String(decoding: names.serviceTier, as: UTF8.self)))
      let habit = ProviderHabit(
        provider: finding.provider, isGuessed: !finding.isProviderNamed)
      known[hash] = (finding.plan, habit)
    }
    guard let found = known[hash] else { return }
    slots[slot] = Slot(names: hash, plan: found.plan, habit: found.habit)
  }

  /// Sees to it that a slot holds what its plan says for `time`.
  @inline(__always)
  private mutating func findRow(of slot: Int, at time: Int64) {
    if time < slots[slot].from || time >= slots[slot].to { askPlan(of: slot, at: time) }
  }

  private mutating func askPlan(of slot: Int, at time: Int64) {
    guard let plan = slots[slot].plan else { return }
    let row = plan.row(at: time)
    let steady = plan.steadySpan(at: time)
    if let row, row !== slots[slot].row { PriceBook.keep(row) }
    slots[slot].row = row
    slots[slot].rowID = row?.id ?? 0
    slots[slot].band = row?.bands[0] ?? .none
    (slots[slot].from, slots[slot].to) = (steady.lowerBound, steady.upperBound)
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
