internal import LinuxIO

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
    let statement = try database.prepare(
      Self.select(EventFilter(), "e.id BETWEEN ?1 AND ?2 AND e.trace_id = ?3", "e.id"))
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
    return trace
  }

  /// The rows of full segments that may carry a trace with this hash, by rising id.
  private func indexedRows(
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

  private func add(
    _ rows: ClosedRange<Int64>, _ id: [UInt8], _ statement: Statement, _ trace: inout TraceRows
  ) throws(StoreError) {
    statement.bind(1, rows.lowerBound)
    statement.bind(2, rows.upperBound)
    statement.bind(3, blob: id)
    while try statement.step() { trace.add(statement) }
    statement.reset()
  }
}
