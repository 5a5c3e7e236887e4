internal import LinuxIO

/// How the file is set up before anything is written to it.
enum StoreFile {
  /// Bytes of a page. 8192 stores bulk 4 % faster and 1 % smaller, but doubles what a commit of a
  /// few rows writes.
  static let pageSize = 4096
  /// Milliseconds to wait for another program that holds the file.
  static let patience: Int32 = 2_000
  /// Bytes to which the write-ahead log is cut back.
  static let logLimit = 64 << 20

  /// Makes the file empty and private where it is not there: SQLite gives the files beside it the
  /// same rights.
  static func makePrivate(_ path: String) throws(StoreError) {
    do {
      _ = try FileSystem.mode(of: path)
    } catch Errno.noEntry {
      do {
        try FileSystem.writeAtomically([], to: path)
      } catch {
        throw .file(path: path, cause: "\(error)")
      }
    } catch {
      throw .file(path: path, cause: "\(error)")
    }
  }

  /// Sets what must be set before the first table, migrates, and sets what each connection needs.
  static func prepare(
    _ database: Database, durability: StoreSettings.Durability
  ) throws(StoreError) {
    database.waitForLocks(milliseconds: patience)
    // Before anything is set: what is not ours stays as it is.
    _ = try Migration.version(of: database)
    try database.execute("PRAGMA page_size = \(pageSize)")
    try database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    try database.execute("PRAGMA journal_mode = WAL")
    try database.execute(
      "PRAGMA synchronous = \(durability == .fsync ? "FULL" : "NORMAL")")
    try database.execute("PRAGMA secure_delete = ON")
    try database.execute("PRAGMA journal_size_limit = \(logLimit)")
    try database.execute("PRAGMA cache_size = -8192")
    try database.execute("PRAGMA temp_store = MEMORY")
    try Migration.run(database)
  }
}
