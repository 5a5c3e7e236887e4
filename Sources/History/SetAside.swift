internal import Codec
internal import LinuxIO

/// A damaged file that was given another name, so that a new one could take its place.
package struct SetAside: Equatable, Sendable {
  /// Where it is now.
  package let path: String
  /// What SQLite said of it.
  package let cause: String

  /// What stands after the store's name in the name of a damaged file, before the time.
  private static let mark = ".corrupt-"
  /// What SQLite keeps beside a file, to be found by no other file.
  static let companions = ["-wal", "-shm", "-journal"]

  /// What happened, and how to look at what is left, for the person who runs the collector.
  package var notice: String {
    "the store is damaged (\(cause)): it is kept as \(path), and a new file takes its place; to "
      + "read what is left of it: \(Self.salvage(path))"
  }

  /// The command that reads what is left of a damaged file. Not `.recover`, which gets more out of
  /// it: Debian's sqlite3 is built without what that needs.
  package static func salvage(_ path: String) -> String {
    "sqlite3 \(path) .dump | sed '$s/^ROLLBACK.*/COMMIT;/' | sqlite3 recovered.db"
  }

  /// Gives the file at `path` and its log names that tell the time `now`, in ns since 1970. The
  /// file goes first: SQLite never applies a log to a file that is not there.
  init(moving path: String, because cause: StoreError, now: Int64) throws(StoreError) {
    let target = Self.freeName(Self.stamped(path, Self.mark, now))
    try Self.move(path, to: target)
    self.path = target
    self.cause = cause.words
  }

  /// Gives a file and what is beside it other names.
  static func move(_ path: String, to target: String) throws(StoreError) {
    do throws(Errno) {
      if FileSystem.exists(path) { try FileSystem.rename(path, to: target) }
      try Self.moveCompanions(of: path, to: target)
      try FileSystem.synchronizeDirectory(of: path)
    } catch {
      throw .unmoved(path: path, cause: error.text)
    }
  }

  /// Brings a log whose file was set aside, by a process that ended in between, to its file: a new
  /// file must not find it.
  static func finish(_ path: String) throws(StoreError) {
    let left = companions.filter { FileSystem.exists(path + $0) }
    guard !left.isEmpty, !FileSystem.exists(path), let last = names(beside: path).last,
      !left.contains(where: { FileSystem.exists(last + $0) })
    else { return }
    do throws(Errno) {
      try moveCompanions(of: path, to: last)
    } catch {
      throw .unmoved(path: path, cause: error.text)
    }
  }

  /// The damaged files that are kept beside the store at `path`, oldest first.
  package static func names(beside path: String) -> [String] {
    let directory = FileSystem.directory(of: path)
    do throws(Errno) {
      return try FileSystem.names(in: directory).map { "\(directory)/\($0)" }.filter { name in
        name.hasPrefix(path + mark) && !companions.contains { name.hasSuffix($0) }
      }
    } catch {
      return []
    }
  }

  /// `path`, `mark` and the time in a form that sorts and fits any file system.
  static func stamped(_ path: String, _ mark: String, _ time: Int64) -> String {
    let seconds = Timestamp.text(time).prefix { $0 != "." && $0 != "Z" }
    return path + mark + seconds.filter { $0 != "-" && $0 != ":" } + "Z"
  }

  /// `name`, or with a number if it is taken.
  static func freeName(_ name: String) -> String {
    var free = name
    var number = 1
    while FileSystem.exists(free) {
      number += 1
      free = "\(name)-\(number)"
    }
    return free
  }

  private static func moveCompanions(of path: String, to target: String) throws(Errno) {
    for companion in companions where FileSystem.exists(path + companion) {
      try FileSystem.rename(path + companion, to: target + companion)
    }
  }
}
