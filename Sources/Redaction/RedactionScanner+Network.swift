extension RedactionScanner {
  /// Looks for IP addresses and phone numbers, byte by byte: these detectors run on request only.
  mutating func lookAtNetwork(_ text: RedactionText) {
    var index = 0
    // Only version 6 begins with a letter, and it has colons.
    let skipsLetters = text.first(UInt8(ascii: ":"), from: 0) == text.count
    while index < text.count {
      if skipsLetters, !RedactionWord.hasDigitOrSign(text.word(at: index)) {
        index += 8
        continue
      }
      let byte = text[index]
      guard Self.mayStart(byte), !RedactionByte.isAlphanumeric(text[index - 1]) else {
        index += 1
        continue
      }
      if detectors.contains(.ip), let end = IPText.end(in: text, at: index) {
        add(index..<end, .ip)
        index = end
      } else if detectors.contains(.phone), let end = PhoneText.end(in: text, at: index) {
        add(index..<end, .phone)
        index = end
      } else {
        index += 1
      }
    }
  }

  /// Whether an address or a number may begin with this byte: a digit, also a hexadecimal one, or
  /// one of `(+:`.
  @inline(__always)
  private static func mayStart(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 11 || (byte | 0x20) &- 0x61 < 6 || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "(")
  }
}

private enum IPText {
  static func end(in text: RedactionText, at start: Int) -> Int? {
    let before = text[start - 1]
    if before == UInt8(ascii: ".") || before == UInt8(ascii: ":") && text[start] != before {
      // Inside something longer, unless it is the end of a sentence or a port-like prefix.
      if RedactionByte.isAlphanumeric(text[start - 2]) && before == UInt8(ascii: ".") { return nil }
    }
    return endOfVersion4(text, start) ?? endOfVersion6(text, start)
  }

  private static func endOfVersion4(_ text: RedactionText, _ start: Int) -> Int? {
    var index = start
    for part in 0..<4 {
      var value = 0
      var length = 0
      while RedactionByte.isDigit(text[index]), length < 4 {
        value = value * 10 + Int(text[index] - 0x30)
        length += 1
        index += 1
      }
      guard length > 0, length < 4, value < 256 else { return nil }
      if part < 3 {
        guard text[index] == UInt8(ascii: ".") else { return nil }
        index += 1
      }
    }
    return PaymentCard.mayEnd(text, index) ? index : nil
  }

  /// Eight groups of hexadecimal digits, or fewer with one `::`.
  private static func endOfVersion6(_ text: RedactionText, _ start: Int) -> Int? {
    var index = start
    var groups = 0
    var hasGap = false
    while groups < 9 {
      var length = 0
      while isHexadecimal(text[index + length]), length < 5 { length += 1 }
      guard length < 5 else { return nil }
      if length > 0 { groups += 1 }
      index += length
      guard text[index] == UInt8(ascii: ":") else { break }
      if text[index + 1] == UInt8(ascii: ":") {
        guard !hasGap else { return nil }
        hasGap = true
        index += 2
      } else {
        guard length > 0, isHexadecimal(text[index + 1]) else { break }
        index += 1
      }
    }
    guard groups == 8 && !hasGap || hasGap && groups >= 1 && groups < 8,
      !RedactionByte.isAlphanumeric(text[index]), index - start >= 3
    else { return nil }
    return index
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    RedactionByte.isDigit(byte) || (byte | 0x20) &- 0x61 < 6
  }
}

private enum PhoneText {
  /// `+` and 8 to 15 digits in groups, or ten digits as (ddd) ddd-dddd or ddd-ddd-dddd.
  static func end(in text: RedactionText, at start: Int) -> Int? {
    let before = text[start - 1]
    guard before != UInt8(ascii: "-"), before != UInt8(ascii: "."), before != UInt8(ascii: "+")
    else { return nil }
    return text[start] == UInt8(ascii: "+")
      ? endOfInternational(text, start + 1) : endOfNational(text, start)
  }

  private static func endOfInternational(_ text: RedactionText, _ start: Int) -> Int? {
    var index = start
    var digits = 0
    var end = start
    guard RedactionByte.isDigit(text[start]) else { return nil }
    while digits <= 15 {
      if RedactionByte.isDigit(text[index]) {
        digits += 1
        end = index + 1
      } else if !isSeparator(text[index]) || index - end >= 2 {
        break
      }
      index += 1
    }
    guard (8...15).contains(digits), !RedactionByte.isAlphanumeric(text[end]) else { return nil }
    return end
  }

  private static func endOfNational(_ text: RedactionText, _ start: Int) -> Int? {
    var index = start
    let isBracketed = text[index] == UInt8(ascii: "(")
    if isBracketed { index += 1 }
    guard digits(text, &index) == 3 else { return nil }
    if isBracketed {
      guard text[index] == UInt8(ascii: ")") else { return nil }
      index += 1
      if text[index] == 0x20 { index += 1 }
    } else {
      guard isSeparator(text[index]) else { return nil }
      index += 1
    }
    guard digits(text, &index) == 3, isSeparator(text[index]) else { return nil }
    index += 1
    guard digits(text, &index) == 4, !RedactionByte.isAlphanumeric(text[index]),
      text[index] != UInt8(ascii: "-") || !RedactionByte.isDigit(text[index + 1])
    else { return nil }
    return index
  }

  private static func digits(_ text: RedactionText, _ index: inout Int) -> Int {
    let start = index
    while RedactionByte.isDigit(text[index]), index - start < 5 { index += 1 }
    return index - start
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"): true
    default: false
    }
  }
}
