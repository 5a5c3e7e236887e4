internal import Codec
internal import LinuxIO
internal import Money
internal import Telemetry

extension EventReader {
  /// Rows of a trace by kind of event; logs apart. Looks at the index of full segments and at the
  /// rows that came since, in steps; what `deadline`, a monotonic time, leaves undone makes the
  /// answer not whole.
  package func trace(
    high: UInt64, low: UInt64, deadline: Int64
  ) throws(StoreError) -> TraceRows {
    var trace = TraceRows()
    let id = TraceID.bytes(high, low)
    // Read first: a segment that is sealed meanwhile is then read as rows, not twice.
    let open = try TraceIndexWriter.start(of: database)
    let statement = try traceStatement()
    for row in try indexedRows(TraceIndex.hash(high, low), before: open) {
      guard Clock.coarseMonotonic <= deadline else { return trace.cut() }
      try add(row...row, id, statement, &trace)
    }
    let newest = try newest()
    var bottom = max(1, open)
    while bottom <= newest {
      guard Clock.coarseMonotonic <= deadline else { return trace.cut() }
      try add(bottom...min(newest, bottom + Self.step - 1), id, statement, &trace)
      bottom += Self.step
    }
    guard try addScores(of: &trace, newest, deadline) else { return trace.cut() }
    trace.settle()
    try bound(&trace, newest)
    return trace
  }

  /// Rows around a trace's first among which scores are looked for that name no trace, only the
  /// response of a call.
  private static let reach: Int64 = 100_000

  /// Adds the scores that name the response of one of the trace's calls; false where time ran out.
  private func addScores(
    of trace: inout TraceRows, _ newest: Int64, _ deadline: Int64
  ) throws(StoreError) -> Bool {
    guard let first = trace.ids.min(), !trace.responses.isEmpty else { return true }
    let statement = try database.prepare(
      Self.select(
        EventFilter(),
        "e.id BETWEEN ?1 AND ?2 AND e.type = \(EventType.score.rawValue) AND e.trace_id IS NULL"
          + " AND e.response_id IN (SELECT value FROM json_each(?3))", "e.id"))
    statement.bind(3, text: trace.responseList)
    var bottom = max(1, first - Self.step)
    let top = min(newest, first + Self.reach)
    while bottom <= top {
      guard Clock.coarseMonotonic <= deadline else { return false }
      statement.bind(1, bottom)
      statement.bind(2, min(top, bottom + Self.step - 1))
      while try statement.step() { trace.add(statement) }
      statement.reset()
      bottom += Self.step
    }
    return true
  }

  /// Traces of which a row matches `filter` and that match as a whole, those whose matching rows
  /// were received last first, each summed up as JSON; below the row `cursor`. Stops at `deadline`
  /// with what it has.
  package func traces(
    _ filter: EventFilter, _ wanted: TraceFilter, below cursor: Int64, limit: Int, deadline: Int64
  ) throws(StoreError) -> Page {
    var page = Page()
    var finder = try TraceFinder(self)
    var seen: Set<[UInt8]> = []
    let oldest = try firstID(from: filter.from)
    var high = min(cursor - 1, finder.newest)
    while high >= oldest {
      let low = max(oldest, high - Self.step + 1)
      for (row, id) in try candidates(filter, low, high) where seen.insert(id).inserted {
        if page.rows.count == limit || Clock.coarseMonotonic > deadline {
          page.next = row + 1
          return page
        }
        let trace = try finder.trace(id)
        if wanted.takes(trace), try !isListed(trace, filter, above: cursor) {
          page.rows.append(
            trace.summary(traceID: String(decoding: Hex.encode(id), as: UTF8.self)))
        }
      }
      high = low - 1
    }
    return page
  }

  /// Whether an earlier page has the trace: it is listed where its newest matching row is.
  private func isListed(
    _ trace: TraceRows, _ filter: EventFilter, above cursor: Int64
  ) throws(StoreError) -> Bool {
    for id in trace.ids where id >= cursor {
      if try !candidates(filter, id, id).isEmpty { return true }
    }
    return false
  }

  /// The id of the trace of the newest event that matches, or nil.
  package func traceID(
    _ filter: EventFilter, deadline: Int64
  ) throws(StoreError) -> (high: UInt64, low: UInt64)? {
    try traceIDs(filter, limit: 1, deadline: deadline).first.map { TraceID.words($0) }
  }

  /// The ids of the traces of the newest events that match, each once, the newest first.
  package func traceIDs(
    _ filter: EventFilter, limit: Int, deadline: Int64
  ) throws(StoreError) -> [[UInt8]] {
    let oldest = try firstID(from: filter.from)
    var high = try newest()
    var found: [[UInt8]] = []
    while high >= oldest, Clock.coarseMonotonic <= deadline {
      let low = max(oldest, high - Self.step + 1)
      for (_, id) in try candidates(filter, low, high) where !found.contains(id) {
        found.append(id)
        if found.count == limit { return found }
      }
      high = low - 1
    }
    return found
  }

  /// Rows that match and carry a trace, newest first.
  private func candidates(
    _ filter: EventFilter, _ low: Int64, _ high: Int64
  ) throws(StoreError) -> [(row: Int64, id: [UInt8])] {
    let conditions = ["e.id BETWEEN ?1 AND ?2", "e.trace_id IS NOT NULL"] + filter.conditions
    let statement = try database.prepare(
      """
      SELECT e.id, e.trace_id FROM event_columns e WHERE \(conditions.joined(separator: " AND "))
      ORDER BY e.id DESC LIMIT ?
      """, isPersistent: false)
    bind(filter, to: statement, low, high, Int(high - low) + 1)
    var rows: [(row: Int64, id: [UInt8])] = []
    while try statement.step() { rows.append((statement.integer(0), statement.bytes(1) ?? [])) }
    return rows
  }

  fileprivate func traceStatement() throws(StoreError) -> Statement {
    try database.prepare(
      Self.select(EventFilter(), "e.id BETWEEN ?1 AND ?2 AND e.trace_id = ?3", "e.id"))
  }

  /// The rows of full segments that may carry a trace with this hash, by rising id.
  fileprivate func indexedRows(
    _ hash: UInt32, before open: Int64
  ) throws(StoreError) -> [Int64] {
    guard open > 0 else { return [] }
    let bucket = TraceIndex.bucket(hash)
    let parts = try database.prepare(
      "SELECT id, entries FROM trace_index WHERE id BETWEEN ?1 AND ?2 ORDER BY id")
    parts.bind(1, TraceIndex.key(bucket: bucket, segment: 0))
    parts.bind(2, TraceIndex.key(bucket: bucket, segment: open / TraceIndex.rows - 1))
    var rows: [Int64] = []
    while try parts.step() {
      guard let entries = parts.bytes(1) else { continue }
      rows += TraceIndex.matches(entries, key: parts.integer(0), hash: hash)
    }
    return rows
  }

  fileprivate func add(
    _ rows: ClosedRange<Int64>, _ id: [UInt8], _ statement: Statement, _ trace: inout TraceRows
  ) throws(StoreError) {
    statement.bind(1, rows.lowerBound)
    statement.bind(2, rows.upperBound)
    statement.bind(3, blob: id)
    while try statement.step() { trace.add(statement) }
    statement.reset()
  }
}

/// What a list of traces is narrowed to, besides what a row of each must match.
package struct TraceFilter: Equatable, Sendable {
  /// Picodollars and nanoseconds that a trace has at least.
  package var leastCost: Int64?
  package var leastDuration: Int64?

  /// Every trace.
  package init() {}

  func takes(_ trace: TraceRows) -> Bool {
    guard !trace.isEmpty else { return false }
    if let leastCost, trace.knownCost.map({ $0 < leastCost }) ?? true { return false }
    if let leastDuration, trace.duration < leastDuration { return false }
    return true
  }
}

/// Finds many traces, one after the other: the rows that are in no full segment yet are read once.
private struct TraceFinder {
  let newest: Int64
  private let reader: EventReader
  private let open: Int64
  private let statement: Statement
  private var openRows: [[UInt8]: [Int64]] = [:]

  init(_ reader: EventReader) throws(StoreError) {
    self.reader = reader
    open = try TraceIndexWriter.start(of: reader.database)
    newest = try reader.newest()
    statement = try reader.traceStatement()
    let rows = try reader.database.prepare(
      """
      SELECT id, trace_id FROM event_columns WHERE id >= ?1 AND trace_id IS NOT NULL ORDER BY id
      """, isPersistent: false)
    rows.bind(1, open)
    while try rows.step() { openRows[rows.bytes(1) ?? [], default: []].append(rows.integer(0)) }
  }

  mutating func trace(_ id: [UInt8]) throws(StoreError) -> TraceRows {
    var trace = TraceRows(keepsRows: false)
    let (high, low) = TraceID.words(id)
    let sealed = try reader.indexedRows(TraceIndex.hash(high, low), before: open)
    for row in sealed + openRows[id, default: []] {
      try reader.add(row...row, id, statement, &trace)
    }
    trace.settle()
    return trace
  }
}
