/// Reads the demands of one schema, in the order they are to be checked: what looks at other
/// demands' outcome comes last.
struct SchemaRuleReader {
  private let compiler: SchemaCompiler
  private(set) var node: SchemaNode
  private let object: JSONObject

  init(compiler: SchemaCompiler, node: SchemaNode, source: JSONValue) {
    self.compiler = compiler
    self.node = node
    if case .object(let object) = source { self.object = object } else { object = JSONObject() }
  }

  mutating func read() throws(SchemaError) {
    try readAny()
    try readNumbers()
    try readTexts()
    try readArrays()
    try readObjects()
    try readReferences()
    try readLogic()
    readChildren()
    try readContains()
    readUnevaluated()
  }

  private func place(_ keyword: String) -> JSONPointer { node.place.appending(keyword) }

  private func fail(_ keyword: String, _ message: String) -> SchemaError {
    SchemaError(place: place(keyword), message: "\(keyword) \(message)")
  }
}

// MARK: Demands of the validation vocabulary
extension SchemaRuleReader {
  private mutating func readAny() throws(SchemaError) {
    if let value = object["type"] { node.rules.append(.type(try types(value))) }
    if let value = object["const"] { node.rules.append(.oneValue(value)) }
    if let value = object["enum"] {
      guard case .array(let values) = value else { throw fail("enum", "must be a list of values") }
      node.rules.append(.values(Set(values)))
    }
  }

  private func types(_ value: JSONValue) throws(SchemaError) -> SchemaTypes {
    let values: [JSONValue] = if case .array(let values) = value { values } else { [value] }
    var types = SchemaTypes()
    for value in values {
      guard case .string(let name) = value,
        let known = SchemaTypes.named.first(where: { Array($0.name.utf8) == name })
      else {
        let names = SchemaTypes.named.map(\.name).joined(separator: " ")
        throw fail("type", "must be one or a list of: \(names)")
      }
      types.insert(known.type)
    }
    guard !values.isEmpty else { throw fail("type", "must name a type") }
    return types
  }

  private mutating func readNumbers() throws(SchemaError) {
    if let number = try number("multipleOf") {
      guard number.isShortDivisor else {
        throw fail("multipleOf", "must be above 0 and have at most 18 digits")
      }
      node.rules.append(.multipleOf(number))
    }
    if let number = try number("maximum") { node.rules.append(.maximum(number)) }
    if let number = try number("exclusiveMaximum") { node.rules.append(.exclusiveMaximum(number)) }
    if let number = try number("minimum") { node.rules.append(.minimum(number)) }
    if let number = try number("exclusiveMinimum") { node.rules.append(.exclusiveMinimum(number)) }
  }

  private mutating func readTexts() throws(SchemaError) {
    if let count = try count("maxLength") { node.rules.append(.maxLength(count)) }
    if let count = try count("minLength") { node.rules.append(.minLength(count)) }
    if let source = try text("pattern") {
      node.rules.append(.pattern(try compiler.pattern(source, at: place("pattern"))))
    }
  }

  private mutating func readArrays() throws(SchemaError) {
    if let count = try count("maxItems") { node.rules.append(.maxItems(count)) }
    if let count = try count("minItems") { node.rules.append(.minItems(count)) }
    if let value = object["uniqueItems"] {
      guard case .bool(let isUnique) = value else {
        throw fail("uniqueItems", "must be true or false")
      }
      if isUnique { node.rules.append(.uniqueItems) }
    }
  }

  private mutating func readObjects() throws(SchemaError) {
    if let count = try count("maxProperties") { node.rules.append(.maxProperties(count)) }
    if let count = try count("minProperties") { node.rules.append(.minProperties(count)) }
    if let value = object["required"] {
      node.rules.append(.required(try names(value, "required")))
    }
    if let value = object["dependentRequired"] {
      guard case .object(let entries) = value else {
        throw fail("dependentRequired", "must be an object of lists of names")
      }
      var needs: [(name: [UInt8], needs: [[UInt8]])] = []
      for entry in entries.members {
        needs.append((entry.name, try names(entry.value, "dependentRequired")))
      }
      node.rules.append(.dependentRequired(needs))
    }
  }

  private func names(_ value: JSONValue, _ keyword: String) throws(SchemaError) -> [[UInt8]] {
    guard case .array(let values) = value else { throw fail(keyword, "must be a list of names") }
    var names: [[UInt8]] = []
    for value in values {
      guard case .string(let name) = value else { throw fail(keyword, "must hold only names") }
      names.append(name)
    }
    return names
  }

  private func number(_ keyword: String) throws(SchemaError) -> JSONNumber? {
    guard let value = object[keyword] else { return nil }
    guard case .number(let number) = value else { throw fail(keyword, "must be a number") }
    return number
  }

  private func count(_ keyword: String) throws(SchemaError) -> Int? {
    guard let value = object[keyword] else { return nil }
    guard case .number(let number) = value, let count = number.int, count >= 0 else {
      throw fail(keyword, "must be a whole number of 0 or more")
    }
    return count
  }

  private func text(_ keyword: String) throws(SchemaError) -> String? {
    guard let value = object[keyword] else { return nil }
    guard case .string(let text) = value else { throw fail(keyword, "must be text") }
    return String(decoding: text, as: UTF8.self)
  }
}

// MARK: Applicators
extension SchemaRuleReader {
  private mutating func readReferences() throws(SchemaError) {
    if let reference = try text("$ref") {
      let target = try compiler.target(
        of: reference, within: node.resource, at: place("$ref"))
      node.rules.append(.reference(target.node))
    }
    if let reference = try text("$dynamicRef") {
      let target = try compiler.target(
        of: reference, within: node.resource, at: place("$dynamicRef"))
      node.rules.append(
        target.dynamicName.map { .dynamicReference(target.node, name: $0) }
          ?? .reference(target.node))
    }
  }

  private mutating func readLogic() throws(SchemaError) {
    if let parts = list("allOf") { node.rules.append(.allOf(parts)) }
    if let parts = list("anyOf") { node.rules.append(.anyOf(parts)) }
    if let parts = list("oneOf") { node.rules.append(.oneOf(parts)) }
    if let part = part("not") { node.rules.append(.not(part)) }
    if let condition = part("if") {
      node.rules.append(.condition(if: condition, then: part("then"), else: part("else")))
    }
    if let entries = map("dependentSchemas") { node.rules.append(.dependentSchemas(entries)) }
    if let part = part("propertyNames") { node.rules.append(.propertyNames(part)) }
    var members = SchemaMembers()
    for entry in map("properties") ?? [] { members.named[entry.name] = entry.node }
    for entry in map("patternProperties") ?? [] {
      let place = place("patternProperties").appending(entry.name)
      let source = String(decoding: entry.name, as: UTF8.self)
      members.patterns.append((try compiler.pattern(source, at: place), entry.node))
    }
    members.additional = part("additionalProperties")
    let isEmpty = members.named.isEmpty && members.patterns.isEmpty && members.additional == nil
    if !isEmpty { node.rules.append(.members(members)) }
  }

  private mutating func readChildren() {
    let (prefix, rest) = (list("prefixItems") ?? [], part("items"))
    if !prefix.isEmpty || rest != nil { node.rules.append(.items(prefix: prefix, rest: rest)) }
  }

  private mutating func readContains() throws(SchemaError) {
    let (least, most) = (try count("minContains") ?? 1, try count("maxContains"))
    guard let part = part("contains") else { return }
    node.rules.append(.contains(part, least: least, most: most))
  }

  private mutating func readUnevaluated() {
    if let part = part("unevaluatedItems") { node.rules.append(.unevaluatedItems(part)) }
    if let part = part("unevaluatedProperties") {
      node.rules.append(.unevaluatedProperties(part))
    }
    node.needsMarks = part("unevaluatedItems") != nil || part("unevaluatedProperties") != nil
  }

  private func part(_ keyword: String) -> Int? {
    object[keyword].map { _ in compiler.node(at: place(keyword)) }
  }

  private func list(_ keyword: String) -> [Int]? {
    guard case .array(let values)? = object[keyword] else { return nil }
    return values.indices.map { compiler.node(at: place(keyword).appending($0)) }
  }

  private func map(_ keyword: String) -> [(name: [UInt8], node: Int)]? {
    guard case .object(let entries)? = object[keyword] else { return nil }
    return entries.members.map {
      ($0.name, compiler.node(at: place(keyword).appending($0.name)))
    }
  }
}
