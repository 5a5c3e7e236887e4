internal import LinuxIO

/// What brings the file of an older program to the newest schema: a whole copy of it first, then a
/// transaction a step, so that a process that ends in between leaves a file that the next one
/// completes.
package struct Upgrade: Equatable, Sendable {
  package let from: Int64
  package let to: Int64
  /// Events of an older file; 0 where there is nothing to do.
  package let events: Int64
  package let bytes: Int
  /// Where the file as it is will be kept; nil where it holds no event.
  package let copy: String?
  /// Bytes that are free for it.
  package let free: Int
  /// The statements of each step.
  package let steps: [String]

  /// How the name of such a copy ends.
  static let mark = "-before-upgrade"

  private let path: String

  /// What the store at `path` needs; refuses one that is foreign, damaged or newer. Changes
  /// nothing.
  package init(of path: String) throws(StoreError) {
    self.path = path
    let database = try StoreCheck.open(path)
    from = try Migration.version(of: database)
    to = Schema.version
    // A count reads the whole table: only where it matters.
    let isOlder = from > 0 && from < to
    events = isOlder ? try database.integer("SELECT count(*) FROM events") ?? 0 : 0
    let pages = try database.integer("PRAGMA page_count") ?? 0
    bytes = Int(pages) * Int(try database.integer("PRAGMA page_size") ?? 0)
    copy = events > 0 ? "\(path).v\(from)\(Self.mark)" : nil
    steps = from < to ? Array(Schema.migrations[Int(from)...]) : []
    do throws(Errno) {
      free = try FileSystem.freeSpace(at: FileSystem.directory(of: path))
    } catch {
      throw .file(path: path, cause: error.text)
    }
  }

  /// Whether there is anything to do.
  package var isNeeded: Bool { from < to }

  /// Does it; without `copying` no copy is kept. Nobody else uses the file meanwhile.
  package func run(copying: Bool) throws(StoreError) {
    if copying { try keepCopy() }
    let database = try Database(path: path, access: .readWrite)
    try StoreFile.prepare(database, durability: .fsync)
  }

  /// Copies the file, in the place of an earlier copy of the same version.
  func keepCopy() throws(StoreError) {
    guard let copy else { return }
    do throws(BackupFile.Failure) {
      let file = try BackupFile(copy, bytes: bytes, replaces: true)
      do throws(BackupFile.Failure) {
        try file.fill(from: path) { _, _ in true }
        try file.publish()
      } catch {
        file.discard()
        throw error
      }
    } catch {
      if case .store(let cause) = error, cause.isDamage { throw cause }
      throw .uncopied(version: from, cause: "\(error)")
    }
  }
}
