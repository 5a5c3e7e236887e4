extension LenientReader {
  /// A number, also with a sign `+`, without a digit before or behind the point; nil at the end.
  mutating func number() throws(Failure) -> JSONValue? {
    let start = index
    while index < end, Self.isNumberByte(bytes[index]) { index += 1 }
    let text = bytes[start..<index]
    if stands("Infinity", at: index), text.elementsEqual("-".utf8) || text.elementsEqual("+".utf8) {
      index += 8
      repairs.note(.foreignWord, at: start)
      return .null
    }
    guard let number = JSONNumber(text) else {
      // "-", "1.5e" and the like may go on where the text ends.
      guard isAtEnd else { throw Failure() }
      repairs.note(.truncated, at: end)
      return nil
    }
    guard isAtEnd || endsWord else { throw Failure() }
    if isAtEnd, let last = text.last, last &- 0x30 >= 10 {
      repairs.note(.truncated, at: end)
      return nil
    }
    if !Self.isStrict(text) { repairs.note(.number, at: start) }
    return .number(number)
  }

  private static func isNumberByte(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "-") || byte | 0x20 == UInt8(ascii: "e")
  }

  /// Whether digits stand where JSON wants them in a text that is a number.
  private static func isStrict(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    guard let first = rest.first, first &- 0x30 < 10 else { return false }
    if first == 0x30, rest.count > 1, rest[rest.startIndex + 1] &- 0x30 < 10 { return false }
    guard let point = rest.firstIndex(of: UInt8(ascii: ".")) else { return true }
    return point + 1 < rest.endIndex && rest[point + 1] &- 0x30 < 10
  }

  /// Whether a word can end here.
  private var endsWord: Bool {
    switch peek() {
    case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"),
      UInt8(ascii: "/"), UInt8(ascii: "#"), UInt8(ascii: "`"):
      true
    default: false
    }
  }

  /// `true`, `false`, `null`, or what other languages call them; nil where the text ends first.
  mutating func word() throws(Failure) -> JSONValue? {
    let start = index
    while index < end, (bytes[index] | 0x20) &- 0x61 < 26, index - start < 16 { index += 1 }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isAtEnd, Self.words.contains(where: { $0.word.hasPrefix(text) && $0.word != text }) {
      repairs.note(.truncated, at: end)
      return nil
    }
    guard isAtEnd || endsWord, let known = Self.words.first(where: { $0.word == text }) else {
      index = start
      throw Failure()
    }
    if !known.isJSON { repairs.note(.foreignWord, at: start) }
    return known.value
  }

  private static let words: [(word: String, value: JSONValue, isJSON: Bool)] = [
    ("true", .bool(true), true), ("false", .bool(false), true), ("null", .null, true),
    ("True", .bool(true), false), ("False", .bool(false), false), ("None", .null, false),
    ("TRUE", .bool(true), false), ("FALSE", .bool(false), false), ("NULL", .null, false),
    ("Null", .null, false), ("nil", .null, false), ("undefined", .null, false),
    ("NaN", .null, false), ("nan", .null, false), ("Infinity", .null, false),
  ]
}

// MARK: Texts
extension LenientReader {
  private enum Quote {
    case double
    case single
    case typographic
  }

  /// A text in quotes of any kind. A quote that nothing JSON can follow belongs to the text.
  mutating func string() throws(Failure) -> [UInt8] {
    let start = index
    let quote: Quote
    switch peek() {
    case UInt8(ascii: "\""): quote = .double
    case UInt8(ascii: "'"):
      quote = .single
      repairs.note(.singleQuotes, at: index)
    default:
      guard stands("“", at: index) || stands("”", at: index) else { throw Failure() }
      quote = .typographic
      repairs.note(.typographicQuotes, at: index)
    }
    index += quote == .typographic ? 3 : 1
    var text: [UInt8] = []
    while index < end {
      let length = quoteLength(quote)
      if length > 0 {
        if endsText(after: index + length) {
          index += length
          return text
        }
        repairs.note(.unescapedQuote, at: index)
        text += bytes[index..<(index + length)]
        index += length
      } else if bytes[index] == UInt8(ascii: "\\") {
        escape(into: &text)
      } else {
        if bytes[index] < 0x20 { repairs.note(.controlCharacter, at: index) }
        text.append(bytes[index])
        index += 1
      }
    }
    repairs.note(.truncated, at: start)
    Self.dropBrokenTail(&text)
    return text
  }

  private func quoteLength(_ quote: Quote) -> Int {
    switch quote {
    case .double: bytes[index] == UInt8(ascii: "\"") ? 1 : 0
    case .single: bytes[index] == UInt8(ascii: "'") ? 1 : 0
    case .typographic: stands("”", at: index) || stands("“", at: index) ? 3 : 0
    }
  }

  /// Whether what follows a quote at `place` is what follows a text: the end, a line's end, or a
  /// sign of JSON.
  private func endsText(after place: Int) -> Bool {
    var place = place
    while place < end, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
    guard place < end else { return true }
    switch bytes[place] {
    case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"), 0x0A, 0x0D,
      UInt8(ascii: "#"), UInt8(ascii: "`"):
      return true
    case UInt8(ascii: "/"):
      return stands("//", at: place) || stands("/*", at: place)
    default: return false
    }
  }

  private mutating func escape(into text: inout [UInt8]) {
    let mark = peek(1)
    switch mark {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(mark)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): return unicodeEscape(into: &text)
    case 0 where index + 1 >= end: break
    case UInt8(ascii: "'"), 0x0A:
      repairs.note(.escape, at: index)
      if mark != 0x0A { text.append(mark) }
    default:
      repairs.note(.escape, at: index)
      text += [UInt8(ascii: "\\"), mark]
    }
    index = min(end, index + 2)
  }

  private mutating func unicodeEscape(into text: inout [UInt8]) {
    guard let high = unit(at: index) else {
      if index + 6 > end {
        index = end
      } else {
        repairs.note(.escape, at: index)
        text += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        index += 2
      }
      return
    }
    index += 6
    if let scalar = Unicode.Scalar(high) {
      text += Array(String(scalar).utf8)
    } else if high < 0xDC00, let low = unit(at: index), (0xDC00...0xDFFF).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    {
      text += Array(String(scalar).utf8)
      index += 6
    } else {
      text += [0xEF, 0xBF, 0xBD]
    }
  }

  private func unit(at place: Int) -> UInt32? {
    guard place + 6 <= end, stands("\\u", at: place) else { return nil }
    var value: UInt32 = 0
    for byte in bytes[(place + 2)..<(place + 6)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  /// Takes away a character that the text's end has cut.
  private static func dropBrokenTail(_ text: inout [UInt8]) {
    var length = 0
    while length < 3, length < text.count, text[text.count - 1 - length] & 0xC0 == 0x80 {
      length += 1
    }
    guard length < text.count else { return }
    let lead = text[text.count - 1 - length]
    let needed = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0
    if lead >= 0xC0, length < needed { text.removeLast(length + 1) }
  }
}
