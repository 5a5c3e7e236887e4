internal import Codec

/// A setting as it is printed.
enum ConfigurationValue: Equatable, Sendable {
  case text(String)
  case number(Int)
  case flag(Bool)
  case list([ConfigurationValue])
  case record([(key: String, value: ConfigurationValue)])
  /// A scalar that stands as it was written: a number with decimals, nothing at all.
  case literal(String)

  static func == (left: ConfigurationValue, right: ConfigurationValue) -> Bool {
    left.yaml == right.yaml
  }

  /// The value on one line, as the configuration file takes it.
  var yaml: String {
    switch self {
    case .text(let text): Self.isPlain(text) ? text : quoted(text)
    case .number(let number): String(number)
    case .flag(let flag): flag ? "true" : "false"
    case .list(let values): "[" + values.map(\.yaml).joined(separator: ", ") + "]"
    case .record(let members):
      "{" + members.map { "\(key($0.key)): \($0.value.yaml)" }.joined(separator: ", ") + "}"
    case .literal(let text): text
    }
  }

  private func key(_ name: String) -> String { Self.isPlain(name) ? name : quoted(name) }

  func write(to writer: inout JSONWriter) {
    switch self {
    case .text(let text): writer.value(text)
    case .number(let number): writer.value(number)
    case .flag(let flag): writer.value(flag)
    case .list(let values):
      writer.beginArray()
      for value in values { value.write(to: &writer) }
      writer.endArray()
    case .record(let members):
      writer.beginObject()
      for (key, value) in members {
        writer.key(key)
        value.write(to: &writer)
      }
      writer.endObject()
    case .literal(let text): writer.value(json: Array(text.utf8))
    }
  }

  private func quoted(_ text: String) -> String {
    var writer = JSONWriter()
    writer.value(text)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Whether YAML reads `text` back as text without quotes, in a list too.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.first, first.isLetter || first.isNumber || first == "/" else {
      return false
    }
    let isHarmless = text.allSatisfy { letter in
      letter.isASCII && (letter.isLetter || letter.isNumber || "./_-:".contains(letter))
    }
    let node = ConfigNode(line: 1, column: 1, value: .scalar(text, .plain))
    return isHarmless && !text.hasSuffix(":") && node.scalar == .string(text)
  }
}
