internal import Pattern

/// Turns a schema's tree into a list of nodes: first every schema in it gets a number and its
/// names, then its demands are read, which may point at any of them.
final class SchemaCompiler {
  private let document: JSONValue
  private(set) var nodes: [SchemaNode] = []
  private(set) var patterns: [(expression: BytePattern, source: String)] = []
  private(set) var dynamicAnchors: [SchemaAnchor: Int] = [:]
  private var sources: [JSONValue] = []
  private var byPlace: [JSONPointer: Int] = [:]
  private var anchors: [SchemaAnchor: Int] = [:]
  /// The schemas with an identifier, by it; and the identifier of each.
  private var resources: [String: Int] = [:]
  private var bases: [Int: SchemaURI] = [:]
  private var patternNumbers: [String: Int] = [:]

  init(_ document: JSONValue) {
    self.document = document
  }

  /// The number of the document's own schema.
  func compile() throws(SchemaError) -> Int {
    bases[0] = SchemaURI("")
    resources[""] = 0
    try register(document, at: JSONPointer(), within: 0)
    for index in nodes.indices {
      var reader = SchemaRuleReader(compiler: self, node: nodes[index], source: sources[index])
      try reader.read()
      nodes[index] = reader.node
    }
    try SchemaLoops.refuse(in: nodes)
    return 0
  }
}

// MARK: Finding the schemas
extension SchemaCompiler {
  private func register(
    _ value: JSONValue, at place: JSONPointer, within resource: Int
  ) throws(SchemaError) {
    guard nodes.count < SchemaLimits.schemas else {
      throw SchemaError(
        place: place, message: "more than \(SchemaLimits.schemas) schemas in one document")
    }
    guard place.steps.count <= 2 * SchemaLimits.depth else {
      throw SchemaError(place: place, message: "schemas deeper than \(SchemaLimits.depth)")
    }
    let index = nodes.count
    switch value {
    case .bool(let isAllowed):
      add(SchemaNode(place: place, resource: resource, isNever: !isAllowed), value)
    case .object(let object):
      let resource = try identify(object, index, at: place, within: resource)
      add(SchemaNode(place: place, resource: resource), value)
      try name(object, index, at: place, within: resource)
      for member in object.members {
        try registerParts(of: member, at: place, within: resource)
      }
    default:
      throw SchemaError(
        place: place, message: "a schema is an object, true or false, not \(value.kind)")
    }
  }

  private func add(_ node: SchemaNode, _ source: JSONValue) {
    byPlace[node.place] = nodes.count
    nodes.append(node)
    sources.append(source)
  }

  private func registerParts(
    of member: JSONObject.Member, at place: JSONPointer, within resource: Int
  ) throws(SchemaError) {
    let keyword = String(decoding: member.name, as: UTF8.self)
    let place = place.appending(member.name)
    guard let kind = SchemaKeyword.known[keyword] else {
      if keyword.hasPrefix("x-") { return }
      throw SchemaError(place: place, message: SchemaKeyword.refusal(of: keyword))
    }
    switch (kind, member.value) {
    case (.schema, let value):
      try register(value, at: place, within: resource)
    case (.schemaList, .array(let values)):
      guard !values.isEmpty else {
        throw SchemaError(place: place, message: "\(keyword) must not be empty")
      }
      for (index, value) in values.enumerated() {
        try register(value, at: place.appending(index), within: resource)
      }
    case (.schemaList, _):
      throw SchemaError(place: place, message: "\(keyword) must be a list of schemas")
    case (.schemaMap, .object(let object)):
      for member in object.members {
        try register(member.value, at: place.appending(member.name), within: resource)
      }
    case (.schemaMap, _):
      throw SchemaError(place: place, message: "\(keyword) must be an object of schemas")
    default: return
    }
  }

  /// The resource that the schema belongs to: itself, when it has an identifier.
  private func identify(
    _ object: JSONObject, _ index: Int, at place: JSONPointer, within resource: Int
  ) throws(SchemaError) -> Int {
    try checkDialect(object, at: place)
    guard let id = try text(object, "$id", at: place) else { return resource }
    let uri = SchemaURI(id).resolved(against: bases[resource] ?? SchemaURI(""))
    guard uri.fragment ?? "" == "" else {
      throw SchemaError(
        place: place.appending("$id"), message: "$id has a fragment: use $anchor for it")
    }
    guard resources[uri.document] == nil || resources[uri.document] == index else {
      throw SchemaError(
        place: place.appending("$id"), message: "another schema has this $id already")
    }
    bases[index] = uri
    resources[uri.document] = index
    return index
  }

  private func checkDialect(
    _ object: JSONObject, at place: JSONPointer
  ) throws(SchemaError) {
    guard let dialect = try text(object, "$schema", at: place) else { return }
    guard dialect == Self.dialect || dialect == Self.dialect + "#" else {
      throw SchemaError(
        place: place.appending("$schema"), message: "only \(Self.dialect) is supported")
    }
  }

  private static let dialect = "https://json-schema.org/draft/2020-12/schema"

  private func name(
    _ object: JSONObject, _ index: Int, at place: JSONPointer, within resource: Int
  ) throws(SchemaError) {
    for keyword in ["$anchor", "$dynamicAnchor"] {
      guard let name = try text(object, keyword, at: place) else { continue }
      let place = place.appending(keyword)
      guard Self.isAnchor(name) else {
        throw SchemaError(
          place: place,
          message: "\(keyword) must be a letter or _, then letters, digits, - _ .")
      }
      let anchor = SchemaAnchor(resource: resource, name: name)
      guard anchors[anchor] == nil || anchors[anchor] == index else {
        throw SchemaError(place: place, message: "another schema has the anchor '\(name)' already")
      }
      anchors[anchor] = index
      if keyword == "$dynamicAnchor" { dynamicAnchors[anchor] = index }
    }
  }

  private static func isAnchor(_ name: String) -> Bool {
    guard let first = name.utf8.first, first == UInt8(ascii: "_") || isLetter(first) else {
      return false
    }
    return name.utf8.allSatisfy { byte in
      isLetter(byte) || byte &- 0x30 < 10 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: ".")
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  private func text(
    _ object: JSONObject, _ keyword: String, at place: JSONPointer
  ) throws(SchemaError) -> String? {
    guard let value = object[keyword] else { return nil }
    guard case .string(let text) = value else {
      throw SchemaError(place: place.appending(keyword), message: "\(keyword) must be text")
    }
    return String(decoding: text, as: UTF8.self)
  }
}

// MARK: Answers to the rules' reader
extension SchemaCompiler {
  /// The number of the schema at `place`, which was registered.
  func node(at place: JSONPointer) -> Int {
    guard let index = byPlace[place] else {
      preconditionFailure("every schema of the document was registered")
    }
    return index
  }

  /// The number of the schema that `reference`, written within `resource`, means; and the name of
  /// its dynamic anchor if it was meant by that.
  func target(
    of reference: String, within resource: Int, at place: JSONPointer
  ) throws(SchemaError) -> (node: Int, dynamicName: String?) {
    let uri = SchemaURI(reference).resolved(against: bases[resource] ?? SchemaURI(""))
    guard let root = resources[uri.document] else {
      throw SchemaError(
        place: place, message: "'\(reference)' lies outside this document, which is not fetched")
    }
    guard let fragment = SchemaURI.decoded(uri.fragment ?? "") else {
      throw SchemaError(place: place, message: "'\(reference)' has a broken % escape")
    }
    if let pointer = JSONPointer(fragment) {
      let target = JSONPointer(steps: nodes[root].place.steps + pointer.steps)
      guard let node = byPlace[target] else {
        throw SchemaError(place: place, message: "'\(reference)' leads to no schema")
      }
      return (node, nil)
    }
    let anchor = SchemaAnchor(resource: root, name: fragment)
    guard let node = anchors[anchor] else {
      throw SchemaError(place: place, message: "there is no anchor '\(fragment)'")
    }
    return (node, dynamicAnchors[anchor] == nil ? nil : fragment)
  }

  /// The number of an expression, compiled when it is met first.
  func pattern(_ source: String, at place: JSONPointer) throws(SchemaError) -> Int {
    if let number = patternNumbers[source] { return number }
    do {
      let expression = try BytePattern(
        SchemaPattern.translated(source), options: .negativeLookahead)
      patterns.append((expression, source))
    } catch {
      throw SchemaError(place: place, message: "the expression '\(source)': \(error.message)")
    }
    patternNumbers[source] = patterns.count - 1
    return patterns.count - 1
  }
}

/// Expressions as ECMA-262 writes them, for the house's engine.
enum SchemaPattern {
  /// `\uXXXX` and `\u{X}` become `\x{X}`; all else is the same in both, or refused.
  static func translated(_ source: String) -> [UInt8] {
    var output: [UInt8] = []
    var rest = Array(source.utf8)[...]
    while let byte = rest.popFirst() {
      output.append(byte)
      guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else { continue }
      guard next == UInt8(ascii: "u") else {
        output.append(next)
        continue
      }
      output.append(UInt8(ascii: "x"))
      guard rest.first != UInt8(ascii: "{") else { continue }
      output += [UInt8(ascii: "{")] + rest.prefix(4) + [UInt8(ascii: "}")]
      rest = rest.dropFirst(4)
    }
    return output
  }
}
