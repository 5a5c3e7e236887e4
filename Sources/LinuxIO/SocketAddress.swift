import CLinux
import Glibc

/// Where a socket listens or connects to: a numeric IPv4 or IPv6 address with a port, or the path
/// of a unix socket. Names are not looked up, except `localhost`, which is 127.0.0.1.
package enum SocketAddress: Equatable, Hashable, Sendable {
  /// Four bytes in network order, and a port; port 0 lets the system choose.
  case ipv4([UInt8], port: UInt16)
  /// Sixteen bytes in network order, and a port.
  case ipv6([UInt8], port: UInt16)
  /// A file of at most 107 bytes' path; after a zero byte a name that is no file, which no text
  /// gives.
  case unix(String)

  /// Why a text is no address.
  package enum ParseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No `:port` at the end.
    case missingPort(String)
    /// The port is not a number up to 65535.
    case badPort(String)
    /// The host is neither a numeric address nor `localhost`.
    case badHost(String)
    /// The path is empty or longer than the kernel allows.
    case badPath(String)

    package var description: String {
      switch self {
      case .missingPort(let text):
        "cannot use address \"\(text)\": no port, expected HOST:PORT or unix:PATH"
      case .badPort(let text):
        "cannot use address \"\(text)\": the port is not a number from 0 to 65535"
      case .badHost(let text):
        "cannot use address \"\(text)\": the host is neither numeric nor localhost"
      case .badPath(let text):
        "cannot use address \"\(text)\": a socket's path has 1 to \(pathLimit) bytes"
      }
    }
  }

  /// The longest path of a unix socket in bytes; the kernel's field ends with a zero.
  package static let pathLimit = 107
}

extension SocketAddress {
  /// Reads `127.0.0.1:4318`, `[::1]:4318`, `localhost:0` or `unix:PATH`.
  package init(_ text: String) throws(ParseError) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard (1...Self.pathLimit).contains(path.utf8.count), !path.utf8.contains(0) else {
        throw .badPath(text)
      }
      self = .unix(path)
      return
    }
    guard let colon = text.lastIndex(of: ":") else { throw .missingPort(text) }
    let host = text[..<colon]
    if host.hasPrefix("["), !host.hasSuffix("]") { throw .missingPort(text) }
    let digits = text[text.index(after: colon)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let port = UInt16(digits)
    else { throw .badPort(text) }
    if host.hasPrefix("[") {
      guard let bytes = Self.numeric(String(host.dropFirst().dropLast()), AF_INET6, 16) else {
        throw .badHost(text)
      }
      self = .ipv6(bytes, port: port)
    } else {
      let name = host == "localhost" ? "127.0.0.1" : String(host)
      guard let bytes = Self.numeric(name, AF_INET, 4) else { throw .badHost(text) }
      self = .ipv4(bytes, port: port)
    }
  }

  /// Whether only this machine can reach it.
  package var isLoopback: Bool {
    switch self {
    case .ipv4(let bytes, _): bytes[0] == 127
    case .ipv6(let bytes, _):
      bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
        || bytes[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255] && bytes[12] == 127
    case .unix: true
    }
  }

  /// The port; nothing for a unix socket.
  package var port: UInt16? {
    switch self {
    case .ipv4(_, let port), .ipv6(_, let port): port
    case .unix: nil
    }
  }

  /// The path of a unix socket; nothing for the others.
  package var path: String? {
    if case .unix(let path) = self { path } else { nil }
  }

  /// The four or sixteen bytes of a numeric address without port or brackets; nil when it is none.
  package static func bytes(ofHost text: String) -> [UInt8]? {
    numeric(text, AF_INET, 4) ?? numeric(text, AF_INET6, 16)
  }

  /// Bytes of the numeric address `text`; nothing when it is none.
  private static func numeric(_ text: String, _ family: Int32, _ size: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: size)
    // unsafe because inet_pton writes the `size` bytes of its family.
    let isRead = unsafe bytes.withUnsafeMutableBytes {
      unsafe inet_pton(family, text, $0.baseAddress) == 1
    }
    return isRead ? bytes : nil
  }
}

extension SocketAddress: CustomStringConvertible {
  package var description: String {
    switch self {
    case .ipv4(let bytes, let port): "\(Self.text(bytes, AF_INET)):\(port)"
    case .ipv6(let bytes, let port): "[\(Self.text(bytes, AF_INET6))]:\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// The address alone, without port or brackets: what identifies a peer. `unix` for a unix socket.
  package var host: String {
    switch self {
    case .ipv4(let bytes, _): Self.text(bytes, AF_INET)
    case .ipv6(let bytes, _): Self.text(bytes, AF_INET6)
    case .unix: "unix"
    }
  }

  private static func text(_ bytes: [UInt8], _ family: Int32) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      unsafe bytes.withUnsafeBytes { raw in
        guard let text = unsafe inet_ntop(family, raw.baseAddress, buffer.baseAddress, 64) else {
          preconditionFailure("every address of its family's size has a text")
        }
        return unsafe String(cString: text)
      }
    }
  }
}
