/// Several blocks of one hour read as one: group by group, stretches that begin together added up.
package struct RollupMerge: Sendable {
  private var cursors: [RollupCursor]
  private let step: Int64
  private let hour: Int64

  /// Merges blocks into stretches of `step` seconds, which is theirs or a multiple of it.
  package init(_ cursors: [RollupCursor], hour: Int64, step: Int64) {
    self.cursors = cursors
    self.hour = hour
    self.step = step
  }

  /// Whether a block was not what `RollupBlock` writes; its rest is missing then.
  package var isDamaged: Bool { cursors.contains(where: \.isDamaged) }

  /// The next group with its stretches by rising time, or nil at the end.
  package mutating func next() -> (group: UInt32, stretches: [(time: Int64, rollup: Rollup)])? {
    var lowest: UInt32?
    for index in cursors.indices {
      if let group = cursors[index].group { lowest = min(group, lowest ?? group) }
    }
    guard let group = lowest else { return nil }
    let (hour, step) = (hour, step)
    var sums: [Int64: Rollup] = [:]
    for index in cursors.indices where cursors[index].group == group {
      cursors[index].stretches { time, rollup in
        let start = hour + (time - hour) / step * step
        sums[start, default: Rollup()].join(rollup)
      }
      cursors[index].next()
    }
    let stretches = sums.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
    return (group, stretches.map { ($0.key, $0.value) })
  }
}
