import CLinux
import Glibc

/// A file that one process holds at a time, with that process's number inside. The lock ends with
/// the owner or its process, however that dies; the file stays.
package struct LockFile: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  /// Why the lock could not be had.
  package enum Failure: Error, Equatable, Sendable {
    /// Another process holds it; its number, unless it has not written it yet.
    case held(by: Int?)
    /// The file cannot be used.
    case unusable(Errno)
  }

  /// Takes the lock at `path`, making the file if need be, and writes our number into it. Never
  /// waits.
  package init(_ path: String) throws(Failure) {
    do {
      let file = try FileSystem.open(path, O_RDWR | O_CREAT, mode: 0o600)
      let number = file.raw
      _ = try checked { flock(number, LOCK_EX | LOCK_NB) }
      _ = try checked { ftruncate(number, 0) }
      try file.writeAll(Array("\(getpid())\n".utf8))
      descriptor = file
    } catch {
      throw error.isWouldBlock ? .held(by: Self.holder(path)) : .unusable(error)
    }
  }

  private static func holder(_ path: String) -> Int? {
    do {
      let text = String(decoding: try FileSystem.read(path, limit: 32), as: UTF8.self)
      return Int(text.prefix { $0.isNumber })
    } catch {
      // The number only makes the message better; the lock is held either way.
      return nil
    }
  }
}
