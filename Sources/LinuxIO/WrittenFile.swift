import CLinux
import Glibc

/// A file that grows by what is appended to it. While it is open no other process can write it so.
package struct WrittenFile: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  /// Opens the file at `path`, making it for the owner only if need be, and cuts it off behind its
  /// first `kept` bytes. Throws EWOULDBLOCK while another process has it open.
  package init(_ path: String, keeping kept: Int64 = 0) throws(Errno) {
    let file = try FileSystem.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
    let number = file.raw
    _ = try checked { flock(number, LOCK_EX | LOCK_NB) }
    _ = try checked { ftruncate(number, Int(kept)) }
    descriptor = file
  }

  /// Appends all of `bytes`, which are not empty.
  package func append(_ bytes: [UInt8]) throws(Errno) {
    try descriptor.writeAll(bytes)
  }

  /// Returns when everything written is on disk.
  package func synchronize() throws(Errno) {
    try descriptor.synchronize()
  }
}
