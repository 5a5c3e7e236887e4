import CLinux
import Glibc

// unsafe because paths cross the border of the C library as pointers that outlive the calls.
/// Names of files: whether they are there, and how they change.
extension FileSystem {
  /// Whether something has this name. What cannot be looked at counts as not there.
  package static func exists(_ path: String) -> Bool {
    do {
      _ = try mode(of: path)
      return true
    } catch {
      return false
    }
  }

  /// Gives the file at `path` the name `target`, in the place of what has it.
  package static func rename(_ path: String, to target: String) throws(Errno) {
    _ = try checked { unsafe Glibc.rename(path, target) }
  }

  /// Gives the file at `path` a second name on the same disk; throws `exists` when it is taken.
  package static func link(_ path: String, as target: String) throws(Errno) {
    _ = try checked { unsafe Glibc.link(path, target) }
  }

  /// Sets the rights of the file at `path`, such as 0o600.
  package static func setMode(_ mode: UInt32, of path: String) throws(Errno) {
    _ = try checked { unsafe chmod(path, mode) }
  }

  /// Returns when the content of the file at `path` is on disk.
  package static func synchronize(_ path: String) throws(Errno) {
    try open(path, O_RDONLY).synchronize()
  }

  /// Returns when the names in the directory of `path` are on disk.
  package static func synchronizeDirectory(of path: String) throws(Errno) {
    try open(directory(of: path), O_RDONLY | O_DIRECTORY).synchronize()
  }

  /// The path from the root, whether or not there is such a file.
  package static func absolute(_ path: String) throws(Errno) -> String {
    if path.hasPrefix("/") { return path }
    guard let here = unsafe getcwd(nil, 0) else { throw Errno.last }
    defer { unsafe free(here) }
    return unsafe String(cString: here) + "/" + path
  }
}
