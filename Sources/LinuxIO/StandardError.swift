import Glibc

/// Standard error, written whole lines at a time.
package enum StandardError {
  /// Writes what can be written; a reader that is gone is no concern of the writer's.
  package static func write(_ bytes: [UInt8]) {
    // unsafe because the C library reads the array's bytes for the length of the call.
    _ = unsafe bytes.withUnsafeBytes { raw in unsafe Glibc.write(2, raw.baseAddress, raw.count) }
  }
}
