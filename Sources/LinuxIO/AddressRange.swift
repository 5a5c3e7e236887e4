/// Addresses that begin with the same bits, as CIDR writes them: `10.0.0.0/8`, `fd00::/8`, or one
/// address alone. An IPv4 address mapped into IPv6 counts as itself.
package struct AddressRange: Equatable, Sendable {
  private let bytes: [UInt8]
  private let bits: Int
  private let text: String

  /// Reads a range; nil when `text` is none, or has bits set behind its length.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = parts.first.flatMap({ Self.bytes(String($0)) }) else { return nil }
    var bits = address.count * 8
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let given = Int(parts[1]),
        given <= bits
      else { return nil }
      bits = given
    }
    guard Self.isZero(address, from: bits) else { return nil }
    self.text = text
    self.bits = bits
    bytes = address
  }

  /// Every address of this machine's own loopback.
  package static let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

  /// Whether the numeric address `host` lies in the range; what is no address lies in none.
  package func contains(_ host: String) -> Bool {
    Self.bytes(host).map { contains($0) } ?? false
  }

  /// Whether the address lies in the range; a unix socket lies in none.
  package func contains(_ address: SocketAddress) -> Bool {
    switch address {
    case .ipv4(let bytes, _): contains(bytes)
    case .ipv6(let bytes, _): contains(Self.plain(bytes))
    case .unix: false
    }
  }

  private func contains(_ address: [UInt8]) -> Bool {
    guard address.count == bytes.count else { return false }
    let whole = bits / 8
    guard address[..<whole] == bytes[..<whole] else { return false }
    let rest = bits % 8
    return rest == 0 || (address[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    SocketAddress.bytes(ofHost: text).map(plain)
  }

  /// Four bytes of an IPv4 address that came as IPv6.
  private static func plain(_ bytes: [UInt8]) -> [UInt8] {
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]
    return bytes.count == 16 && bytes[..<12] == mapped[...] ? Array(bytes[12...]) : bytes
  }

  private static func isZero(_ bytes: [UInt8], from bits: Int) -> Bool {
    (bits..<bytes.count * 8).allSatisfy { bytes[$0 / 8] >> UInt8(7 - $0 % 8) & 1 == 0 }
  }
}

extension AddressRange: CustomStringConvertible {
  package var description: String { text }
}
