/// What calls of the same kind cost lately: the bounds between which a call without usage lies.
/// Memory is bounded in kinds and in calls of each; the kinds that came first leave first.
package struct SimilarCalls {
  /// Between which costs nine of ten similar calls lay, in picodollars.
  package struct Bounds: Equatable, Sendable {
    package let low: Int64
    package let high: Int64
    /// How many calls they come from.
    package let calls: Int

    /// Bounds from this many calls.
    package init(low: Int64, high: Int64, calls: Int) {
      (self.low, self.high, self.calls) = (low, high, calls)
    }

    /// The bounds of both calls together.
    package static func + (left: Bounds, right: Bounds) -> Bounds {
      Bounds(
        low: left.low.addingReportingOverflow(right.low).partialValue,
        high: left.high.addingReportingOverflow(right.high).partialValue,
        calls: min(left.calls, right.calls))
    }
  }

  private struct Recent {
    var costs: [Int64] = []
    var next = 0
  }

  /// Calls remembered of each kind.
  package static let remembered = 64
  /// Fewer calls than this give no bounds.
  package static let needed = 5

  private let limit: Int
  private var kinds: [UInt64: Recent] = [:]
  private var order: [UInt64] = []
  private var oldest = 0

  /// An empty memory of at most `kinds` kinds.
  package init(kinds limit: Int = 1_024) {
    precondition(limit > 0, "a memory has room for a kind")
    self.limit = limit
  }

  /// How many kinds are remembered.
  package var count: Int { kinds.count }

  /// Notes a call whose cost is known. `kind` says what is similar, such as the price row.
  package mutating func note(_ cost: Int64, kind: UInt64) {
    if kinds[kind] == nil { makeRoom(for: kind) }
    let place = kinds[kind]?.next ?? 0
    if let count = kinds[kind]?.costs.count, count < Self.remembered {
      kinds[kind, default: Recent()].costs.append(cost)
    } else {
      kinds[kind]?.costs[place] = cost
    }
    kinds[kind]?.next = (place + 1) % Self.remembered
  }

  /// The bounds of a call of this kind; nil when too few were seen.
  package func bounds(kind: UInt64) -> Bounds? {
    guard let costs = kinds[kind]?.costs.sorted(), costs.count >= Self.needed else { return nil }
    // One call in twenty is left off at either end.
    let cut = costs.count / 20
    return Bounds(low: costs[cut], high: costs[costs.count - 1 - cut], calls: costs.count)
  }

  private mutating func makeRoom(for kind: UInt64) {
    kinds[kind] = Recent()
    guard order.count >= limit else { return order.append(kind) }
    kinds[order[oldest]] = nil
    order[oldest] = kind
    oldest = (oldest + 1) % limit
  }
}
