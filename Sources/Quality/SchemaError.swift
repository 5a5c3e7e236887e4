/// Why a schema was refused, and where in it.
package struct SchemaError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The place in the schema.
  package let place: JSONPointer
  /// What is wrong there, and what would be right.
  package let message: String

  package var description: String {
    let place = place.description
    return "cannot use schema: at \(place.isEmpty ? "its root" : place): \(message)"
  }
}

/// What a value has to be and is not.
package struct SchemaViolation: Equatable, Sendable, CustomStringConvertible {
  /// The place of the value in the instance.
  package let instance: JSONPointer
  /// The place of the keyword in the schema.
  package let schema: JSONPointer
  /// The keyword; `false` where a schema is that, `limit` where judging was given up.
  package let keyword: String
  /// What was expected there; it tells the schema's words, never the instance's.
  package let expected: String

  package var description: String {
    let place = instance.description
    return "\(place.isEmpty ? "the value" : place): expected \(expected) (\(keyword))"
  }
}

/// The bounds that keep compiling and judging cheap whatever the schema and the instance are.
package enum SchemaLimits {
  /// Schemas within one document.
  package static let schemas = 10_000
  /// Schemas in each other, and references followed in each other while judging.
  package static let depth = 200
  /// Schemas applied to values in judging one instance.
  package static let steps = 1_000_000
  /// Violations reported of one instance.
  package static let violations = 20
}
