/// One schema of a document, compiled: what it demands, in the order it is checked.
struct SchemaNode: Sendable {
  /// Where it stands.
  let place: JSONPointer
  /// The innermost schema around it that has an `$id` of its own, by its number.
  let resource: Int
  /// `false` as a schema: nothing is right.
  var isNever = false
  var rules: [SchemaRule] = []
  /// Whether it looks at which members or elements others have looked at.
  var needsMarks = false
}

/// The kinds of values a schema's `type` names, as bits.
struct SchemaTypes: OptionSet, Sendable {
  let rawValue: UInt8

  static let null = Self(rawValue: 1)
  static let boolean = Self(rawValue: 2)
  static let object = Self(rawValue: 4)
  static let array = Self(rawValue: 8)
  static let number = Self(rawValue: 16)
  static let string = Self(rawValue: 32)
  static let integer = Self(rawValue: 64)

  static let named: [(name: String, type: SchemaTypes)] = [
    ("null", .null), ("boolean", .boolean), ("object", .object), ("array", .array),
    ("number", .number), ("string", .string), ("integer", .integer),
  ]

  func holds(_ value: JSONValue) -> Bool {
    switch value {
    case .null: contains(.null)
    case .bool: contains(.boolean)
    case .string: contains(.string)
    case .array: contains(.array)
    case .object: contains(.object)
    case .number(let number): contains(.number) || contains(.integer) && number.isWhole
    }
  }

  var text: String {
    Self.named.filter { contains($0.type) }.map(\.name).joined(separator: " or ")
  }
}

/// How a schema's `properties`, `patternProperties` and `additionalProperties` work together.
struct SchemaMembers: Sendable {
  var named: [[UInt8]: Int] = [:]
  /// Expressions by their number in the document's list.
  var patterns: [(pattern: Int, node: Int)] = []
  var additional: Int?
}

/// One demand of a schema. Schemas are numbers in the document's list.
enum SchemaRule: Sendable {
  case type(SchemaTypes)
  case oneValue(JSONValue)
  case values(Set<JSONValue>)
  case multipleOf(JSONNumber)
  case maximum(JSONNumber)
  case exclusiveMaximum(JSONNumber)
  case minimum(JSONNumber)
  case exclusiveMinimum(JSONNumber)
  case maxLength(Int)
  case minLength(Int)
  case pattern(Int)
  case maxItems(Int)
  case minItems(Int)
  case uniqueItems
  case maxProperties(Int)
  case minProperties(Int)
  case required([[UInt8]])
  case dependentRequired([(name: [UInt8], needs: [[UInt8]])])

  case reference(Int)
  case dynamicReference(Int, name: String)
  case allOf([Int])
  case anyOf([Int])
  case oneOf([Int])
  case not(Int)
  case condition(if: Int, then: Int?, else: Int?)
  case dependentSchemas([(name: [UInt8], node: Int)])
  case propertyNames(Int)
  case members(SchemaMembers)
  case items(prefix: [Int], rest: Int?)
  case contains(Int, least: Int, most: Int?)
  case unevaluatedItems(Int)
  case unevaluatedProperties(Int)

  /// The keyword that makes the demand.
  var keyword: String {
    switch self {
    case .oneValue: "const"
    case .values: "enum"
    case .reference: "$ref"
    case .dynamicReference: "$dynamicRef"
    case .condition: "if"
    case .members: "properties"
    case .type: "type"
    case .multipleOf: "multipleOf"
    case .maximum: "maximum"
    case .exclusiveMaximum: "exclusiveMaximum"
    case .minimum: "minimum"
    case .exclusiveMinimum: "exclusiveMinimum"
    case .maxLength: "maxLength"
    case .minLength: "minLength"
    case .pattern: "pattern"
    case .maxItems: "maxItems"
    case .minItems: "minItems"
    case .uniqueItems: "uniqueItems"
    case .maxProperties: "maxProperties"
    case .minProperties: "minProperties"
    case .required: "required"
    case .dependentRequired: "dependentRequired"
    case .allOf: "allOf"
    case .anyOf: "anyOf"
    case .oneOf: "oneOf"
    case .not: "not"
    case .dependentSchemas: "dependentSchemas"
    case .propertyNames: "propertyNames"
    case .items: "items"
    case .contains: "contains"
    case .unevaluatedItems: "unevaluatedItems"
    case .unevaluatedProperties: "unevaluatedProperties"
    }
  }
}
