/// Cuts a query's text into tokens.
struct Lexer {
  let text: [UInt8]
  private(set) var position = 0
  /// Brackets and braces open at this place: there `:` is a sign, not part of a name.
  private var brackets = 0
  /// Parentheses open at this place.
  private(set) var parentheses = 0

  init(_ text: [UInt8]) { self.text = text }

  mutating func next() throws(QueryError) -> Token {
    skipBlanks()
    let start = position
    guard start < text.count else { return Token(kind: .end, span: start..<start) }
    let byte = text[start]
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
      return try string(quote: byte)
    case UInt8(ascii: "."):
      return try number()
    case _ where CharacterTraits.isDigit(byte):
      return try number()
    case _ where isNameStart(byte):
      while position < text.count, isNamePart(text[position]) { position += 1 }
      let name = String(decoding: text[start..<position], as: UTF8.self)
      return Token(kind: .identifier(name), span: start..<position)
    default:
      return try sign()
    }
  }

  private func isNameStart(_ byte: UInt8) -> Bool {
    CharacterTraits.isNameStart(byte) || (byte == UInt8(ascii: ":") && brackets == 0)
  }

  private func isNamePart(_ byte: UInt8) -> Bool {
    CharacterTraits.isNamePart(byte) || (byte == UInt8(ascii: ":") && brackets == 0)
  }

  private mutating func skipBlanks() {
    while position < text.count {
      if CharacterTraits.isSpace(text[position]) {
        position += 1
      } else if text[position] == UInt8(ascii: "#") {
        while position < text.count, text[position] != 0x0A { position += 1 }
      } else {
        return
      }
    }
  }

  private mutating func sign() throws(QueryError) -> Token {
    let start = position
    for length in [2, 1] where start + length <= text.count {
      let word = String(decoding: text[start..<(start + length)], as: UTF8.self)
      guard let sign = Token.Sign(rawValue: word) else { continue }
      position += length
      switch sign {
      case .leftBracket, .leftBrace: brackets += 1
      case .rightBracket, .rightBrace: brackets = max(0, brackets - 1)
      case .leftParenthesis: parentheses += 1
      case .rightParenthesis: parentheses -= 1
      default: break
      }
      return Token(kind: .sign(sign), span: start..<position)
    }
    throw QueryError("unexpected character", at: start, in: text)
  }
}

extension Lexer {
  private mutating func number() throws(QueryError) -> Token {
    let start = position
    scanNumber()
    if position < text.count, CharacterTraits.isNamePart(text[position]) {
      position = start
      while position < text.count, CharacterTraits.isNamePart(text[position]) { position += 1 }
      guard let seconds = DurationText.seconds(text[start..<position]) else {
        throw QueryError("bad number or duration syntax", at: start, in: text)
      }
      return Token(kind: .number(seconds, isDuration: true), span: start..<position)
    }
    guard let value = NumberText.value(text[start..<position]) else {
      throw QueryError("bad number syntax", at: start, in: text)
    }
    return Token(kind: .number(value, isDuration: false), span: start..<position)
  }

  private mutating func scanNumber() {
    if text[position] == 0x30, position + 1 < text.count, text[position + 1] | 0x20 == 0x78 {
      position += 2
      while position < text.count,
        CharacterTraits.hexValue(text[position]) != nil || text[position] == UInt8(ascii: "_")
      {
        position += 1
      }
      return
    }
    scanDigits()
    if position < text.count, text[position] == UInt8(ascii: ".") {
      position += 1
      scanDigits()
    }
    guard position < text.count, text[position] | 0x20 == UInt8(ascii: "e") else { return }
    position += 1
    if position < text.count, text[position] == 0x2B || text[position] == 0x2D { position += 1 }
    scanDigits()
  }

  private mutating func scanDigits() {
    while position < text.count,
      CharacterTraits.isDigit(text[position]) || text[position] == UInt8(ascii: "_")
    {
      position += 1
    }
  }
}

extension Lexer {
  private mutating func string(quote: UInt8) throws(QueryError) -> Token {
    let start = position
    position += 1
    var bytes: [UInt8] = []
    while position < text.count {
      let byte = text[position]
      position += 1
      if byte == quote {
        let value = String(decoding: bytes, as: UTF8.self)
        let isText = value.utf8.elementsEqual(bytes)
        return Token(kind: .string(value, isText: isText), span: start..<position)
      }
      if quote != UInt8(ascii: "`") {
        if byte == 0x0A { break }
        if byte == UInt8(ascii: "\\") {
          try escape(quote: quote, into: &bytes)
          continue
        }
      }
      bytes.append(byte)
    }
    throw QueryError("unterminated quoted string", at: start, in: text)
  }

  private mutating func escape(quote: UInt8, into bytes: inout [UInt8]) throws(QueryError) {
    let start = position - 1
    guard position < text.count else {
      throw QueryError("escape sequence not terminated", at: start, in: text)
    }
    let byte = text[position]
    position += 1
    switch byte {
    case UInt8(ascii: "a"): bytes.append(0x07)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "v"): bytes.append(0x0B)
    case UInt8(ascii: "\\"), quote: bytes.append(byte)
    case UInt8(ascii: "x"): bytes.append(UInt8(truncatingIfNeeded: try digits(2, 16, from: start)))
    case UInt8(ascii: "u"): try scalar(4, from: start, into: &bytes)
    case UInt8(ascii: "U"): try scalar(8, from: start, into: &bytes)
    case 0x30...0x37:
      position -= 1
      let value = try digits(3, 8, from: start)
      guard value < 256 else { throw QueryError("octal escape above 255", at: start, in: text) }
      bytes.append(UInt8(value))
    default: throw QueryError("unknown escape sequence", at: start, in: text)
    }
  }

  private mutating func digits(
    _ count: Int, _ base: UInt32, from start: Int
  ) throws(QueryError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard position < text.count, let digit = CharacterTraits.hexValue(text[position]),
        digit < base
      else { throw QueryError("illegal character in escape sequence", at: start, in: text) }
      value = value &* base &+ digit
      position += 1
    }
    return value
  }

  private mutating func scalar(
    _ count: Int, from start: Int, into bytes: inout [UInt8]
  ) throws(QueryError) {
    guard let scalar = Unicode.Scalar(try digits(count, 16, from: start)) else {
      throw QueryError("escape sequence is an invalid Unicode code point", at: start, in: text)
    }
    bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
  }
}
