internal import CSQLite

/// A compiled statement: bind arguments (from 1), step through rows, read columns (from 0), reset.
@safe package final class Statement {
  // unsafe because SQLite's C interface deals in pointers: the statement lives from `init` to
  // `deinit`; bytes bound without a copy are kept alive by the caller until `reset`.
  private let statement: OpaquePointer

  init(_ statement: OpaquePointer) {
    unsafe self.statement = unsafe statement
  }

  deinit {
    unsafe sqlite3_finalize(statement)
  }

  /// The statement as it was written.
  package var sql: String {
    guard let text = unsafe sqlite3_sql(statement) else { return "" }
    return unsafe String(cString: text)
  }

  /// The compiled statement, for hot loops and the calls that have no method here.
  @unsafe package var handle: OpaquePointer { unsafe statement }

  /// Goes to the next row; false when there is none.
  package func step() throws(StoreError) -> Bool {
    let code = unsafe sqlite3_step(statement)
    if code == SQLITE_ROW { return true }
    guard code == SQLITE_DONE else { throw failure(code) }
    return false
  }

  /// Runs a statement that gives no rows, and makes it ready for its next use.
  package func run() throws(StoreError) {
    let code = unsafe sqlite3_step(statement)
    guard code == SQLITE_DONE || code == SQLITE_ROW else {
      let failure = failure(code)
      reset()
      throw failure
    }
    reset()
  }

  /// Makes the statement ready for its next use; arguments stay bound.
  package func reset() {
    unsafe sqlite3_reset(statement)
  }

  /// Makes every argument null.
  package func clear() {
    unsafe sqlite3_clear_bindings(statement)
  }

  /// What SQLite says of the result code of a step.
  func failure(_ code: Int32) -> StoreError {
    let connection = unsafe sqlite3_db_handle(statement)
    return .sqlite(
      code: code, message: unsafe String(cString: sqlite3_errmsg(connection)), sql: sql)
  }
}

// MARK: Arguments
extension Statement {
  /// Binds a whole number.
  @inline(__always)
  package func bind(_ index: Int32, _ value: Int64) {
    check(unsafe sqlite3_bind_int64(statement, index, value))
  }

  /// Binds a number.
  package func bind(_ index: Int32, _ value: Double) {
    check(unsafe sqlite3_bind_double(statement, index, value))
  }

  /// Binds null.
  package func bindNull(_ index: Int32) {
    check(unsafe sqlite3_bind_null(statement, index))
  }

  /// Binds a copy of UTF-8 text.
  package func bind(_ index: Int32, text: [UInt8]) {
    let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    unsafe text.withUnsafeBytes { raw in
      let base = unsafe raw.baseAddress?.assumingMemoryBound(to: CChar.self)
      check(
        unsafe base == nil
          ? unsafe sqlite3_bind_text(statement, index, "", 0, nil)
          : unsafe sqlite3_bind_text(statement, index, base, Int32(raw.count), copied))
    }
  }

  /// Binds a copy of UTF-8 text.
  package func bind(_ index: Int32, text: String) {
    bind(index, text: Array(text.utf8))
  }

  /// Binds a copy of bytes.
  package func bind(_ index: Int32, blob: [UInt8]) {
    let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    unsafe blob.withUnsafeBytes { raw in
      check(
        unsafe raw.isEmpty
          ? unsafe sqlite3_bind_zeroblob(statement, index, 0)
          : unsafe sqlite3_bind_blob(
            statement, index, raw.baseAddress, Int32(raw.count), copied))
    }
  }

  /// Binds UTF-8 text without a copy: the bytes must stay until the next `reset` and bind.
  @unsafe @inline(__always)
  package func bind(_ index: Int32, borrowedText text: UnsafeRawBufferPointer) {
    let base = unsafe text.baseAddress?.assumingMemoryBound(to: CChar.self)
    check(unsafe sqlite3_bind_text(statement, index, base, Int32(text.count), nil))
  }

  /// Binds bytes without a copy: they must stay until the next `reset` and bind.
  @unsafe @inline(__always)
  package func bind(_ index: Int32, borrowedBlob blob: UnsafeRawPointer, count: Int32) {
    check(unsafe sqlite3_bind_blob(statement, index, blob, count, nil))
  }

  /// A refusal to bind means a wrong index, a statement not reset, or a value beyond SQLite's
  /// gigabyte: our own mistakes all.
  @inline(__always)
  private func check(_ code: Int32) {
    precondition(code == SQLITE_OK, "an argument of the statement")
  }
}

// MARK: Columns
extension Statement {
  /// Whether the column is null in this row.
  package func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(statement, column) == SQLITE_NULL
  }

  /// Whether the column is a blob in this row.
  package func isBlob(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(statement, column) == SQLITE_BLOB
  }

  /// The column as a whole number; 0 when it is null.
  @inline(__always)
  package func integer(_ column: Int32) -> Int64 {
    unsafe sqlite3_column_int64(statement, column)
  }

  /// The column as a whole number, or nil when it is null.
  package func optionalInteger(_ column: Int32) -> Int64? {
    isNull(column) ? nil : integer(column)
  }

  /// The column as a number; 0 when it is null.
  package func double(_ column: Int32) -> Double {
    unsafe sqlite3_column_double(statement, column)
  }

  /// The bytes of a text or blob column, or nil when it is null. Valid until the next step or
  /// reset.
  @unsafe package func borrowedBytes(_ column: Int32) -> UnsafeRawBufferPointer? {
    guard !isNull(column) else { return nil }
    let base = unsafe sqlite3_column_blob(statement, column)
    return unsafe UnsafeRawBufferPointer(
      start: base, count: Int(sqlite3_column_bytes(statement, column)))
  }

  /// A copy of the bytes of a text or blob column, or nil when it is null.
  package func bytes(_ column: Int32) -> [UInt8]? {
    unsafe borrowedBytes(column).map { unsafe Array($0) }
  }

  /// A text column, or nil when it is null.
  package func text(_ column: Int32) -> String? {
    bytes(column).map { String(decoding: $0, as: UTF8.self) }
  }

  /// How many columns a row has.
  package var columnCount: Int32 { unsafe sqlite3_column_count(statement) }

  /// The name of a column.
  package func name(_ column: Int32) -> String {
    guard let name = unsafe sqlite3_column_name(statement, column) else { return "" }
    return unsafe String(cString: name)
  }
}
