internal import CSQLite
internal import LinuxIO

/// Looks at the file of a store, without changing it, before it is used or copied.
package enum StoreCheck {
  /// Milliseconds to wait for another program that holds a file.
  private static let patience: Int32 = 10_000

  /// What a file of ours holds.
  package struct Facts: Equatable, Sendable {
    package let version: Int64
    package let events: Int64
    package let bytes: Int
  }

  /// Opens a file to read it. What a process that ended left half done is taken back first, as
  /// whoever opens the file next must.
  static func open(_ path: String) throws(StoreError) -> Database {
    do throws(Errno) {
      _ = try FileSystem.size(of: path)
    } catch {
      throw .file(path: path, cause: error.text)
    }
    let database = try Database(path: path, access: .readOnly)
    database.waitForLocks(milliseconds: patience)
    do throws(StoreError) {
      _ = try database.integer("PRAGMA schema_version")
      return database
    } catch {
      guard error.code == SQLITE_READONLY else { throw error }
    }
    let recovering = try Database(path: path, access: .readWrite)
    recovering.waitForLocks(milliseconds: patience)
    try recovering.execute("PRAGMA query_only = 1")
    return recovering
  }

  /// The facts of the file at `path`; refuses one that is damaged, foreign, empty, or newer than
  /// this program.
  package static func facts(_ path: String) throws(BackupFile.Failure) -> Facts {
    do throws(StoreError) {
      let database = try open(path)
      let version = try Migration.version(of: database)
      guard version > 0 else { throw .foreignFile }
      let events = try database.integer("SELECT count(*) FROM events") ?? 0
      let pages = try database.integer("PRAGMA page_count") ?? 0
      let pageSize = try database.integer("PRAGMA page_size") ?? 0
      return Facts(version: version, events: events, bytes: Int(pages * pageSize))
    } catch {
      throw .store(error)
    }
  }

  /// Refuses a file that SQLite's integrity check does not find whole, or that is none of ours;
  /// takes about a second for 200 MiB.
  package static func verify(
    _ path: String, isStopped: @escaping @Sendable () -> Bool = { false }
  ) throws(BackupFile.Failure) {
    let watch = StopWatch(isStopped)
    do throws(StoreError) {
      let database = try open(path)
      watch.watch(database)
      let version = try Migration.version(of: database)
      guard version > 0 else { throw .foreignFile }
      let check = try database.prepare("PRAGMA integrity_check(1)", isPersistent: false)
      let finding = try check.step() ? check.text(0) ?? "" : ""
      guard finding == "ok" else { throw .damaged(finding) }
    } catch {
      switch error {
      case .damaged(let finding): throw .notWhole(path: path, finding: finding)
      case .sqlite(SQLITE_INTERRUPT, _, _): throw .stopped
      case .sqlite where error.isDamage: throw .notWhole(path: path, finding: error.words)
      default: throw .store(error)
      }
    }
  }

  /// Folds the log of the file at `path` into it, so that it is a whole store by itself.
  static func makeSingle(_ path: String) throws(BackupFile.Failure) {
    do throws(StoreError) {
      let database = try Database(path: path, access: .readWrite)
      database.waitForLocks(milliseconds: 1_000)
      let mode = try database.prepare("PRAGMA journal_mode = DELETE", isPersistent: false)
      guard try mode.step(), mode.text(0) == "delete" else {
        throw .file(path: path, cause: "another program has it open")
      }
    } catch {
      throw .store(error)
    }
  }
}

/// Ends the statements of a connection when their owner asks.
@safe private final class StopWatch {
  // unsafe because SQLite keeps a pointer to this object, which outlives the connection.
  private let isStopped: @Sendable () -> Bool

  init(_ isStopped: @escaping @Sendable () -> Bool) {
    self.isStopped = isStopped
  }

  func watch(_ database: Database) {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe sqlite3_progress_handler(
      database.handle, 100_000,
      { context in
        guard let context = unsafe context else { return 0 }
        return unsafe Unmanaged<StopWatch>.fromOpaque(context).takeUnretainedValue().isStopped()
          ? 1 : 0
      }, context)
  }
}
