internal import Codec

/// The rows of `audit`: written one behind the other, read, and checked against what they say of
/// each other.
package struct AuditTrail {
  private let database: Database

  /// Where `meta` keeps the number and hash of the newest row.
  private static let newestKey = "audit_newest"
  /// The act that notes that retention removed rows.
  static let expiry = "audit.expire"
  private static let columns = "id, time, principal, act, target, outcome, detail, hash"

  init(_ database: Database) {
    self.database = database
  }

  /// The trail in the store at `path`, to be read; also while a collector uses it.
  package init(path: String) throws(StoreError) {
    database = try Database(path: path, access: .readOnly)
    database.waitForLocks(milliseconds: 2_000)
    guard try database.integer("PRAGMA application_id") == Schema.applicationID else {
      throw .foreignFile
    }
  }

  /// Adds an act, within the open transaction.
  func append(_ draft: AuditDraft, time: Int64) throws(StoreError) -> AuditEntry {
    let last = try newest()
    let entry = AuditEntry(draft, id: last.id + 1, time: time, after: last.hash)
    let insert = try database.prepare(
      "INSERT INTO audit (\(Self.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      isPersistent: false)
    insert.bind(1, entry.id)
    insert.bind(2, entry.time)
    let texts = [draft.principal, draft.act, draft.target, draft.outcome, draft.detail]
    for (index, text) in texts.enumerated() { insert.bind(Int32(index) + 3, text: text) }
    insert.bind(8, blob: entry.hash)
    try insert.run()
    let mark = try database.prepare(
      "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", isPersistent: false)
    mark.bind(1, text: Self.newestKey)
    mark.bind(2, text: "\(entry.id) \(entry.digits)")
    try mark.run()
    return entry
  }

  private func newest() throws(StoreError) -> (id: Int64, hash: [UInt8]) {
    let row = try database.prepare(
      "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1", isPersistent: false)
    if try row.step() { return (row.integer(0), row.bytes(1) ?? []) }
    return try checkpoint() ?? (0, AuditEntry.origin)
  }

  /// The last row that retention removed, if it removed any.
  private func checkpoint() throws(StoreError) -> (id: Int64, hash: [UInt8])? {
    let row = try database.prepare(
      "SELECT id, hash FROM audit_checkpoint ORDER BY id DESC LIMIT 1", isPersistent: false)
    return try row.step() ? (row.integer(0), row.bytes(1) ?? []) : nil
  }

  /// Removes rows older than `horizon` (ns since 1970), within the open transaction: the last of
  /// them leaves its hash, and a row says so. The newest row always stays. Gives that row.
  func expire(before horizon: Int64, now: Int64) throws(StoreError) -> AuditEntry? {
    let row = try database.prepare(
      """
      SELECT id, hash FROM audit WHERE time < ?1 AND id < (SELECT max(id) FROM audit)
      ORDER BY id DESC LIMIT 1
      """, isPersistent: false)
    row.bind(1, horizon)
    guard try row.step() else { return nil }
    let (last, hash) = (row.integer(0), row.bytes(1) ?? [])
    row.reset()
    try database.execute("DELETE FROM audit WHERE id <= \(last)")
    try database.execute("DELETE FROM audit_checkpoint")
    let insert = try database.prepare(
      "INSERT INTO audit_checkpoint (id, hash) VALUES (?1, ?2)", isPersistent: false)
    insert.bind(1, last)
    insert.bind(2, blob: hash)
    try insert.run()
    let digits = String(decoding: Hex.encode(hash), as: UTF8.self)
    return try append(
      AuditDraft(
        principal: "retention", act: Self.expiry, target: "rows to \(last)", detail: digits),
      time: now)
  }

  /// The rows below the number `cursor`, the newest first, at most `limit`, from `from` on and
  /// before `to` (ns since 1970).
  package func newest(
    below cursor: Int64, from: Int64, to: Int64, limit: Int
  ) throws(StoreError) -> [AuditEntry] {
    let rows = try database.prepare(
      """
      SELECT \(Self.columns) FROM audit WHERE id < ?1 AND time >= ?2 AND time < ?3
      ORDER BY id DESC LIMIT ?4
      """, isPersistent: false)
    rows.bind(1, cursor)
    rows.bind(2, from)
    rows.bind(3, to)
    rows.bind(4, Int64(limit))
    var entries: [AuditEntry] = []
    while try rows.step() { entries.append(AuditEntry(rows)) }
    return entries
  }

  /// Lets `body` see the rows from `from` on and before `to` (ns since 1970) in their order.
  package func forEach(
    from: Int64 = .min, to: Int64 = .max, _ body: (AuditEntry) -> Void
  ) throws(StoreError) {
    let rows = try database.prepare(
      "SELECT \(Self.columns) FROM audit WHERE time >= ?1 AND time < ?2 ORDER BY id",
      isPersistent: false)
    rows.bind(1, from)
    rows.bind(2, to)
    while try rows.step() { body(AuditEntry(rows)) }
  }
}

// MARK: Checking
extension AuditTrail {
  /// What a check found.
  package struct Verdict: Equatable, Sendable {
    /// Rows that were looked at, the first and the last of them, 0 where there is none.
    package var rows: Int64 = 0
    package var first: Int64 = 0
    package var last: Int64 = 0
    /// The hash of the last row, in digits.
    package var hash = ""
    /// What is wrong, one sentence each.
    package var findings: [String] = []
  }

  /// Checks every row against the one before it, and that some row has the hash `expected`, as a
  /// log has it: 64 hexadecimal digits, or the first 16 of them or more.
  package func verify(expecting expected: String? = nil) throws(StoreError) -> Verdict {
    var verdict = Verdict()
    let base = try checkpoint()
    var (previous, next) = (base?.hash ?? AuditEntry.origin, (base?.id ?? 0) + 1)
    let start = next
    var isExpectedFound = base.map { Self.isNamed($0.hash, expected) } ?? false
    var noted: (id: Int64, digits: String)?
    try forEach { entry in
      verdict.rows += 1
      if verdict.first == 0 { verdict.first = entry.id }
      if entry.id < start {
        verdict.findings.append("row \(entry.id) was put in: rows to \(start - 1) had been removed")
        return
      }
      if entry.id != next {
        let gone = entry.id - 1 == next ? "row \(next) was" : "rows \(next) to \(entry.id - 1) were"
        verdict.findings.append("\(gone) removed")
      } else if !entry.follows(previous) {
        verdict.findings.append(
          "row \(entry.id) was altered or put in: its hash does not follow from row \(next - 1)")
      }
      (previous, next) = (entry.hash, entry.id + 1)
      (verdict.last, verdict.hash) = (entry.id, entry.digits)
      if Self.isNamed(entry.hash, expected) { isExpectedFound = true }
      if entry.draft.act == Self.expiry {
        noted = (Int64(entry.draft.target.dropFirst("rows to ".count)) ?? 0, entry.draft.detail)
      }
    }
    try checkEnds(base, noted, &verdict)
    if let expected, !isExpectedFound {
      verdict.findings.append(
        "no row has the hash \(expected): the trail was cut or written anew since it was logged,"
          + " or the row is older than the retention")
    }
    return verdict
  }

  private static func isNamed(_ hash: [UInt8], _ expected: String?) -> Bool {
    guard let expected, expected.utf8.count >= 16 else { return false }
    return String(decoding: Hex.encode(hash), as: UTF8.self).hasPrefix(expected.lowercased())
  }

  /// What the rows cannot say: whether those at the beginning and at the end are all there.
  private func checkEnds(
    _ base: (id: Int64, hash: [UInt8])?, _ noted: (id: Int64, digits: String)?,
    _ verdict: inout Verdict
  ) throws(StoreError) {
    if let base {
      let digits = String(decoding: Hex.encode(base.hash), as: UTF8.self)
      if noted?.id != base.id || noted?.digits != digits {
        verdict.findings.append(
          "the rows to \(base.id) were removed, and no row says that retention did so")
      }
    }
    let row = try database.prepare(
      "SELECT value FROM meta WHERE key = '\(Self.newestKey)'", isPersistent: false)
    guard try row.step(), let words = row.text(0)?.split(separator: " "), words.count == 2,
      let newest = Int64(words[0])
    else {
      if verdict.rows > 0 {
        verdict.findings.append("the file does not say which row is the newest")
      }
      return
    }
    if newest > verdict.last {
      let first = max(verdict.last, base?.id ?? 0) + 1
      let gone = first == newest ? "row \(newest) was" : "rows \(first) to \(newest) were"
      verdict.findings.append("\(gone) removed from the end")
    } else if newest < verdict.last {
      verdict.findings.append(
        newest + 1 == verdict.last
          ? "row \(verdict.last) was put in at the end"
          : "rows \(newest + 1) to \(verdict.last) were put in at the end")
    } else if String(words[1]) != verdict.hash {
      verdict.findings.append("row \(newest) was written anew: its hash is another one")
    }
  }
}

extension AuditTrail {
  /// Adds an act to the trail of the store at `path`, which no collector uses; `now` is in ns since
  /// 1970. Nil, and nothing, where the store is of another version.
  package static func note(
    _ draft: AuditDraft, inStoreAt path: String, now: Int64
  ) throws(StoreError) -> AuditEntry? {
    let database = try Database(path: path, access: .readWrite)
    database.waitForLocks(milliseconds: 2_000)
    guard try database.integer("PRAGMA application_id") == Schema.applicationID else {
      throw .foreignFile
    }
    guard try database.integer("PRAGMA user_version") == Schema.version else { return nil }
    try database.execute("BEGIN IMMEDIATE")
    do throws(StoreError) {
      let entry = try AuditTrail(database).append(draft, time: now)
      try database.execute("COMMIT")
      return entry
    } catch {
      if !database.isIdle { try database.execute("ROLLBACK") }
      throw error
    }
  }
}

extension Store {
  /// Adds an administrative act to the audit; `now` is in ns since 1970.
  package func note(_ draft: AuditDraft, now: Int64) throws(StoreError) -> AuditEntry {
    if let damage { throw damage }
    var entry: AuditEntry?
    try inTransaction { () throws(StoreError) in
      entry = try AuditTrail(database).append(draft, time: now)
    }
    guard let entry else { preconditionFailure("a transaction that ended well noted the act") }
    return entry
  }

  /// Removes what of the audit is older than its retention, at most once a pass.
  func expireAudit(now: Int64) throws(StoreError) {
    let horizon = now - settings.retention.audit
    let oldest = try database.integer("SELECT time FROM audit ORDER BY id LIMIT 1")
    guard let oldest, oldest < horizon else { return }
    try inTransaction { () throws(StoreError) in
      _ = try AuditTrail(database).expire(before: horizon, now: now)
    }
  }
}

extension AuditTrail.Verdict {
  /// `{"whole","rows","first","last","hash","findings"}`
  package var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("whole")
    json.value(findings.isEmpty)
    for (name, number) in [("rows", rows), ("first", first), ("last", last)] {
      json.key(name)
      json.value(number)
    }
    json.key("hash")
    json.value(hash)
    json.key("findings")
    json.beginArray()
    for finding in findings { json.value(finding) }
    json.endArray()
    json.endObject()
    return json.bytes + [0x0A]
  }
}
