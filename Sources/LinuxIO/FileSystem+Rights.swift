import Glibc

// unsafe because paths and facts cross the border of the C library as pointers that outlive the
// calls.
/// Who may do what with a file.
extension FileSystem {
  /// Whether the rights let this user write the file at `path`, or into the directory there. A full
  /// disk is another matter.
  package static func isWritable(_ path: String) -> Bool {
    let wanted = W_OK | (isDirectory(path) ? X_OK : 0)
    return unsafe faccessat(AT_FDCWD, path, wanted, AT_EACCESS) == 0
  }

  /// Whether there is a directory at `path`.
  package static func isDirectory(_ path: String) -> Bool {
    var facts = stat()
    return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }

  /// The number of the user who owns the file at `path`.
  package static func owner(of path: String) throws(Errno) -> UInt32 {
    var facts = stat()
    _ = try checked { unsafe stat(path, &facts) }
    return facts.st_uid
  }

  /// How many more files the disk that holds `path` can have; nil where it sets no limit.
  package static func freeFiles(at path: String) throws(Errno) -> Int? {
    var facts = statvfs()
    _ = try checked { unsafe statvfs(path, &facts) }
    return facts.f_files == 0 ? nil : Int(facts.f_favail)
  }
}

extension ProcessFacts {
  /// The number of the user whose rights this process has.
  package static var user: UInt32 { geteuid() }
}
