import Codec
import Telemetry
import TestSupport
import Testing

@testable import Money

/// What spans count while they arrive.
struct NestingLedgerTests {
  @Test(arguments: MoneyCase.traces)
  func `whatever the order and the batches, a closed trace comes to the expected total`(
    _ example: MoneyCase
  ) {
    let spans = example.spans
    for (number, order) in orders(of: spans.count, limit: 240).enumerated() {
      var bench = LedgerBench()
      for (place, index) in order.enumerated() {
        bench.record(spans[index])
        // Every pattern of settling in between turns up over the orders.
        if number >> place & 1 == 0 { bench.settle() }
      }
      bench.now += 3_600 * 1_000_000_000 - 1
      bench.settle()
      #expect(example.mismatches(bench.total) == [], "order \(order)")
    }
  }

  @Test(arguments: 0..<60)
  func `random traces in any order come to what the whole trace does`(_ seed: Int) {
    var random = Dice(seed: UInt64(seed))
    for _ in 0..<40 {
      let spans = RandomTrace.spans(&random, upTo: 40)
      var solver = NestingSolver()
      let expected = solver.solve(spans) { _ in RandomTrace.row }
      var bench = LedgerBench()
      for index in spans.indices.shuffled(using: &random) {
        bench.record(spans[index])
        if Int.random(in: 0..<3, using: &random) == 0 { bench.settle() }
        // Now and then the trace is closed in between.
        if Int.random(in: 0..<12, using: &random) == 0 { bench.now += 700 * 1_000_000_000 }
      }
      bench.settle()
      bench.now += 700 * 1_000_000_000
      bench.settle()
      for (span, part) in zip(spans, expected) {
        #expect(bench.counted[span.row] ?? Contribution() == part.told(of: span), "seed \(seed)")
      }
      #expect(bench.total.cost == CostTotal(expected).cost, "seed \(seed)")
    }
  }

  @Test func `what a roll-up adds waits until its trace is closed and falls when a call comes`() {
    var bench = LedgerBench()
    bench.record(RandomTrace.span(1, parent: 0, .rollUp, input: 100))
    bench.settle()
    #expect(bench.total.tokens == 0)
    #expect(bench.ledger.nextDeadline == bench.now + 30 * 1_000_000_000)
    bench.now += 30 * 1_000_000_000
    bench.settle()
    #expect(bench.total.tokens == 100)
    bench.record(RandomTrace.span(2, parent: 1, .call, input: 60))
    bench.settle()
    #expect(bench.total.tokens == 100)
    #expect(bench.total.countedCalls == 1)
    #expect(bench.ledger.books.reopened == 1)
    bench.record(RandomTrace.span(3, parent: 0, .rollUp, input: 7))
    bench.settle()
    #expect(bench.total.tokens == 100)
    bench.now += 30 * 1_000_000_000
    bench.settle()
    #expect(bench.total.tokens == 107)
  }

  @Test func `a newer version counts as it stands until the ledger says otherwise`() {
    var bench = LedgerBench()
    bench.record(RandomTrace.span(1, parent: 0, .call, input: 10, response: 7))
    bench.record(RandomTrace.span(2, parent: 1, .call, input: 10, response: 7))
    bench.settle()
    #expect(bench.total.countedCalls == 1)
    bench.record(RandomTrace.span(1, parent: 0, .call, input: 10, output: 3, response: 7))
    #expect(bench.total.countedCalls == 2)
    bench.settle()
    #expect(bench.total.countedCalls == 1)
  }

  @Test func `memory stays within its bound and forgets the quietest traces first`() {
    var limits = LedgerLimits()
    limits.spans = 100
    limits.spansOfTrace = 10
    var bench = LedgerBench(limits)
    for trace in 1...50 {
      for span in 1...12 {
        bench.record(
          RandomTrace.span(UInt64(span), parent: span == 1 ? 0 : 1, .call, input: 1),
          trace: UInt64(trace))
      }
      bench.settle()
      #expect(bench.ledger.books.spans <= 100)
    }
    #expect(bench.ledger.books.oversize == 100)
    #expect(bench.ledger.books.closedEarly == 40)
    #expect(bench.ledger.books.traces == 10)
  }

  @Test func `a large trace that comes span by span is counted exactly and in bounded work`() {
    var bench = LedgerBench()
    let count = 3_000
    bench.record(RandomTrace.span(1, parent: 0, .rollUp, input: Int64(count) * 2))
    for number in 2...count {
      bench.record(
        RandomTrace.span(UInt64(number), parent: 1, .call, input: 1, response: UInt64(number / 2)))
      bench.settle()
    }
    bench.now += 700 * 1_000_000_000
    bench.settle()
    #expect(bench.total.countedCalls == count / 2)
    #expect(bench.total.tokens == Int64(count) * 2)
  }

  @Test func `a ledger read back from storage goes on where the old one was`() {
    var random = Dice(seed: 11)
    for _ in 0..<300 {
      let spans = RandomTrace.spans(&random).shuffled(using: &random)
      let cut = Int.random(in: 0...spans.count, using: &random)
      var bench = LedgerBench()
      for span in spans[..<cut] {
        bench.now += Int64.random(in: 0...40, using: &random) * 1_000_000_000
        bench.settle()
        bench.record(span)
        bench.settle()
      }
      bench.restart()
      for span in spans[cut...] { bench.record(span) }
      bench.settle()
      bench.now += 700 * 1_000_000_000
      bench.settle()
      var solver = NestingSolver()
      let expected = solver.solve(spans) { _ in RandomTrace.row }
      for (span, part) in zip(spans, expected) {
        #expect(bench.counted[span.row] ?? Contribution() == part.told(of: span))
      }
    }
  }
}

/// A ledger and the sums that its changes come to.
struct LedgerBench: ~Copyable {
  var ledger: NestingLedger
  var now: Int64 = 1_795_262_400_000_000_000
  var counted: [Int64: Contribution] = [:]
  /// What was said of each row.
  private var told: Set<Int64> = []
  /// The newest version of each row.
  private var versions: [Int64: LedgerSpan] = [:]

  init(_ limits: LedgerLimits = LedgerLimits()) {
    ledger = NestingLedger(limits: limits, hashKey: HashKey(5, 6))
  }

  var total: CostTotal { CostTotal(counted.values) }

  mutating func record(_ span: LedgerSpan, trace: UInt64 = 77) {
    let row = Int64(bitPattern: span.spanKey &+ (trace &- 77) << 40)
    let version = versions[row].map { $0.merged(with: span) } ?? span
    versions[row] = version
    counted[row] = NestingSolver.untold(version)
    told.remove(row)
    ledger.record(version, trace: Hash128(high: 1, low: trace), row: row, now: now)
  }

  /// A new ledger in place of this one, told what was committed.
  mutating func restart() {
    ledger = NestingLedger(hashKey: HashKey(7, 8))
    for (row, version) in versions {
      ledger.restore(
        version, trace: Hash128(high: 1, low: 77), row: row,
        given: told.contains(row) ? counted[row] : nil, receivedAt: now)
    }
  }

  mutating func settle() {
    var changes: [LedgerChange] = []
    ledger.settle(now: now, rowOf: { RandomTrace.row(or: $0) }) { changes.append($0) }
    for change in changes {
      #expect(counted[change.row] == change.before)
      #expect(change.before != change.after)
      counted[change.row] = change.after
      told.insert(change.row)
    }
  }
}

extension LedgerSpan {
  /// A span's id with its try.
  var spanKey: UInt64 { spanID &+ UInt64(bitPattern: attempt) << 32 }

  /// The row of the span in the only trace of a bench.
  var row: Int64 { Int64(bitPattern: spanKey) }
  /// This span and a later version of it as one. The fuller usage stays, in whatever order the
  /// versions come.
  func merged(with other: LedgerSpan) -> LedgerSpan {
    var merged = other.isFuller(than: self) ? other : self
    merged.parentID = max(parentID, other.parentID)
    merged.isOpen = isOpen && other.isOpen
    merged.role =
      role == .call || other.role == .call
      ? .call : role == .rollUp || other.role == .rollUp ? .rollUp : .plain
    merged.responseKey = max(responseKey, other.responseKey)
    return merged
  }

  private func isFuller(than other: LedgerSpan) -> Bool {
    let mine = (status == .reported, !leaves.isEmpty, leaves.tokens, cost, priceRow)
    let theirs = (
      other.status == .reported, !other.leaves.isEmpty, other.leaves.tokens, other.cost,
      other.priceRow
    )
    if mine.0 != theirs.0 { return mine.0 }
    if mine.1 != theirs.1 { return mine.1 }
    return (mine.2, mine.3, mine.4) > (theirs.2, theirs.3, theirs.4)
  }
}

/// Trees of spans with few different usages and ids, so that all rules meet.
enum RandomTrace {
  static let row = PriceRow(
    provider: "p", model: "m", tier: "", prices: prices, from: .min, to: .max, contextWindow: nil)

  /// The row of the worked cases, or of random spans.
  static func row(or id: UInt32) -> PriceRow? { PriceBook.row(id) ?? row }

  private static var prices: PriceSet {
    var prices = PriceSet()
    for (place, dollars) in [(0, UInt64(3)), (1, 1), (6, 15)] {
      let number = DecimalNumber(mantissa: dollars, exponent: 0, isNegative: false)
      prices.leaves[place] = PriceSet.LeafPrice(
        base: Rate(dollars: number, perTenTo: 6) ?? .absent)
    }
    return prices
  }

  static func span(
    _ id: UInt64, parent: UInt64, _ role: SpanRole, input: Int64, output: Int64 = 0,
    response: UInt64 = 0
  ) -> LedgerSpan {
    var span = LedgerSpan()
    (span.spanID, span.parentID, span.role, span.responseKey) = (id, parent, role, response)
    span.leaves.input = input
    span.leaves.output = output
    let priced = row.price(span.leaves, isCall: false)
    (span.cost, span.status, span.pricedTokens) = (priced.cost, .computed, priced.tokens)
    span.priceRow = row.id
    return span
  }

  static func spans(_ random: inout Dice, upTo limit: Int = 14) -> [LedgerSpan] {
    let count = Int.random(in: 1...limit, using: &random)
    return (1...count).map { number in
      let hasParent = number > 1 && Int.random(in: 0..<8, using: &random) > 0
      let parent =
        hasParent ? UInt64.random(in: 1..<UInt64(number) + 1, using: &random) : 0
      let role = SpanRole.allCases.randomElement(using: &random) ?? .plain
      var span = Self.span(
        UInt64(number), parent: parent, role, input: Int64.random(in: 0...3, using: &random) * 10,
        output: Int64.random(in: 0...1, using: &random) * 5,
        response: Bool.random(using: &random) ? UInt64.random(in: 1...4, using: &random) : 0)
      if role == .plain || Int.random(in: 0..<6, using: &random) == 0 {
        (span.leaves, span.cost, span.status, span.pricedTokens) =
          (TokenLeaves(), Event.absent, role == .plain ? nil : .noUsage, 0)
      } else if Int.random(in: 0..<6, using: &random) == 0 {
        (span.cost, span.status) = (Int64.random(in: 1...9, using: &random), .reported)
      } else if Int.random(in: 0..<6, using: &random) == 0 {
        (span.cost, span.status, span.pricedTokens) = (Event.absent, .unpriced, 0)
      }
      // Now and then a later try of the span before.
      if number > 1, Int.random(in: 0..<10, using: &random) == 0 {
        (span.spanID, span.attempt) = (UInt64(number) - 1, Int64(number))
      }
      span.isAggregate = role == .rollUp && Int.random(in: 0..<5, using: &random) == 0
      return span
    }
  }
}
