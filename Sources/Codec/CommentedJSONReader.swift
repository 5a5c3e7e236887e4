/// Reads JSON that may have `//`, `/* */` and `#` comments and trailing commas.
struct CommentedJSONReader {
  private var cursor: ConfigCursor
  private var budget: ConfigBudget

  init(_ cursor: ConfigCursor, limits: ConfigReader.Limits) {
    self.cursor = cursor
    budget = ConfigBudget(limits)
  }

  /// The one value of the text.
  mutating func document() throws(ConfigSyntaxError) -> ConfigNode {
    try skipSpace()
    let node = try value()
    try skipSpace()
    guard cursor.isAtEnd else {
      throw cursor.failure("text after the value", expected: "the end of the file")
    }
    return node
  }

  private mutating func value() throws(ConfigSyntaxError) -> ConfigNode {
    try budget.enter(at: cursor)
    defer { budget.leave() }
    let start = cursor.place()
    switch cursor.peek() {
    case .openBrace:
      return start.node(.mapping(try members(opened: start)))
    case .openBracket:
      return start.node(.sequence(try elements(opened: start)))
    case .doubleQuote:
      return start.node(.scalar(try string(), .doubleQuoted))
    default:
      return start.node(.scalar(try literal(), .plain))
    }
  }

  private mutating func members(
    opened start: ConfigPlace
  ) throws(ConfigSyntaxError) -> [ConfigNode.Pair] {
    var pairs: [ConfigNode.Pair] = []
    var keys = ConfigKeys()
    cursor.advance()
    while try hasMore(before: .closeBrace, "{", opened: start) {
      guard cursor.peek() == .doubleQuote else {
        throw cursor.failure("no key in double quotes", expected: "\"key\": value or '}'")
      }
      let key = cursor.place().node(.scalar(try string(), .doubleQuoted))
      try keys.admit(key)
      try skipSpace()
      guard cursor.take(.colon) else {
        throw cursor.failure("no ':' after the key", expected: "':' and a value")
      }
      try skipSpace()
      pairs.append(ConfigNode.Pair(key: key, value: try value()))
      try separate(before: .closeBrace, "{", opened: start)
    }
    return pairs
  }

  private mutating func elements(
    opened start: ConfigPlace
  ) throws(ConfigSyntaxError) -> [ConfigNode] {
    var nodes: [ConfigNode] = []
    cursor.advance()
    while try hasMore(before: .closeBracket, "[", opened: start) {
      nodes.append(try value())
      try separate(before: .closeBracket, "[", opened: start)
    }
    return nodes
  }

  private mutating func hasMore(
    before closer: UInt8, _ opener: String, opened start: ConfigPlace
  ) throws(ConfigSyntaxError) -> Bool {
    try skipSpace()
    guard !cursor.isAtEnd else {
      throw cursor.failure(
        "the '\(opener)' of line \(start.line), column \(start.column) is not closed",
        expected: "'\(Character(Unicode.Scalar(closer)))'")
    }
    return !cursor.take(closer)
  }

  private mutating func separate(
    before closer: UInt8, _ opener: String, opened start: ConfigPlace
  ) throws(ConfigSyntaxError) {
    try skipSpace()
    if cursor.take(.comma) || cursor.peek() == closer || cursor.isAtEnd { return }
    throw cursor.failure(
      "no ',' between two values", expected: "',' or '\(Character(Unicode.Scalar(closer)))'")
  }

  private mutating func skipSpace() throws(ConfigSyntaxError) {
    while true {
      switch cursor.peek() {
      case .newline: cursor.advanceLine()
      case .space, .tab: cursor.advance()
      case .hash: cursor.skipLine()
      case .slash where cursor.peek(1) == .slash: cursor.skipLine()
      case .slash where cursor.peek(1) == .asterisk: try skipBlockComment()
      default: return
      }
    }
  }

  private mutating func skipBlockComment() throws(ConfigSyntaxError) {
    let start = cursor
    cursor.advance(2)
    while cursor.peek() != .asterisk || cursor.peek(1) != .slash {
      guard !cursor.isAtEnd else {
        throw start.failure("the comment '/*' is not closed", expected: "'*/'")
      }
      if cursor.peek() == .newline { cursor.advanceLine() } else { cursor.advance() }
    }
    cursor.advance(2)
  }

  private mutating func string() throws(ConfigSyntaxError) -> String {
    let start = cursor
    var text: [UInt8] = []
    cursor.advance()
    while !cursor.take(.doubleQuote) {
      if cursor.isAtLineEnd {
        throw start.failure("the text is not closed on its line", expected: "'\"'")
      }
      if cursor.peek() == .backslash {
        try ConfigEscape.json(&cursor, into: &text)
      } else {
        text.append(cursor.peek())
        cursor.advance()
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func literal() throws(ConfigSyntaxError) -> String {
    let start = cursor
    while isLiteralByte(cursor.peek()) { cursor.advance() }
    let text = cursor.text(start.offset..<cursor.offset)
    if ["true", "false", "null"].contains(text) || Self.isNumber(text.utf8) { return text }
    throw start.failure(
      text.isEmpty ? "no value" : "'\(text.prefix(40))' is no JSON value",
      expected: "text in double quotes, a number, true, false, null, '{' or '['")
  }

  private func isLiteralByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0, .space, .tab, .newline, .comma, .colon, .closeBrace, .closeBracket, .openBrace,
      .openBracket, .hash, .slash, .doubleQuote:
      false
    default: true
    }
  }

  private static func isNumber(_ text: String.UTF8View) -> Bool {
    var rest = text[...]
    if rest.first == .dash { rest.removeFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = digits(&rest)
    if whole == 0 || whole > 1 && startsWithZero { return false }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      if digits(&rest) == 0 { return false }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == .dash { rest.removeFirst() }
      if digits(&rest) == 0 { return false }
    }
    return rest.isEmpty
  }

  private static func digits(_ rest: inout String.UTF8View.SubSequence) -> Int {
    let before = rest.count
    rest = rest.drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return before - rest.count
  }
}
