/// The backslash escapes of double-quoted text.
enum ConfigEscape {
  /// Reads one of JSON's escapes at `cursor`, appending what it stands for.
  static func json(
    _ cursor: inout ConfigCursor, into text: inout [UInt8]
  ) throws(ConfigSyntaxError) {
    switch cursor.peek(1) {
    case .doubleQuote, .backslash, .slash: append(UInt32(cursor.peek(1)), &cursor, &text)
    case UInt8(ascii: "b"): append(0x08, &cursor, &text)
    case UInt8(ascii: "f"): append(0x0c, &cursor, &text)
    case UInt8(ascii: "n"): append(0x0a, &cursor, &text)
    case UInt8(ascii: "r"): append(0x0d, &cursor, &text)
    case UInt8(ascii: "t"): append(0x09, &cursor, &text)
    case UInt8(ascii: "u"): try hex(4, &cursor, &text)
    default:
      throw cursor.failure(
        "an unknown escape", expected: #"one of \" \\ \/ \b \f \n \r \t \uXXXX"#)
    }
  }

  /// Reads one of YAML's escapes at `cursor`, appending what it stands for.
  static func yaml(
    _ cursor: inout ConfigCursor, into text: inout [UInt8]
  ) throws(ConfigSyntaxError) {
    switch cursor.peek(1) {
    case UInt8(ascii: "0"): append(0, &cursor, &text)
    case UInt8(ascii: "a"): append(0x07, &cursor, &text)
    case .tab: append(0x09, &cursor, &text)
    case UInt8(ascii: "v"): append(0x0b, &cursor, &text)
    case UInt8(ascii: "e"): append(0x1b, &cursor, &text)
    case .space: append(0x20, &cursor, &text)
    case UInt8(ascii: "N"): append(0x85, &cursor, &text)
    case UInt8(ascii: "_"): append(0xa0, &cursor, &text)
    case UInt8(ascii: "L"): append(0x2028, &cursor, &text)
    case UInt8(ascii: "P"): append(0x2029, &cursor, &text)
    case UInt8(ascii: "x"): try hex(2, &cursor, &text)
    case UInt8(ascii: "U"): try hex(8, &cursor, &text)
    case .doubleQuote, .backslash, .slash, UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "u"):
      try json(&cursor, into: &text)
    default:
      throw cursor.failure(
        "an unknown escape", expected: #"an escape of YAML, or '\\' for a backslash"#)
    }
  }

  private static func append(
    _ scalar: UInt32, _ cursor: inout ConfigCursor, _ text: inout [UInt8]
  ) {
    cursor.advance(2)
    guard let scalar = Unicode.Scalar(scalar) else { return }
    text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }

  private static func hex(
    _ digits: Int, _ cursor: inout ConfigCursor, _ text: inout [UInt8]
  ) throws(ConfigSyntaxError) {
    let start = cursor
    var value = try number(digits, &cursor)
    if digits == 4, 0xd800..<0xdc00 ~= value {
      guard cursor.peek() == .backslash, cursor.peek(1) == UInt8(ascii: "u"),
        case let low = try number(4, &cursor), 0xdc00..<0xe000 ~= low
      else { throw start.failure("half a surrogate pair", expected: #"both halves, \uD… \uD…"#) }
      value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(value), let bytes = UTF8.encode(scalar) else {
      throw start.failure("an escape for no character", expected: "a Unicode scalar value")
    }
    text.append(contentsOf: bytes)
  }

  /// The number of the hexadecimal escape at `cursor`.
  private static func number(
    _ digits: Int, _ cursor: inout ConfigCursor
  ) throws(ConfigSyntaxError) -> UInt32 {
    let start = cursor
    cursor.advance(2)
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = Character(Unicode.Scalar(cursor.peek())).hexDigitValue else {
        throw start.failure("a broken escape", expected: "\(digits) hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      cursor.advance()
    }
    return value
  }
}
