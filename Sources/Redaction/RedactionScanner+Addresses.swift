extension RedactionScanner {
  private static let longestLocalPart = 64
  private static let longestDomain = 253
  private static let longestUserInfo = 256

  /// Looks for an e-mail address, or a URL's user and password, around the `@` at `index`.
  mutating func lookAtSign(_ text: RedactionText, at index: Int) {
    if let start = startOfUserInfo(text, before: index) {
      add(start..<index, .secret)
      return
    }
    lookAtAddress(text, around: index..<index + 1)
  }

  /// Looks for an e-mail address around its sign, which may be encoded as in a URL's query.
  mutating func lookAtAddress(_ text: RedactionText, around sign: Range<Int>) {
    let start = Self.startOfLocalPart(text, before: sign.lowerBound)
    guard start < sign.lowerBound, let end = Self.endOfDomain(text, from: sign.upperBound) else {
      return
    }
    add(start..<end, .email)
  }

  /// `scheme://user:password@`: where the user begins.
  private func startOfUserInfo(_ text: RedactionText, before index: Int) -> Int? {
    var start = index
    var hasPassword = false
    while start > 0, index - start < Self.longestUserInfo {
      let byte = text[start - 1]
      if byte == UInt8(ascii: "/") {
        let isScheme =
          text[start - 2] == UInt8(ascii: "/") && text[start - 3] == UInt8(ascii: ":")
          && RedactionByte.isAlphanumeric(text[start - 4])
        return isScheme && hasPassword && text[start] != UInt8(ascii: "[") ? start : nil
      }
      guard byte > 0x20, !RedactionByte.isQuote(byte), byte != UInt8(ascii: "<") else { return nil }
      hasPassword = hasPassword || byte == UInt8(ascii: ":")
      start -= 1
    }
    return nil
  }

  private static func startOfLocalPart(_ text: RedactionText, before index: Int) -> Int {
    var start = index
    while index - start < longestLocalPart {
      if isLocal(text[start - 1]) {
        start -= 1
      } else if isTwoByteLetter(text, endingAt: start) {
        start -= 2
      } else {
        break
      }
    }
    while start < index, !RedactionByte.isAlphanumeric(text[start]), text[start] < 0x80 {
      start += 1
    }
    return start
  }

  private static func isLocal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "%"), UInt8(ascii: "'"), UInt8(ascii: "&"), UInt8(ascii: "!"),
      UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "~"):
      true
    default: RedactionByte.isAlphanumeric(byte)
    }
  }

  /// Latin, Greek or Cyrillic: scripts whose words are set apart from an address by spaces.
  private static func isTwoByteLetter(_ text: RedactionText, endingAt end: Int) -> Bool {
    let lead = text[end - 2]
    return text[end - 1] & 0xC0 == 0x80 && lead >= 0xC3 && lead <= 0xDF
  }

  /// The end of a domain of at least two labels, the last of which is letters.
  private static func endOfDomain(_ text: RedactionText, from start: Int) -> Int? {
    var end: Int?
    var label = start
    var isFirst = true
    while label - start < longestDomain {
      var cursor = label
      while RedactionByte.isAlphanumeric(text[cursor]) || text[cursor] == UInt8(ascii: "-")
        || isTwoByteLetter(text, endingAt: cursor + 2)
      {
        cursor += text[cursor] >= 0x80 ? 2 : 1
      }
      guard cursor > label else { break }
      if !isFirst, let last = endOfTopLevel(text, label..<cursor) { end = last }
      guard text[cursor] == UInt8(ascii: ".") else { break }
      isFirst = false
      label = cursor + 1
    }
    return end
  }

  private static func endOfTopLevel(_ text: RedactionText, _ label: Range<Int>) -> Int? {
    if text.hasFolded("xn--", at: label.lowerBound) { return label.upperBound }
    var end = label.lowerBound
    while end < label.upperBound, RedactionByte.isLetter(text[end]) || text[end] >= 0x80 {
      end += 1
    }
    guard end - label.lowerBound >= 2, !RedactionByte.isDigit(text[end]) else { return nil }
    return end
  }
}
