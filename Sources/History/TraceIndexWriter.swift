internal import Codec
internal import Telemetry

/// Keeps the traces of the rows that are in no full segment yet, and writes full ones: 8 bytes of
/// memory a row of the open segment, some 5 ns a row.
struct TraceIndexWriter: ~Copyable {
  private let write: Statement
  private let saveStart: Statement
  /// Rows from here on are in no segment of the table.
  private(set) var start: Int64
  /// The hash and the id of each row since, by rising id.
  private var open: [(hash: UInt32, row: Int64)]
  /// How many of them are committed.
  private var committed: Int
  /// Where the open transaction moved `start` to.
  private var sealed: Int64

  /// Where the first row that is in no full segment is kept in `meta`.
  static let startKey = "trace_index_start"

  init(_ database: Database) throws(StoreError) {
    let writing = try database.prepare(
      "INSERT OR REPLACE INTO trace_index (id, entries) VALUES (?1, ?2)")
    let saving = try database.prepare(
      "INSERT OR REPLACE INTO meta (key, value) VALUES ('\(Self.startKey)', ?1)")
    let first = try Self.start(of: database)
    let rows = try Self.rows(of: database, from: first)
    write = writing
    saveStart = saving
    start = first
    sealed = first
    open = rows
    committed = rows.count
  }

  /// The first row that is in no full segment.
  static func start(of database: Database) throws(StoreError) -> Int64 {
    try database.integer("SELECT value FROM meta WHERE key = '\(startKey)'") ?? 0
  }

  /// Takes note of the trace of a new row, the last so far.
  @inline(__always)
  mutating func note(_ event: UnsafePointer<Event>, row: Int64) {
    let (high, low) = unsafe (event.pointee.traceHigh, event.pointee.traceLow)
    if high | low != 0 { open.append((TraceIndex.hash(high, low), row)) }
  }

  /// The rows that are in no full segment yet whose trace has this hash, by rising id.
  func openRows(_ hash: UInt32) -> [Int64] {
    open.compactMap { $0.hash == hash ? $0.row : nil }
  }

  /// Writes the segments that are full when `next` is the next row, within the open transaction.
  mutating func seal(before next: Int64) throws(StoreError) {
    let end = next / TraceIndex.rows * TraceIndex.rows
    guard end > start else { return }
    var from = 0
    while from < open.count, open[from].row < end {
      let segment = open[from].row / TraceIndex.rows
      let rest = open[from...]
      let to = rest.firstIndex { $0.row / TraceIndex.rows != segment } ?? open.count
      try writeSegment(segment, open[from..<to])
      from = to
    }
    saveStart.bind(1, end)
    try saveStart.run()
    sealed = end
  }

  /// Takes the transaction's changes as saved.
  mutating func keep() {
    if sealed > start {
      let start = sealed
      open.removeFirst(open.firstIndex { $0.row >= start } ?? open.count)
      self.start = start
    }
    committed = open.count
  }

  /// Takes the transaction's changes back.
  mutating func undo() {
    open.removeLast(open.count - committed)
    sealed = start
  }

  private func writeSegment(
    _ segment: Int64, _ rows: ArraySlice<(hash: UInt32, row: Int64)>
  ) throws(StoreError) {
    var parts = Array(repeating: [UInt8](), count: TraceIndex.buckets)
    let expected = rows.count * TraceIndex.entryBytes / TraceIndex.buckets
    for bucket in parts.indices { parts[bucket].reserveCapacity(expected + expected / 4) }
    for (hash, row) in rows {
      let entry = TraceIndex.entry(hash, row: row)
      let bucket = TraceIndex.bucket(hash)
      parts[bucket].append(UInt8(truncatingIfNeeded: entry))
      parts[bucket].append(UInt8(truncatingIfNeeded: entry >> 8))
      parts[bucket].append(UInt8(truncatingIfNeeded: entry >> 16))
    }
    for (bucket, part) in parts.enumerated() where !part.isEmpty {
      write.bind(1, TraceIndex.key(bucket: bucket, segment: segment))
      write.bind(2, blob: part)
      try write.run()
    }
  }

  private static func rows(
    of database: Database, from start: Int64
  ) throws(StoreError) -> [(hash: UInt32, row: Int64)] {
    var open: [(hash: UInt32, row: Int64)] = []
    let rows = try database.prepare(
      "SELECT id, trace_id FROM events WHERE id >= ?1 AND trace_id IS NOT NULL ORDER BY id",
      isPersistent: false)
    rows.bind(1, start)
    while try rows.step() {
      let (high, low) = TraceID.words(rows.bytes(1) ?? [])
      if high | low != 0 { open.append((TraceIndex.hash(high, low), rows.integer(0))) }
    }
    return open
  }
}
