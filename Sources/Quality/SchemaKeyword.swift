internal import Codec

/// What a keyword of JSON Schema 2020-12 holds, as far as finding the schemas in it goes.
enum SchemaKeyword {
  case schema
  case schemaList
  case schemaMap
  case demand
  case identifier
  case note

  static let known: [String: SchemaKeyword] = {
    var known: [String: SchemaKeyword] = [:]
    let groups: [(SchemaKeyword, [String])] = [
      (
        .schema,
        [
          "not", "if", "then", "else", "items", "contains", "additionalProperties",
          "propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema",
        ]
      ),
      (.schemaList, ["allOf", "anyOf", "oneOf", "prefixItems"]),
      (
        .schemaMap,
        ["$defs", "definitions", "properties", "patternProperties", "dependentSchemas"]
      ),
      (
        .demand,
        [
          "type", "const", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
          "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
          "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties", "required",
          "dependentRequired", "$ref", "$dynamicRef",
        ]
      ),
      (.identifier, ["$schema", "$id", "$anchor", "$dynamicAnchor"]),
      (
        .note,
        [
          "$comment", "title", "description", "default", "deprecated", "readOnly", "writeOnly",
          "examples", "format", "contentEncoding", "contentMediaType",
        ]
      ),
    ]
    for (kind, names) in groups {
      for name in names { known[name] = kind }
    }
    return known
  }()

  /// What to say of a keyword that is not known.
  static func refusal(of name: String) -> String {
    switch name {
    case "dependencies":
      "'dependencies' is no keyword of 2020-12: use dependentRequired or dependentSchemas"
    case "additionalItems": "'additionalItems' is no keyword of 2020-12: use prefixItems and items"
    case "$recursiveRef", "$recursiveAnchor":
      "'\(name)' is no keyword of 2020-12: use $dynamicRef and $dynamicAnchor"
    case "id": "'id' is no keyword of 2020-12: use $id"
    case "nullable": "'nullable' is no keyword of JSON Schema: use \"type\": [\"…\", \"null\"]"
    default:
      "'\(name)' is not supported; did you mean '\(NearestWord.of(name, in: known.keys.sorted()))'?"
    }
  }
}
