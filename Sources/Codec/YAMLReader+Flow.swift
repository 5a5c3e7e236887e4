/// Flow collections: `[a, b]` and `{a: 1}`, over any number of lines.
extension YAMLReader {
  /// The flow collection or scalar at the cursor, inside another.
  private mutating func flowNode() throws(ConfigSyntaxError) -> ConfigNode {
    try budget.enter(at: cursor)
    defer { budget.leave() }
    return try flowValue()
  }

  /// The flow collection or scalar at the cursor, which the caller has entered in the budget.
  mutating func flowValue() throws(ConfigSyntaxError) -> ConfigNode {
    let start = cursor.place()
    switch cursor.peek() {
    case .openBrace: return start.node(.mapping(try flowMapping(opened: start)))
    case .openBracket: return start.node(.sequence(try flowSequence(opened: start)))
    case .doubleQuote: return start.node(.scalar(try doubleQuoted(), .doubleQuoted))
    case .singleQuote: return start.node(.scalar(try singleQuoted(), .singleQuoted))
    default:
      try refuseUnsupported(inFlow: true)
      let first = cursor.text(plainLine(inFlow: true))
      let text = try plainContinuation(of: first, under: -1, inFlow: true)
      return start.node(.scalar(text, .plain))
    }
  }

  private mutating func flowSequence(
    opened start: ConfigPlace
  ) throws(ConfigSyntaxError) -> [ConfigNode] {
    var nodes: [ConfigNode] = []
    cursor.advance()
    while try hasMore(before: .closeBracket, opened: start) {
      let node = try flowNode()
      nodes.append(try endsKey(node) ? singlePair(node) : node)
      try separate(before: .closeBracket, opened: start)
    }
    return nodes
  }

  /// `[a: 1]` holds a mapping of one pair.
  private mutating func singlePair(_ key: ConfigNode) throws(ConfigSyntaxError) -> ConfigNode {
    let pair = try flowPair(key)
    return ConfigNode(line: key.line, column: key.column, value: .mapping([pair]))
  }

  private mutating func flowMapping(
    opened start: ConfigPlace
  ) throws(ConfigSyntaxError) -> [ConfigNode.Pair] {
    var pairs: [ConfigNode.Pair] = []
    var keys = ConfigKeys()
    cursor.advance()
    while try hasMore(before: .closeBrace, opened: start) {
      let key = try flowNode()
      guard key.text != nil else {
        throw complexKey(at: ConfigPlace(line: key.line, column: key.column))
      }
      try refuseMergeKey(key)
      try keys.admit(key)
      if try endsKey(key) {
        pairs.append(try flowPair(key))
      } else {
        let null = cursor.place().node(.null)
        pairs.append(ConfigNode.Pair(key: key, value: null))
      }
      try separate(before: .closeBrace, opened: start)
    }
    return pairs
  }

  /// The pair of `key`; the cursor is at the `:`.
  private mutating func flowPair(_ key: ConfigNode) throws(ConfigSyntaxError) -> ConfigNode.Pair {
    guard key.text != nil else {
      throw complexKey(at: ConfigPlace(line: key.line, column: key.column))
    }
    cursor.advance()
    let afterColon = cursor.place()
    try skipFlowSpace()
    switch cursor.peek() {
    case .comma, .closeBrace, .closeBracket, 0:
      return ConfigNode.Pair(key: key, value: afterColon.node(.null))
    default:
      return ConfigNode.Pair(key: key, value: try flowNode())
    }
  }

  /// Steps to the `:` after `key`, if one follows that makes it a key.
  private mutating func endsKey(_ key: ConfigNode) throws(ConfigSyntaxError) -> Bool {
    try skipFlowSpace()
    guard cursor.peek() == .colon else { return false }
    if case .scalar(_, .plain) = key.value { return isFlowColon }
    return true
  }

  /// Whether the `:` at the cursor ends a plain key inside a flow collection.
  var isFlowColon: Bool {
    switch cursor.peek(1) {
    case .comma, .openBrace, .closeBrace, .openBracket, .closeBracket: true
    default: cursor.isBlankOrEnd(1)
    }
  }

  private mutating func hasMore(
    before closer: UInt8, opened start: ConfigPlace
  ) throws(ConfigSyntaxError) -> Bool {
    try skipFlowSpace()
    guard !cursor.isAtEnd, !isDocumentBoundary else { throw notClosed(closer, opened: start) }
    return !cursor.take(closer)
  }

  private mutating func separate(
    before closer: UInt8, opened start: ConfigPlace
  ) throws(ConfigSyntaxError) {
    try skipFlowSpace()
    if cursor.take(.comma) || cursor.peek() == closer { return }
    guard !cursor.isAtEnd, !isDocumentBoundary else { throw notClosed(closer, opened: start) }
    throw cursor.failure(
      "no ',' between two values", expected: "',' or '\(Character(Unicode.Scalar(closer)))'")
  }

  private func notClosed(_ closer: UInt8, opened start: ConfigPlace) -> ConfigSyntaxError {
    cursor.failure(
      "the bracket of line \(start.line), column \(start.column) is not closed",
      expected: "'\(Character(Unicode.Scalar(closer)))'")
  }

  private mutating func skipFlowSpace() throws(ConfigSyntaxError) {
    while true {
      cursor.skipBlanks()
      if isComment { cursor.skipLine() }
      guard cursor.peek() == .newline else { return }
      cursor.advanceLine()
    }
  }
}
