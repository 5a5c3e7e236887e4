/// A URL taken apart as far as it must be to send a request there.
package struct OutboundURL: Equatable, Sendable {
  /// Protocols that are spoken.
  package enum Scheme: String, Sendable {
    case http, https
  }

  /// How the server is spoken to.
  package let scheme: Scheme
  /// Name or address, without brackets.
  package let host: String
  package let port: UInt16
  /// From the first slash on; never empty.
  package let target: String
  /// What stands between the slashes, in lower case.
  let authority: String

  /// Reads `http://HOST[:PORT][/PATH]` or the same with `https`. Nil for anything else: user names
  /// and passwords, which belong into headers, fragments, and what is not visible ASCII.
  package init?(_ text: String) {
    guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), !text.contains("#"),
      let colon = text.firstRange(of: "://"),
      let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased())
    else { return nil }
    let rest = text[colon.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let path = rest[authority.endIndex...]
    guard let (host, port) = Self.parts(of: authority) else { return nil }
    self.scheme = scheme
    self.host = host
    self.port = port ?? (scheme == .https ? 443 : 80)
    target = path.hasPrefix("/") ? String(path) : "/" + path
    self.authority = authority.lowercased()
  }

  private static func parts(of authority: Substring) -> (host: String, port: UInt16?)? {
    var host = authority
    var port: UInt16?
    if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
      let digits = authority[authority.index(after: colon)...]
      guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = UInt16(digits) else {
        return nil
      }
      (host, port) = (authority[..<colon], number)
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
    } else {
      let isName = host.allSatisfy { $0.isLetter || $0.isNumber || ".-_".contains($0) }
      guard isName else { return nil }
    }
    return host.isEmpty ? nil : (String(host), port)
  }

  /// The scheme and where the server is; what connections are kept by.
  package var origin: String { "\(scheme.rawValue)://\(authority)" }
}
