package import Codec
internal import Pattern

/// A JSON Schema (draft 2020-12) compiled once, shared by every thread.
///
/// Knows the vocabularies core, applicator, unevaluated, validation and meta-data; `format` and
/// `content…` say something without demanding it. References stay within the document. A keyword
/// that is not known is refused, but for names that begin with `x-`.
package struct JSONSchema: Sendable {
  let nodes: [SchemaNode]
  let root: Int
  let patterns: [(expression: BytePattern, source: String)]
  /// The schemas that dynamic references may end at, by resource and anchor.
  let dynamicAnchors: [SchemaAnchor: Int]

  /// Compiles `schema`.
  package init(_ schema: JSONValue) throws(SchemaError) {
    let compiler = SchemaCompiler(schema)
    root = try compiler.compile()
    nodes = compiler.nodes
    patterns = compiler.patterns
    dynamicAnchors = compiler.dynamicAnchors
  }

  /// Compiles the schema at a node of a configuration.
  package init(_ node: ConfigNode) throws(SchemaError) {
    try self.init(JSONValue(node))
  }

  /// Whether `instance` is right. Who judges often keeps a `SchemaJudge`, which remembers.
  package func accepts(_ instance: JSONValue) -> Bool {
    SchemaJudge(self).accepts(instance)
  }
}

/// A name that a resource of the document gives one of its schemas.
struct SchemaAnchor: Hashable {
  let resource: Int
  let name: String
}
