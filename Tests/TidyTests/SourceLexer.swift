/// Splits Swift text into lines of tokens and comments, so that no rule is fooled by a word inside
/// a string literal or a comment. Knows nested comments, raw and multi-line strings, and code
/// inside interpolations; not regular expression literals, which this code base does not use.
struct SourceLexer {
  private enum Context {
    case code
    case interpolation(openParentheses: Int)
    case string(hashes: Int, isMultiline: Bool)
    case comment(depth: Int)
  }

  private let bytes: [UInt8]
  private var index = 0
  private var contexts: [Context] = [.code]
  private var lines: [SourceLine] = []
  private var tokens: [String] = []
  private var comment: [UInt8] = []
  private var lineStart = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  static func lines(of bytes: [UInt8]) -> [SourceLine] {
    var lexer = SourceLexer(bytes)
    lexer.run()
    return lexer.lines
  }

  private mutating func run() {
    while index < bytes.count {
      switch contexts[contexts.count - 1] {
      case .code, .interpolation: scanCode()
      case .string(let hashes, let isMultiline): scanString(hashes, isMultiline)
      case .comment(let depth): scanComment(depth)
      }
    }
    if lineStart < bytes.count { endLine() }
  }

  private mutating func scanCode() {
    let byte = bytes[index]
    switch byte {
    case UInt8(ascii: "\n"): endLine()
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index += 1
    case UInt8(ascii: "/") where follows("//"): takeLineComment()
    case UInt8(ascii: "/") where follows("/*"):
      contexts.append(.comment(depth: 1))
      take(2)
    case UInt8(ascii: "\""), UInt8(ascii: "#"): takeQuoteOrSymbol()
    case UInt8(ascii: "`"): takeRawIdentifier()
    case UInt8(ascii: "("), UInt8(ascii: ")"): takeParenthesis(byte)
    case _ where byte.isWordByte: takeWord()
    default: takeSymbol()
    }
  }

  private mutating func scanString(_ hashes: Int, _ isMultiline: Bool) {
    let fence = [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
    let quotes = [UInt8](repeating: UInt8(ascii: "\""), count: isMultiline ? 3 : 1)
    switch bytes[index] {
    case UInt8(ascii: "\n"):
      if !isMultiline { contexts.removeLast() }
      endLine()
    case UInt8(ascii: "\\") where follows([UInt8(ascii: "\\")] + fence):
      index += 1 + hashes
      guard index < bytes.count, bytes[index] != UInt8(ascii: "\n") else { return }
      if bytes[index] == UInt8(ascii: "(") {
        contexts.append(.interpolation(openParentheses: 1))
      }
      index += 1
    case UInt8(ascii: "\"") where follows(quotes + fence):
      tokens.append("\"")
      contexts.removeLast()
      index += quotes.count + hashes
    default: index += 1
    }
  }

  private mutating func scanComment(_ depth: Int) {
    if bytes[index] == UInt8(ascii: "\n") {
      endLine()
    } else if follows("/*") {
      contexts[contexts.count - 1] = .comment(depth: depth + 1)
      take(2)
    } else if follows("*/") {
      contexts[contexts.count - 1] = .comment(depth: depth - 1)
      if depth == 1 { contexts.removeLast() }
      take(2)
    } else {
      take(1)
    }
  }
}

extension SourceLexer {
  private mutating func endLine() {
    lines.append(
      SourceLine(
        text: String(decoding: bytes[lineStart..<index], as: UTF8.self), tokens: tokens,
        comment: String(decoding: comment, as: UTF8.self)))
    tokens = []
    comment = []
    index += 1
    lineStart = index
  }

  private mutating func take(_ count: Int) {
    comment += bytes[index..<index + count]
    index += count
  }

  private mutating func takeLineComment() {
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { take(1) }
  }

  private mutating func takeQuoteOrSymbol() {
    var quote = index
    while quote < bytes.count, bytes[quote] == UInt8(ascii: "#") { quote += 1 }
    guard quote < bytes.count, bytes[quote] == UInt8(ascii: "\"") else { return takeSymbol() }
    let hashes = quote - index
    index = quote
    let isMultiline = follows("\"\"\"")
    contexts.append(.string(hashes: hashes, isMultiline: isMultiline))
    tokens.append("\"")
    index += isMultiline ? 3 : 1
  }

  private mutating func takeRawIdentifier() {
    let start = index
    index += 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "`"), bytes[index] != UInt8(ascii: "\n")
    {
      index += 1
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: "`") { index += 1 }
    tokens.append(String(decoding: bytes[start..<index], as: UTF8.self))
  }

  private mutating func takeParenthesis(_ byte: UInt8) {
    guard case .interpolation(let open) = contexts[contexts.count - 1] else { return takeSymbol() }
    let remaining = open + (byte == UInt8(ascii: "(") ? 1 : -1)
    guard remaining > 0 else {
      contexts.removeLast()
      index += 1
      return
    }
    contexts[contexts.count - 1] = .interpolation(openParentheses: remaining)
    takeSymbol()
  }

  private mutating func takeWord() {
    let start = index
    while index < bytes.count, bytes[index].isWordByte { index += 1 }
    tokens.append(String(decoding: bytes[start..<index], as: UTF8.self))
  }

  private mutating func takeSymbol() {
    tokens.append(String(decoding: [bytes[index]], as: UTF8.self))
    index += 1
  }

  private func follows(_ text: StaticString) -> Bool {
    follows([UInt8](text.description.utf8))
  }

  private func follows(_ expected: [UInt8]) -> Bool {
    guard index + expected.count <= bytes.count else { return false }
    return bytes[index..<index + expected.count].elementsEqual(expected)
  }
}

extension UInt8 {
  /// True for letters, digits, the underscore and every byte of a non-ASCII character.
  var isWordByte: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}
