import Codec
import Telemetry
import Testing

@testable import Money

/// What the spans of a whole trace come to.
struct NestingSolverTests {
  @Test func `the cases are there`() {
    #expect(MoneyCase.traces.count == 94)
  }

  @Test(arguments: MoneyCase.traces)
  func `every order of a trace comes to the expected total`(_ example: MoneyCase) {
    let spans = example.unitedSpans
    var solver = NestingSolver()
    for order in orders(of: spans.count) {
      let parts = solver.solve(order.map { spans[$0] }, rowOf: PriceBook.row)
      #expect(example.mismatches(CostTotal(parts)) == [], "order \(order)")
    }
  }

  @Test(arguments: MoneyCase.traces)
  func `each span counts as expected`(_ example: MoneyCase) throws {
    guard let expected = example.expected["spans"], case .mapping(let pairs) = expected.value
    else { return }
    let spans = example.unitedSpans
    var solver = NestingSolver()
    let parts = solver.solve(spans, rowOf: PriceBook.row)
    for pair in pairs {
      let id = UInt64(pair.key.text ?? "", radix: 16)
      let index = try #require(spans.firstIndex { $0.spanID == id })
      let cost = parts[index].cost
      #expect(parts[index].status?.text == pair.value.word("status"))
      #expect(
        (cost == Event.absent ? nil : Picodollars.text(cost)) == pair.value.word("cost_usd"))
      if let isCounted = pair.value.word("counted") {
        #expect(parts[index].isCounted == (isCounted == "true"))
      }
    }
  }
}
