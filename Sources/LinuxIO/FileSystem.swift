import CLinux
import Glibc

// unsafe because paths and results cross the border of the C library as pointers; all of them are
// local and outlive the calls.
/// Whole files and facts about them, by path.
package enum FileSystem {
  /// The content of the file at `path`; throws `tooLarge` when it is longer than `limit` bytes.
  package static func read(_ path: String, limit: Int) throws(Errno) -> [UInt8] {
    let file = try open(path, O_RDONLY)
    var bytes: [UInt8] = []
    while case .bytes = try file.read(upTo: 65_536, into: &bytes) {
      if bytes.count > limit { throw .tooLarge }
    }
    return bytes
  }

  /// Puts `bytes` in the place of the file at `path`: readers see the old content or all of the
  /// new, also after a power failure. Only the owner may read the file.
  package static func writeAtomically(_ bytes: [UInt8], to path: String) throws(Errno) {
    let draft = "\(path).\(Random.word())"
    do {
      let file = try open(draft, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      try file.writeAll(bytes)
      try file.synchronize()
      try file.close()
      try rename(draft, to: path)
    } catch {
      unsafe unlink(draft)
      throw error
    }
    try open(directory(of: path), O_RDONLY | O_DIRECTORY).synchronize()
  }

  /// Makes the directory at `path`, and those above it, for the owner only. One that is there
  /// already stays as it is.
  package static func createDirectory(_ path: String) throws(Errno) {
    do {
      _ = try checked { unsafe mkdir(path, 0o700) }
    } catch Errno.noEntry where directory(of: path) != path {
      try createDirectory(directory(of: path))
      _ = try checked { unsafe mkdir(path, 0o700) }
    } catch Errno.exists {
      guard try status(path).st_mode & S_IFMT == S_IFDIR else { throw Errno(ENOTDIR) }
    }
  }

  /// Removes the file at `path`.
  package static func remove(_ path: String) throws(Errno) {
    _ = try checked { unsafe unlink(path) }
  }

  /// Removes the directory at `path`, which must be empty.
  package static func removeDirectory(_ path: String) throws(Errno) {
    _ = try checked { unsafe rmdir(path) }
  }

  /// How many bytes the file at `path` has.
  package static func size(of path: String) throws(Errno) -> Int {
    Int(try status(path).st_size)
  }

  /// The rights of the file at `path`, such as 0o600.
  package static func mode(of path: String) throws(Errno) -> UInt32 {
    try status(path).st_mode & 0o7777
  }

  /// Bytes this user may still write to the disk that holds `path`.
  package static func freeSpace(at path: String) throws(Errno) -> Int {
    var facts = statvfs()
    _ = try checked { unsafe statvfs(path, &facts) }
    return Int(facts.f_bavail) * Int(facts.f_frsize)
  }

  /// The names in the directory at `path`, sorted, without `.` and `..`.
  package static func names(in path: String) throws(Errno) -> [String] {
    guard let stream = unsafe opendir(path) else { throw Errno.last }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Opens the file at `path` with the flags of `open`; children do not inherit it.
  static func open(
    _ path: String, _ flags: Int32, mode: mode_t = 0
  ) throws(Errno) -> FileDescriptor {
    FileDescriptor(
      owning: try checked { unsafe Glibc.open(path, flags | O_CLOEXEC, mode) })
  }

  private static func status(_ path: String) throws(Errno) -> stat {
    var status = stat()
    _ = try checked { unsafe stat(path, &status) }
    return status
  }

  /// The directory that holds `path`.
  package static func directory(of path: String) -> String {
    let trimmed = path.last == "/" && path.count > 1 ? path.dropLast() : path[...]
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }
}
