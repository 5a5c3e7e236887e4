/// One value of a configuration text, with the place it was written at.
///
/// Lines and columns count from 1; a column counts characters (Unicode scalars), not bytes.
package struct ConfigNode: Equatable, Sendable {
  /// What a node holds.
  package enum Value: Equatable, Sendable {
    /// Nothing was written where a value could stand.
    case null
    /// The text as written, escapes and folding resolved.
    case scalar(String, ScalarStyle)
    case sequence([ConfigNode])
    /// Keys are scalars, each of a different text, in the order written.
    case mapping([Pair])
  }

  /// How a scalar was written; only a plain one may stand for something else than text.
  package enum ScalarStyle: Equatable, Sendable {
    case plain
    case singleQuoted
    case doubleQuoted
    case literal
    case folded
  }

  /// One entry of a mapping.
  package struct Pair: Equatable, Sendable {
    /// What was written before the `:`, and after it.
    package let key: ConfigNode
    package let value: ConfigNode
  }

  /// Where the node begins, and what it holds.
  package let line: Int
  package let column: Int
  package let value: Value

  /// A node at a place.
  package init(line: Int, column: Int, value: Value) {
    self.line = line
    self.column = column
    self.value = value
  }
}
