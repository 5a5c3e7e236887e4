internal import CSQLite

/// The bytes of a store's files as they lie there, read and written through SQLite's own
/// descriptors: opening the file beside it and closing it again would drop the locks of every
/// connection of this process.
@safe struct RawStore: ~Copyable {
  // unsafe because SQLite's C interface deals in pointers: the file belongs to the connection,
  // which this keeps alive.
  private let database: Database
  private let file: UnsafeMutablePointer<sqlite3_file>
  private let methods: UnsafePointer<sqlite3_io_methods>

  /// The files of a store.
  enum Part {
    case main, log
  }

  /// A part of the store of a connection; nil where it is not open.
  init?(_ database: Database, _ part: Part) {
    var found: UnsafeMutablePointer<sqlite3_file>?
    let code = part == .main ? SQLITE_FCNTL_FILE_POINTER : SQLITE_FCNTL_JOURNAL_POINTER
    let result = unsafe withUnsafeMutablePointer(to: &found) { place in
      unsafe sqlite3_file_control(database.handle, "main", code, place)
    }
    guard result == SQLITE_OK, let file = unsafe found, let methods = unsafe file.pointee.pMethods
    else { return nil }
    self.database = database
    unsafe self.file = unsafe file
    unsafe self.methods = unsafe methods
  }

  /// Bytes of the file.
  var size: Int {
    var size: sqlite3_int64 = 0
    guard let ask = unsafe methods.pointee.xFileSize, unsafe ask(file, &size) == SQLITE_OK else {
      return 0
    }
    return Int(size)
  }

  /// Reads `count` bytes at `offset`; what lies behind the end is zero.
  func read(_ count: Int, at offset: Int) throws(StoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard let read = unsafe methods.pointee.xRead else { return [] }
    let code = unsafe bytes.withUnsafeMutableBytes { raw in
      unsafe read(file, raw.baseAddress, Int32(count), sqlite3_int64(offset))
    }
    guard code == SQLITE_OK || code == SQLITE_IOERR | (2 << 8) else { throw failure(code) }
    return bytes
  }

  /// Writes zeros over a stretch of the file that SQLite does not use, and brings them to disk.
  func clear(_ ranges: [Range<Int>]) throws(StoreError) {
    guard let write = unsafe methods.pointee.xWrite, let sync = unsafe methods.pointee.xSync else {
      return
    }
    for range in ranges {
      let zeros = [UInt8](repeating: 0, count: range.count)
      let code = unsafe zeros.withUnsafeBytes { raw in
        unsafe write(
          file, raw.baseAddress, Int32(range.count), sqlite3_int64(range.lowerBound))
      }
      guard code == SQLITE_OK else { throw failure(code) }
    }
    let code = unsafe sync(file, SQLITE_SYNC_FULL)
    guard code == SQLITE_OK else { throw failure(code) }
  }

  private func failure(_ code: Int32) -> StoreError {
    .sqlite(code: code, message: unsafe String(cString: sqlite3_errstr(code)), sql: "raw access")
  }
}

/// The layout of a page, as far as it says which of its bytes nothing uses.
enum RawPage {
  /// Bytes from the page's beginning between its list of cells and the cells: they hold what was
  /// there before. Nil of a page that is no b-tree's.
  static func gap(_ page: [UInt8], number: Int) -> Range<Int>? {
    let start = number == 1 ? 100 : 0
    guard !isPointerMap(number, pageSize: page.count), page.count > start + 12 else { return nil }
    let header: Int
    switch page[start] {
    case 2, 5: header = 12
    case 10, 13: header = 8
    default: return nil
    }
    func word(_ offset: Int) -> Int { Int(page[offset]) << 8 | Int(page[offset + 1]) }
    let cells = word(start + 3)
    let found = word(start + 5)
    let content = found == 0 ? 65_536 : found
    let free = start + header + 2 * cells
    guard free <= content, content <= page.count else { return nil }
    return free..<content
  }

  /// Whether the page says which pages refer to which, as files with incremental vacuum have it.
  static func isPointerMap(_ number: Int, pageSize: Int) -> Bool {
    guard number >= 2 else { return false }
    let step = pageSize / 5 + 1
    let map = (number - 2) / step * step + 2
    // The page of the lock byte is no map; the one behind it is.
    let lock = 0x4000_0000 / pageSize + 1
    return number == (map == lock ? map + 1 : map)
  }

  /// Which kind of page the pointer map says that a page is: 1 and 5 are b-trees.
  static func mapEntry(of number: Int, pageSize: Int) -> (page: Int, offset: Int) {
    let step = pageSize / 5 + 1
    var map = (number - 2) / step * step + 2
    if map == 0x4000_0000 / pageSize + 1 { map += 1 }
    return (map, 5 * (number - map - 1))
  }
}
