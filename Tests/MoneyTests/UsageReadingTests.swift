import Codec
import Telemetry
import TestSupport
import Testing

@testable import Money

/// How reported counts become leaves.
struct UsageReadingTests {
  private func resolve(
    _ input: Int64?, _ output: Int64?, total: Int64? = nil, read: Int64? = nil,
    write: Int64? = nil, hour: Int64? = nil, reasoning: Int64? = nil, flag: Bool? = nil,
    convention: UsageConvention? = nil, habit: Bool? = nil
  ) -> ResolvedUsage {
    var usage = ReportedUsage()
    (usage.input, usage.output, usage.total) = (input, output, total)
    (usage.cacheRead, usage.cacheWrite, usage.cacheWrite1h) = (read, write, hour)
    (usage.reasoning, usage.inputIncludesCache) = (reasoning, flag)
    usage.convention = convention
    return ResolvedUsage(usage, habit: ProviderHabit(includesCache: habit, isGuessed: false))
  }

  private func text(_ usage: ResolvedUsage) -> String {
    let leaves = usage.leaves.words.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let odd = UsageAnomaly.allCases.filter(usage.anomalies.contains).map(\.text)
    return (leaves + [usage.rule.text] + odd).joined(separator: ", ")
  }

  @Test func `each kind of evidence settles the convention before the next`() {
    let cases = [
      (
        resolve(100, 5, total: 105, read: 30, flag: false),
        "cache_read 30, input 100, output 5, flag, total_mismatch"
      ),
      (
        resolve(100, 5, total: 105, read: 30, convention: .exclusive),
        "cache_read 30, input 100, output 5, dialect, total_mismatch"
      ),
      (
        resolve(100, 5, total: 105, read: 30, habit: false),
        "cache_read 30, input 70, output 5, total"
      ),
      (
        resolve(100, 5, total: 135, read: 30, habit: true),
        "cache_read 30, input 100, output 5, total"
      ),
      (
        resolve(100, 5, total: 999, read: 30, habit: false),
        "cache_read 30, input 100, output 5, provider, total_mismatch"
      ),
      (resolve(100, 5, read: 300), "cache_read 300, input 100, output 5, evidence"),
      (resolve(100, 5, read: 300, habit: true), "cache_read 300, input 100, output 5, evidence"),
      (resolve(100, 5, read: 300, flag: true), "cache_read 300, input 100, output 5, evidence"),
      (resolve(100, 5, read: 30), "cache_read 30, input 70, output 5, assumed"),
      (resolve(100, 5), "input 100, output 5, only_reading"),
      (
        resolve(100, 50, read: 30, write: 20, hour: 5),
        "cache_read 30, cache_write 15, cache_write_1h 5, input 50, output 50, assumed"
      ),
      (
        resolve(100, 50, read: 10, hour: 20),
        "cache_read 10, cache_write_1h 20, input 70, output 50, assumed"
      ),
    ]
    for (usage, expected) in cases { #expect(text(usage) == expected) }
  }

  @Test func `output includes reasoning unless that is impossible or the total says otherwise`() {
    let cases = [
      (resolve(10, 50, reasoning: 20), "input 10, output 30, reasoning 20, only_reading"),
      (resolve(10, 50, reasoning: 80), "input 10, output 50, reasoning 80, only_reading"),
      (
        resolve(10, 50, total: 80, reasoning: 20), "input 10, output 50, reasoning 20, only_reading"
      ),
      (
        resolve(10, 50, total: 60, reasoning: 20), "input 10, output 30, reasoning 20, only_reading"
      ),
      (
        resolve(10, 50, read: 4, reasoning: 20, convention: .disjoint),
        "cache_read 4, input 10, output 50, reasoning 20, dialect"
      ),
      (
        resolve(10, 50, reasoning: 80, convention: .inclusive),
        "input 10, reasoning 80, only_reading, detail_exceeds_output"
      ),
    ]
    for (usage, expected) in cases { #expect(text(usage) == expected) }
  }

  @Test func `what cannot be split gets a reason`() {
    #expect(text(resolve(nil, nil, total: 70)) == "only_reading, total_only")
    #expect(text(resolve(70, nil, total: 70)) == "input 70, only_reading")
    #expect(
      text(resolve(100, 5, write: 10, hour: 30))
        == "cache_write_1h 30, input 70, output 5, assumed, hour_exceeds_writes")
  }

  @Test func `leaves of random usage are never negative and sum to the total where it fits`() {
    var random = Dice(seed: 5)
    for _ in 0..<20_000 {
      let draw = { (limit: Int64, random: inout Dice) -> Int64? in
        Bool.random(using: &random) ? Int64.random(in: 0...limit, using: &random) : nil
      }
      let (input, output) = (draw(100, &random), draw(60, &random))
      let usage = resolve(
        input, output, total: draw(200, &random), read: draw(90, &random),
        write: draw(40, &random), hour: draw(20, &random), reasoning: draw(70, &random),
        habit: [nil, true, false][Int.random(in: 0..<3, using: &random)])
      for leaf in TokenLeaf.allCases { #expect(usage.leaves[leaf] >= -1) }
      if usage.anomalies.isEmpty, let input, let output {
        #expect(usage.leaves.tokens >= input + output || usage.inputIncludesCache)
      }
    }
  }

  @Test func `a weak reading beyond one per cent keeps the other one's cost`() {
    var pricer = Pricer(MoneyCase.book)
    var bill = Bill()
    bill.time = 1_795_176_000_000_000_000
    (bill.usage.input, bill.usage.output, bill.usage.cacheRead) = (1_000, 10, 500)
    let weak = pricer.quote(bill, provider: "openrouter", model: "openai/gpt-4o-mini")
    #expect(weak.anomalies.contains(.ambiguous))
    #expect(weak.otherCost > weak.cost)
    let known = pricer.quote(bill, provider: "openai", model: "gpt-4o-mini")
    #expect(!known.anomalies.contains(.ambiguous))
    #expect(known.otherCost == Event.absent)
  }

  @Test(arguments: [
    ("0.18000000000000002", Int64(1_000_000), "0.18"),
    ("0.0000015", 1, "0.000000000002"), ("0.0000014", 1, "0.000000000001"),
    ("3", 7, "0.000021"), ("0", 9, "0"),
  ])
  func `a price is exact and a leaf is rounded once`(
    _ price: String, _ tokens: Int64, _ expected: String
  ) throws {
    let text = "[{\"id\":\"p\",\"models\":[{\"id\":\"m\",\"prices\":{\"input_mtok\":\(price)}}]}]"
    let file = try PriceFile(Array(text.utf8), name: "p")
    var pricer = Pricer(PriceBook(files: [file]))
    var bill = Bill()
    bill.usage.input = tokens
    #expect(Picodollars.text(pricer.quote(bill, provider: "p", model: "m").cost) == expected)
  }

  @Test(arguments: [
    (Int64(0), "0"), (1, "0.000000000001"), (-1, "-0.000000000001"), (12_000_000_000_000, "12"),
    (20_857_500_000, "0.0208575"), (100_000_000_000, "0.1"), (.max, "9223372.036854775807"),
    (.min, "-9223372.036854775808"),
  ])
  func `an amount is written exactly, as text and as bytes`(_ amount: Int64, _ text: String) {
    var bytes: [UInt8] = []
    Picodollars.append(amount, to: &bytes)
    #expect(Picodollars.text(amount) == text)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }

  @Test func `a sum that no call can cost is no cost`() throws {
    let text = #"[{"id":"p","models":[{"id":"m","prices":{"input_mtok":999999}}]}]"#
    var pricer = Pricer(PriceBook(files: [try PriceFile(Array(text.utf8), name: "p")]))
    var bill = Bill()
    bill.usage.input = 1 << 53
    let quote = pricer.quote(bill, provider: "p", model: "m")
    #expect(quote.status == .unpriced)
    #expect(quote.cost == Event.absent)
    #expect(quote.anomalies.contains(.overflow))
  }
}

/// The ledger's table against a dictionary.
struct SlotTableTests {
  @Test(arguments: 0..<8)
  func `it holds what a dictionary holds`(_ seed: Int) {
    var random = Dice(seed: UInt64(seed))
    var table = SlotTable(key: HashKey(random.next(), 3))
    var model: [Hash128: Int32] = [:]
    for _ in 0..<6_000 {
      let key = Hash128(high: 1, low: UInt64.random(in: 0..<200, using: &random))
      if Int.random(in: 0..<5, using: &random) < 3 {
        let value = Int32.random(in: 0..<1_000, using: &random)
        table.set(key, value)
        model[key] = value
      } else {
        table.remove(key)
        model[key] = nil
      }
      #expect(table.value(key) == model[key] ?? -1)
      #expect(table.count == model.count)
    }
    for low in 0..<UInt64(200) {
      let key = Hash128(high: 1, low: low)
      #expect(table.value(key) == model[key] ?? -1)
    }
  }
}
