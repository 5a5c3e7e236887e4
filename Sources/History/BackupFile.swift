internal import LinuxIO

/// A copy of a store on its way to its name: written under another one, checked, brought to disk,
/// and only then given its own. Whatever happens in between, what had the name before still has it.
package struct BackupFile: Sendable {
  /// The name it is to have.
  package let path: String
  /// The name it has until then.
  package let draft: String
  private let replaces: Bool

  /// Free bytes that a disk must have beyond those of the copy.
  static let spareBytes = 1 << 20
  private static let stepPages: Int32 = 512
  private static let draftMark = ".partial-"

  /// Why there is no copy.
  package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Something has the name already.
    case taken(String)
    /// The disk has too little room.
    case noRoom(path: String, needed: Int, free: Int)
    /// The file cannot be made, checked or named.
    case file(path: String, cause: String)
    /// SQLite refused.
    case store(StoreError)
    /// The copy, or what was to be copied, is not whole; the first of what SQLite found.
    case notWhole(path: String, finding: String)
    /// The owner asked to stop.
    case stopped

    package var description: String {
      switch self {
      case .taken(let path): "\(path) is there already; --force replaces it"
      case .noRoom(let path, let needed, let free):
        "\(path) needs \(needed >> 20) MiB, and \(free >> 20) MiB are free on its disk"
      case .file(let path, let cause): "cannot write \(path): \(cause)"
      case .store(let error): "\(error)"
      case .notWhole(let path, let finding): "\(path) is not whole: \(finding)"
      case .stopped: "it was stopped before its end"
      }
    }
  }

  /// Makes the empty draft of a copy of `bytes` bytes that is to be called `path`. With `replaces`
  /// it takes the place of what has the name.
  package init(_ path: String, bytes: Int, replaces: Bool) throws(Failure) {
    self.path = path
    self.replaces = replaces
    draft = "\(path)\(Self.draftMark)\(Random.word())"
    guard replaces || !FileSystem.exists(path) else { throw .taken(path) }
    let free: Int
    do throws(Errno) {
      free = try FileSystem.freeSpace(at: FileSystem.directory(of: path))
    } catch {
      throw .file(path: path, cause: error.text)
    }
    guard free > bytes + Self.spareBytes else {
      throw .noRoom(path: path, needed: bytes, free: free)
    }
    do throws(Errno) {
      try FileSystem.writeAtomically([], to: draft)
    } catch {
      throw .file(path: path, cause: error.text)
    }
  }

  /// Copies all of the store at `source` in one snapshot: what is written meanwhile is not in it,
  /// and the write-ahead log of a busy store grows by as much. `progress` hears of pages copied and
  /// of all, and says whether to go on.
  package func fill(
    from source: String, progress: (_ done: Int, _ total: Int) -> Bool
  ) throws(Failure) {
    var isWhole = false
    do throws(StoreError) {
      let database = try StoreCheck.open(source)
      try database.execute("BEGIN")
      _ = try database.integer("SELECT count(*) FROM sqlite_schema")
      let copy = try BackupCopy(of: database, to: draft)
      repeat {
        isWhole = try copy.step(pages: Self.stepPages)
      } while !isWhole && progress(copy.total - copy.remaining, copy.total)
      try copy.finish()
    } catch {
      throw .store(error)
    }
    if !isWhole { throw .stopped }
  }

  /// Checks the draft and gives it its name, for its owner only; it needs no other file beside it.
  /// What had the name before gets that of `kept`, if there is one; both names change at once.
  package func publish(
    keepingAs kept: String? = nil, isStopped: @escaping @Sendable () -> Bool = { false }
  ) throws(Failure) {
    try StoreCheck.makeSingle(draft)
    try StoreCheck.verify(draft, isStopped: isStopped)
    do throws(Errno) {
      try FileSystem.setMode(0o600, of: draft)
      try FileSystem.synchronize(draft)
      if let kept { try FileSystem.link(path, as: kept) }
      if replaces {
        try FileSystem.rename(draft, to: path)
      } else {
        // A link never replaces what got the name meanwhile.
        try FileSystem.link(draft, as: path)
        try FileSystem.remove(draft)
      }
      try FileSystem.synchronizeDirectory(of: path)
    } catch {
      throw error == .exists ? .taken(path) : .file(path: path, cause: error.text)
    }
  }

  /// Removes what restorations and upgrades of the store at `path` left when their process was
  /// killed. For whoever holds its directory's lock.
  static func removeDrafts(beside path: String) throws(StoreError) {
    let directory = FileSystem.directory(of: path)
    do throws(Errno) {
      for name in try FileSystem.names(in: directory).map({ "\(directory)/\($0)" })
      where name.hasPrefix(path + draftMark)
        || name.hasPrefix(path + ".v") && name.contains(Upgrade.mark + draftMark)
      {
        try FileSystem.remove(name)
      }
    } catch {
      throw .file(
        path: path, cause: "an unfinished copy beside it cannot be removed: \(error.text)")
    }
  }

  /// Removes the draft of a copy that came to nothing.
  package func discard() {
    for name in [draft] + SetAside.companions.map({ draft + $0 })
    where FileSystem.exists(name) {
      do throws(Errno) {
        try FileSystem.remove(name)
      } catch {
        // Left to whoever looks at the disk: the failure that led here says more.
        return
      }
    }
  }
}
