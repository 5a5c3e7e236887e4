internal import CSQLite

/// Copies a store page by page to another file, in steps as small as its owner likes. The source is
/// locked during a step only. What its own connection writes between two steps is carried over;
/// what another one writes makes the copy begin again.
@safe package final class BackupCopy {
  // unsafe because SQLite's C interface deals in pointers: the copy lives from `init` to `finish`,
  // and both of its connections outlive it.
  private let source: Database
  private let target: Database
  private var copy: OpaquePointer?

  /// Pages of the source, and those still to copy, as of the last step.
  package private(set) var total = 0
  package private(set) var remaining = 0

  /// A copy to the file at `path`, which is there and empty.
  package init(of source: Database, to path: String) throws(StoreError) {
    self.source = source
    target = try Database(path: path, access: .readWrite)
    // The file gets its name only once it is whole and on disk: until then nothing is to be saved.
    try target.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    unsafe copy = unsafe sqlite3_backup_init(target.handle, "main", source.handle, "main")
    guard unsafe copy != nil else { throw unsafe failure(sqlite3_errcode(target.handle)) }
  }

  deinit {
    unsafe sqlite3_backup_finish(copy)
  }

  /// Copies up to `pages` pages; whether the copy is whole. A file that is locked just now is no
  /// failure: nothing is copied then.
  package func step(pages: Int32) throws(StoreError) -> Bool {
    let code = unsafe sqlite3_backup_step(copy, pages)
    total = unsafe Int(sqlite3_backup_pagecount(copy))
    remaining = unsafe Int(sqlite3_backup_remaining(copy))
    switch code {
    case SQLITE_DONE: return true
    case SQLITE_OK, SQLITE_BUSY, SQLITE_LOCKED: return false
    default: throw failure(code)
    }
  }

  /// Ends the copy, whole or not, and closes its file.
  package func finish() throws(StoreError) {
    let code = unsafe sqlite3_backup_finish(copy)
    unsafe copy = nil
    guard code == SQLITE_OK else { throw failure(code) }
  }

  private func failure(_ code: Int32) -> StoreError {
    .sqlite(code: code, message: unsafe String(cString: sqlite3_errstr(code)), sql: "backup")
  }
}
