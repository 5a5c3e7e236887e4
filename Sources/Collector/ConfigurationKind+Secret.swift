internal import Codec

extension ConfigurationKind<Secret> {
  /// A text, or where it stands: what is printed never tells more than its end.
  static func secret(_ what: String) -> ConfigurationKind {
    let expected = "\(what), {env: NAME} or {file: PATH}"
    return ConfigurationKind(
      name: "secret", expected: expected,
      read: { node throws(ConfigurationMismatch) in
        if case .mapping = node.value {
          let record = try ConfigurationRecord(node, expected, keys: ["env", "file"])
          let name = ConfigurationKind<String>.text("name", "the name of a variable")
          let path = ConfigurationKind<String>.text("path", "the path of a file")
          switch (try record.value("env", name), try record.value("file", path)) {
          case (let name?, nil): return Secret(from: .environment(name))
          case (nil, let path?): return Secret(from: .file(path))
          default: throw ConfigurationMismatch(node: node, expected: expected)
          }
        }
        guard node.scalar != .null, let text = node.text, !text.isEmpty else {
          throw ConfigurationMismatch(node: node, expected: expected)
        }
        return Secret(text)
      },
      show: { secret in
        switch secret.source {
        case .text: .text(secret.description)
        case .environment(let name): .record([("env", .text(name))])
        case .file(let path): .record([("file", .text(path))])
        }
      })
  }
}
