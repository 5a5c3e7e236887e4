/// What holds for every configuration text before its grammar is looked at.
enum ConfigText {
  /// The text without byte order mark and with `\n` line ends, or why it is no such text.
  ///
  /// The result is valid UTF-8 without control characters but tab and newline.
  static func checked(
    _ bytes: [UInt8], limits: ConfigReader.Limits
  ) throws(ConfigSyntaxError) -> [UInt8] {
    guard bytes.count <= limits.bytes else {
      throw ConfigSyntaxError(
        line: 1, column: 1, message: "the text has \(bytes.count) bytes",
        expected: "at most \(limits.bytes)")
    }
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      throw ConfigSyntaxError(
        line: 1, column: 1, message: "the text is UTF-16", expected: "UTF-8")
    }
    let text = withPlainLineEnds(bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...])
    try checkCharacters(text)
    return text
  }

  private static func withPlainLineEnds(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var isAfterReturn = false
    for byte in bytes {
      if byte == .carriageReturn {
        text.append(.newline)
      } else if byte != .newline || !isAfterReturn {
        text.append(byte)
      }
      isAfterReturn = byte == .carriageReturn
    }
    return text
  }

  private static func checkCharacters(_ text: [UInt8]) throws(ConfigSyntaxError) {
    var parser = Unicode.UTF8.ForwardParser()
    var bytes = text.makeIterator()
    var (line, column) = (1, 1)
    while true {
      switch parser.parseScalar(from: &bytes) {
      case .emptyInput:
        return
      case .error:
        throw ConfigSyntaxError(
          line: line, column: column, message: "a byte that is not UTF-8", expected: "UTF-8 text")
      case .valid(let scalar):
        let first = scalar.first ?? 0
        if first == .newline {
          (line, column) = (line + 1, 1)
          continue
        }
        if first < .space && first != .tab || first == 0x7f {
          throw ConfigSyntaxError(
            line: line, column: column, message: "a control character (byte \(first))",
            expected: "printable text; in double quotes it can be written as an escape")
        }
        column += 1
      }
    }
  }
}

/// Characters that mean something in a configuration text.
extension UInt8 {
  static let tab = UInt8(ascii: "\t")
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let hash = UInt8(ascii: "#")
  static let slash = UInt8(ascii: "/")
  static let backslash = UInt8(ascii: "\\")
  static let asterisk = UInt8(ascii: "*")
  static let comma = UInt8(ascii: ",")
  static let colon = UInt8(ascii: ":")
  static let dash = UInt8(ascii: "-")
  static let singleQuote = UInt8(ascii: "'")
  static let doubleQuote = UInt8(ascii: "\"")
  static let openBrace = UInt8(ascii: "{")
  static let closeBrace = UInt8(ascii: "}")
  static let openBracket = UInt8(ascii: "[")
  static let closeBracket = UInt8(ascii: "]")
}
