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
    var found: [(time: Int64, rollup: Rollup)] = []
    var isRising = true
    for index in cursors.indices where cursors[index].group == group {
      cursors[index].stretches { time, rollup in
        let start = hour + (time - hour) / step * step
        if let last = found.last, last.time >= start { isRising = false }
        if !rollup.isEmpty { found.append((start, rollup)) }
      }
      cursors[index].next()
    }
    return (group, isRising ? found : Self.merged(found))
  }

  /// Stretches by rising time, those that begin together added up.
  private static func merged(
    _ stretches: [(time: Int64, rollup: Rollup)]
  ) -> [(time: Int64, rollup: Rollup)] {
    let order = stretches.indices.sorted { stretches[$0].time < stretches[$1].time }
    var merged: [(time: Int64, rollup: Rollup)] = []
    for index in order {
      let (time, rollup) = stretches[index]
      if let last = merged.indices.last, merged[last].time == time {
        merged[last].rollup.join(rollup)
      } else {
        merged.append((time, rollup))
      }
    }
    return merged.filter { !$0.rollup.isEmpty }
  }
}
