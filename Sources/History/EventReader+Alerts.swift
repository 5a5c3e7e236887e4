internal import Codec

/// Alerts as they were, and the outbox.
extension EventReader {
  /// What alerts remembered when they were saved last.
  package func alertMemory() throws(StoreError) -> [(key: String, bytes: [UInt8])] {
    let rows = try database.prepare(
      "SELECT key, value FROM alert_memory ORDER BY key", isPersistent: false)
    var records: [(key: String, bytes: [UInt8])] = []
    while try rows.step() { records.append((rows.text(0) ?? "", rows.bytes(1) ?? [])) }
    return records
  }

  /// Messages that wait to be delivered, the oldest first, with how often that was tried.
  package func outbox() throws(StoreError) -> [(document: [UInt8], attempts: Int)] {
    let rows = try database.prepare(
      "SELECT document, attempts FROM notifications WHERE state = 'queued' ORDER BY id",
      isPersistent: false)
    var messages: [(document: [UInt8], attempts: Int)] = []
    while try rows.step() { messages.append((rows.bytes(0) ?? [], Int(rows.integer(1)))) }
    return messages
  }

  /// What a list of past alerts or of messages is narrowed to; times are ns since 1970.
  package struct AlertFilter: Sendable {
    package var from: Int64?
    package var to: Int64?
    /// Columns and the values they must have.
    package var equal: [(column: String, value: String)] = []

    /// Everything.
    package init() {}
  }

  /// Alerts that fired, the latest entry first, each as JSON; `next` is the cursor to go on.
  package func alerts(
    _ filter: AlertFilter, below cursor: Int64, limit: Int
  ) throws(StoreError) -> Page {
    try page(
      """
      SELECT id, fingerprint, rule, name, labels, annotations, value, active_at, fired_at,
        resolved_at, acknowledged_at, acknowledged_by, comment, cause FROM alerts
      """, timed: ("fired_at", "coalesce(resolved_at, 9e18)"), filter, below: cursor, limit: limit,
      Self.alertJSON)
  }

  /// Messages of the outbox and those that left it, the newest first, each as JSON.
  package func notifications(
    _ filter: AlertFilter, below cursor: Int64, limit: Int
  ) throws(StoreError) -> Page {
    try page(
      """
      SELECT id, key, receiver, reason, group_key, alerts, created_at, state, attempts, tried_at,
        error FROM notifications
      """, timed: ("created_at", "created_at"), filter, below: cursor, limit: limit,
      Self.messageJSON)
  }

  private func page(
    _ select: String, timed: (start: String, end: String), _ filter: AlertFilter,
    below cursor: Int64, limit: Int, _ json: (Statement) -> [UInt8]
  ) throws(StoreError) -> Page {
    var conditions = ["id < ?1"]
    if filter.to != nil { conditions.append("\(timed.start) <= ?2") }
    if filter.from != nil { conditions.append("\(timed.end) >= ?3") }
    for (index, (column, _)) in filter.equal.enumerated() {
      conditions.append("\(column) = ?\(index + 5)")
    }
    let rows = try database.prepare(
      "\(select) WHERE \(conditions.joined(separator: " AND ")) ORDER BY id DESC LIMIT ?4",
      isPersistent: false)
    rows.bind(1, cursor)
    if let to = filter.to { rows.bind(2, to) }
    if let from = filter.from { rows.bind(3, from) }
    rows.bind(4, Int64(limit + 1))
    for (index, (_, value)) in filter.equal.enumerated() {
      rows.bind(Int32(index + 5), text: value)
    }
    var page = Page()
    while try rows.step() {
      if page.rows.count == limit { return page }
      page.rows.append(json(rows))
      page.next = rows.integer(0)
    }
    page.next = nil
    return page
  }

  private static func alertJSON(_ row: Statement) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.text("id", row.text(1))
    json.text("rule", row.text(2))
    json.text("name", row.text(3))
    json.text("state", row.isNull(9) ? "firing" : "resolved")
    json.json("labels", row.bytes(4))
    json.json("annotations", row.bytes(5))
    json.text("value", row.text(6))
    json.time("active_at", row.optionalInteger(7))
    json.time("fired_at", row.optionalInteger(8))
    json.time("resolved_at", row.optionalInteger(9))
    json.key("acked")
    if let person = row.text(11) {
      json.beginObject()
      json.text("by", person)
      json.time("at", row.optionalInteger(10))
      json.text("comment", row.text(12))
      json.endObject()
    } else {
      json.null()
    }
    json.json("cause", row.bytes(13))
    json.endObject()
    return json.bytes
  }

  private static func messageJSON(_ row: Statement) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.text("id", row.text(1))
    json.text("receiver", row.text(2))
    json.text("reason", row.text(3))
    json.text("group_key", row.text(4))
    json.key("alerts")
    json.value(row.integer(5))
    json.time("created_at", row.optionalInteger(6))
    json.text("state", row.text(7))
    json.key("attempts")
    json.value(row.integer(8))
    json.time("tried_at", row.optionalInteger(9))
    json.text("error", row.text(10))
    json.endObject()
    return json.bytes
  }
}

extension JSONWriter {
  fileprivate mutating func text(_ name: StaticString, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  fileprivate mutating func json(_ name: StaticString, _ text: [UInt8]?) {
    key(name)
    if let text { value(json: text) } else { null() }
  }

  fileprivate mutating func time(_ name: StaticString, _ time: Int64?) {
    key(name)
    if let time { value(Timestamp.text(time)) } else { null() }
  }
}
