/// Reads configuration and rule files: YAML, or JSON with comments and trailing commas.
package enum ConfigReader {
  /// Bounds on a text; each is refused with its place when passed.
  package struct Limits: Sendable {
    package var bytes = 4 << 20
    package var depth = 64
    package var nodes = 250_000

    /// The default bounds.
    package init() {}
  }

  /// The documents of a text: none when it holds only comments, one for JSON, several for YAML.
  ///
  /// A text that begins with `{`, `[` or a `//` or `/*` comment is read as JSON with comments; when
  /// that fails a bracket may still begin a YAML flow collection. YAML is the 1.2 language without
  /// anchors, aliases, tags, merge keys, complex keys and directives, which are refused by name.
  package static func read(
    _ bytes: [UInt8], limits: Limits = Limits()
  ) throws(ConfigSyntaxError) -> [ConfigNode] {
    let cursor = ConfigCursor(try ConfigText.checked(bytes, limits: limits))
    let language = language(of: cursor)
    guard language != .yaml else {
      var reader = YAMLReader(cursor, limits: limits)
      return try reader.documents()
    }
    do {
      var reader = CommentedJSONReader(cursor, limits: limits)
      return [try reader.document()]
    } catch let jsonError {
      if language == .json { throw jsonError }
      return try readFlow(cursor, limits: limits, orThrow: jsonError)
    }
  }

  private enum Language {
    case yaml
    case json
    case jsonOrFlow
  }

  /// Tries YAML after JSON failed; when both fail, the reader that got further knows better.
  private static func readFlow(
    _ cursor: ConfigCursor, limits: Limits, orThrow jsonError: ConfigSyntaxError
  ) throws(ConfigSyntaxError) -> [ConfigNode] {
    do {
      var reader = YAMLReader(cursor, limits: limits)
      return try reader.documents()
    } catch let yamlError {
      let isFurther = (yamlError.line, yamlError.column) > (jsonError.line, jsonError.column)
      throw isFurther ? yamlError : jsonError
    }
  }

  /// The language that the first significant character can begin.
  private static func language(of start: ConfigCursor) -> Language {
    var cursor = start
    while true {
      switch cursor.peek() {
      case .space, .tab: cursor.advance()
      case .newline: cursor.advanceLine()
      case .hash: cursor.skipLine()
      case .slash where cursor.peek(1) == .slash || cursor.peek(1) == .asterisk: return .json
      case .openBrace, .openBracket: return .jsonOrFlow
      default: return .yaml
      }
    }
  }
}
