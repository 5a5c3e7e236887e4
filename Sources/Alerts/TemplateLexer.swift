/// A word inside the braces of a template.
struct TemplateToken: Equatable {
  enum Kind: Equatable {
    case end
    case text(String)
    case open
    case close
    case name(String)
    case field(String)
    case variable(String)
    case dot
    case string(String)
    case number(String)
    case character(Int64)
    case pipe
    case comma
    case declare
    case assign
    case leftParenthesis
    case rightParenthesis
  }

  let kind: Kind
  let offset: Int
  /// Whether white space stands before it.
  var isApart = false
}

/// Splits a template into texts and the words of its actions.
struct TemplateLexer {
  let text: [UInt8]
  private var position = 0
  private var isInside = false
  private var trimsNext = false

  init(_ text: [UInt8]) { self.text = text }

  mutating func next() throws(TemplateError) -> TemplateToken {
    isInside ? try word() : try outside()
  }

  func fault(_ message: String, at offset: Int) -> TemplateError {
    TemplateError(message, at: offset, in: text)
  }

  private func byte(_ ahead: Int = 0) -> UInt8 {
    position + ahead < text.count ? text[position + ahead] : 0
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "_") || byte >= 0x80
  }
}

/// Between the actions.
extension TemplateLexer {
  private mutating func outside() throws(TemplateError) -> TemplateToken {
    while true {
      var start = position
      if trimsNext {
        while start < text.count, Self.isSpace(text[start]) { start += 1 }
        trimsNext = false
      }
      position = start
      while position < text.count, !(byte() == 0x7B && byte(1) == 0x7B) { position += 1 }
      let brace = position
      guard brace < text.count else { return plain(start..<brace, orElse: .end) }
      let trims = brace + 3 < text.count && byte(2) == 0x2D && Self.isSpace(byte(3))
      var end = brace
      if trims { while end > start, Self.isSpace(text[end - 1]) { end -= 1 } }
      if end > start { return plain(start..<end, orElse: .end) }
      position = brace + (trims ? 4 : 2)
      if byte() == 0x2F, byte(1) == 0x2A {
        try skipComment(opened: brace)
        continue
      }
      isInside = true
      return TemplateToken(kind: .open, offset: brace)
    }
  }

  private func plain(_ range: Range<Int>, orElse end: TemplateToken.Kind) -> TemplateToken {
    let kind: TemplateToken.Kind =
      range.isEmpty ? end : .text(String(decoding: text[range], as: UTF8.self))
    return TemplateToken(kind: kind, offset: range.lowerBound)
  }

  private mutating func skipComment(opened brace: Int) throws(TemplateError) {
    while position < text.count, !(byte() == 0x2A && byte(1) == 0x2F) { position += 1 }
    guard position < text.count else { throw fault("unclosed comment", at: brace) }
    position += 2
    if !takeClose(hadSpace: false) { throw fault("comment ends before closing braces", at: brace) }
  }

  /// Steps over `}}` or ` -}}`, if it is here.
  private mutating func takeClose(hadSpace: Bool) -> Bool {
    var ahead = 0
    var isApart = hadSpace
    while Self.isSpace(byte(ahead)) {
      ahead += 1
      isApart = true
    }
    if isApart, byte(ahead) == 0x2D, byte(ahead + 1) == 0x7D, byte(ahead + 2) == 0x7D {
      position += ahead + 3
      trimsNext = true
      return true
    }
    guard byte() == 0x7D, byte(1) == 0x7D else { return false }
    position += 2
    return true
  }
}

/// Inside an action.
extension TemplateLexer {
  private mutating func word() throws(TemplateError) -> TemplateToken {
    let before = position
    while position < text.count, Self.isSpace(byte()) { position += 1 }
    let isApart = position > before
    let start = position
    if takeClose(hadSpace: isApart) {
      isInside = false
      return TemplateToken(kind: .close, offset: start)
    }
    guard position < text.count else { throw fault("unclosed action", at: text.count) }
    return TemplateToken(kind: try kind(at: start), offset: start, isApart: isApart)
  }

  private mutating func kind(at start: Int) throws(TemplateError) -> TemplateToken.Kind {
    switch byte() {
    case UInt8(ascii: "|"): return single(.pipe)
    case UInt8(ascii: ","): return single(.comma)
    case UInt8(ascii: "("): return single(.leftParenthesis)
    case UInt8(ascii: ")"): return single(.rightParenthesis)
    case UInt8(ascii: "="): return single(.assign)
    case UInt8(ascii: ":") where byte(1) == UInt8(ascii: "="):
      position += 2
      return .declare
    case UInt8(ascii: "\""): return .string(try quoted())
    case UInt8(ascii: "`"): return .string(try raw())
    case UInt8(ascii: "'"): return .character(try character())
    case UInt8(ascii: "$"):
      position += 1
      return .variable("$" + name())
    case UInt8(ascii: ".") where !(byte(1) &- 0x30 < 10):
      position += 1
      let name = name()
      return name.isEmpty ? .dot : .field(name)
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), 0x30...0x39:
      return try number()
    case let byte where Self.isNamePart(byte): return .name(name())
    default: throw fault("unexpected character in an action", at: start)
    }
  }

  private mutating func single(_ kind: TemplateToken.Kind) -> TemplateToken.Kind {
    position += 1
    return kind
  }

  private mutating func name() -> String {
    let start = position
    while position < text.count, Self.isNamePart(byte()) { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  private mutating func number() throws(TemplateError) -> TemplateToken.Kind {
    let start = position
    if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { position += 1 }
    let isHex = byte() == 0x30 && byte(1) | 0x20 == UInt8(ascii: "x")
    while Self.isNamePart(byte()) || byte() == UInt8(ascii: ".")
      || !isHex && position > start && byte(-1) | 0x20 == UInt8(ascii: "e")
        && (byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-"))
    {
      position += 1
    }
    return .number(String(decoding: text[start..<position], as: UTF8.self))
  }

  private mutating func raw() throws(TemplateError) -> String {
    let start = position + 1
    guard let end = text[start...].firstIndex(of: UInt8(ascii: "`")) else {
      throw fault("unterminated raw quoted string", at: position)
    }
    position = end + 1
    return String(decoding: text[start..<end], as: UTF8.self)
  }

  private mutating func quoted() throws(TemplateError) -> String {
    let start = position
    var result: [UInt8] = []
    position += 1
    while byte() != UInt8(ascii: "\"") {
      guard position < text.count, byte() != UInt8(ascii: "\n") else {
        throw fault("unterminated quoted string", at: start)
      }
      try unescaped(into: &result)
    }
    position += 1
    return String(decoding: result, as: UTF8.self)
  }

  private mutating func character() throws(TemplateError) -> Int64 {
    let start = position
    var result: [UInt8] = []
    position += 1
    while byte() != UInt8(ascii: "'") {
      guard position < text.count, byte() != UInt8(ascii: "\n") else {
        throw fault("unterminated character constant", at: start)
      }
      try unescaped(into: &result)
    }
    position += 1
    let scalars = String(decoding: result, as: UTF8.self).unicodeScalars
    guard let scalar = scalars.first, scalars.count == 1 else {
      throw fault("a character constant holds one character", at: start)
    }
    return Int64(scalar.value)
  }

  private mutating func unescaped(into result: inout [UInt8]) throws(TemplateError) {
    guard byte() == UInt8(ascii: "\\") else {
      result.append(byte())
      position += 1
      return
    }
    let start = position
    let letter = byte(1)
    position += 2
    switch letter {
    case UInt8(ascii: "a"): result.append(0x07)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "v"): result.append(0x0B)
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): result.append(letter)
    case UInt8(ascii: "x"): result.append(UInt8(try digits(2, radix: 16, opened: start)))
    case UInt8(ascii: "u"): try scalar(try digits(4, radix: 16, opened: start), start, &result)
    case UInt8(ascii: "U"): try scalar(try digits(8, radix: 16, opened: start), start, &result)
    case UInt8(ascii: "0")...UInt8(ascii: "3"):
      position -= 1
      result.append(UInt8(try digits(3, radix: 8, opened: start)))
    default: throw fault("unknown escape in a string", at: start)
    }
  }

  private mutating func digits(
    _ count: Int, radix: Int, opened start: Int
  ) throws(TemplateError) -> UInt32 {
    let digits = text[position...].prefix(count)
    guard digits.count == count, digits.allSatisfy(Self.isNamePart),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: radix)
    else { throw fault("broken escape in a string", at: start) }
    position += count
    return value
  }

  private func scalar(
    _ value: UInt32, _ start: Int, _ result: inout [UInt8]
  ) throws(TemplateError) {
    guard let scalar = Unicode.Scalar(value), let bytes = UTF8.encode(scalar) else {
      throw fault("an escape for no character", at: start)
    }
    result.append(contentsOf: bytes)
  }
}
