/// A place in a checked configuration text. Reading past the end gives 0, which such a text lacks.
struct ConfigCursor {
  let bytes: [UInt8]
  private(set) var offset = 0
  private(set) var line = 1
  private(set) var lineStart = 0
  /// The last column asked for, so that long lines are counted once.
  private var knownOffset = 0
  private var knownColumn = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { offset == bytes.count }

  /// Whether a line, or the text, ends here.
  var isAtLineEnd: Bool { isAtEnd || bytes[offset] == .newline }

  /// Bytes since the start of the line.
  var indent: Int { offset - lineStart }

  /// The byte `ahead` of this place.
  func peek(_ ahead: Int = 0) -> UInt8 {
    offset + ahead < bytes.count ? bytes[offset + ahead] : 0
  }

  /// Whether the byte `ahead` is a space, a tab, or past the line.
  func isBlankOrEnd(_ ahead: Int = 0) -> Bool {
    switch peek(ahead) {
    case .space, .tab, .newline, 0: true
    default: false
    }
  }

  /// Steps over bytes of this line.
  mutating func advance(_ count: Int = 1) {
    offset += count
  }

  /// Steps over the newline at this place.
  mutating func advanceLine() {
    precondition(peek() == .newline, "only a newline ends a line")
    offset += 1
    line += 1
    lineStart = offset
    knownOffset = offset
    knownColumn = 1
  }

  /// Steps over `byte` when it is here, and says whether it was.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    offset += 1
    return true
  }

  /// Steps over spaces and tabs, and says whether there were any.
  @discardableResult
  mutating func skipBlanks() -> Bool {
    let start = offset
    while peek() == .space || peek() == .tab { offset += 1 }
    return offset > start
  }

  /// Steps to the end of the line.
  mutating func skipLine() {
    while !isAtLineEnd { offset += 1 }
  }

  /// Line and column of this place.
  mutating func place() -> ConfigPlace {
    if offset < knownOffset {
      knownOffset = lineStart
      knownColumn = 1
    }
    while knownOffset < offset {
      knownOffset += 1
      if knownOffset == bytes.count || bytes[knownOffset] & 0xc0 != 0x80 { knownColumn += 1 }
    }
    return ConfigPlace(line: line, column: knownColumn)
  }

  /// The error that something else than `expected` stands here.
  func failure(_ message: String, expected: String) -> ConfigSyntaxError {
    var copy = self
    return copy.place().failure(message, expected: expected)
  }

  /// The text between two offsets.
  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }
}

/// A line and a column of a configuration text, both from 1.
struct ConfigPlace: Equatable {
  let line: Int
  let column: Int

  func node(_ value: ConfigNode.Value) -> ConfigNode {
    ConfigNode(line: line, column: column, value: value)
  }

  func failure(_ message: String, expected: String) -> ConfigSyntaxError {
    ConfigSyntaxError(line: line, column: column, message: message, expected: expected)
  }
}

/// Counts what a reader has opened and made, against its limits.
struct ConfigBudget {
  private let limits: ConfigReader.Limits
  private var depth = 0
  private var nodes = 0

  init(_ limits: ConfigReader.Limits) {
    self.limits = limits
  }

  /// Enters a node at `cursor`; ``leave()`` it again.
  mutating func enter(at cursor: ConfigCursor) throws(ConfigSyntaxError) {
    depth += 1
    nodes += 1
    if depth > limits.depth {
      throw cursor.failure("nested too deeply", expected: "at most \(limits.depth) levels")
    }
    if nodes > limits.nodes {
      throw cursor.failure("too many values", expected: "at most \(limits.nodes)")
    }
  }

  mutating func leave() {
    depth -= 1
  }
}

/// The keys of one mapping, each allowed once.
struct ConfigKeys {
  private var lines: [String: Int] = [:]

  mutating func admit(_ key: ConfigNode) throws(ConfigSyntaxError) {
    let text = key.text ?? ""
    if let line = lines.updateValue(key.line, forKey: text) {
      throw ConfigSyntaxError(
        line: key.line, column: key.column, message: "the key '\(text)' is already on line \(line)",
        expected: "each key once")
    }
  }
}
