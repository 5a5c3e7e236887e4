internal import Codec

/// The entries of a mapping with known keys, each read once by the kind of its value.
struct ConfigurationRecord {
  let node: ConfigNode
  private let entries: [String: ConfigNode]

  /// Throws at what is no mapping, and at the first unknown key, with the nearest known one.
  init(_ node: ConfigNode, _ what: String, keys: [String]) throws(ConfigurationMismatch) {
    guard case .mapping(let pairs) = node.value else {
      throw ConfigurationMismatch(node: node, expected: what)
    }
    self.node = node
    var entries: [String: ConfigNode] = [:]
    for pair in pairs {
      let key = pair.key.text ?? ""
      guard keys.contains(key) else {
        throw ConfigurationMismatch(
          node: pair.key, expected: "one of \(keys.joined(separator: ", "))",
          unknown: (key, NearestWord.of(key, in: keys)))
      }
      if pair.value.scalar != .null { entries[key] = pair.value }
    }
    self.entries = entries
  }

  /// The node under a key; nil for none, and for null.
  subscript(key: String) -> ConfigNode? { entries[key] }

  /// The node under a key that must be there.
  func required(_ key: String, _ expected: String) throws(ConfigurationMismatch) -> ConfigNode {
    guard let node = entries[key] else {
      throw ConfigurationMismatch(node: node, expected: "'\(key)': \(expected)")
    }
    return node
  }

  /// The value under a key, read as `kind`; nil for none.
  func value<Value>(
    _ key: String, _ kind: ConfigurationKind<Value>
  ) throws(ConfigurationMismatch) -> Value? {
    guard let node = entries[key] else { return nil }
    return try kind.read(node)
  }

  /// The value under a key that must be there.
  func required<Value>(
    _ key: String, _ kind: ConfigurationKind<Value>
  ) throws(ConfigurationMismatch) -> Value {
    try kind.read(try required(key, kind.expected))
  }
}
