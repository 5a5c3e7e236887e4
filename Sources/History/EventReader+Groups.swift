internal import Codec
internal import LinuxIO
internal import Money
internal import Telemetry

/// What a list of sessions or errors is narrowed to.
package struct GroupFilter: Sendable {
  /// Columns of the view with the values they must have.
  package var equal: [(column: String, value: String)] = []
  /// Only what was heard of at this time (ns since 1970) or later.
  package var from: Int64?
  /// Only sessions that are active now.
  package var isActive = false

  /// Everything.
  package init() {}
}

extension EventReader {
  /// Sessions by their newest rows, newest first, each as JSON; `next` is the cursor to go on.
  package func sessions(
    _ filter: GroupFilter, below cursor: Int64, limit: Int
  ) throws(StoreError) -> Page {
    try groups(SessionRow.self, filter, below: cursor, limit: limit)
  }

  /// Groups of errors, those seen last first, each as JSON; `next` is the cursor to go on.
  package func errors(
    _ filter: GroupFilter, below cursor: Int64, limit: Int
  ) throws(StoreError) -> Page {
    try groups(ErrorRow.self, filter, below: cursor, limit: limit)
  }

  /// The sessions of this name, one for each tenant that has one, with the rows between which their
  /// events lie.
  package func session(
    _ name: String
  ) throws(StoreError) -> [(json: [UInt8], rows: ClosedRange<Int64>)] {
    let rows = try database.prepare(
      SessionRow.select(["v.session = ?1"], having: [], "max(v.id) DESC", limit: ""),
      isPersistent: false)
    rows.bind(1, text: name)
    var found: [(json: [UInt8], rows: ClosedRange<Int64>)] = []
    while try rows.step() {
      found.append((SessionRow.json(rows), rows.integer(13)...rows.integer(14)))
    }
    return found
  }

  private func groups<Row: GroupRow>(
    _: Row.Type, _ filter: GroupFilter, below cursor: Int64, limit: Int
  ) throws(StoreError) -> Page {
    var (conditions, having): ([String], [String]) = ([], ["\(Row.order) < ?1"])
    for (index, (column, _)) in filter.equal.enumerated() {
      conditions.append("\(column) = ?\(index + 4)")
    }
    if filter.from != nil { having.append("\(Row.last) >= ?2") }
    if filter.isActive { having.append(Row.active) }
    let statement = try database.prepare(
      Row.select(conditions, having: having, "\(Row.order) DESC", limit: "LIMIT ?3"),
      isPersistent: false)
    statement.bind(1, cursor)
    if let from = filter.from { statement.bind(2, from) }
    statement.bind(3, Int64(limit + 1))
    for (index, (_, value)) in filter.equal.enumerated() {
      statement.bind(Int32(index + 4), text: value)
    }
    var page = Page()
    while try statement.step() {
      if page.rows.count == limit { return page }
      page.rows.append(Row.json(statement))
      page.next = statement.integer(0)
    }
    page.next = nil
    return page
  }
}

/// A group that rows add up to: how it is read and rendered.
private protocol GroupRow {
  /// The number that lists are ordered and cut by.
  static var order: String { get }
  static var last: String { get }
  static var active: String { get }
  static func select(
    _ conditions: [String], having: [String], _ order: String, limit: String
  ) -> String
  /// The current row, whose first column is its order.
  static func json(_ row: Statement) -> [UInt8]
}

extension GroupRow {
  static func clause(_ word: String, _ conditions: [String]) -> String {
    conditions.isEmpty ? "" : "\(word) \(conditions.joined(separator: " AND "))"
  }
}

private enum SessionRow: GroupRow {
  static let order = "max(v.id)"
  static let last = "max(v.last)"
  static var active: String {
    "max(v.last) > \(Clock.coarseWall - Limits.sessionActive * 1_000_000_000)"
  }

  static func select(
    _ conditions: [String], having: [String], _ order: String, limit: String
  ) -> String {
    """
    SELECT \(Self.order), v.session, t.tenant, min(v.first), max(v.last), max(v.user),
      sum(v.events), sum(v.calls), sum(v.errors), sum(v.input_tokens), sum(v.output_tokens),
      sum(v.unpriced_tokens), sum(v.cost), min(v.first_row), max(v.last_row)
    FROM session_visits v LEFT JOIN tenants t ON t.id = v.tenant \(clause("WHERE", conditions))
    GROUP BY v.session, v.tenant, v.scope \(clause("HAVING", having)) ORDER BY \(order) \(limit)
    """
  }

  static func json(_ row: Statement) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("session")
    json.value(utf8: row.bytes(1) ?? [])
    if let tenant = row.bytes(2) {
      json.key("tenant")
      json.value(utf8: tenant)
    }
    if let user = row.bytes(5) {
      json.key("user")
      json.value(utf8: user)
    }
    let (first, last) = (row.integer(3), row.integer(4))
    json.key("started")
    json.value(Timestamp.text(first))
    json.key("ended")
    json.value(Timestamp.text(last))
    json.key("length_ms")
    json.value(json: Milliseconds.text(last - first))
    json.key("is_active")
    json.value(last > Clock.coarseWall - Limits.sessionActive * 1_000_000_000)
    json.key("events")
    json.value(row.integer(6))
    json.key("calls")
    json.value(row.double(7))
    json.key("errors")
    json.value(row.double(8))
    let (input, output, unpriced) = (row.integer(9), row.integer(10), row.integer(11))
    json.key("input_tokens")
    json.value(input)
    json.key("output_tokens")
    json.value(output)
    let isKnown = row.double(7) == 0 || row.integer(12) > 0 || unpriced < input + output
    json.key("cost_usd")
    if isKnown { json.value(Picodollars.text(row.integer(12))) } else { json.null() }
    json.key("coverage")
    let tokens = Double(input + output)
    if tokens > 0 {
      json.value(((1 - Double(unpriced) / tokens) * 1_000).rounded() / 1_000)
    } else {
      json.null()
    }
    json.endObject()
    return json.bytes
  }
}

private enum ErrorRow: GroupRow {
  static let order = "max(g.sample)"
  static let last = "max(g.last)"
  static let active = "1"

  static func select(
    _ conditions: [String], having: [String], _ order: String, limit: String
  ) -> String {
    """
    SELECT \(Self.order), g.fingerprint, g.type, g.message, sum(g.count), min(g.first),
      max(g.last), t.tenant, s.service, o.provider, o.model, o.name, lower(hex(g.trace_id))
    FROM error_groups g LEFT JOIN tenants t ON t.id = g.tenant
      LEFT JOIN sources s ON s.id = g.source LEFT JOIN operations o ON o.id = g.operation
    \(clause("WHERE", conditions)) GROUP BY g.fingerprint, g.tenant, g.scope
    \(clause("HAVING", having + ["sum(g.count) > 0"])) ORDER BY \(order) \(limit)
    """
  }

  static func json(_ row: Statement) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for (index, name) in ["fingerprint", "type", "message"].enumerated() {
      json.key(name)
      json.value(utf8: row.bytes(Int32(index + 1)) ?? [])
    }
    json.key("count")
    json.value(row.double(4))
    json.key("first_seen")
    json.value(Timestamp.text(row.integer(5)))
    json.key("last_seen")
    json.value(Timestamp.text(row.integer(6)))
    for (index, name) in ["tenant", "service", "provider", "model", "name"].enumerated() {
      guard let text = row.bytes(Int32(index + 7)) else { continue }
      json.key(name)
      json.value(utf8: text)
    }
    json.key("sample")
    json.beginObject()
    json.key("event")
    json.value(row.integer(0))
    if let trace = row.bytes(12), !trace.isEmpty {
      json.key("trace_id")
      json.value(utf8: trace)
    }
    json.endObject()
    json.endObject()
    return json.bytes
  }
}
