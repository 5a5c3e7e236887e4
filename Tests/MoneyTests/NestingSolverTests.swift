import Codec
import Telemetry
import Testing

@testable import Money

/// What the spans of a whole trace come to.
struct NestingSolverTests {
  /// Spans as `id parent kind usage response`: what each comes to, and why.
  private static func reasons(_ spans: [(id: UInt64, parent: UInt64, used: Bool, key: UInt64)])
    -> [String]
  {
    var solver = NestingSolver()
    let told = spans.map { span in
      var call = RandomTrace.span(
        span.id, parent: span.parent, .call, input: 10, response: span.key)
      if !span.used {
        (call.leaves, call.cost, call.status, call.pricedTokens) =
          (TokenLeaves(), Event.absent, .noUsage, 0)
      }
      return call
    }
    return solver.solve(told) { _ in RandomTrace.row }.map { $0.why?.text ?? "-" }
  }

  @Test func `a call without usage that several instrumentations saw counts once`() {
    // Three around each other, the lowest stands for it.
    #expect(
      Self.reasons([(1, 0, false, 7), (2, 1, false, 0), (3, 2, false, 0)])
        == ["duplicate_usage", "duplicate_usage", "no_usage"])
    // Both have response ids, and they differ: two calls.
    #expect(Self.reasons([(1, 0, false, 7), (2, 1, false, 8)]) == ["no_usage", "no_usage"])
    // Two beneath one are two.
    #expect(
      Self.reasons([(1, 0, false, 0), (2, 1, false, 0), (3, 1, false, 0)])
        == ["duplicate_usage", "no_usage", "no_usage"])
    // Where one knows the usage, that one counts.
    #expect(Self.reasons([(1, 0, true, 0), (2, 1, false, 0)]) == ["call", "duplicate_usage"])
    #expect(Self.reasons([(1, 0, false, 0), (2, 1, true, 0)]) == ["duplicate_usage", "call"])
  }

  @Test func `the cases are there`() {
    #expect(MoneyCase.traces.count == 140)
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
