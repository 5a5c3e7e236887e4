internal import CSQLite
internal import Codec
internal import LinuxIO

/// Runs people's SQL on a connection that can only read.
package enum SQLReader {
  /// Rows and bytes of one answer.
  package static let mostRows = 10_000
  private static let mostBytes = 16 << 20
  /// Bytes of one value or row, and values of one row, while people's SQL runs: without a bound a
  /// single `zeroblob` takes a gigabyte.
  fileprivate static let mostValueBytes: Int32 = 4 << 20
  fileprivate static let mostColumns: Int32 = 200

  /// Why a statement gives no answer.
  package enum Refusal: Error, Sendable {
    /// It would write, is more than one statement, or comes from a reader bound to tenants.
    case notAllowed(String)
    /// SQLite does not understand it, and says why.
    case wrong(String)
    /// It took too long.
    case timeout
  }

  /// Runs `sql`, one reading statement, until `deadline` (monotonic): the answer as JSON,
  /// `{"columns","rows","truncated"}`. What administrators did, and what is held, only they see.
  package static func run(
    _ sql: String, on reader: EventReader, deadline: Int64, forAdministrator: Bool = false
  ) throws(Refusal) -> [UInt8] {
    guard reader.scope == .all else {
      throw .notAllowed("SQL reads every tenant's rows; this reader is bound to some")
    }
    let database = reader.database
    // SQLite declares these tables when they are first named, which the watch would not let it do.
    _ = try understood { () throws(StoreError) in
      try database.prepare("SELECT 1 FROM json_each('[]'), json_tree('[]')", isPersistent: false)
    }
    let watch = Deadline(database, deadline, forAdministrator: forAdministrator)
    defer { watch.end() }
    let statement: Statement
    do throws(Refusal) {
      statement = try understood { () throws(StoreError) in
        try database.prepare(sql, isPersistent: false)
      }
    } catch {
      // Some statements say so by SQLite's general code.
      guard watch.hasDenied else { throw error }
      throw .notAllowed(
        watch.hasHidden
          ? "the audit and the holds are for administrators"
          : "only statements that read are allowed")
    }
    guard unsafe sqlite3_stmt_readonly(statement.handle) != 0 else {
      throw .notAllowed("only statements that read are allowed")
    }
    guard isSingle(sql, statement) else { throw .notAllowed("one statement at a time") }
    return try understood { () throws(StoreError) in try rows(of: statement) }
  }

  /// Runs a step, with SQLite's complaint as a refusal.
  private static func understood<Answer>(
    _ step: () throws(StoreError) -> Answer
  ) throws(Refusal) -> Answer {
    do throws(StoreError) {
      return try step()
    } catch {
      guard case .sqlite(let code, let message, _) = error else { throw .wrong("\(error)") }
      switch code & 0xFF {
      case SQLITE_INTERRUPT: throw .timeout
      case SQLITE_AUTH: throw .notAllowed(message)
      default: throw .wrong(message)
      }
    }
  }

  private static func isSingle(_ sql: String, _ statement: Statement) -> Bool {
    let rest = sql.utf8.dropFirst(statement.sql.utf8.count)
    return rest.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 || $0 == 0x3B }
  }

  private static func rows(of statement: Statement) throws(StoreError) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("columns")
    json.beginArray()
    for column in 0..<statement.columnCount { json.value(statement.name(column)) }
    json.endArray()
    json.key("rows")
    json.beginArray()
    var count = 0
    var isCut = false
    while try statement.step() {
      if count == mostRows || json.bytes.count > mostBytes {
        isCut = true
        break
      }
      count += 1
      json.beginArray()
      for column in 0..<statement.columnCount { append(statement, column, &json) }
      json.endArray()
    }
    json.endArray()
    json.key("truncated")
    json.value(isCut)
    json.endObject()
    statement.reset()
    return json.bytes
  }

  private static func append(_ statement: Statement, _ column: Int32, _ json: inout JSONWriter) {
    switch unsafe sqlite3_column_type(statement.handle, column) {
    case SQLITE_INTEGER: json.value(statement.integer(column))
    case SQLITE_FLOAT: json.value(statement.double(column))
    case SQLITE_TEXT: json.value(statement.text(column) ?? "")
    case SQLITE_BLOB: json.value(utf8: Hex.encode(statement.bytes(column) ?? []))
    default: json.null()
    }
  }
}

/// Interrupts a connection's statements after a time, and lets them do nothing but read.
@safe private final class Deadline {
  // unsafe because SQLite keeps a pointer to this object, which lives until `end`.
  private let database: Database
  private let time: Int64
  private let valueBytes: Int32
  private let columns: Int32
  /// Whether a statement asked for more than reading.
  private(set) var hasDenied = false
  /// Whether it asked for a table that it may not see.
  private(set) var hasHidden = false
  private let isAdministrator: Bool

  private static let hidden: Set<String> = ["audit", "audit_checkpoint", "holds"]

  init(_ database: Database, _ time: Int64, forAdministrator: Bool) {
    isAdministrator = forAdministrator
    self.database = database
    self.time = time
    let connection = unsafe database.handle
    valueBytes = unsafe sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, SQLReader.mostValueBytes)
    columns = unsafe sqlite3_limit(connection, SQLITE_LIMIT_COLUMN, SQLReader.mostColumns)
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe sqlite3_progress_handler(
      database.handle, 10_000,
      { context in
        guard let context = unsafe context else { return 0 }
        let deadline = unsafe Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue()
        return Clock.coarseMonotonic > deadline.time ? 1 : 0
      }, context)
    unsafe sqlite3_set_authorizer(
      database.handle,
      { context, action, table, _, _, _ in
        guard let context = unsafe context else { return SQLITE_DENY }
        let watch = unsafe Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue()
        let name = unsafe table.map { unsafe String(cString: $0) }
        return watch.allows(action, name ?? "") ? SQLITE_OK : SQLITE_DENY
      }, context)
  }

  private func allows(_ action: Int32, _ table: String) -> Bool {
    switch action {
    case SQLITE_READ where !isAdministrator && Self.hidden.contains(table.lowercased()):
      hasDenied = true
      hasHidden = true
      return false
    case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE, SQLITE_FUNCTION: return true
    default:
      hasDenied = true
      return false
    }
  }

  func end() {
    unsafe sqlite3_limit(database.handle, SQLITE_LIMIT_LENGTH, valueBytes)
    unsafe sqlite3_limit(database.handle, SQLITE_LIMIT_COLUMN, columns)
    unsafe sqlite3_progress_handler(database.handle, 0, nil, nil)
    unsafe sqlite3_set_authorizer(database.handle, nil, nil)
  }
}
