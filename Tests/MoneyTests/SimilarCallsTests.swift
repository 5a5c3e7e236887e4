import Testing

@testable import Money

/// Bounds for calls whose usage is not known.
struct SimilarCallsTests {
  @Test func `too few calls give no bounds, enough give those of nine in ten`() {
    var calls = SimilarCalls()
    for cost in 1...4 { calls.note(Int64(cost), kind: 1) }
    #expect(calls.bounds(kind: 1) == nil)
    calls.note(100, kind: 1)
    #expect(calls.bounds(kind: 1) == SimilarCalls.Bounds(low: 1, high: 100, calls: 5))
    for cost in 1...40 { calls.note(Int64(cost), kind: 2) }
    #expect(calls.bounds(kind: 2) == SimilarCalls.Bounds(low: 3, high: 38, calls: 40))
    #expect(calls.bounds(kind: 3) == nil)
  }

  @Test func `the newest calls of each kind are remembered, and the newest kinds`() {
    var calls = SimilarCalls(kinds: 3)
    for cost in 1...200 { calls.note(Int64(cost), kind: 1) }
    let bounds = calls.bounds(kind: 1)
    #expect(bounds == SimilarCalls.Bounds(low: 140, high: 197, calls: 64))
    for kind in 2...9 { for cost in 1...5 { calls.note(Int64(cost), kind: UInt64(kind)) } }
    #expect(calls.count == 3)
    #expect((1...9).map { calls.bounds(kind: $0) != nil } == (1...9).map { $0 >= 7 })
  }

  @Test func `bounds of several calls add up`() {
    let sum =
      SimilarCalls.Bounds(low: 1, high: 9, calls: 7)
      + SimilarCalls.Bounds(low: 2, high: 3, calls: 5)
    #expect(sum == SimilarCalls.Bounds(low: 3, high: 12, calls: 5))
  }
}
