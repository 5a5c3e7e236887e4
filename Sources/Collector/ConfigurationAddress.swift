/// A place to listen at, as text gives it: `HOST:PORT`, `[IPv6]:PORT` or `unix:PATH`.
package enum ConfigurationAddress: Equatable, Sendable {
  /// A name or a literal address without brackets; port 0 lets the system choose.
  case network(host: String, port: UInt16)
  /// A socket in the file system.
  case unix(path: String)

  /// The address that `text` names, or nil when it names none.
  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = text.dropFirst(5)
      // A kernel limit: sun_path holds 108 bytes with its end.
      guard !path.isEmpty, path.utf8.count < 108 else { return nil }
      self = .unix(path: String(path))
      return
    }
    guard let colon = text.lastIndex(of: ":"),
      let port = Self.port(text[text.index(after: colon)...]),
      let host = Self.host(text[..<colon])
    else { return nil }
    self = .network(host: host, port: port)
  }

  /// Whether only this machine can reach the address.
  package var isLocal: Bool {
    switch self {
    case .unix: true
    case .network(let host, _):
      host == "localhost" || host == "::1" || host.hasPrefix("127.") && Self.isIPv4(host)
    }
  }

  private static func port(_ text: Substring) -> UInt16? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      ? UInt16(text) : nil
  }

  private static func host(_ text: Substring) -> String? {
    if text.hasPrefix("["), text.hasSuffix("]") {
      let inner = text.dropFirst().dropLast()
      return inner.contains(":") && inner.allSatisfy(isIPv6Character) ? String(inner) : nil
    }
    let isName = text.allSatisfy { letter in
      letter.isASCII && (letter.isLetter || letter.isNumber || letter == "." || letter == "-")
    }
    guard !text.isEmpty, isName else { return nil }
    let looksNumeric = text.allSatisfy { $0.isNumber || $0 == "." }
    return looksNumeric && !isIPv4(String(text)) ? nil : String(text)
  }

  private static func isIPv6Character(_ letter: Character) -> Bool {
    letter.isHexDigit && letter.isASCII || letter == ":" || letter == "."
  }

  private static func isIPv4(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil && !$0.hasPrefix("+") }
  }
}

extension ConfigurationAddress: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unix(let path): "unix:\(path)"
    case .network(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }
}
