internal import Codec
internal import LinuxIO
internal import Telemetry
package import Windows

/// Which stretches of time are read one by one.
package struct StretchQuery: Sendable {
  /// The type of records, `llm` and so on.
  package let type: String
  /// Labels that groups of hours must be told apart by.
  package let labels: [String]
  /// Seconds since 1970, whole hours; `to` is not included.
  package let from: Int64
  package let to: Int64
  /// Whether the hours that are over are read as hours, not as minutes.
  package let byHours: Bool

  /// A question.
  package init(type: String, labels: [String], from: Int64, to: Int64, byHours: Bool) {
    (self.type, self.labels, self.from, self.to) = (type, labels, from, to)
    self.byHours = byHours
  }
}

/// Since when stretches are kept, in seconds since 1970; nil where there are none.
package struct StretchTiers: Equatable, Sendable {
  /// The first hour from which on all are kept by tens of seconds, the first that is kept by
  /// minutes or finer, and the first at all.
  package let tens: Int64?
  package let minutes: Int64?
  package let hours: Int64?
}

/// Who looks at stretches.
package protocol StretchVisitor {
  /// Where the group with this name (a JSON object of labels) counts.
  mutating func place(of name: [UInt8]) -> StretchPlace
  /// Whether what counts at this place is asked for.
  func isWanted(_ place: Int) -> Bool
  /// A stretch of `seconds` from `time` on of a group; several of one group and time add up.
  mutating func visit(_ place: Int, _ time: Int64, seconds: Int64, _ rollup: Rollup)
}

extension EventReader {
  /// Since when stretches are kept.
  package func stretchTiers() throws(StoreError) -> StretchTiers {
    func first(_ sql: String) throws(StoreError) -> Int64? {
      let row = try database.prepare(sql)
      defer { row.reset() }
      return try row.step() ? row.optionalInteger(0) : nil
    }
    let blocks = "SELECT min(hour) FROM rollup_blocks WHERE step ="
    let tens = try first("\(blocks) \(RollupCounter.step)")
    let minutes = try first("\(blocks) \(RollupFold.step)")
    // What came late for an hour that was folded lies in it by tens for a while.
    let lastFolded = try first(
      "SELECT max(hour) FROM rollup_blocks WHERE step = \(RollupFold.step)")
    // The oldest hour of minutes may be about to be removed: its hour is whole.
    let folded = try first("SELECT min(hour) FROM rollup_hours")
    let isRemoving = minutes.map { minutes in folded.map { $0 < minutes } ?? false } ?? false
    let fine = [minutes.map { $0 + (isRemoving ? RollupBlock.hour : 0) }, tens].compactMap { $0 }
    return StretchTiers(
      tens: tens.map { max($0, lastFolded.map { $0 + RollupBlock.hour } ?? $0) },
      minutes: fine.min(), hours: [folded, minutes, tens].compactMap { $0 }.min())
  }

  /// Lets `visitor` see every stretch that is kept of the groups it has a place for, as `places`
  /// remembers; some 150 ns a group and stretch. Stops at `deadline`, a monotonic time, and after a
  /// second, for which it holds a snapshot. Gives nil when it went well.
  package func visit<Visitor: StretchVisitor>(
    _ query: StretchQuery, _ visitor: inout Visitor, _ places: inout StretchPlaces,
    deadline: Int64
  ) throws(StoreError) -> RollupRefusal? {
    let end = min(deadline, Clock.coarseMonotonic + 1_000_000_000)
    // One snapshot: what is folded meanwhile must not be read twice, or not at all.
    try database.execute("BEGIN")
    defer { endSnapshot() }
    if query.byHours {
      if let refusal = try visitHours(query, &visitor, &places, end) { return refusal }
    } else if try !visitBlocks(
      query, step: RollupFold.step, &visitor, &places, end)
    {
      return .timeout
    }
    let isWhole = try visitBlocks(
      query, step: RollupCounter.step, &visitor, &places, end)
    return isWhole ? nil : .timeout
  }

  private func visitHours<Visitor: StretchVisitor>(
    _ query: StretchQuery, _ visitor: inout Visitor, _ places: inout StretchPlaces,
    _ deadline: Int64
  ) throws(StoreError) -> RollupRefusal? {
    var labels = query.labels
    if scope != .all { labels.append(Dimension.tenant.name) }
    guard let breakdown = try RollupBreakdown.narrowest(query.type, with: labels, in: database)
    else { return .unknownBreakdown(labels) }
    let names = try database.prepare("SELECT labels FROM rollup_hour_groups WHERE id = ?1")
    let rows = try database.prepare(
      """
      SELECT hour, group_id, data FROM rollup_hours
      WHERE breakdown = ?1 AND hour >= ?2 AND hour < ?3
      """)
    rows.bind(1, breakdown.id)
    rows.bind(2, query.from)
    rows.bind(3, query.to)
    defer { rows.reset() }
    while try rows.step() {
      guard Clock.coarseMonotonic <= deadline else { return .timeout }
      let group = UInt32(truncatingIfNeeded: rows.integer(1))
      let place = try places.place(of: group, .hours, query.type, scope, &visitor) {
        () throws(StoreError) in try Self.name(of: group, names)
      }
      guard let place else { continue }
      var cursor = RollupCursor(rows.bytes(2) ?? [], hour: rows.integer(0), step: RollupBlock.hour)
      cursor.stretches { visitor.visit(place, $0, seconds: RollupBlock.hour, $1) }
    }
    return nil
  }

  /// Whether all was read in time.
  private func visitBlocks<Visitor: StretchVisitor>(
    _ query: StretchQuery, step: Int64, _ visitor: inout Visitor,
    _ places: inout StretchPlaces, _ deadline: Int64
  ) throws(StoreError) -> Bool {
    let names = try database.prepare("SELECT labels FROM rollup_groups WHERE id = ?1")
    let blocks = try database.prepare(
      "SELECT hour, data FROM rollup_blocks WHERE step = ?1 AND hour >= ?2 AND hour < ?3")
    blocks.bind(1, step)
    blocks.bind(2, query.from)
    blocks.bind(3, query.to)
    defer { blocks.reset() }
    while try blocks.step() {
      guard Clock.coarseMonotonic <= deadline else { return false }
      guard let data = blocks.bytes(1),
        let bytes = step == RollupFold.step ? RollupPacking.unpack(data) : data
      else { continue }
      var cursor = RollupCursor(bytes, hour: blocks.integer(0), step: step)
      while let group = cursor.group {
        let place = try places.place(of: group, .fine, query.type, scope, &visitor) {
          () throws(StoreError) in try Self.name(of: group, names)
        }
        if let place {
          cursor.stretches { visitor.visit(place, $0, seconds: step, $1) }
        }
        cursor.next()
      }
    }
    return true
  }

  private static func name(
    of group: UInt32, _ names: Statement
  ) throws(StoreError) -> [UInt8]? {
    names.bind(1, Int64(group))
    defer { names.reset() }
    return try names.step() ? names.bytes(0) : nil
  }
}

extension RollupBreakdown {
  /// The breakdown of hours of a type with the fewest labels that has all of these.
  static func narrowest(
    _ type: String, with labels: [String], in database: Database
  ) throws(StoreError) -> RollupBreakdown? {
    try all(in: database).filter { breakdown in
      breakdown.type.text == type && labels.allSatisfy(breakdown.labels.contains)
    }.min { $0.labels.count < $1.labels.count }
  }
}
