/// Lines, comments, markers and what is refused.
extension YAMLReader {
  /// Whether a `-` that opens a sequence entry is at the cursor.
  var isDash: Bool { cursor.peek() == .dash && cursor.isBlankOrEnd(1) }

  /// Whether a comment begins at the cursor: `#` at the start of a line or after a blank.
  var isComment: Bool {
    guard cursor.peek() == .hash else { return false }
    if cursor.indent == 0 { return true }
    let before = cursor.bytes[cursor.offset - 1]
    return before == .space || before == .tab
  }

  /// Whether, after blanks, a `:` that ends a key is at the cursor.
  var isKeyColon: Bool {
    var ahead = cursor
    ahead.skipBlanks()
    return ahead.peek() == .colon && ahead.isBlankOrEnd(1)
  }

  /// Whether a document begins or ends at the cursor.
  var isDocumentBoundary: Bool { isMarker("---") || isMarker("...") }

  /// Whether the line at the cursor is one of the document markers.
  func isMarker(_ marker: StaticString) -> Bool {
    guard cursor.indent == 0, cursor.isBlankOrEnd(3) else { return false }
    let mark: UInt8 = marker.description == "---" ? .dash : UInt8(ascii: ".")
    return cursor.peek() == mark && cursor.peek(1) == mark && cursor.peek(2) == mark
  }

  /// Steps over blank lines and comments to the next line's content, or the end.
  mutating func skipToContent() throws(ConfigSyntaxError) {
    while true {
      while cursor.peek() == .space { cursor.advance() }
      if cursor.peek() == .tab {
        let tab = cursor
        cursor.skipBlanks()
        guard cursor.isAtLineEnd || isComment else {
          throw tab.failure("a tab in the indentation", expected: "spaces")
        }
      }
      if isComment { cursor.skipLine() }
      guard cursor.peek() == .newline else { return }
      cursor.advanceLine()
    }
  }

  /// Requires that nothing but a comment follows on the line, and steps to the line's end.
  mutating func endLine() throws(ConfigSyntaxError) {
    cursor.skipBlanks()
    if isComment { cursor.skipLine() }
    guard cursor.isAtLineEnd else {
      throw cursor.failure(
        "text after a finished value",
        expected: cursor.peek() == .colon ? "a space after ':'" : "the end of the line")
    }
  }

  /// Refuses what cannot begin a plain scalar, saying what to write instead.
  func refuseUnsupported(inFlow: Bool) throws(ConfigSyntaxError) {
    let byte = cursor.peek()
    switch byte {
    case UInt8(ascii: "&"): throw refusal("anchors are not supported", "the value without '&name'")
    case .asterisk:
      throw refusal("aliases are not supported", "the value itself, or quotes when '*' is text")
    case UInt8(ascii: "!"):
      throw refusal("tags are not supported", "the value without '!tag', or quotes around text")
    case UInt8(ascii: "?") where cursor.isBlankOrEnd(1):
      throw refusal("complex keys ('? ') are not supported", "'key: value' with a plain key")
    case .colon where cursor.isBlankOrEnd(1):
      throw refusal("a ':' without a key", "'key: value'")
    case .dash where inFlow && cursor.isBlankOrEnd(1):
      throw refusal("a '-' entry inside brackets", "values separated by ','")
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      throw refusal("a block scalar inside brackets or as a key", "quoted text")
    case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"), .comma, .hash,
      .closeBrace, .closeBracket, .openBrace, .openBracket:
      throw refusal("text cannot begin with '\(Character(Unicode.Scalar(byte)))'", "it in quotes")
    default: return
    }
  }

  func refuseMergeKey(_ key: ConfigNode) throws(ConfigSyntaxError) {
    guard key.value == .scalar("<<", .plain) else { return }
    throw ConfigSyntaxError(
      line: key.line, column: key.column, message: "merge keys ('<<') are not supported",
      expected: "the keys written out")
  }

  func complexKey(at place: ConfigPlace) -> ConfigSyntaxError {
    place.failure(
      "a mapping or sequence as a key",
      expected: "a plain or quoted key; text such as '{{ … }}' needs quotes")
  }

  private func refusal(_ message: String, _ expected: String) -> ConfigSyntaxError {
    cursor.failure(message, expected: expected)
  }
}
