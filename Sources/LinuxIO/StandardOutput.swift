import CLinux
import Glibc

/// Standard output, written at once.
package enum StandardOutput {
  /// Writes all of `bytes`; false when the reader is gone.
  @discardableResult
  package static func write(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      // unsafe because the C library reads the array's bytes for the length of the call.
      let count = unsafe bytes.withUnsafeBytes { raw in
        unsafe Glibc.write(1, raw.baseAddress.unsafelyUnwrapped + sent, raw.count - sent)
      }
      if count < 0, errno != EINTR { return false }
      sent += max(0, count)
    }
    return true
  }
}

/// Pauses of the calling thread, for commands that wait for a peer.
package enum Pause {
  /// Waits this long, or a little longer.
  package static func milliseconds(_ count: Int64) {
    let end = Clock.monotonic + count * 1_000_000
    while case let left = end - Clock.monotonic, left > 0 {
      var wait = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
      // unsafe because the kernel reads the wait; an interrupted one is begun again.
      _ = unsafe nanosleep(&wait, nil)
    }
  }
}
