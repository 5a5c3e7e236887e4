internal import Codec

/// What must be kept, whatever retention says, and refuses to be erased.
package struct Hold: Equatable, Sendable {
  /// By what rows are held.
  package enum Kind: String, CaseIterable, Sendable {
    case user, session, tenant, trace
  }

  /// 1 and up, never given twice.
  package let id: Int64
  package let kind: Kind
  /// The name as it is stored; of a trace 32 hexadecimal digits.
  package let value: String
  package let reason: String
  /// ns since 1970.
  package let placedAt: Int64
  package let placedBy: String

  /// `{"id","kind","value","reason","placed_at","placed_by"}`
  package var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("id")
    json.value(id)
    let texts = [
      ("kind", kind.rawValue), ("value", value), ("reason", reason),
      ("placed_at", Timestamp.text(placedAt)), ("placed_by", placedBy),
    ]
    for (name, text) in texts {
      json.key(name)
      json.value(text)
    }
    json.endObject()
    return json.bytes
  }
}

/// The rows of `holds`.
package struct Holds {
  private let database: Database

  /// Where `meta` keeps the number given last.
  private static let lastKey = "holds_last"

  init(_ database: Database) {
    self.database = database
  }

  /// The holds in the store at `path`, to be read; also while a collector uses it.
  package init(path: String) throws(StoreError) {
    database = try Database(path: path, access: .readOnly)
    database.waitForLocks(milliseconds: 2_000)
  }

  /// All of them, the first first.
  package func all() throws(StoreError) -> [Hold] {
    let rows = try database.prepare(
      "SELECT id, kind, value, reason, placed_at, placed_by FROM holds ORDER BY id",
      isPersistent: false)
    var holds: [Hold] = []
    while try rows.step() {
      guard let kind = Hold.Kind(rawValue: rows.text(1) ?? "") else { continue }
      holds.append(
        Hold(
          id: rows.integer(0), kind: kind, value: rows.text(2) ?? "", reason: rows.text(3) ?? "",
          placedAt: rows.integer(4), placedBy: rows.text(5) ?? ""))
    }
    return holds
  }

  /// Places one, within the open transaction; one that is there already stays as it is.
  func add(
    _ kind: Hold.Kind, _ value: String, reason: String, by principal: String, now: Int64
  ) throws(StoreError) -> Hold {
    if let known = try all().first(where: { $0.kind == kind && $0.value == value }) { return known }
    let last = try database.integer("SELECT value FROM meta WHERE key = '\(Self.lastKey)'") ?? 0
    let hold = Hold(
      id: last + 1, kind: kind, value: value, reason: reason, placedAt: now, placedBy: principal)
    let insert = try database.prepare(
      "INSERT INTO holds VALUES (?1, ?2, ?3, ?4, ?5, ?6)", isPersistent: false)
    insert.bind(1, hold.id)
    for (index, text) in [kind.rawValue, value, reason].enumerated() {
      insert.bind(Int32(index) + 2, text: text)
    }
    insert.bind(5, now)
    insert.bind(6, text: principal)
    try insert.run()
    try database.execute(
      "INSERT OR REPLACE INTO meta (key, value) VALUES ('\(Self.lastKey)', \(hold.id))")
    return hold
  }

  /// Takes one away, within the open transaction; nil where there is none.
  func release(_ id: Int64) throws(StoreError) -> Hold? {
    guard let hold = try all().first(where: { $0.id == id }) else { return nil }
    try database.execute("DELETE FROM holds WHERE id = \(id)")
    return hold
  }
}

/// Conditions that are true of rows nobody holds.
struct HeldRows: Equatable {
  let noEvent: String
  let noVisit: String
  let noError: String

  static let none = HeldRows([])

  /// As of now; a pass over many rows goes by those it began with.
  init(_ database: Database) throws(StoreError) {
    var kinds: [Hold.Kind] = []
    for kind in Hold.Kind.allCases {
      let count = try database.integer("SELECT count(*) FROM holds WHERE kind = '\(kind.rawValue)'")
      if count ?? 0 > 0 { kinds.append(kind) }
    }
    self.init(kinds)
  }

  private init(_ kinds: [Hold.Kind]) {
    func condition(_ columns: [Hold.Kind: String]) -> String {
      let parts = kinds.compactMap { kind in columns[kind].map { Self.free($0, kind) } }
      return parts.isEmpty ? "1" : "(\(parts.joined(separator: " AND ")))"
    }
    let trace = "lower(hex(trace_id))"
    noEvent = condition([.user: "user", .session: "session", .tenant: "tenant", .trace: trace])
    noVisit = condition([.user: "user", .session: "session", .tenant: "tenant"])
    noError = condition([.tenant: "tenant", .trace: trace])
  }

  private static func free(_ column: String, _ kind: Hold.Kind) -> String {
    let values = "SELECT value FROM holds WHERE kind = '\(kind.rawValue)'"
    return kind == .tenant
      ? "tenant NOT IN (SELECT id FROM tenants WHERE tenant IN (\(values)))"
      : "ifnull(\(column), '') NOT IN (\(values))"
  }
}

extension Store {
  /// Holds what has this name; `now` is in ns since 1970. One that is held already stays as it is.
  package func hold(
    _ kind: Hold.Kind, _ value: String, reason: String, by principal: String, now: Int64
  ) throws(StoreError) -> Hold {
    if let damage { throw damage }
    var hold: Hold?
    try inTransaction { () throws(StoreError) in
      hold = try Holds(database).add(kind, value, reason: reason, by: principal, now: now)
      try retention.restart(fromBeginning: false)
    }
    guard let hold else { preconditionFailure("a transaction that ended well placed the hold") }
    return hold
  }

  /// Releases a hold: retention looks at all that is older than its ages again. Nil where there is
  /// no such hold.
  package func release(hold id: Int64) throws(StoreError) -> Hold? {
    if let damage { throw damage }
    var hold: Hold?
    try inTransaction { () throws(StoreError) in
      hold = try Holds(database).release(id)
      if hold != nil { try retention.restart(fromBeginning: true) }
    }
    return hold
  }

  /// What is held.
  package func holds() throws(StoreError) -> [Hold] { try Holds(database).all() }
}
