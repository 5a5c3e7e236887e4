internal import CSQLite
internal import Codec
internal import Telemetry
internal import Windows

/// What an erasure changed, by what it is.
package struct ErasureTally: Equatable, Sendable {
  /// Rows that are gone, and rows that lost a name.
  package var deleted: [String: Int64] = [:]
  package var rewritten: [String: Int64] = [:]

  mutating func delete(_ what: String, _ count: Int64) {
    if count > 0 { deleted[what, default: 0] += count }
  }

  mutating func rewrite(_ what: String, _ count: Int64) {
    if count > 0 { rewritten[what, default: 0] += count }
  }
}

/// The writer's part of an erasure: each call is one short transaction of its own.
extension Store {
  /// What names may stand in outside of events, by table, and what becomes of it there. Tables that
  /// are neither here nor in `numericTables` fail a test.
  enum ErasureRule {
    /// The row goes.
    case delete
    /// The name is taken out of these columns; `key` says which row.
    case rewrite(_ columns: [String], key: String)
    /// The name is written over, length for length: what is kept by it stays apart.
    case fill(_ columns: [String], key: String)
  }

  static let erasureRules: [(table: String, rule: ErasureRule)] = [
    (
      "sources",
      .rewrite(["service", "env", "release", "instance", "logger", "src"], key: "id")
    ),
    (
      "operations",
      .rewrite(
        [
          "kind", "name", "agent", "tool", "provider", "model", "response_model", "operation",
          "prompt", "prompt_version", "variant", "service_tier", "finish_reason", "score",
          "evaluator",
        ], key: "id")
    ),
    ("tenants", .rewrite(["tenant"], key: "id")),
    ("error_groups", .rewrite(["message"], key: "id")),
    (
      "alerts",
      .rewrite(
        ["labels", "annotations", "value", "acknowledged_by", "comment", "cause"], key: "id")
    ),
    ("notifications", .rewrite(["document", "error", "group_key"], key: "id")),
    ("rollup_groups", .fill(["labels"], key: "id")),
    ("rollup_hour_groups", .fill(["labels"], key: "id")),
    ("totals", .fill(["labels"], key: "id")),
    ("alert_memory", .fill(["value", "key"], key: "key")),
    ("series", .delete), ("streams", .delete), ("session_visits", .delete),
  ]

  /// Tables of numbers, of our own words, and of what must stay: the audit names pseudonyms only.
  static let tablesWithoutNames: Set<String> = [
    "events", "event_extras", "payloads", "event_counts", "trace_index", "rollup_blocks",
    "rollup_hours", "rollup_breakdowns", "samples", "sample_blocks", "totals_amended",
    "totals_waiting", "prices", "meta", "audit", "audit_checkpoint", "holds",
  ]

  /// Where `meta` keeps up to where numbers of rows were given when rows were erased.
  static let rowsKey = "rows_given"

  /// Removes rows of events and all that belongs to them; at most some hundred at a time.
  package func erase(rows: [Int64], into tally: inout ErasureTally) throws(StoreError) {
    if let damage { throw damage }
    guard !rows.isEmpty else { return }
    let list = rows.map { "\($0)" }.joined(separator: ", ")
    var changed = ErasureTally()
    try inTransaction { () throws(StoreError) in
      for (table, key) in [
        ("events", "id"), ("event_extras", "id"), ("payloads", "id"), ("event_counts", "id"),
        ("totals_waiting", "row"), ("totals_amended", "row"),
      ] {
        try database.execute("DELETE FROM \(table) WHERE \(key) IN (\(list))")
        if table == "events" || table == "payloads" { changed.delete(table, database.changes) }
      }
      // Numbers of rows are never given again, though the newest rows go.
      try database.execute(
        "INSERT OR REPLACE INTO meta (key, value) VALUES ('\(Self.rowsKey)', \(nextRow - 1))")
    }
    tally.add(changed)
  }

  /// Takes names out of rows of events; at most some hundred at a time.
  package func erase(
    mentions rows: [Int64], _ text: ErasureText, into tally: inout ErasureTally
  ) throws(StoreError) {
    if let damage { throw damage }
    guard !rows.isEmpty else { return }
    var changed = ErasureTally()
    try inTransaction { () throws(StoreError) in
      let columns = [
        "user", "session", "request_id", "response_id", "event_id", "message", "details", "attrs",
      ]
      for row in rows {
        changed.rewrite("events", try rewrite("events", columns, "id", row, text))
        let payloads = try rewrite("payloads", ["input", "output", "stack"], "id", row, text)
        if payloads > 0 { packing.note(amended: row) }
        changed.rewrite("payloads", payloads)
      }
    }
    tally.add(changed)
  }

  /// Takes the subject's sessions, and with `mentions` names wherever they stand outside of events,
  /// out of the file and of this store's memory.
  package func erase(
    _ subject: DataSubject, _ text: ErasureText, mentions: Bool, into tally: inout ErasureTally
  ) throws(StoreError) {
    if let damage { throw damage }
    // What the memory holds of deleted rows must be in the file before it is looked through.
    save()
    var changed = ErasureTally()
    let tenants = try tenantIDs(subject)
    try inTransaction { () throws(StoreError) in
      let visits = try database.prepare(
        "DELETE FROM session_visits WHERE \(subject.condition(first: 1))", isPersistent: false)
      subject.bind(to: visits, first: 1)
      try visits.run()
      changed.delete("sessions", database.changes)
      guard mentions, subject.tenant == nil else { return }
      for (table, rule) in Self.erasureRules { try apply(rule, table, text, &changed) }
      try forgetMarks(text)
    }
    forget(subject, tenants, text, mentions: mentions && subject.tenant == nil)
    tally.add(changed)
  }

  private func tenantIDs(_ subject: DataSubject) throws(StoreError) -> Set<UInt32>? {
    guard let tenant = subject.tenant else { return nil }
    let rows = try database.prepare(
      "SELECT id FROM tenants WHERE tenant = ?1", isPersistent: false)
    rows.bind(1, text: tenant)
    var ids: Set<UInt32> = []
    while try rows.step() { ids.insert(UInt32(truncatingIfNeeded: rows.integer(0))) }
    return ids
  }

  private func apply(
    _ rule: ErasureRule, _ table: String, _ text: ErasureText, _ tally: inout ErasureTally
  ) throws(StoreError) {
    switch rule {
    case .delete:
      if table == "series" { return tally.delete(table, try eraseSeries(text)) }
      if table == "streams" { return tally.delete("sources", try eraseStreams(text)) }
      let found = try rows(of: table, ["session", "user"], "id", text)
      for row in found { try database.execute("DELETE FROM \(table) WHERE id = \(row)") }
      tally.delete("sessions", Int64(found.count))
    case .rewrite(let columns, let key):
      for row in try rows(of: table, columns, key, text) {
        tally.rewrite(table, try rewrite(table, columns, key, row, text))
      }
    case .fill(let columns, let key):
      for column in columns { tally.rewrite(table, try fill(table, column, key, text)) }
    }
  }

  /// The integer keys of rows whose columns may hold a name.
  private func rows(
    of table: String, _ columns: [String], _ key: String, _ text: ErasureText
  ) throws(StoreError) -> [Int64] {
    let found = try database.prepare(
      "SELECT \(key), \(columns.joined(separator: ", ")) FROM \(table)", isPersistent: false)
    var rows: [Int64] = []
    while try found.step() {
      let isNamed = (1...Int32(columns.count)).contains { column in
        found.bytes(column).map { text.isMentioned(in: $0) } ?? false
      }
      if isNamed { rows.append(found.integer(0)) }
    }
    return rows
  }

  /// Takes names out of one row; 1 where it held any.
  private func rewrite(
    _ table: String, _ columns: [String], _ key: String, _ row: Int64, _ text: ErasureText
  ) throws(StoreError) -> Int64 {
    let find = try database.prepare(
      "SELECT \(columns.joined(separator: ", ")) FROM \(table) WHERE \(key) = ?1")
    find.bind(1, row)
    var changes: [(column: String, text: [UInt8])] = []
    if try find.step() {
      for (index, column) in columns.enumerated() {
        let bytes =
          table == "payloads"
          ? PayloadText.bytes(find, Int32(index)) : find.bytes(Int32(index))
        if let clean = bytes.flatMap({ text.erased($0) }) { changes.append((column, clean)) }
      }
    }
    find.reset()
    for (column, clean) in changes {
      let update = try database.prepare(
        "UPDATE \(table) SET \(column) = ?2 WHERE \(key) = ?1", isPersistent: false)
      update.bind(1, row)
      update.bind(2, text: clean)
      try update.run()
    }
    return changes.isEmpty ? 0 : 1
  }

  /// Writes over names in one column of every row of a table; gives how many rows held any.
  private func fill(
    _ table: String, _ column: String, _ key: String, _ text: ErasureText
  ) throws(StoreError) -> Int64 {
    let find = try database.prepare(
      "SELECT \(key), \(column) FROM \(table)", isPersistent: false)
    var changes: [(key: [UInt8], isText: Bool, bytes: [UInt8])] = []
    while try find.step() {
      guard let bytes = find.bytes(1) else { continue }
      let clean =
        if !find.isBlob(1) {
          text.filled(bytes)
        } else if table == "totals" {
          Self.filled(labels: bytes, text)
        } else {
          text.filled(blob: bytes)
        }
      if let clean { changes.append((find.bytes(0) ?? [], !find.isBlob(1), clean)) }
    }
    let type = key == "id" ? "INTEGER" : "TEXT"
    let update = try database.prepare(
      "UPDATE \(table) SET \(column) = ?2 WHERE \(key) = CAST(?1 AS \(type))", isPersistent: false)
    for change in changes {
      update.bind(1, text: change.key)
      if change.isText {
        update.bind(2, text: change.bytes)
      } else {
        update.bind(2, blob: change.bytes)
      }
      try update.run()
    }
    return Int64(changes.count)
  }

  /// Labels as `StoreLabels` has them, with names written over.
  private static func filled(labels bytes: [UInt8], _ text: ErasureText) -> [UInt8]? {
    guard let labels = StoreLabels.read(bytes) else { return nil }
    let clean = labels.map { label in label.map { text.filled($0) ?? $0 } }
    return clean == labels ? nil : StoreLabels.bytes(clean)
  }

  /// Metrics that carry a name are the subject's own: their samples go with them.
  private func eraseSeries(_ text: ErasureText) throws(StoreError) -> Int64 {
    let gone = try rows(of: "series", ["name", "labels", "tenant"], "id", text)
    let newest = try database.integer("SELECT max(id) FROM series") ?? 0
    for row in gone {
      try database.execute("DELETE FROM sample_blocks WHERE series = \(row)")
      // The newest number must not be given again: some of its samples lie among those of others.
      try database.execute(
        row == newest
          ? """
          UPDATE series SET name = 'erased', labels = '{"erased":"\(row)"}', tenant = NULL,
            unit = '', help = '' WHERE id = \(row)
          """ : "DELETE FROM series WHERE id = \(row)")
    }
    let set = Set(gone)
    samples.forget(series: set)
    return Int64(gone.count)
  }

  private func eraseStreams(_ text: ErasureText) throws(StoreError) -> Int64 {
    let names = ledger.entries.map(\.name).filter { name in
      [name.src, name.service, name.peer].contains { text.isMentioned(in: $0) }
    }
    try savedStreams.erase(names)
    ledger.forget(names)
    status.publish([], gone: names)
    return Int64(names.count)
  }

  /// Retention's marks have tenants in their keys; without one it only looks again.
  private func forgetMarks(_ text: ErasureText) throws(StoreError) {
    let keys = try database.prepare(
      "SELECT key FROM meta WHERE key LIKE 'retention%'", isPersistent: false)
    var gone: [[UInt8]] = []
    while try keys.step() {
      if let key = keys.bytes(0), text.isMentioned(in: key) { gone.append(key) }
    }
    let forget = try database.prepare("DELETE FROM meta WHERE key = ?1", isPersistent: false)
    for key in gone {
      forget.bind(1, text: key)
      try forget.run()
    }
  }

  private func forget(
    _ subject: DataSubject, _ tenants: Set<UInt32>?, _ text: ErasureText, mentions: Bool
  ) {
    let names = subject.names.map { Array($0.utf8) }
    sessions.forget { session, user, tenant in
      let isOwn =
        subject.kind == .session ? names.contains(session) : user.map(names.contains) ?? false
      let isNamed =
        mentions && (text.isMentioned(in: session) || user.map(text.isMentioned) ?? false)
      return isOwn && tenants?.contains(tenant) ?? true || isNamed
    }
    guard mentions else { return }
    errors.forget { text.isMentioned(in: $0) }
    rollups.forget { name in text.filled(name) }
    dimensions.forget { $0.contains { $0.map(text.isMentioned) ?? false } }
    sources.forget()
    status.totals.update { totals in
      for group in SeriesGroup.allCases {
        totals[group].rename { label in label.flatMap { text.filled($0) } }
      }
    }
  }

  /// Makes the log an empty file, all of it moved into the store, and drops what this connection
  /// remembers of pages; false while a reader is in the way.
  package func truncateLog() throws(StoreError) -> Bool {
    if let damage { throw damage }
    var left: Int32 = 0
    var copied: Int32 = 0
    let code = unsafe sqlite3_wal_checkpoint_v2(
      database.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, &left, &copied)
    unsafe sqlite3_db_release_memory(database.handle)
    return code == SQLITE_OK
  }

  /// Clears bytes of the file that no row uses, once the log is empty; false while it is not.
  package func clear(gapsOf pages: [Int]) throws(StoreError) -> Bool {
    guard try truncateLog(), let file = RawStore(database, .main) else { return false }
    let size = StoreFile.pageSize
    var ranges: [Range<Int>] = []
    for page in pages {
      let entry = RawPage.mapEntry(of: page, pageSize: size)
      let kind = page > 2 ? try file.read(1, at: (entry.page - 1) * size + entry.offset)[0] : 1
      guard kind == 1 || kind == 5 else { continue }
      let bytes = try file.read(size, at: (page - 1) * size)
      guard let gap = RawPage.gap(bytes, number: page), !gap.isEmpty else { continue }
      let start = (page - 1) * size
      ranges.append((start + gap.lowerBound)..<(start + gap.upperBound))
    }
    try file.clear(ranges)
    unsafe sqlite3_db_release_memory(database.handle)
    return true
  }
}

extension ErasureTally {
  /// Adds what another step changed.
  package mutating func add(_ other: Self) {
    deleted.merge(other.deleted, uniquingKeysWith: +)
    rewritten.merge(other.rewritten, uniquingKeysWith: +)
  }
}
