import Glibc
import LinuxIO
import TestSupport

/// A store's file, to be overwritten behind its back.
struct DamagedFile {
  static let pageSize = 4_096

  let path: String

  /// Writes `bytes` over what the file holds at `offset`, in its place.
  func overwrite(at offset: Int, with bytes: [UInt8]) throws {
    let file = unsafe open(path, O_WRONLY)
    guard file >= 0 else { throw Errno.last }
    defer { close(file) }
    // unsafe because the kernel reads the array, which outlives the call.
    guard unsafe pwrite(file, bytes, bytes.count, offset) == bytes.count else { throw Errno.last }
  }

  /// Fills a page with noise that a seed makes again.
  func scramble(page: Int, seed: UInt64) throws {
    var dice = Dice(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(page))
    let noise = (0..<Self.pageSize).map { _ in UInt8.random(in: 1...255, using: &dice) }
    try overwrite(at: page * Self.pageSize, with: noise)
  }
}
