internal import Codec
internal import Pattern
internal import Quality

/// A value of the wrong kind, and the node it stands at.
struct ConfigurationMismatch: Error {
  let node: ConfigNode
  let expected: String
  /// The key that is not known, where that is what is wrong, and the known one most like it.
  var unknown: (key: String, nearest: String)?
  /// All that is wrong, where a room's own reader found several things at once; else empty.
  var problems: [SettingsProblem] = []
}

/// How values of one type are read from a node and printed.
struct ConfigurationKind<Value: Sendable>: Sendable {
  /// The word for it in tables.
  let name: String
  /// What a user should write.
  let expected: String
  let read: @Sendable (ConfigNode) throws(ConfigurationMismatch) -> Value
  let show: @Sendable (Value) -> ConfigurationValue
}

extension ConfigurationKind {
  /// A kind written as one scalar, which `parse` refuses by nil.
  init(
    scalar name: String, _ expected: String,
    show: @escaping @Sendable (Value) -> ConfigurationValue,
    parse: @escaping @Sendable (ConfigNode) -> Value?
  ) {
    self.init(
      name: name, expected: expected,
      read: { node throws(ConfigurationMismatch) in
        guard let value = parse(node) else {
          throw ConfigurationMismatch(node: node, expected: expected)
        }
        return value
      },
      show: show)
  }
}

extension ConfigurationKind<Bool> {
  static let flag = ConfigurationKind(
    scalar: "true or false", "true or false", show: { .flag($0) },
    parse: { node in
      if case .bool(let value) = node.scalar { value } else { nil }
    })
}

extension ConfigurationKind<Int> {
  static func size(_ range: ClosedRange<Int>) -> ConfigurationKind {
    let least = ConfigurationUnits.text(ofSize: range.lowerBound)
    let most = ConfigurationUnits.text(ofSize: range.upperBound)
    return ConfigurationKind(
      scalar: "size", "a size from \(least) to \(most), such as 512KiB, 10MB or a number of bytes",
      show: { .text(ConfigurationUnits.text(ofSize: $0)) },
      parse: { node in
        let size = node.text.flatMap { ConfigurationUnits.size($0) }
        return size.flatMap { range.contains($0) ? $0 : nil }
      })
  }

  static func count(_ range: ClosedRange<Int>) -> ConfigurationKind {
    ConfigurationKind(
      scalar: "number", "a whole number from \(range.lowerBound) to \(range.upperBound)",
      show: { .number($0) },
      parse: { node in
        guard case .int(let number) = node.scalar, range.contains(number) else { return nil }
        return number
      })
  }
}

extension ConfigurationKind<Duration> {
  static func duration(_ range: ClosedRange<Duration>) -> ConfigurationKind {
    let least = ConfigurationUnits.text(of: range.lowerBound)
    let most = ConfigurationUnits.text(of: range.upperBound)
    return ConfigurationKind(
      scalar: "duration", "a duration from \(least) to \(most), such as 20ms, 30s, 5m, 1h or 7d",
      show: { .text(ConfigurationUnits.text(of: $0)) },
      parse: { node in
        let duration = node.text.flatMap { ConfigurationUnits.duration($0) }
        return duration.flatMap { range.contains($0) ? $0 : nil }
      })
  }
}

extension ConfigurationKind<String> {
  static func text(_ name: String, _ expected: String) -> ConfigurationKind {
    ConfigurationKind(
      scalar: name, expected, show: { .text($0) },
      parse: { node in
        guard node.scalar != .null, let text = node.text, !text.isEmpty else { return nil }
        return text
      })
  }
}

extension ConfigurationKind where Value: CaseIterable & RawRepresentable<String> {
  static var choice: ConfigurationKind {
    let words = Value.allCases.map(\.rawValue)
    return ConfigurationKind(
      scalar: words.joined(separator: "|"), words.joined(separator: " or "),
      show: { .text($0.rawValue) }, parse: { $0.text.flatMap { Value(rawValue: $0) } })
  }
}

extension ConfigurationKind<ConfigurationAddress> {
  static let address = ConfigurationKind(
    scalar: "address", "HOST:PORT, [IPv6]:PORT or unix:PATH", show: { .text($0.description) },
    parse: { $0.text.flatMap { ConfigurationAddress($0) } })
}

extension ConfigurationKind<ConfigurationAddress?> {
  static let networkAddressOrOff = ConfigurationKind(
    scalar: "address|off", "HOST:PORT, [IPv6]:PORT or off",
    show: { .text($0?.description ?? "off") },
    parse: { node -> ConfigurationAddress?? in
      if node.text == "off" { return .some(nil) }
      guard let address = node.text.flatMap({ ConfigurationAddress($0) }), case .network = address
      else { return nil }
      return address
    })
}

extension ConfigurationKind {
  /// A list of values of another kind.
  static func list<Element>(
    of kind: ConfigurationKind<Element>
  ) -> ConfigurationKind where Value == [Element] {
    let expected = "a list, each entry \(kind.expected)"
    return ConfigurationKind(
      name: "list of \(kind.name)", expected: expected,
      read: { node throws(ConfigurationMismatch) in
        guard case .sequence(let nodes) = node.value else {
          throw ConfigurationMismatch(node: node, expected: expected)
        }
        return try nodes.map { node throws(ConfigurationMismatch) in try kind.read(node) }
      },
      show: { .list($0.map(kind.show)) })
  }
}

extension ConfigurationKind<Configuration.RedactionPattern> {
  static let redactionPattern = ConfigurationKind(
    name: "{name, regex}", expected: "{name: WORD, regex: EXPRESSION}",
    read: readPattern,
    show: { .record([("name", .text($0.name)), ("regex", .text($0.regex))]) })

  @Sendable
  private static func readPattern(
    _ node: ConfigNode
  ) throws(ConfigurationMismatch) -> Configuration.RedactionPattern {
    let expected = "{name: WORD, regex: EXPRESSION}"
    guard case .mapping(let pairs) = node.value, let name = node["name"], let regex = node["regex"]
    else { throw ConfigurationMismatch(node: node, expected: expected) }
    if let unknown = pairs.first(where: { $0.key.text != "name" && $0.key.text != "regex" }) {
      throw ConfigurationMismatch(node: unknown.key, expected: expected)
    }
    return try Configuration.RedactionPattern(
      name: patternName(name), regex: expression(regex))
  }

  private static func patternName(_ node: ConfigNode) throws(ConfigurationMismatch) -> String {
    guard let text = node.text, !text.isEmpty, text.utf8.count <= 64,
      text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) })
    else {
      throw ConfigurationMismatch(
        node: node, expected: "a name of at most 64 letters, digits and '_', '-', '.'")
    }
    return text
  }

  private static func expression(_ node: ConfigNode) throws(ConfigurationMismatch) -> String {
    guard let text = node.text, !text.isEmpty else {
      throw ConfigurationMismatch(node: node, expected: "a regular expression")
    }
    do throws(PatternError) {
      _ = try BytePattern(text)
      return text
    } catch {
      throw ConfigurationMismatch(
        node: node,
        expected:
          "a regular expression in RE2's syntax (\(error.message) at byte \(error.position))")
    }
  }
}
