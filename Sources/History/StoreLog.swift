internal import CSQLite

/// The write-ahead log of the store's connection: how long it is, and when it moves into the file.
@safe final class StoreLog {
  // unsafe because SQLite calls back with the pointer it was given: an unretained reference to this
  // object, which takes the hook away before it goes.
  private let database: Database
  private let pageSize: Int
  private let pageCount: Statement
  private var pages = 0

  init(_ database: Database) throws(StoreError) {
    pageCount = try database.prepare("PRAGMA page_count")
    self.database = database
    pageSize = StoreFile.pageSize
    // A hook takes the place of SQLite's own automatic checkpoint, so that a checkpoint never
    // stands between a commit and its answers.
    unsafe sqlite3_wal_hook(
      database.handle,
      { context, _, _, pages in
        guard let context = unsafe context else { return SQLITE_OK }
        unsafe Unmanaged<StoreLog>.fromOpaque(context).takeUnretainedValue().pages = Int(pages)
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    unsafe sqlite3_wal_hook(database.handle, nil, nil)
  }

  /// Bytes of the log that are not yet in the file.
  var byteCount: Int { pages * (pageSize + 24) }

  /// Bytes of the file, as the last committed transaction left it.
  var fileByteCount: Int {
    defer { pageCount.reset() }
    do throws(StoreError) {
      return try pageCount.step() ? Int(pageCount.integer(0)) * pageSize : 0
    } catch {
      return 0
    }
  }

  /// Copies the log into the file as far as readers allow; the next commit starts it anew when all
  /// of it was copied.
  func checkpoint() {
    var left: Int32 = 0
    var copied: Int32 = 0
    let code = unsafe sqlite3_wal_checkpoint_v2(
      database.handle, nil, SQLITE_CHECKPOINT_PASSIVE, &left, &copied)
    if code == SQLITE_OK, left == copied { pages = 0 }
  }
}
