/// Plain and quoted scalars.
extension YAMLReader {
  /// Steps over the plain text of this line, and gives its bytes without blanks at the end.
  mutating func plainLine(inFlow: Bool) -> Range<Int> {
    let start = cursor.offset
    var end = start
    while !cursor.isAtLineEnd, !isPlainEnd(inFlow: inFlow) {
      let byte = cursor.peek()
      cursor.advance()
      if byte != .space, byte != .tab { end = cursor.offset }
    }
    return start..<end
  }

  private func isPlainEnd(inFlow: Bool) -> Bool {
    switch cursor.peek() {
    case .colon: inFlow ? isFlowColon : cursor.isBlankOrEnd(1)
    case .hash: isComment
    case .comma, .openBrace, .closeBrace, .openBracket, .closeBracket: inFlow
    default: false
    }
  }

  /// The whole of a plain scalar whose first line is `first`: deeper lines are folded into it.
  mutating func plainContinuation(
    of first: String, under parent: Int, inFlow: Bool
  ) throws(ConfigSyntaxError) -> String {
    var text = first
    while cursor.peek() == .newline {
      var ahead = self
      let breaks = ahead.skipLineBreaks()
      guard ahead.isPlainContinuation(under: parent, inFlow: inFlow) else { return text }
      self = ahead
      let line = plainLine(inFlow: inFlow)
      if !inFlow, cursor.peek() == .colon {
        throw cursor.failure(
          "a ':' in text that goes on from the line above",
          expected: "less indentation when this is a key, or the text in quotes")
      }
      text += Self.fold(breaks) + cursor.text(line)
    }
    if !inFlow { try endLine() }
    return text
  }

  private func isPlainContinuation(under parent: Int, inFlow: Bool) -> Bool {
    if cursor.isAtEnd || isDocumentBoundary || cursor.peek() == .hash { return false }
    return inFlow ? !isPlainEnd(inFlow: true) : leadingSpaces > parent
  }

  private var leadingSpaces: Int {
    let line = cursor.bytes[cursor.lineStart..<cursor.offset]
    return line.prefix { $0 == .space }.count
  }

  /// Steps over newlines and the blanks around them; says how many newlines.
  private mutating func skipLineBreaks() -> Int {
    var breaks = 0
    cursor.skipBlanks()
    while cursor.peek() == .newline {
      cursor.advanceLine()
      cursor.skipBlanks()
      breaks += 1
    }
    return breaks
  }

  /// One newline is a space; of more, the first is dropped.
  private static func fold(_ breaks: Int) -> String {
    breaks == 1 ? " " : String(repeating: "\n", count: breaks - 1)
  }

  /// Single-quoted text; its lines need no indentation.
  mutating func singleQuoted() throws(ConfigSyntaxError) -> String {
    let start = cursor
    var text: [UInt8] = []
    cursor.advance()
    while true {
      switch cursor.peek() {
      case .singleQuote where cursor.peek(1) == .singleQuote:
        text.append(.singleQuote)
        cursor.advance(2)
      case .singleQuote:
        cursor.advance()
        return String(decoding: text, as: UTF8.self)
      default:
        try quotedByte(opened: start, into: &text)
      }
    }
  }

  /// Double-quoted text; its lines need no indentation.
  mutating func doubleQuoted() throws(ConfigSyntaxError) -> String {
    let start = cursor
    var text: [UInt8] = []
    cursor.advance()
    while true {
      switch cursor.peek() {
      case .doubleQuote:
        cursor.advance()
        return String(decoding: text, as: UTF8.self)
      case .backslash where cursor.peek(1) == .newline:
        cursor.advance()
        let breaks = try quotedBreaks(opened: start)
        text.append(contentsOf: repeatElement(.newline, count: breaks - 1))
      case .backslash:
        try ConfigEscape.yaml(&cursor, into: &text)
      default:
        try quotedByte(opened: start, into: &text)
      }
    }
  }

  /// Takes one ordinary byte of quoted text, or folds the line break at the cursor.
  private mutating func quotedByte(
    opened start: ConfigCursor, into text: inout [UInt8]
  ) throws(ConfigSyntaxError) {
    var ahead = cursor
    ahead.skipBlanks()
    guard ahead.isAtLineEnd else {
      text.append(contentsOf: cursor.bytes[cursor.offset..<max(ahead.offset, cursor.offset + 1)])
      cursor.advance(max(ahead.offset - cursor.offset, 1))
      return
    }
    let breaks = try quotedBreaks(opened: start)
    text.append(contentsOf: Self.fold(breaks).utf8)
  }

  private mutating func quotedBreaks(
    opened start: ConfigCursor
  ) throws(ConfigSyntaxError) -> Int {
    let breaks = skipLineBreaks()
    guard !cursor.isAtEnd else {
      throw start.failure("the text is not closed", expected: "the quote that ends it")
    }
    if isDocumentBoundary {
      throw cursor.failure(
        "a document marker inside the text of line \(start.line)",
        expected: "the quote that ends the text first")
    }
    return breaks
  }
}
