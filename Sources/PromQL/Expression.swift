/// The type of an expression's value.
package enum ValueType: String, Sendable {
  case scalar
  case string
  case vector
  case matrix

  var words: String {
    switch self {
    case .scalar: "scalar"
    case .string: "string"
    case .vector: "instant vector"
    case .matrix: "range vector"
    }
  }
}

/// A parsed and type-checked query, or a part of one.
package struct Expression: Equatable, Sendable {
  /// What stands here.
  package let node: Node
  /// Bytes of the query's text it was read from.
  package let span: Range<Int>
  /// What it evaluates to.
  package let type: ValueType
  /// Expressions on the longest way down, itself included.
  let depth: Int

  /// The kinds of expression.
  package indirect enum Node: Equatable, Sendable {
    case number(Double)
    case string(String)
    case selector(Selector)
    /// A selector with a range.
    case range(Selector, TimeSpan)
    case subquery(Expression, Subquery)
    case parenthesis(Expression)
    /// `-` when true, `+` when false.
    case sign(isNegative: Bool, Expression)
    case binary(BinaryOperation)
    case aggregation(Aggregation)
    case call(Function, [Expression])
  }

  init(_ node: Node, _ span: Range<Int>, _ type: ValueType) {
    self.node = node
    self.span = span
    self.type = type
    depth = 1 + (node.children.map(\.depth).max() ?? 0)
  }

  package static func == (left: Self, right: Self) -> Bool { left.node == right.node }

  /// Without the parentheses around it.
  var stripped: Self {
    if case .parenthesis(let inner) = node { return inner.stripped }
    return self
  }
}

extension Expression.Node {
  /// The expressions directly below, in order of the text.
  package var children: [Expression] {
    switch self {
    case .number, .string, .selector, .range: []
    case .subquery(let inner, _), .parenthesis(let inner), .sign(_, let inner): [inner]
    case .binary(let operation): [operation.left, operation.right]
    case .aggregation(let aggregation):
      aggregation.parameter.map { [$0, aggregation.operand] } ?? [aggregation.operand]
    case .call(_, let arguments): arguments
    }
  }
}

/// A set of series by name and labels, at a time moved by `offset` and `@`.
package struct Selector: Equatable, Sendable {
  /// The name written before the braces, or in quotes inside.
  package var name: String?
  /// All conditions; the name is one of them.
  package var matchers: [LabelMatcher]
  /// What moves it in time.
  package var shift = TimeShift()
  /// How samples at a range's edges are found.
  package var edges = Edges.plain

  /// How a selector treats the edges of its range.
  package enum Edges: String, Equatable, Sendable {
    case plain
    case anchored
    case smoothed
  }
}

/// `offset` and `@` behind a selector or subquery.
package struct TimeShift: Equatable, Sendable {
  /// A fixed time to evaluate at.
  package enum Moment: Equatable, Sendable {
    /// Milliseconds since 1970.
    case milliseconds(Int64)
    case start
    case end
  }

  /// How far back; negative is forward.
  package var offset: TimeSpan?
  /// When, in place of the evaluation time.
  package var moment: Moment?

  /// No shift.
  package init() {}
}

/// `[range:step]` behind an expression.
package struct Subquery: Equatable, Sendable {
  /// How far it looks back.
  package var range: TimeSpan
  /// Between its evaluations; nil for the default.
  package var step: TimeSpan?
  /// What moves it in time.
  package var shift = TimeShift()
}

/// A duration, perhaps computed from the query's own step and range.
package indirect enum TimeSpan: Equatable, Sendable {
  /// The operators between durations.
  package enum Operator: String, Equatable, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case power = "^"
    case least = "min_of"
    case greatest = "max_of"
  }

  case seconds(Double)
  case step
  case range
  case negated(TimeSpan)
  case parenthesis(TimeSpan)
  case combined(Operator, TimeSpan, TimeSpan)
}

/// An operator between two expressions.
package struct BinaryOperation: Equatable, Sendable {
  /// The operators, by how they are written.
  package enum Operator: String, Equatable, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case power = "^"
    case arcTangent = "atan2"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    /// Cut a histogram's observations above or below a number.
    case trimUpper = "</"
    case trimLower = ">/"
    case and
    case or
    case unless

    var isComparison: Bool {
      switch self {
      case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
      default: false
      }
    }

    var trims: Bool { self == .trimUpper || self == .trimLower }

    var isSet: Bool { self == .and || self == .or || self == .unless }

    var precedence: Int {
      switch self {
      case .or: 1
      case .and, .unless: 2
      case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .trimUpper,
        .trimLower:
        3
      case .add, .subtract: 4
      case .multiply, .divide, .remainder, .arcTangent: 5
      case .power: 6
      }
    }
  }

  /// The operator and what it stands between.
  package var operation: Operator
  package var left: Expression
  package var right: Expression
  /// Whether a comparison answers 0 or 1 in place of filtering.
  package var returnsBool = false
  /// How elements of two vectors find each other; nil unless both sides are vectors.
  package var matching: VectorMatching?
}

/// How the elements of two vectors are paired.
package struct VectorMatching: Equatable, Sendable {
  /// Which side may have several elements for one of the other.
  package enum Cardinality: String, Equatable, Sendable {
    case oneToOne = "one-to-one"
    case manyToOne = "many-to-one"
    case oneToMany = "one-to-many"
    case manyToMany = "many-to-many"
  }

  /// Which side may repeat.
  package var cardinality = Cardinality.oneToOne
  /// Whether `labels` are those that count (`on`) or those that do not (`ignoring`).
  package var isOn = false
  /// The labels in `on` or `ignoring`.
  package var labels: [String] = []
  /// Labels taken over from the side that is one.
  package var included: [String] = []
  /// What stands in for a missing element of either side.
  package var leftFill: Double?
  package var rightFill: Double?
}

/// An aggregation over the elements of a vector.
package struct Aggregation: Equatable, Sendable {
  /// The ways to aggregate, by name.
  package enum Operator: String, Equatable, Sendable, CaseIterable {
    case sum
    case avg
    case count
    case min
    case max
    case group
    case stddev
    case stdvar
    case topk
    case bottomk
    case countValues = "count_values"
    case quantile
    case limitk
    case limitRatio = "limit_ratio"

    var parameterType: ValueType? {
      switch self {
      case .topk, .bottomk, .quantile, .limitk, .limitRatio: .scalar
      case .countValues: .string
      default: nil
      }
    }
  }

  /// How to aggregate, and what.
  package var operation: Operator
  package var operand: Expression
  /// The first argument of those that have one.
  package var parameter: Expression?
  /// The labels in `by` or `without`.
  package var labels: [String]
  /// Whether the labels are the ones left out.
  package var isWithout: Bool
}
