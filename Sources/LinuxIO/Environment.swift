import Glibc

/// The variables this process was started with.
package enum Environment {
  /// Every variable and its value.
  package static func current() -> [String: String] {
    // unsafe because the C library's table of strings is read; nothing of ours writes to it.
    var variables: [String: String] = [:]
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      let text = unsafe String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      unsafe next += 1
    }
    return variables
  }
}

/// The end of this process.
package enum Exit {
  /// Ends it with a status, flushing what the C library holds.
  package static func now(_ status: Int32) -> Never {
    exit(status)
  }
}
