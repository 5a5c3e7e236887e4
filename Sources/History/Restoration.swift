internal import LinuxIO

/// Puts a copy of a store in the place of the store of a data directory, which nobody uses
/// meanwhile: its owner holds the directory's lock. The copy is checked twice, before anything is
/// changed and again beside the store, and then takes the store's name at once.
package struct Restoration: Sendable {
  /// What the copy holds.
  package let facts: StoreCheck.Facts
  /// What the store in its place holds, nil where there is none or it cannot be read.
  package let replaced: StoreCheck.Facts?

  private let file: String
  private let path: String

  /// Checks the copy at `file`, to be put in `directory`. Changes nothing.
  package init(_ file: String, to directory: String) throws(BackupFile.Failure) {
    self.file = file
    path = "\(directory)/\(Store.fileName)"
    guard FollowedFile.facts(at: file)?.identity != FollowedFile.facts(at: path)?.identity else {
      throw .file(path: path, cause: "it is the file to restore from")
    }
    facts = try StoreCheck.facts(file)
    try StoreCheck.verify(file)
    replaced = Self.factsIfWhole(path)
  }

  /// Does it; gives the name under which the replaced store is kept, or nil where there was none.
  /// A store in its place that is damaged, foreign or newer goes aside only with `force`.
  package func run(
    force: Bool, now: Int64, progress: (_ done: Int, _ total: Int) -> Bool
  ) throws(BackupFile.Failure) -> String? {
    do throws(StoreError) {
      try BackupFile.removeDrafts(beside: path)
    } catch {
      throw .store(error)
    }
    let copy = try BackupFile(path, bytes: facts.bytes, replaces: true)
    do throws(BackupFile.Failure) {
      try copy.fill(from: file, progress: progress)
      let kept = SetAside.freeName(SetAside.stamped(path, ".before-restore-", now))
      try clearPlace(keptAs: kept, force: force)
      // What is still there is a single whole file; both names change over in one moment.
      try copy.publish(keepingAs: FileSystem.exists(path) ? kept : nil)
      return FileSystem.exists(kept) ? kept : nil
    } catch {
      copy.discard()
      throw error
    }
  }

  /// Makes a single file of the store in place, so that no log of it is left to be taken for the
  /// copy's; moves away what is no store of ours.
  private func clearPlace(keptAs kept: String, force: Bool) throws(BackupFile.Failure) {
    do throws(BackupFile.Failure) {
      guard try size(path) > 0 else { return try moveAway(kept) }
      _ = try StoreCheck.facts(path)
      try StoreCheck.makeSingle(path)
    } catch {
      // In use by another program: force is no reason to take the file away from under it.
      guard case .store(let cause) = error, cause.isForeignOrDamaged else { throw error }
      guard force else {
        throw .file(path: path, cause: "\(cause); --force moves what is there away")
      }
      try moveAway(kept)
    }
    guard !SetAside.companions.contains(where: { FileSystem.exists(path + $0) }) else {
      throw .file(path: path, cause: "its log could not be folded into it")
    }
  }

  private func moveAway(_ kept: String) throws(BackupFile.Failure) {
    do throws(StoreError) {
      try SetAside.move(path, to: kept)
    } catch {
      throw .store(error)
    }
  }

  /// Its bytes; 0 where there is none.
  private func size(_ path: String) throws(BackupFile.Failure) -> Int {
    guard FileSystem.exists(path) else { return 0 }
    do throws(Errno) {
      return try FileSystem.size(of: path)
    } catch {
      throw .file(path: path, cause: error.text)
    }
  }

  private static func factsIfWhole(_ path: String) -> StoreCheck.Facts? {
    do throws(BackupFile.Failure) {
      return try StoreCheck.facts(path)
    } catch {
      return nil
    }
  }
}
