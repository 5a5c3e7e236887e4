internal import Telemetry

/// Counts events by group and stretch of time until they are saved: some 100 ns an event,
/// and 400 bytes or more a group and stretch.
package struct RollupCounter: Sendable {
  /// Seconds of a stretch as history keeps it.
  package static let step: Int64 = 10

  /// A group in a stretch of time, by its start in seconds.
  package struct Key: Hashable, Sendable {
    package let group: UInt32
    package let time: Int64
  }

  /// What was counted, in the order of first sight.
  package private(set) var keys: [Key] = []
  package private(set) var rollups: [Rollup] = []
  private var places: [Key: Int] = [:]
  /// Places looked up lately, by a few bits of the key.
  private var recent = Array(repeating: -1, count: Self.recentPlaces)
  private static let recentPlaces = 1 << 10

  /// Seconds of a stretch.
  private let step: Int64

  /// Nothing was counted, by stretches of `step` seconds.
  package init(step: Int64 = RollupCounter.step) { self.step = step }

  /// Whether nothing was counted since the last `removeAll`.
  package var isEmpty: Bool { keys.isEmpty }

  /// Counts a call or a span, or takes back that it was counted.
  package mutating func count(_ facts: EventFacts, group: UInt32, takingBack: Bool) {
    var (starts, ends) = (facts.startValues(), facts.endValues())
    if takingBack { (starts, ends) = (starts.takenBack(), ends.takenBack()) }
    let (from, to) = (stretch(facts.start), stretch(facts.end))
    if from == to {
      ends.join(starts)
      starts = FieldValues()
    }
    if ends.present != 0 {
      let times = takingBack ? -facts.histogramCount : facts.histogramCount
      let place = place(Key(group: group, time: to))
      rollups[place].join(ends, times, facts.buckets())
    }
    if starts.present != 0 {
      let place = place(Key(group: group, time: from))
      rollups[place].join(starts, 0, EventBuckets())
    }
  }

  /// Counts a record of which only the number matters.
  package mutating func countOnly(_ facts: EventFacts, group: UInt32, takingBack: Bool) {
    var values = FieldValues()
    values[.finished] = takingBack ? -facts.weight : facts.weight
    let place = place(Key(group: group, time: stretch(facts.end)))
    rollups[place].join(values, 0, EventBuckets())
  }

  /// Counts a score; the histogram of its values takes the place of the latency's.
  package mutating func countScore(_ facts: EventFacts, group: UInt32) {
    let place = place(Key(group: group, time: stretch(facts.end)))
    var buckets = EventBuckets()
    if let value = facts.scoreValue { buckets.latency = ExponentialScale.index(of: value) }
    rollups[place].join(facts.scoreValues(), facts.histogramCount, buckets)
  }

  /// Adds what a block holds.
  package mutating func add(_ block: RollupCursor) {
    var cursor = block
    while let group = cursor.group {
      var found: [(time: Int64, rollup: Rollup)] = []
      cursor.stretches { found.append(($0, $1)) }
      for (time, rollup) in found { rollups[place(Key(group: group, time: time))].join(rollup) }
      cursor.next()
    }
  }

  /// Forgets everything.
  package mutating func removeAll() {
    for key in keys { recent[Self.recentPlace(key)] = -1 }
    keys.removeAll(keepingCapacity: true)
    rollups.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
  }

  /// What was counted as bytes, an hour a block; and the hours, by rising time.
  package func blocks() -> [(hour: Int64, bytes: [UInt8])] {
    let step = step
    let order = keys.indices.sorted { left, right in
      let (a, b) = (keys[left], keys[right])
      return (Self.hour(a.time), a.group, a.time) < (Self.hour(b.time), b.group, b.time)
    }
    var blocks: [(hour: Int64, bytes: [UInt8])] = []
    var last: UInt32 = 0
    var index = 0
    while index < order.count {
      let first = keys[order[index]]
      let hour = Self.hour(first.time)
      var stretches: [(time: Int64, rollup: Rollup)] = []
      while index < order.count, keys[order[index]].group == first.group,
        Self.hour(keys[order[index]].time) == hour
      {
        let place = order[index]
        if !rollups[place].isEmpty { stretches.append((keys[place].time, rollups[place])) }
        index += 1
      }
      guard !stretches.isEmpty else { continue }
      if blocks.last?.hour != hour {
        blocks.append((hour, []))
        last = 0
      }
      RollupBlock.append(
        group: first.group, after: last, stretches, hour: hour, step: step,
        to: &blocks[blocks.count - 1].bytes)
      last = first.group
    }
    return blocks
  }

  /// The start of the hour that a second lies in.
  package static func hour(_ second: Int64) -> Int64 {
    WindowReach.floor(second, to: RollupBlock.hour)
  }

  private func stretch(_ nanoseconds: Int64) -> Int64 {
    WindowReach.floor(WindowReach.floor(nanoseconds, to: 1_000_000_000) / 1_000_000_000, to: step)
  }

  @inline(__always)
  private mutating func place(_ key: Key) -> Int {
    let spot = Self.recentPlace(key)
    let known = recent[spot]
    if known >= 0, keys[known] == key { return known }
    let place: Int
    if let found = places[key] {
      place = found
    } else {
      place = keys.count
      keys.append(key)
      rollups.append(Rollup())
      places[key] = place
    }
    recent[spot] = place
    return place
  }

  @inline(__always)
  private static func recentPlace(_ key: Key) -> Int {
    let word = (UInt64(key.group) ^ UInt64(bitPattern: key.time) << 20) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: word >> 54)
  }
}
