internal import Codec
internal import LinuxIO
internal import Telemetry
package import Windows

/// What is asked of rollups.
package struct RollupQuery: Sendable {
  /// Which stretches are read.
  package enum Tier: Sendable {
    /// Ten seconds where they are still kept, else minutes; every label.
    case fine
    /// Hours, by the labels of one breakdown.
    case hours
  }

  /// The type of records: calls, spans, logs or scores.
  package let type: String
  /// Labels by which the answer is told apart, and those that must have a value.
  package let by: [String]
  package let filter: [(label: String, value: String)]
  /// Seconds since 1970; `to` is not included.
  package let from: Int64
  package let to: Int64
  /// Seconds of a stretch of the answer, counted from `from`; `to - from` for a single one.
  package let step: Int64
  package let tier: Tier

  /// A question.
  package init(
    type: String, by: [String], filter: [(label: String, value: String)] = [], from: Int64,
    to: Int64, step: Int64, tier: Tier
  ) {
    precondition(step > 0 && from <= to, "a stretch of time goes forward")
    (self.type, self.by, self.filter) = (type, by, filter)
    (self.from, self.to, self.step, self.tier) = (from, to, step, tier)
  }
}

/// One group of an answer: what it counted by the starts of stretches.
package struct RollupSeries: Sendable {
  /// The values of the labels asked for, in their order.
  package let labels: [String]
  package internal(set) var points: [Int64: Rollup] = [:]
}

/// Why rollups cannot be read as asked.
package enum RollupRefusal: Error, Equatable {
  /// No breakdown of hours has all of these labels.
  case unknownBreakdown([String])
  case timeout
  case store(StoreError)
}

extension EventReader {
  /// What is kept of the groups that match, as of the last save; some 200 ns a group and stretch.
  /// Stops at `deadline`, a monotonic time, and after a second, for which it holds a snapshot.
  package func rollups(
    _ query: RollupQuery, deadline: Int64
  ) throws(RollupRefusal) -> [RollupSeries] {
    var gathering = RollupGathering(query, scope)
    let end = min(deadline, Clock.coarseMonotonic + Self.snapshot)
    let refusal: RollupRefusal?
    do throws(StoreError) {
      // One snapshot: what is folded meanwhile must not be read twice, or not at all.
      try database.execute("BEGIN")
      defer { endSnapshot() }
      refusal = try read(query, &gathering, end)
    } catch {
      throw .store(error)
    }
    if let refusal { throw refusal }
    return gathering.series
  }

  private static let snapshot: Int64 = 1_000_000_000

  func endSnapshot() {
    do throws(StoreError) {
      try database.execute("COMMIT")
    } catch {
      preconditionFailure("a transaction that only read can be ended: \(error)")
    }
  }

  private func read(
    _ query: RollupQuery, _ gathering: inout RollupGathering, _ deadline: Int64
  ) throws(StoreError) -> RollupRefusal? {
    if case .hours = query.tier {
      guard let breakdown = try breakdown(for: query) else {
        return .unknownBreakdown(query.by + query.filter.map(\.label))
      }
      guard try readHours(breakdown, query, &gathering, deadline) else { return .timeout }
    } else {
      guard try readBlocks(query, step: RollupFold.step, &gathering, deadline) else {
        return .timeout
      }
    }
    let isWhole = try readBlocks(query, step: RollupCounter.step, &gathering, deadline)
    return isWhole ? nil : .timeout
  }

  private func breakdown(for query: RollupQuery) throws(StoreError) -> RollupBreakdown? {
    var needed = query.by + query.filter.map(\.label)
    if scope != .all { needed.append(Dimension.tenant.name) }
    return try RollupBreakdown.narrowest(query.type, with: needed, in: database)
  }

  /// Whether all was read in time.
  private func readBlocks(
    _ query: RollupQuery, step: Int64, _ gathering: inout RollupGathering, _ deadline: Int64
  ) throws(StoreError) -> Bool {
    let names = try database.prepare("SELECT labels FROM rollup_groups WHERE id = ?1")
    let blocks = try database.prepare(
      "SELECT hour, data FROM rollup_blocks WHERE step = ?1 AND hour BETWEEN ?2 AND ?3")
    blocks.bind(1, step)
    blocks.bind(2, RollupCounter.hour(query.from))
    blocks.bind(3, query.to - 1)
    defer { blocks.reset() }
    gathering.forgetGroups()
    while try blocks.step() {
      guard Clock.coarseMonotonic <= deadline else { return false }
      guard let data = blocks.bytes(1),
        let bytes = step == RollupFold.step ? RollupPacking.unpack(data) : data
      else { continue }
      try gathering.add(RollupCursor(bytes, hour: blocks.integer(0), step: step)) {
        (group) throws(StoreError) in
        names.bind(1, Int64(group))
        defer { names.reset() }
        return try names.step() ? names.bytes(0) : nil
      }
    }
    return true
  }

  private func readHours(
    _ breakdown: RollupBreakdown, _ query: RollupQuery, _ gathering: inout RollupGathering,
    _ deadline: Int64
  ) throws(StoreError) -> Bool {
    let names = try database.prepare("SELECT labels FROM rollup_hour_groups WHERE id = ?1")
    let rows = try database.prepare(
      """
      SELECT hour, group_id, data FROM rollup_hours WHERE breakdown = ?1 AND hour BETWEEN ?2 AND ?3
      """)
    rows.bind(1, breakdown.id)
    rows.bind(2, RollupCounter.hour(query.from))
    rows.bind(3, query.to - 1)
    defer { rows.reset() }
    gathering.forgetGroups()
    while try rows.step() {
      guard Clock.coarseMonotonic <= deadline else { return false }
      let group = UInt32(truncatingIfNeeded: rows.integer(1))
      let cursor = RollupCursor(
        rows.bytes(2) ?? [], hour: rows.integer(0), step: RollupBlock.hour)
      try gathering.add(cursor, as: group) { (group) throws(StoreError) in
        names.bind(1, Int64(group))
        defer { names.reset() }
        return try names.step() ? names.bytes(0) : nil
      }
    }
    return true
  }
}

/// Adds stretches up by the labels and times of a question.
struct RollupGathering {
  private(set) var series: [RollupSeries] = []
  private let query: RollupQuery
  private let scope: TenantScope
  private let names: [String]
  private let spanTypes: Set<String>
  private var places: [[String]: Int] = [:]
  /// Where groups are added; nil for those that do not match.
  private var groups: [UInt32: Int?] = [:]

  init(_ query: RollupQuery, _ scope: TenantScope) {
    self.query = query
    self.scope = scope
    names =
      [RollupNaming.typeLabel] + query.by + query.filter.map(\.label) + [Dimension.tenant.name]
    let countsSpans =
      query.type == EventType.llm.text && names.contains(Dimension.kind.name)
    spanTypes = countsSpans ? [query.type, EventType.span.text] : [query.type]
  }

  /// Forgets which group is which: the next ones have other numbers.
  mutating func forgetGroups() { groups.removeAll() }

  /// Adds the groups of a block that match; `only` is the number of the one group in it.
  mutating func add(
    _ block: RollupCursor, as only: UInt32? = nil,
    name: (UInt32) throws(StoreError) -> [UInt8]?
  ) throws(StoreError) {
    var cursor = block
    while let found = cursor.group {
      let group = only ?? found
      let place: Int?
      if let known = groups[group] {
        place = known
      } else {
        place = try name(group).flatMap { self.place($0, hasType: only == nil) }
        groups[group] = .some(place)
      }
      if let place { add(&cursor, at: place) }
      cursor.next()
    }
  }

  private mutating func add(_ cursor: inout RollupCursor, at place: Int) {
    let query = query
    cursor.stretches { time, rollup in
      guard time >= query.from, time < query.to else { return }
      let start = query.from + (time - query.from) / query.step * query.step
      series[place].points[start, default: Rollup()].join(rollup)
    }
  }

  private mutating func place(_ name: [UInt8], hasType: Bool) -> Int? {
    let values = AttributeValues.read(names, in: name)
    guard !hasType || spanTypes.contains(values[0]), let tenant = values.last,
      scope.includes(tenant)
    else { return nil }
    let by = Array(values[1..<(1 + query.by.count)])
    for (value, wanted) in zip(values.dropFirst(1 + query.by.count), query.filter)
    where value != wanted.value {
      return nil
    }
    if let known = places[by] { return known }
    series.append(RollupSeries(labels: by))
    places[by] = series.count - 1
    return series.count - 1
  }
}
