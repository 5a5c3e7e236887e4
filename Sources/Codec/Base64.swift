/// Base64 text (RFC 4648) to and from bytes.
package enum Base64 {
  /// Which characters stand for the values 62 and 63 when writing.
  package enum Alphabet: Sendable {
    /// `+` and `/`.
    case standard
    /// `-` and `_`.
    case urlSafe
  }

  /// Appends the text of `bytes` to `output`.
  package static func encode(
    _ bytes: [UInt8], alphabet: Alphabet = .standard, isPadded: Bool = true,
    into output: inout [UInt8]
  ) {
    output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var group = UInt32(bytes[index]) << 16
      if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
      if count > 2 { group |= UInt32(bytes[index + 2]) }
      for place in 0...count {
        output.append(character(of: group >> UInt32(18 - place * 6) & 63, alphabet))
      }
      if isPadded { output.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - count)) }
      index += 3
    }
  }

  /// The bytes that `text` stands for, or nil when it is not base64.
  ///
  /// Either alphabet is read, padding may be absent but not partial, and bits beyond the last byte
  /// must be zero, so that no two texts without padding give the same bytes.
  package static func decode(_ text: [UInt8]) -> [UInt8]? {
    decode(text.span)
  }

  /// The bytes that `text` stands for, or nil when it is not base64; see ``decode(_:)-([UInt8])``.
  package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
    guard let count = unpaddedCount(of: text) else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(count * 3 / 4)
    var group: UInt32 = 0
    var bits: UInt32 = 0
    for index in 0..<count {
      guard let value = value(of: text[index]) else { return nil }
      group = group << 6 | value
      bits += 6
      if bits >= 8 {
        bits -= 8
        output.append(UInt8(truncatingIfNeeded: group >> bits))
      }
    }
    return group & ((1 << bits) - 1) == 0 ? output : nil
  }

  private static func unpaddedCount(of text: Span<UInt8>) -> Int? {
    var count = text.count
    while count > 0, text.count - count < 2, text[count - 1] == UInt8(ascii: "=") { count -= 1 }
    if count < text.count, !text.count.isMultiple(of: 4) { return nil }
    return count % 4 == 1 ? nil : count
  }

  private static func character(of value: UInt32, _ alphabet: Alphabet) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: value)
    return switch value {
    case 0..<26: UInt8(ascii: "A") + value
    case 26..<52: UInt8(ascii: "a") + value - 26
    case 52..<62: UInt8(ascii: "0") + value - 52
    case 62: alphabet == .standard ? UInt8(ascii: "+") : UInt8(ascii: "-")
    default: alphabet == .standard ? UInt8(ascii: "/") : UInt8(ascii: "_")
    }
  }

  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
