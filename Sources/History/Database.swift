internal import CSQLite

/// One connection to a SQLite file. Not Sendable: the thread that opened it owns it and its
/// statements.
@safe package final class Database {
  // unsafe because SQLite's C interface deals in pointers: the connection lives from `init` to
  // `deinit`, and each text handed out by SQLite is copied before the next call.
  private let connection: OpaquePointer

  /// How a file is opened.
  package enum Access: Sendable {
    /// Reads and writes, and makes the file when it is not there.
    case readWrite
    case readOnly
  }

  /// Opens the file at `path`.
  package init(path: String, access: Access) throws(StoreError) {
    var opened: OpaquePointer?
    let mode =
      access == .readWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    let code = unsafe sqlite3_open_v2(
      path, &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let opened = unsafe opened else {
      let message = unsafe String(cString: sqlite3_errstr(code))
      unsafe sqlite3_close_v2(opened)
      throw .sqlite(code: code, message: message, sql: "")
    }
    unsafe connection = opened
    PayloadText.register(on: self)
  }

  deinit {
    // The `_v2` close waits for statements that outlive the connection's owner.
    unsafe sqlite3_close_v2(connection)
  }

  /// Compiles one statement. `isPersistent` says that it will be kept and used often.
  package func prepare(
    _ sql: String, isPersistent: Bool = true
  ) throws(StoreError) -> Statement {
    var statement: OpaquePointer?
    let flags = isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
    let code = unsafe sqlite3_prepare_v3(connection, sql, -1, flags, &statement, nil)
    guard code == SQLITE_OK else { throw error(code, sql) }
    guard let statement = unsafe statement else {
      throw .sqlite(code: SQLITE_ERROR, message: "the text holds no statement", sql: sql)
    }
    return unsafe Statement(statement)
  }

  /// Runs every statement of `sql`, none of which takes arguments or gives rows that matter.
  package func execute(_ sql: String) throws(StoreError) {
    let code = unsafe sqlite3_exec(connection, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code, sql) }
  }

  /// The whole number in the first column of the first row of `sql`, or nil without a row.
  package func integer(_ sql: String) throws(StoreError) -> Int64? {
    let statement = try prepare(sql, isPersistent: false)
    return try statement.step() ? statement.integer(0) : nil
  }

  /// Whether no transaction is open.
  package var isIdle: Bool { unsafe sqlite3_get_autocommit(connection) != 0 }

  /// The id of the row inserted last.
  package var lastRowID: Int64 { unsafe sqlite3_last_insert_rowid(connection) }

  /// How many rows the last statement changed.
  package var changes: Int64 { unsafe sqlite3_changes64(connection) }

  /// How many milliseconds to wait for another connection's lock.
  package func waitForLocks(milliseconds: Int32) {
    unsafe sqlite3_busy_timeout(connection, milliseconds)
  }

  /// The connection, for the calls of SQLite that have no method here. Do not close it.
  @unsafe package var handle: OpaquePointer { unsafe connection }

  private func error(_ code: Int32, _ sql: String) -> StoreError {
    .sqlite(code: code, message: unsafe String(cString: sqlite3_errmsg(connection)), sql: sql)
  }
}
