internal import Codec
internal import PromQL

/// A JSON record of our own as it is read back.
struct RecordNode {
  private let node: ConfigNode

  /// Nil for what is no JSON.
  init?(_ bytes: [UInt8]) {
    do throws(ConfigSyntaxError) {
      guard let node = try ConfigReader.read(bytes).first else { return nil }
      self.node = node
    } catch {
      return nil
    }
  }

  private init(_ node: ConfigNode) { self.node = node }

  /// The text of a scalar.
  var text: String? { node.scalar == .null ? nil : node.text }

  /// The number of a scalar.
  var number: Double? {
    switch node.scalar {
    case .int(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }

  /// The member `key`; nil for none and for null.
  subscript(key: String) -> RecordNode? {
    guard let member = node[key], member.scalar != .null else { return nil }
    return RecordNode(member)
  }

  func text(_ key: String) -> String? { self[key]?.text }

  func number(_ key: String) -> Double? { self[key]?.number }

  func whole(_ key: String) -> Int64? {
    guard case .int(let number)? = node[key]?.scalar else { return nil }
    return Int64(number)
  }

  func list(_ key: String) -> [RecordNode] { self[key]?.elements ?? [] }

  /// The elements of a list.
  var elements: [RecordNode] {
    guard case .sequence(let nodes) = node.value else { return [] }
    return nodes.map(RecordNode.init)
  }

  /// The names and texts of an object.
  func labels(_ key: String) -> [Label] {
    (self[key]?.members ?? []).compactMap { name, node in node.text.map { Label(name, $0) } }
  }

  /// The members of an object, in their order.
  var members: [(name: String, node: RecordNode)] {
    guard case .mapping(let pairs) = node.value else { return [] }
    return pairs.map { ($0.key.text ?? "", RecordNode($0.value)) }
  }
}

extension JSONWriter {
  /// Members with texts.
  mutating func members(_ texts: KeyValuePairs<StaticString, String>) {
    for (name, text) in texts {
      key(name)
      value(text)
    }
  }

  /// A list of texts.
  mutating func values(_ texts: [String]) {
    beginArray()
    for text in texts { value(text) }
    endArray()
  }

  /// An object of names and texts.
  mutating func labels(_ labels: [Label]) {
    beginObject()
    for label in labels {
      key(label.name)
      value(label.value)
    }
    endObject()
  }

  /// A member with a number, or null.
  mutating func member(_ name: StaticString, _ number: Double?) {
    key(name)
    if let number { value(number) } else { null() }
  }

  /// A member with a whole number, or null.
  mutating func member(_ name: StaticString, _ number: Int64?) {
    key(name)
    if let number { value(number) } else { null() }
  }
}
