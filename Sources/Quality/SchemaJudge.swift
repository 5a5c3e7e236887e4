internal import Pattern

/// Judges values by one schema; the scratch memory of one thread, kept between calls.
package final class SchemaJudge {
  /// What values are judged by.
  package let schema: JSONSchema
  private var matchers: [PatternMatcher?]
  private var found: [SchemaViolation] = []
  /// Why judging was given up: the verdict on the whole is then unknown.
  private var surrender: SchemaViolation?
  private var limit = 1
  private var steps = 0
  private var depth = 0
  private var instancePlace = JSONPointer()
  /// The resources entered on the way here, outermost first: where dynamic references look.
  private var scope: [Int] = []
  /// Above 0 while a schema is only tried, whose violations are nobody's business.
  private var trials = 0

  /// A judge for one thread.
  package init(_ schema: JSONSchema) {
    self.schema = schema
    matchers = Array(repeating: nil, count: schema.patterns.count)
  }

  /// Whether `instance` is right; stops at the first thing that is not.
  package func accepts(_ instance: JSONValue) -> Bool {
    violations(of: instance, limit: 1).isEmpty
  }

  /// What is wrong with `instance`: nothing, or as many violations as `limit` allows.
  package func violations(
    of instance: JSONValue, limit: Int = SchemaLimits.violations
  ) -> [SchemaViolation] {
    self.limit = max(1, limit)
    (steps, depth, trials) = (0, 0, 0)
    (found, scope, instancePlace) = ([], [], JSONPointer())
    var marks: SchemaMarks?
    surrender = nil
    let isRight = apply(schema.root, to: instance, &marks)
    if let surrender { return [surrender] }
    precondition(isRight == found.isEmpty, "whatever is not right is said")
    return found
  }
}

/// Which members or elements of one value some schema has looked at.
struct SchemaMarks {
  var isMarked: [Bool]

  init(for value: JSONValue) {
    switch value {
    case .array(let elements): isMarked = Array(repeating: false, count: elements.count)
    case .object(let object): isMarked = Array(repeating: false, count: object.members.count)
    default: isMarked = []
    }
  }

  mutating func add(_ other: SchemaMarks) {
    for index in other.isMarked.indices where other.isMarked[index] { isMarked[index] = true }
  }
}

// MARK: Applying schemas
extension SchemaJudge {
  /// Whether `value` is right by the schema; `marks`, where kept, take what it has looked at.
  private func apply(_ index: Int, to value: JSONValue, _ marks: inout SchemaMarks?) -> Bool {
    let node = schema.nodes[index]
    steps += 1
    guard steps <= SchemaLimits.steps else {
      return giveUp(node, "a value judged in \(SchemaLimits.steps) steps")
    }
    guard depth < SchemaLimits.depth else {
      return giveUp(node, "less than \(SchemaLimits.depth) schemas in each other")
    }
    if node.isNever { return refuseAll(node) }
    depth += 1
    let entersResource = scope.last != node.resource
    if entersResource { scope.append(node.resource) }
    defer {
      depth -= 1
      if entersResource { scope.removeLast() }
    }
    var own = marks == nil && !node.needsMarks ? nil : SchemaMarks(for: value)
    var isRight = true
    for rule in node.rules {
      if check(rule, of: node, on: value, &own) { continue }
      isRight = false
      if trials > 0 || isOver { return false }
    }
    if isRight, let own { marks?.add(own) }
    return isRight
  }

  private var isOver: Bool { found.count >= limit || surrender != nil }

  /// Whether `value` is right, without saying why not.
  private func tries(_ index: Int, on value: JSONValue, _ marks: inout SchemaMarks?) -> Bool {
    trials += 1
    defer { trials -= 1 }
    return apply(index, to: value, &marks)
  }

  private func refuse(_ node: SchemaNode, _ keyword: String, _ expected: String) -> Bool {
    if trials == 0, found.count < limit {
      found.append(
        SchemaViolation(
          instance: instancePlace, schema: node.place.appending(keyword), keyword: keyword,
          expected: expected))
    }
    return false
  }

  /// Refuses by a schema that is `false`, in the name of the keyword that holds it.
  private func refuseAll(_ node: SchemaNode) -> Bool {
    if trials == 0, found.count < limit {
      let holder = String(decoding: node.place.steps.last ?? [], as: UTF8.self)
      let isKeyword = SchemaKeyword.known[holder] == .schema
      found.append(
        SchemaViolation(
          instance: instancePlace, schema: node.place, keyword: isKeyword ? holder : "false",
          expected: "nothing here"))
    }
    return false
  }

  /// Notes that no verdict can be had.
  private func giveUp(_ node: SchemaNode, _ expected: String) -> Bool {
    if surrender == nil {
      surrender = SchemaViolation(
        instance: instancePlace, schema: node.place, keyword: "limit", expected: expected)
    }
    return false
  }

  private func check(
    _ rule: SchemaRule, of node: SchemaNode, on value: JSONValue, _ marks: inout SchemaMarks?
  ) -> Bool {
    switch rule {
    case .reference(let target):
      return apply(target, to: value, &marks)
    case .dynamicReference(let target, let name):
      return apply(dynamicTarget(name) ?? target, to: value, &marks)
    case .allOf(let parts):
      return all(parts) { apply($0, to: value, &marks) }
    case .anyOf(let parts):
      return anyOf(parts, node, value, &marks)
    case .oneOf(let parts):
      return oneOf(parts, node, value, &marks)
    case .not(let part):
      var none: SchemaMarks?
      return !tries(part, on: value, &none) || refuse(node, "not", "no such value")
    case .condition(let test, let then, let otherwise):
      let branch = tries(test, on: value, &marks) ? then : otherwise
      return branch.map { apply($0, to: value, &marks) } ?? true
    default:
      return checkInside(rule, of: node, on: value, &marks) && checkPlain(rule, node, value)
    }
  }

  private func checkInside(
    _ rule: SchemaRule, of node: SchemaNode, on value: JSONValue, _ marks: inout SchemaMarks?
  ) -> Bool {
    switch value {
    case .object(let object): checkObject(rule, node, object, &marks)
    case .array(let elements): checkArray(rule, node, elements, &marks)
    default: true
    }
  }

  /// Whether every one is right; all are looked at as long as violations are wanted.
  private func all<Element>(_ elements: some Sequence<Element>, _ test: (Element) -> Bool) -> Bool {
    var isRight = true
    for element in elements where !test(element) {
      isRight = false
      if trials > 0 || isOver { break }
    }
    return isRight
  }

  private func dynamicTarget(_ name: String) -> Int? {
    for resource in scope {
      if let node = schema.dynamicAnchors[SchemaAnchor(resource: resource, name: name)] {
        return node
      }
    }
    return nil
  }

  private func anyOf(
    _ parts: [Int], _ node: SchemaNode, _ value: JSONValue, _ marks: inout SchemaMarks?
  ) -> Bool {
    var isRight = false
    for part in parts {
      if tries(part, on: value, &marks) {
        isRight = true
        // What further ones have looked at matters only where somebody asks for it.
        if marks == nil { break }
      }
    }
    return isRight || refuse(node, "anyOf", "a value right by one of \(parts.count) schemas")
  }

  private func oneOf(
    _ parts: [Int], _ node: SchemaNode, _ value: JSONValue, _ marks: inout SchemaMarks?
  ) -> Bool {
    var count = 0
    for part in parts where count < 2 && tries(part, on: value, &marks) { count += 1 }
    if count == 1 { return true }
    let excess = count == 0 ? "none is" : "more are"
    return refuse(
      node, "oneOf", "a value right by exactly one of \(parts.count) schemas (\(excess))")
  }
}

// MARK: Members and elements
extension SchemaJudge {
  /// Whether a member or element is right by the schema.
  private func applyInside(_ index: Int, _ step: [UInt8], _ value: JSONValue) -> Bool {
    instancePlace.push(step)
    defer { instancePlace.pop() }
    var none: SchemaMarks?
    return apply(index, to: value, &none)
  }

  private func applyInside(_ index: Int, _ element: Int, _ value: JSONValue) -> Bool {
    applyInside(index, Array(String(element).utf8), value)
  }

  private func checkObject(
    _ rule: SchemaRule, _ node: SchemaNode, _ object: JSONObject, _ marks: inout SchemaMarks?
  ) -> Bool {
    switch rule {
    case .maxProperties(let most):
      return object.members.count <= most
        || refuse(node, "maxProperties", "at most \(most) members")
    case .minProperties(let least):
      return object.members.count >= least
        || refuse(node, "minProperties", "at least \(least) members")
    case .required(let names):
      return requires(names, of: object, node, "required")
    case .dependentRequired(let entries):
      return all(entries) { entry in
        object.index(of: entry.name) == nil
          || requires(entry.needs, of: object, node, "dependentRequired")
      }
    case .dependentSchemas(let entries):
      return all(entries) { entry in
        object.index(of: entry.name) == nil || apply(entry.node, to: .object(object), &marks)
      }
    case .propertyNames(let part):
      return all(object.members) { applyInside(part, $0.name, .string($0.name)) }
    case .members(let members):
      return all(object.members.indices) { index in
        checkMember(object.members[index], index, by: members, &marks)
      }
    case .unevaluatedProperties(let part):
      return all(object.members.indices) { index in
        if marks?.isMarked[index] ?? false { return true }
        marks?.isMarked[index] = true
        return applyInside(part, object.members[index].name, object.members[index].value)
      }
    default: return true
    }
  }

  private func requires(
    _ names: [[UInt8]], of object: JSONObject, _ node: SchemaNode, _ keyword: String
  ) -> Bool {
    all(names) { name in
      object.index(of: name) != nil
        || refuse(node, keyword, "a member '\(String(decoding: name, as: UTF8.self))'")
    }
  }

  private func checkMember(
    _ member: JSONObject.Member, _ index: Int, by members: SchemaMembers,
    _ marks: inout SchemaMarks?
  ) -> Bool {
    var parts: [Int] = []
    if let part = members.named[member.name] { parts.append(part) }
    for (pattern, part) in members.patterns where isFound(pattern, in: member.name) {
      parts.append(part)
    }
    if parts.isEmpty, let additional = members.additional { parts = [additional] }
    guard !parts.isEmpty else { return true }
    marks?.isMarked[index] = true
    return all(parts) { applyInside($0, member.name, member.value) }
  }

  private func checkArray(
    _ rule: SchemaRule, _ node: SchemaNode, _ elements: [JSONValue], _ marks: inout SchemaMarks?
  ) -> Bool {
    switch rule {
    case .maxItems(let most):
      return elements.count <= most || refuse(node, "maxItems", "at most \(most) elements")
    case .minItems(let least):
      return elements.count >= least || refuse(node, "minItems", "at least \(least) elements")
    case .uniqueItems:
      return Set(elements).count == elements.count
        || refuse(node, "uniqueItems", "no two equal elements")
    case .items(let prefix, let rest):
      return all(elements.indices) { index in
        guard let part = index < prefix.count ? prefix[index] : rest else { return true }
        marks?.isMarked[index] = true
        return applyInside(part, index, elements[index])
      }
    case .contains(let part, let least, let most):
      return contains(part, least, most, node, elements, &marks)
    case .unevaluatedItems(let part):
      return all(elements.indices) { index in
        if marks?.isMarked[index] ?? false { return true }
        marks?.isMarked[index] = true
        return applyInside(part, index, elements[index])
      }
    default: return true
    }
  }

  private func contains(
    _ part: Int, _ least: Int, _ most: Int?, _ node: SchemaNode, _ elements: [JSONValue],
    _ marks: inout SchemaMarks?
  ) -> Bool {
    var count = 0
    trials += 1
    for index in elements.indices where applyInside(part, index, elements[index]) {
      count += 1
      marks?.isMarked[index] = true
    }
    trials -= 1
    if count < least {
      let keyword = least == 1 ? "contains" : "minContains"
      return refuse(node, keyword, "at least \(least) elements right by a schema")
    }
    if let most, count > most {
      return refuse(node, "maxContains", "at most \(most) elements right by a schema")
    }
    return true
  }
}

// MARK: Values by themselves
extension SchemaJudge {
  private func checkPlain(_ rule: SchemaRule, _ node: SchemaNode, _ value: JSONValue) -> Bool {
    switch (rule, value) {
    case (.type(let types), _):
      types.holds(value) || refuse(node, "type", "\(types.text), found \(value.kind)")
    case (.oneValue(let expected), _):
      value == expected
        || refuse(node, "const", "the value \(String(decoding: expected.json, as: UTF8.self))")
    case (.values(let values), _):
      values.contains(value) || refuse(node, "enum", "one of \(values.count) values")
    case (.multipleOf(let divisor), .number(let number)):
      number.isMultiple(of: divisor)
        || refuse(node, "multipleOf", "a multiple of \(divisor.text)")
    case (.maximum(let bound), .number(let number)):
      number <= bound || refuse(node, "maximum", "at most \(bound.text)")
    case (.exclusiveMaximum(let bound), .number(let number)):
      number < bound || refuse(node, "exclusiveMaximum", "less than \(bound.text)")
    case (.minimum(let bound), .number(let number)):
      number >= bound || refuse(node, "minimum", "at least \(bound.text)")
    case (.exclusiveMinimum(let bound), .number(let number)):
      number > bound || refuse(node, "exclusiveMinimum", "more than \(bound.text)")
    case (.maxLength(let most), .string(let text)):
      Self.length(text) <= most || refuse(node, "maxLength", "at most \(most) characters")
    case (.minLength(let least), .string(let text)):
      Self.length(text) >= least || refuse(node, "minLength", "at least \(least) characters")
    case (.pattern(let pattern), .string(let text)):
      isFound(pattern, in: text)
        || refuse(node, "pattern", "text that matches \(schema.patterns[pattern].source)")
    default: true
    }
  }

  /// Characters as the specification counts them: Unicode scalars.
  private static func length(_ text: [UInt8]) -> Int {
    text.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
  }

  private func isFound(_ pattern: Int, in text: [UInt8]) -> Bool {
    let matcher = matchers[pattern] ?? PatternMatcher(schema.patterns[pattern].expression)
    matchers[pattern] = matcher
    // unsafe because the matcher takes raw bytes; they are the text's own for the call.
    return unsafe text.withUnsafeBytes { bytes in unsafe matcher.isFound(in: bytes) }
  }
}
