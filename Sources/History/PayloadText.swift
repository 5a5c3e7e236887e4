internal import CSQLite
internal import Codec

/// The texts of payloads, as the table keeps them: TEXT as it is, or, where that is worth it, a
/// BLOB that is a zlib stream (RFC 1950) of the text.
@safe enum PayloadText {
  // unsafe because SQLite's C interface deals in pointers: values live for the call that gets them,
  // and results are copied.

  /// Bytes of the longest text.
  static let limit = 64 << 20

  /// The text of a column, or nil where it is null or what it holds is no stream.
  static func bytes(_ statement: Statement, _ column: Int32) -> [UInt8]? {
    guard let stored = unsafe statement.borrowedBytes(column) else { return nil }
    guard unsafe sqlite3_column_type(statement.handle, column) == SQLITE_BLOB else {
      return unsafe Array(stored)
    }
    return unsafe inflated(stored)
  }

  /// The text as it is best kept: deflated, or nil where that saves less than an eighth.
  static func packed(
    _ text: UnsafeRawBufferPointer, with deflater: inout Deflater
  ) -> [UInt8]? {
    var stream: [UInt8] = []
    deflater.reset()
    unsafe deflater.deflate(text, appendingTo: &stream)
    deflater.finish(appendingTo: &stream)
    return stream.count <= text.count - text.count / 8 ? stream : nil
  }

  /// Lets people's SQL on this connection read payloads: `payload_text(value)`, and the SQLite
  /// shell's own `sqlar_uncompress(value, size)`, by which a view can do so in both.
  static func register(on database: Database) {
    for (name, count) in [("payload_text", Int32(1)), ("sqlar_uncompress", 2)] {
      let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
      let code = unsafe sqlite3_create_function_v2(
        database.handle, name, count, flags, nil,
        { context, _, values in
          guard let context = unsafe context, let value = unsafe values?[0] else { return }
          unsafe PayloadText.answer(context, value)
        }, nil, nil, nil)
      precondition(code == SQLITE_OK, "a connection takes functions while no statement runs")
    }
  }

  private static func answer(_ context: OpaquePointer, _ value: OpaquePointer) {
    guard unsafe sqlite3_value_type(value) == SQLITE_BLOB else {
      return unsafe sqlite3_result_value(context, value)
    }
    let stored = unsafe UnsafeRawBufferPointer(
      start: sqlite3_value_blob(value), count: Int(sqlite3_value_bytes(value)))
    guard let text = unsafe inflated(stored) else {
      return unsafe sqlite3_result_error(context, "the value is no deflated text", -1)
    }
    let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    unsafe text.withUnsafeBytes { raw in
      let base = unsafe raw.baseAddress?.assumingMemoryBound(to: CChar.self)
      unsafe sqlite3_result_text(context, base ?? nil, Int32(raw.count), copied)
    }
  }

  private static func inflated(_ stored: UnsafeRawBufferPointer) -> [UInt8]? {
    var inflater = Inflater(.zlib)
    var text: [UInt8] = []
    do throws(InflateError) {
      try unsafe inflater.inflate(stored, appendingTo: &text, limit: limit)
      try inflater.finish()
      return text
    } catch {
      return nil
    }
  }
}
