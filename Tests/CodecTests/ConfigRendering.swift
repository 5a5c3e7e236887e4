import Codec

/// A document on one line: plain text bare, other text in quotes, nothing as `~`.
func rendered(_ node: ConfigNode) -> String {
  switch node.value {
  case .null: return "~"
  case .scalar(let text, .plain): return text.replacing("\n", with: "\\n")
  case .scalar(let text, _): return "\"" + escaped(text) + "\""
  case .sequence(let nodes): return "[" + nodes.map(rendered).joined(separator: ", ") + "]"
  case .mapping(let pairs):
    let members = pairs.map { rendered($0.key) + ": " + rendered($0.value) }
    return "{" + members.joined(separator: ", ") + "}"
  }
}

/// All documents of a text, or its error.
func reading(_ text: String) -> String {
  reading(Array(text.utf8))
}

/// All documents of a text, or its error.
func reading(_ bytes: [UInt8]) -> String {
  do throws(ConfigSyntaxError) {
    return try ConfigReader.read(bytes).map(rendered).joined(separator: " --- ")
  } catch {
    return "\(error.line):\(error.column) \(error.message)"
  }
}

private func escaped(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    case "\t": "\\t"
    case _ where scalar.value < 32 || scalar.value == 0x7f: "\\x\(scalar.value)"
    default: String(Character(scalar))
    }
  }.joined()
}
