/// A mailbox: an address, and the name of whom it belongs to.
package struct MailAddress: Equatable, Sendable {
  /// `ops@example.org`
  package let address: String
  /// What is shown in its place; empty for nothing.
  package let name: String

  /// The mailbox that `text` names as `ADDRESS` or `NAME <ADDRESS>`; nil when it names none. What
  /// could end a line of the protocol or add a second address is refused.
  package init?(_ text: String) {
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return nil
    }
    var address = text[...]
    var name: Substring = ""
    if let open = text.lastIndex(of: "<") {
      guard text.last == ">" else { return nil }
      address = text[text.index(after: open)...].dropLast()
      name = text[..<open]
    }
    guard Self.isAddress(address.utf8) else { return nil }
    self.address = String(address)
    self.name = Self.trimmed(name)
  }

  /// What stands after the at sign.
  package var domain: String {
    address.lastIndex(of: "@").map { String(address[address.index(after: $0)...]) } ?? ""
  }

  /// A dot-atom on both sides of the at sign (RFC 5322 3.4.1); an address literal after it.
  private static func isAddress(_ address: Substring.UTF8View) -> Bool {
    guard address.count <= 254, let at = address.lastIndex(of: UInt8(ascii: "@")) else {
      return false
    }
    let (local, domain) = (address[..<at], address[address.index(after: at)...])
    return isDotted(local) && local.count <= 64
      && (isDotted(domain) || domain.first == UInt8(ascii: "[") && isLiteral(domain))
  }

  private static func isDotted(_ text: Substring.UTF8View) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomByte) }
  }

  private static func isLiteral(_ text: Substring.UTF8View) -> Bool {
    text.last == UInt8(ascii: "]")
      && text.dropFirst().dropLast().allSatisfy { isAtomByte($0) || $0 == 0x3A || $0 == 0x2E }
  }

  private static func isAtomByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    let words = text.split(separator: " ").joined(separator: " ")
    return words.hasPrefix("\"") && words.hasSuffix("\"") && words.count > 1
      ? String(words.dropFirst().dropLast()) : words
  }
}
