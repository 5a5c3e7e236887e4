internal import CSQLite
internal import Codec
internal import LinuxIO
internal import Telemetry

/// Reads stored events on a connection of its own, which one thread uses at a time. Every read is
/// cut into steps, so that no snapshot is held for longer than a fraction of a second.
package final class EventReader {
  /// Rows that one step looks at.
  static let step: Int64 = 20_000
  /// How far ahead of its receipt an event's time may lie, in ns.
  private static let ahead: Int64 = 3_600 * 1_000_000_000

  let database: Database
  /// Whose events it sees; `narrow(to:)` changes it.
  package internal(set) var scope = TenantScope.all

  /// A reader of the file at `path`.
  package init(path: String) throws(StoreError) {
    database = try Database(path: path, access: .readOnly)
    try database.execute("PRAGMA query_only = 1; PRAGMA mmap_size = 268435456")
    database.waitForLocks(milliseconds: 1_000)
  }

  /// The names of the members that a row may have.
  package static var fieldNames: [String] { EventRowJSON.names }

  /// One page of a list, newest received first: each row as JSON, and where the next page starts.
  package struct Page: Sendable {
    package var rows: [[UInt8]] = []
    package var next: Int64?
  }

  /// The id of the newest event; 0 when there is none.
  package func newest() throws(StoreError) -> Int64 {
    try database.integer("SELECT ifnull(max(id), 0) FROM events") ?? 0
  }

  /// The newest events that match, below the id `cursor`, none older than the row `first`. Stops
  /// at `deadline`, a monotonic time, with what it has: `next` then says where to go on. Rows have
  /// all their members, or the `fields` alone.
  package func page(
    _ filter: EventFilter, fields: EventFields? = nil, below cursor: Int64, from first: Int64 = 1,
    limit: Int, deadline: Int64
  ) throws(StoreError) -> Page {
    var page = Page()
    let oldest = max(first, try firstID(from: filter.from))
    var high = min(cursor - 1, try newest())
    let statement = try database.prepare(
      Self.select(
        filter, "e.id BETWEEN ?1 AND ?2", "e.id DESC", limit: true,
        columns: fields?.columns ?? EventRowJSON.columns))
    while high >= oldest {
      let low = max(oldest, high - Self.step + 1)
      bind(filter, to: statement, low, high, limit + 1 - page.rows.count)
      while try statement.step() {
        if page.rows.count == limit {
          statement.reset()
          return page
        }
        page.rows.append(fields?.row(statement) ?? EventRowJSON.row(statement))
        page.next = statement.integer(0)
      }
      statement.reset()
      high = low - 1
      if Clock.coarseMonotonic > deadline {
        page.next = high >= oldest ? low : nil
        return page
      }
    }
    page.next = nil
    return page
  }

  /// The events that match after the id `after`, oldest first, at most `limit`; and the last id
  /// that was looked at.
  package func rows(
    _ filter: EventFilter, after: Int64, limit: Int
  ) throws(StoreError) -> (rows: [[UInt8]], last: Int64) {
    let newest = try newest()
    let high = min(newest, after + Self.step)
    guard high > after else { return ([], after) }
    let statement = try database.prepare(
      Self.select(filter, "e.id BETWEEN ?1 AND ?2", "e.id", limit: true), isPersistent: false)
    bind(filter, to: statement, after + 1, high, limit)
    var rows: [[UInt8]] = []
    var last = high
    while try statement.step() {
      rows.append(EventRowJSON.row(statement))
      if rows.count == limit { last = statement.integer(0) }
    }
    statement.reset()
    return (rows, last)
  }

  /// The first id whose receipt lies close enough to `time` for its event to end at it or after.
  func firstID(from time: Int64?) throws(StoreError) -> Int64 {
    guard let time else { return 1 }
    return try database.firstEvent(receivedSince: time - Self.ahead, before: try newest() + 1)
  }

  func bind(
    _ filter: EventFilter, to statement: Statement, _ low: Int64, _ high: Int64, _ limit: Int
  ) {
    statement.bind(1, low)
    statement.bind(2, high)
    var index: Int32 = 3
    for argument in filter.arguments {
      switch argument {
      case .integer(let number): statement.bind(index, number)
      case .text(let text): statement.bind(index, text: text)
      case .blob(let bytes): statement.bind(index, blob: bytes)
      }
      index += 1
    }
    statement.bind(index, Int64(limit))
  }

  static func select(
    _ filter: EventFilter, _ range: String, _ order: String, limit: Bool = false,
    columns: String = EventRowJSON.columns
  ) -> String {
    let conditions = ([range] + filter.conditions).joined(separator: " AND ")
    return """
      SELECT \(columns) FROM event_columns e
      LEFT JOIN sources s ON s.id = e.source LEFT JOIN operations o ON o.id = e.operation
      LEFT JOIN tenants t ON t.id = e.tenant LEFT JOIN payloads p ON p.id = e.id
      WHERE \(conditions) ORDER BY \(order)\(limit ? " LIMIT ?" : "")
      """
  }
}

extension Database {
  /// The first event below `end` that was received at `time` or later, `end` where there is none:
  /// receipts rise with the ids, but for what group commits interleave.
  func firstEvent(receivedSince time: Int64, before end: Int64) throws(StoreError) -> Int64 {
    let probe = try prepare(
      "SELECT id, time + ifnull(lag, 0) * 1000000 FROM events WHERE id >= ?1 ORDER BY id LIMIT 1")
    var (low, high) = (Int64(1), max(end, 1))
    while low < high {
      let middle = low + (high - low) / 2
      probe.bind(1, middle)
      let isLater = try probe.step() ? probe.integer(1) >= time : true
      probe.reset()
      if isLater { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
