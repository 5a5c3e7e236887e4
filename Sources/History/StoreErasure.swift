internal import CSQLite
internal import Codec
internal import LinuxIO

/// What is erased, or handed out: everything that carries one of these names.
package struct DataSubject: Equatable, Sendable {
  /// Which column names it.
  package enum Kind: String, CaseIterable, Sendable {
    case user, session
  }

  /// Which column that is.
  package let kind: Kind
  /// The name as it came and as its pseudonym, the names under which it may be stored.
  package let names: [String]
  /// The only tenant whose rows are meant; nil for all.
  package let tenant: String?

  /// A user or a session, of one tenant or any.
  package init(_ kind: Kind, names: [String], tenant: String? = nil) {
    self.kind = kind
    self.names = names
    self.tenant = tenant
  }

  /// The condition that rows of `events` or of `session_visits` are the subject's. Its names are
  /// the arguments from `first` on, and the tenant, if any, the one behind them.
  func condition(first: Int) -> String {
    let places = names.indices.map { "?\($0 + first)" }.joined(separator: ", ")
    let tenants = "SELECT id FROM tenants WHERE tenant = ?\(first + names.count)"
    return "\(kind.rawValue) IN (\(places))" + (tenant == nil ? "" : " AND tenant IN (\(tenants))")
  }

  func bind(to statement: Statement, first: Int32) {
    for (index, name) in names.enumerated() { statement.bind(first + Int32(index), text: name) }
    if let tenant { statement.bind(first + Int32(names.count), text: tenant) }
  }
}

/// Rows that an erasure removes, and rows of others that name the subject.
package struct ErasureFinds: Equatable, Sendable {
  package var rows: [Int64] = []
  package var mentions: [Int64] = []
  /// Rows among both that somebody holds.
  package var held: Int64 = 0
  /// Longer words that a name is a part of.
  package var longerWords: Set<[UInt8]> = []
}

/// Looks through the rows of a store for a subject, some thousand rows a step, on a connection that
/// only reads.
package struct ErasureSurvey: ~Copyable {
  private let database: Database
  private let subject: DataSubject
  private let text: ErasureText
  private let findsMentions: Bool
  private var free = HeldRows.none

  /// Rows that one step looks at.
  private static let step: Int64 = 5_000
  /// Longer words that are remembered.
  private static let mostWords = 100_000
  private static let columns = ["message", "details", "attrs"]
  private static let names = [
    "user", "session", "request_id", "response_id", "event_id",
  ]

  /// A look through the store at `path`; with `findsMentions` also through the texts of all others.
  package init(
    path: String, _ subject: DataSubject, _ text: ErasureText, findsMentions: Bool
  ) throws(StoreError) {
    database = try Database(path: path, access: .readOnly)
    database.waitForLocks(milliseconds: 2_000)
    self.subject = subject
    self.text = text
    self.findsMentions = findsMentions
  }

  /// The id of the newest row.
  package func newest() throws(StoreError) -> Int64 {
    try database.integer("SELECT ifnull(max(id), 0) FROM events") ?? 0
  }

  /// The holds that the subject itself is under.
  package func holds() throws(StoreError) -> [Hold] {
    try Holds(database).all().filter {
      $0.kind.rawValue == subject.kind.rawValue && subject.names.contains($0.value)
    }
  }

  /// What is found in rows after `after` and up to `last`.
  package mutating func find(after: Int64, upTo last: Int64) throws(StoreError) -> ErasureFinds {
    free = try HeldRows(database)
    var finds = ErasureFinds()
    var low = max(
      after + 1, try database.integer("SELECT min(id) FROM events") ?? last + 1)
    while low <= last {
      let high = min(last, low + Self.step - 1)
      try findRows(low, high, &finds)
      if findsMentions { try findMentions(low, high, &finds) }
      low = high + 1
    }
    return finds
  }

  private func findRows(
    _ low: Int64, _ high: Int64, _ finds: inout ErasureFinds
  ) throws(StoreError) {
    let rows = try database.prepare(
      """
      SELECT id, \(free.noEvent) FROM events WHERE id BETWEEN ?1 AND ?2
        AND \(subject.condition(first: 3)) ORDER BY id
      """)
    rows.bind(1, low)
    rows.bind(2, high)
    subject.bind(to: rows, first: 3)
    while try rows.step() {
      finds.rows.append(rows.integer(0))
      if rows.integer(1) == 0 { finds.held += 1 }
    }
    rows.reset()
  }

  /// Rows of the tenant in question that are not the subject's and whose texts may name it.
  private func findMentions(
    _ low: Int64, _ high: Int64, _ finds: inout ErasureFinds
  ) throws(StoreError) {
    let all = Self.names + Self.columns
    let arguments = subject.names.indices.map { "?\($0 + 3)" }
    var parts: [String] = []
    for argument in arguments {
      parts += all.map { "instr(\($0), \(argument)) > 0" }
      parts += ["input", "output", "stack"].map { "instr(payload_text(\($0)), \(argument)) > 0" }
    }
    // An escape may hide a name.
    parts += ["details", "attrs"].map { "instr(\($0), '\\') > 0" }
    parts += ["input", "output", "stack"].map {
      "(instr(payload_text(\($0)), '\\') > 0"
        + " AND substr(ltrim(payload_text(\($0))), 1, 1) IN ('{', '['))"
    }
    let tenant =
      subject.tenant == nil
      ? "" : "AND tenant IN (SELECT id FROM tenants WHERE tenant = ?\(3 + subject.names.count))"
    let columns =
      all.map { "e.\($0)" } + ["input", "output", "stack"].map { "payload_text(p.\($0))" }
    let rows = try database.prepare(
      """
      SELECT e.id, \(free.noEvent), \(columns.joined(separator: ", "))
      FROM events e LEFT JOIN payloads p ON p.id = e.id
      WHERE e.id BETWEEN ?1 AND ?2 \(tenant) AND (\(parts.joined(separator: " OR ")))
      ORDER BY e.id
      """)
    rows.bind(1, low)
    rows.bind(2, high)
    subject.bind(to: rows, first: 3)
    while try rows.step() {
      let id = rows.integer(0)
      guard !finds.rows.contains(sorted: id) else { continue }
      var isMentioned = false
      for column in 2..<rows.columnCount {
        guard let bytes = rows.bytes(column) else { continue }
        if text.isMentioned(in: bytes) { isMentioned = true }
        text.longerWords(in: bytes, into: &finds.longerWords, limit: Self.mostWords)
      }
      guard isMentioned else { continue }
      finds.mentions.append(id)
      if rows.integer(1) == 0 { finds.held += 1 }
    }
    rows.reset()
  }
}

// MARK: Outside of events
extension ErasureSurvey {
  /// How many rows of other tables still hold a name, by table; and longer words that a name is a
  /// part of.
  package func findNames() throws(StoreError) -> (left: [String: Int64], words: Set<[UInt8]>) {
    var left: [String: Int64] = [:]
    var words: Set<[UInt8]> = []
    for (table, rule) in Store.erasureRules {
      for row in try texts(of: table, rule) {
        text.longerWords(in: row, into: &words, limit: Self.mostWords)
        if text.isMentioned(in: row) { left[table, default: 0] += 1 }
      }
    }
    return (left, words)
  }

  private func texts(
    of table: String, _ rule: Store.ErasureRule
  ) throws(StoreError) -> [[UInt8]] {
    let columns =
      switch rule {
      case .rewrite(let columns, _), .fill(let columns, _): columns
      case .delete: ["*"]
      }
    let rows = try database.prepare(
      "SELECT \(columns.joined(separator: ", ")) FROM \(table)", isPersistent: false)
    var texts: [[UInt8]] = []
    while try rows.step() {
      for column in 0..<rows.columnCount {
        guard let bytes = rows.bytes(column) else { continue }
        let isHit = text.names.contains { name in
          !ErasureText.places(of: name, in: bytes[...]).isEmpty || bytes.contains(0x5C)
        }
        if isHit { texts.append(bytes) }
      }
    }
    return texts
  }
}

extension [Int64] {
  /// Whether a rising list holds a number.
  fileprivate func contains(sorted number: Int64) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == number
  }
}
