internal import Glibc

/// Directories that tests make and remove.
package enum Directories {
  // unsafe because paths cross to the C library as pointers that outlive the calls.

  /// Removes a file.
  package static func removeFile(_ path: String) { _ = unsafe unlink(path) }

  /// Removes a directory and all in it; links are removed, not followed.
  package static func removeAll(_ path: String) {
    for name in FixtureFiles.list(path) {
      let inner = "\(path)/\(name)"
      if unsafe unlink(inner) != 0 { removeAll(inner) }
    }
    _ = unsafe rmdir(path)
  }
}
