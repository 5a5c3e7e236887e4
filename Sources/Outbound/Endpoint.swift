package import LinuxIO

/// Where a server is, as `http://HOST:PORT/PREFIX` or `unix:PATH` says it. The host is numeric or
/// `localhost`; names are not looked up.
package struct Endpoint: Equatable, Sendable {
  /// Where to connect.
  package let address: SocketAddress
  /// What `Host` says.
  package let host: [UInt8]
  /// What stands before every request's path; empty, or from a slash to no slash.
  package let prefix: String

  /// Reads `url`. The port is 80 when there is none.
  package init(_ url: String) throws(ClientError) {
    if url.hasPrefix("unix:") {
      address = try Self.address(url, of: url)
      host = Array("localhost".utf8)
      prefix = ""
      return
    }
    guard let colon = url.firstRange(of: "://") else {
      throw .badURL("cannot use URL \"\(url)\": expected http://HOST:PORT or unix:PATH")
    }
    let scheme = url[..<colon.lowerBound].lowercased()
    guard scheme == "http" else { throw .unsupportedScheme(scheme) }
    let rest = url[colon.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(authority.count)
    guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !path.contains(where: "?#".contains)
    else { throw .badURL("cannot use URL \"\(url)\": a server's path has no query or fragment") }
    let hasPort = authority.last != "]" && authority.contains(":")
    address = try Self.address(hasPort ? String(authority) : "\(authority):80", of: url)
    host = Array(authority.utf8)
    prefix = path.last == "/" ? String(path.dropLast()) : String(path)
  }

  private static func address(
    _ text: String, of url: String
  ) throws(ClientError) -> SocketAddress {
    do {
      return try SocketAddress(text)
    } catch {
      throw .badURL("cannot use URL \"\(url)\": \(error)")
    }
  }
}
