/// Reads the documents of a YAML text by recursive descent; blocks here, the rest in extensions.
///
/// An indentation is the number of bytes before a line's first character. Every block node is read
/// `under` its parent's indentation (-1 for a document) and ends at the first line not deeper.
struct YAMLReader {
  var cursor: ConfigCursor
  var budget: ConfigBudget

  init(_ cursor: ConfigCursor, limits: ConfigReader.Limits) {
    self.cursor = cursor
    budget = ConfigBudget(limits)
  }

  /// What stands before a value, which decides what the value may be.
  private enum Opening {
    case document
    case documentMarker
    case key
    case dash

    /// Why no block collection may begin on the line of this opening, or nil when one may.
    var refusal: String? {
      switch self {
      case .document, .dash: nil
      case .documentMarker: "on the line of '---'"
      case .key: "on the line of its key"
      }
    }
  }

  mutating func documents() throws(ConfigSyntaxError) -> [ConfigNode] {
    var documents: [ConfigNode] = []
    try skipToContent()
    while !cursor.isAtEnd {
      if isMarker("...") {
        try endDocument()
        continue
      }
      if cursor.peek() == UInt8(ascii: "%"), cursor.indent == 0 {
        throw cursor.failure(
          "directives are not supported", expected: "a document without '%' lines")
      }
      let isExplicit = isMarker("---")
      if isExplicit { cursor.advance(3) }
      documents.append(try blockValue(under: -1, after: isExplicit ? .documentMarker : .document))
      try skipToContent()
      if isMarker("...") { try endDocument() } else { try requireDocumentEnd() }
    }
    return documents
  }

  private mutating func endDocument() throws(ConfigSyntaxError) {
    cursor.advance(3)
    try endLine()
    try skipToContent()
  }

  private func requireDocumentEnd() throws(ConfigSyntaxError) {
    if cursor.isAtEnd || isMarker("---") { return }
    throw cursor.failure(
      "this line belongs to no open block",
      expected: "the indentation of a block above, or '---' before another document")
  }

  /// The value after `opening`, on the same line or on the deeper lines that follow.
  private mutating func blockValue(
    under parent: Int, after opening: Opening
  ) throws(ConfigSyntaxError) -> ConfigNode {
    try budget.enter(at: cursor)
    defer { budget.leave() }
    let start = cursor.place()
    let beforeBlanks = cursor.offset
    cursor.skipBlanks()
    if !cursor.isAtLineEnd, !isComment {
      var refusal = opening.refusal
      if cursor.bytes[beforeBlanks..<cursor.offset].contains(.tab) { refusal = "after a tab" }
      return try blockNode(under: parent, refusing: refusal)
    }
    try skipToContent()
    guard isDeeper(than: parent, after: opening) else { return start.node(.null) }
    return try blockNode(under: parent, refusing: nil)
  }

  /// Whether the content at the cursor's line start belongs to a value under `parent`; a sequence
  /// may stand at the indentation of its key.
  private func isDeeper(than parent: Int, after opening: Opening) -> Bool {
    if cursor.isAtEnd || isDocumentBoundary { return false }
    return cursor.indent > parent || opening == .key && cursor.indent == parent && isDash
  }

  /// The node that begins at the cursor; `refusal` says why it may not be a block collection.
  private mutating func blockNode(
    under parent: Int, refusing refusal: String?
  ) throws(ConfigSyntaxError) -> ConfigNode {
    let (indent, start) = (cursor.indent, cursor.place())
    switch cursor.peek() {
    case .dash where isDash:
      if let refusal { throw cursor.failure("a sequence \(refusal)", expected: "a new line first") }
      return start.node(.sequence(try blockSequence(at: indent)))
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      return try blockScalar(under: parent)
    case .openBrace, .openBracket:
      let node = try flowValue()
      if isKeyColon { throw complexKey(at: start) }
      try endLine()
      return node
    default:
      break
    }
    let scalar = try firstScalar()
    guard isKeyColon else { return try rest(of: scalar, under: parent) }
    if let refusal {
      throw cursor.failure(
        "a mapping \(refusal)", expected: "a new line first, or quotes when this is text")
    }
    guard cursor.line == start.line else {
      throw start.failure("a key over several lines", expected: "a key on one line")
    }
    return start.node(.mapping(try blockMapping(at: indent, first: scalar)))
  }

  /// A quoted scalar, or the first line of a plain one: what could be a key.
  private mutating func firstScalar() throws(ConfigSyntaxError) -> ConfigNode {
    let start = cursor.place()
    switch cursor.peek() {
    case .doubleQuote: return start.node(.scalar(try doubleQuoted(), .doubleQuoted))
    case .singleQuote: return start.node(.scalar(try singleQuoted(), .singleQuoted))
    default:
      try refuseUnsupported(inFlow: false)
      return start.node(.scalar(cursor.text(plainLine(inFlow: false)), .plain))
    }
  }

  /// The whole of a scalar that turned out to be no key.
  private mutating func rest(
    of scalar: ConfigNode, under parent: Int
  ) throws(ConfigSyntaxError) -> ConfigNode {
    guard case .scalar(let text, .plain) = scalar.value else {
      try endLine()
      return scalar
    }
    let whole = try plainContinuation(of: text, under: parent, inFlow: false)
    return ConfigNode(line: scalar.line, column: scalar.column, value: .scalar(whole, .plain))
  }

  private mutating func blockSequence(
    at indent: Int
  ) throws(ConfigSyntaxError) -> [ConfigNode] {
    var nodes: [ConfigNode] = []
    repeat {
      cursor.advance()
      nodes.append(try blockValue(under: indent, after: .dash))
      try skipToContent()
    } while try continuesBlock(at: indent) && isDash
    return nodes
  }

  private mutating func blockMapping(
    at indent: Int, first: ConfigNode
  ) throws(ConfigSyntaxError) -> [ConfigNode.Pair] {
    var pairs: [ConfigNode.Pair] = []
    var keys = ConfigKeys()
    var key = first
    while true {
      try refuseMergeKey(key)
      try keys.admit(key)
      cursor.skipBlanks()
      cursor.advance()
      pairs.append(ConfigNode.Pair(key: key, value: try blockValue(under: indent, after: .key)))
      try skipToContent()
      guard try continuesBlock(at: indent) else { return pairs }
      key = try blockKey()
    }
  }

  private mutating func blockKey() throws(ConfigSyntaxError) -> ConfigNode {
    let start = cursor
    if isDash {
      throw cursor.failure("a '-' entry between the keys of a mapping", expected: "a key")
    }
    if cursor.peek() == .openBrace || cursor.peek() == .openBracket {
      var place = cursor
      throw complexKey(at: place.place())
    }
    let key = try firstScalar()
    guard cursor.line == start.line, isKeyColon else {
      let text = key.text ?? ""
      throw start.failure(
        "no 'key: value' here",
        expected: text.contains(":") ? "a space after ':'" : "':' after the key")
    }
    return key
  }

  /// Whether the line at the cursor goes on with the block at `indent`.
  private func continuesBlock(at indent: Int) throws(ConfigSyntaxError) -> Bool {
    if cursor.isAtEnd || isDocumentBoundary || cursor.indent < indent { return false }
    guard cursor.indent == indent else {
      throw cursor.failure(
        "unexpected indentation of \(cursor.indent)",
        expected: "\(indent), or that of another block above")
    }
    return true
  }
}
