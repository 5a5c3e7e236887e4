internal import Codec
internal import LinuxIO
internal import Money
internal import Telemetry

/// Pricing and the nesting of costs alone, in memory, one thread: the start of the price book, a
/// call's price, and a trace of an agent with seven calls, two of them seen twice.
enum MoneyBench {
  static func run(smoke: Bool) {
    let before = Clock.threadCPU
    let book = PriceBook()
    var pricer = Pricer(book)
    _ = pricer.quote(bill(0), provider: "openai", model: "gpt-4o-mini")
    print("prices: book read in \((Clock.threadCPU - before) / 1_000) µs")
    let price = price(smoke ? 10_000 : 2_000_000, &pricer)
    let ledger = ledger(smoke ? 1_000 : 40_000, &pricer)
    print("money: \(price) ns a call priced, \(ledger) ns a span in the ledger")
  }

  private static func bill(_ index: Int) -> Bill {
    var bill = Bill()
    bill.usage.input = 700 + Int64(index % 500)
    bill.usage.output = 100 + Int64(index % 80)
    bill.usage.cacheRead = Int64(index % 256)
    bill.time = 1_795_000_000_000_000_000
    bill.isCall = true
    return bill
  }

  private static func price(_ count: Int, _ pricer: inout Pricer) -> Int64 {
    let provider = Array("openai".utf8)
    let models = ["gpt-4o-2024-08-06", "gpt-4o-mini", "gpt-5-mini"].map { Array($0.utf8) }
    let tier = Array("default".utf8)
    var sum: Int64 = 0
    let before = Clock.threadCPU
    for index in 0..<count {
      let bill = bill(index)
      // unsafe because the arrays stay in place for the length of the closures.
      unsafe provider.withUnsafeBytes { provider in
        unsafe models[index % 3].withUnsafeBytes { model in
          unsafe tier.withUnsafeBytes { tier in
            let quote = unsafe pricer.quote(
              bill,
              CallNames(
                provider: provider, model: model, responseModel: model, serviceTier: tier))
            sum &+= quote.cost
          }
        }
      }
    }
    let spent = Clock.threadCPU - before
    precondition(sum > 0, "calls have a price")
    return spent / Int64(count)
  }

  private static func ledger(_ traces: Int, _ pricer: inout Pricer) -> Int64 {
    var ledger = NestingLedger(hashKey: HashKey(1, 2))
    var call = LedgerSpan()
    let quote = pricer.quote(bill(1), provider: "openai", model: "gpt-4o-mini")
    (call.role, call.status, call.cost) = (.call, quote.status, quote.cost)
    call.leaves = quote.usage?.leaves ?? TokenLeaves()
    (call.pricedTokens, call.priceRow) = (quote.pricedTokens, quote.priceRow)
    var root = call
    root.role = .rollUp
    var changes = 0
    var before = Clock.threadCPU
    for trace in 0..<traces * 2 {
      // The first half fills the memory, the second finds it as a long-running collector does.
      if trace == traces { before = Clock.threadCPU }
      let now = Int64(trace) * 1_000_000
      let id = Hash128(high: 1, low: UInt64(trace) &* 0x9E37_79B9_7F4A_7C15)
      for span in 1...10 {
        var entry = span == 1 ? root : call
        entry.spanID = UInt64(trace) &* 0xD6E8_FEB8_6659_FD93 &+ UInt64(span)
        if span > 1 { entry.parentID = UInt64(trace) &* 0xD6E8_FEB8_6659_FD93 &+ 1 }
        entry.responseKey = span == 1 ? 0 : UInt64(span % 8 + 1)
        ledger.record(entry, trace: id, row: Int64(trace * 10 + span), now: now)
      }
      // A batch of 512 spans is one commit.
      if trace % 51 == 0 { ledger.settle(now: now, rowOf: PriceBook.row) { _ in changes += 1 } }
    }
    let spent = Clock.threadCPU - before
    precondition(changes > traces, "doubles are told")
    return spent / Int64(traces * 10)
  }
}
