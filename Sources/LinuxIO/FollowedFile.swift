import CLinux
import Glibc

/// A file that is read as it grows. It knows which file it is, so that a new one under the same
/// name is seen.
package struct FollowedFile: ~Copyable {
  private let descriptor: FileDescriptor
  /// The file's number in its file system; another file has another one.
  package let identity: UInt64

  /// Opens the file at `path` for reading.
  package init(_ path: String) throws(Errno) {
    let opened = try FileSystem.open(path, O_RDONLY)
    identity = try Self.facts(opened.raw).identity
    descriptor = opened
  }

  /// How long the file is now.
  package func size() throws(Errno) -> Int64 {
    try Self.facts(descriptor.raw).size
  }

  /// Reads at most `limit` bytes from `offset` on; empty at the end.
  package func read(at offset: Int64, limit: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    // unsafe because the kernel fills at most `limit` bytes of the array.
    let count = unsafe pread(descriptor.raw, &bytes, limit, Int(offset))
    guard count >= 0 else { throw Errno.last }
    bytes.removeLast(limit - count)
    return bytes
  }

  /// The number and length of the file that now has the name `path`; nil when there is none.
  package static func facts(at path: String) -> (identity: UInt64, size: Int64)? {
    do throws(Errno) {
      let file = try FollowedFile(path)
      return (file.identity, try file.size())
    } catch {
      return nil
    }
  }

  private static func facts(_ raw: Int32) throws(Errno) -> (identity: UInt64, size: Int64) {
    // unsafe because the kernel fills the structure.
    var facts = stat()
    guard unsafe fstat(raw, &facts) == 0 else { throw Errno.last }
    return (UInt64(facts.st_ino), Int64(facts.st_size))
  }
}
