import Glibc

extension FileSystem {
  // unsafe because the C library owns the list of paths until it is given back here.

  /// The paths that `pattern` with `*`, `?` and `[…]` names, sorted; none when nothing is there.
  package static func paths(matching pattern: String) throws(Errno) -> [String] {
    var list = unsafe glob_t()
    defer { unsafe globfree(&list) }
    switch unsafe glob(pattern, 0, nil, &list) {
    case 0: break
    case GLOB_NOMATCH: return []
    case GLOB_NOSPACE: throw Errno(ENOMEM)
    default: throw Errno(EIO)
    }
    var paths: [String] = []
    for index in unsafe 0..<Int(list.gl_pathc) {
      if let path = unsafe list.gl_pathv[index] { paths.append(unsafe String(cString: path)) }
    }
    return paths
  }

  /// `path` as seen from the directory that holds `file`; an absolute path stays.
  package static func path(_ path: String, besides file: String) -> String {
    guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
    return String(file[...slash]) + path
  }
}
