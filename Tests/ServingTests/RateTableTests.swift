import Serving
import TestSupport
import Testing

/// What each client may still do, against the obvious arithmetic.
@Suite struct RateTableTests {
  private static let second: Int64 = 1_000_000_000

  @Test func aBucketHoldsOneSecondAndFillsAtItsRate() {
    let table = RateTable()
    func take(_ time: Int64) -> Int? {
      table.take(1, .requests, of: "a", rate: 3, at: time)
    }
    #expect((0..<5).map { _ in take(0) } == [nil, nil, nil, 1, 1])
    #expect(take(Self.second / 3 + 1) == nil)
    #expect(take(Self.second / 3 + 1) == 1)
    // However long nothing comes, one second is all there is.
    #expect((0..<4).map { _ in take(100 * Self.second) } == [nil, nil, nil, 1])
  }

  @Test func whatIsMoreThanTheBucketIsTakenAndThenWaitedOff() {
    let table = RateTable()
    #expect(table.take(0, .events, of: "a", rate: 10, at: 0) == nil)
    table.charge(100, .events, to: "a", rate: 10, at: 0)
    #expect(table.take(0, .events, of: "a", rate: 10, at: 0) == 10)
    #expect(table.take(0, .events, of: "a", rate: 10, at: 9 * Self.second) == 1)
    #expect(table.take(0, .events, of: "a", rate: 10, at: 10 * Self.second) == nil)
  }

  @Test func theMeanHoldsForAnySizes() {
    let seed = UInt64.random(in: 0...(.max))
    var random = Dice(seed: seed)
    let table = RateTable()
    var (time, sent) = (Int64(0), 0.0)
    while time < 1_000 * Self.second {
      time += Int64.random(in: 0..<Self.second / 2, using: &random)
      guard table.take(0, .events, of: "a", rate: 50, at: time) == nil else { continue }
      let size = Double(Int.random(in: 1...500, using: &random))
      table.charge(size, .events, to: "a", rate: 50, at: time)
      sent += size
    }
    let mean = sent / 1_000
    #expect((45...52).contains(mean), "seed \(seed): \(mean) a second")
  }

  @Test func clientsAndKindsAreApart() {
    let table = RateTable()
    func take(_ kind: RateTable.Kind, _ client: String) -> Int? {
      table.take(1, kind, of: client, rate: 1, at: 0)
    }
    for kind in [RateTable.Kind.requests, .failures, .route(1), .route(2)] {
      for client in ["a", "b"] {
        #expect(take(kind, client) == nil)
        #expect(take(kind, client) == 1)
      }
    }
  }

  @Test func aChangedRateHoldsAtOnce() {
    let table = RateTable()
    _ = table.take(1, .requests, of: "a", rate: 1_000, at: 0)
    #expect(table.take(1, .requests, of: "a", rate: 1, at: 0) == nil)
    #expect(table.take(1, .requests, of: "a", rate: 1, at: 0) == 1)
  }

  @Test func theTableIsBoundedAndForgetsOnlyWhoHasAllHeMay() {
    let table = RateTable(limit: 100)
    for client in 0..<100 {
      _ = table.take(1, .requests, of: "busy-\(client)", rate: 1, at: 10 * Self.second)
    }
    // Nobody is full, so further clients share what is left.
    let shared = (0..<50).map {
      table.take(1, .requests, of: "new-\($0)", rate: 1, at: 10 * Self.second)
    }
    #expect(shared[0] == nil && shared.dropFirst().allSatisfy { $0 == 1 })
    #expect(table.count == 101 && table.overflows == 50)
    #expect(table.take(1, .requests, of: "busy-7", rate: 1, at: 10 * Self.second) == 1)
    // Later all of them are.
    #expect(table.take(1, .requests, of: "late", rate: 1, at: 20 * Self.second) == nil)
    #expect(table.count == 1)
  }

}
