import CLinux
import Glibc

/// The kernel's random numbers, good enough for keys and identities.
package enum Random {
  /// `count` random bytes.
  package static func bytes(_ count: Int) -> [UInt8] {
    // unsafe because the kernel fills memory that was allocated for it.
    unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count, let base = buffer.baseAddress {
        unsafe fill(base + filled, count - filled, &filled)
      }
    }
  }

  /// 64 random bits.
  package static func word() -> UInt64 {
    bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func fill(_ base: UnsafeMutableRawPointer, _ count: Int, _ filled: inout Int) {
    let got = unsafe getrandom(base, min(count, 256), 0)
    // Up to 256 bytes come whole; only the first call after boot can be interrupted.
    precondition(got > 0 || Errno.last.number == EINTR, "every Linux since 3.17 has getrandom")
    filled += max(0, got)
  }
}
