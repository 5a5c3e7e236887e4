import Telemetry
import Testing

@testable import Money

/// Cases of one call: what intake makes of it is what it costs.
struct SingleCallTests {
  static let cases = ["single", "tiers", "dated", "status", "dialect"].flatMap { file in
    MoneyCase.all(file).filter { $0.events.count == 1 }
  }

  @Test func `the cases are there`() {
    #expect(Self.cases.count == 677)
  }

  @Test(arguments: cases)
  func `a call has its exact leaves, cost and status`(_ example: MoneyCase) {
    let event = example.decoded()[0][0]
    #expect(event.costStatus?.text == example.status)
    expect(event.cost, example)
    if let leaves = example.leaves { #expect(event.leaves.words == leaves) }
    if let coverage = example.coverage {
      let share = Double(event.pricedTokens) / Double(event.leaves.tokens)
      #expect(abs(share - coverage) <= 0.001)
    }
  }

  private func expect(_ cost: Int64, _ example: MoneyCase) {
    guard example.slack > 0 else {
      #expect((cost == Event.absent ? nil : Picodollars.text(cost)) == example.cost)
      return
    }
    let near = (-example.slack...example.slack).map { Picodollars.text(cost + $0) }
    #expect(near.contains(example.cost ?? ""))
  }
}
