package import Codec

/// A JSON value as a tree: what a schema judges and a path walks. Texts are UTF-8 and equal when
/// their bytes are; numbers are equal when their values are; objects whatever the order.
package indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string([UInt8])
  case array([JSONValue])
  case object(JSONObject)

  /// A text.
  package static func text(_ text: String) -> JSONValue { .string(Array(text.utf8)) }

  /// The names JSON Schema gives the kinds of values, but for `integer`.
  package var kind: StaticString {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

/// The members of an object in the order written, each name once.
package struct JSONObject: Sendable {
  /// One member.
  package struct Member: Hashable, Sendable {
    package let name: [UInt8]
    package internal(set) var value: JSONValue

    /// A member called `name`.
    package init(name: [UInt8], value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// The members, in the order their names first came.
  package private(set) var members: [Member] = []
  /// Where each name stands, once there are more than a glance takes in.
  private var places: [[UInt8]: Int] = [:]
  private static let glance = 8

  /// An object without members.
  package init() {}

  /// An object of these members; of a name given twice the last value holds.
  package init(_ members: some Sequence<(String, JSONValue)>) {
    for (name, value) in members { set(Array(name.utf8), to: value) }
  }

  /// The place of the member called `name`.
  package func index(of name: [UInt8]) -> Int? {
    places.isEmpty ? members.firstIndex { $0.name == name } : places[name]
  }

  /// The value of the member called `name`.
  package subscript(name: [UInt8]) -> JSONValue? {
    index(of: name).map { members[$0].value }
  }

  /// The value of the member called `name`.
  package subscript(name: String) -> JSONValue? { self[Array(name.utf8)] }

  /// Adds a member, or gives the one of this name another value.
  package mutating func set(_ name: [UInt8], to value: JSONValue) {
    if let index = index(of: name) {
      members[index].value = value
      return
    }
    members.append(Member(name: name, value: value))
    if members.count == Self.glance + 1 {
      for (index, member) in members.enumerated() { places[member.name] = index }
    } else if members.count > Self.glance {
      places[name] = members.count - 1
    }
  }
}

extension JSONObject: Hashable {
  package static func == (left: Self, right: Self) -> Bool {
    left.members.count == right.members.count
      && left.members.allSatisfy { right[$0.name] == $0.value }
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(members.reduce(into: members.count) { sum, member in sum ^= member.hashValue })
  }
}

extension JSONValue {
  /// What a node of a configuration means: plain scalars by YAML's core schema, which for JSON is
  /// JSON's own. A number that JSON cannot say, such as `.inf`, is its text.
  package init(_ node: ConfigNode) {
    switch node.value {
    case .null: self = .null
    case .sequence(let nodes): self = .array(nodes.map { JSONValue($0) })
    case .mapping(let pairs):
      self = .object(JSONObject(pairs.map { ($0.key.text ?? "", JSONValue($0.value)) }))
    case .scalar(let text, _):
      switch node.scalar {
      case .null?: self = .null
      case .bool(let flag)?: self = .bool(flag)
      case .int(let whole)?: self = .number(JSONNumber(whole))
      case .double?: self = JSONNumber(text.utf8).map { .number($0) } ?? .text(text)
      default: self = .text(text)
      }
    }
  }

  /// Adds its JSON text.
  package func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .bool(let flag): writer.value(flag)
    case .number(let number): writer.value(json: Array(number.text.utf8))
    case .string(let text): writer.value(utf8: text)
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .object(let object):
      writer.beginObject()
      for member in object.members {
        writer.key(String(decoding: member.name, as: UTF8.self))
        member.value.write(to: &writer)
      }
      writer.endObject()
    }
  }

  /// Its JSON text, without spaces.
  package var json: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }
}
