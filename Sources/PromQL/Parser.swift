/// Reads a query: recursive descent, types checked on the way up.
package struct Parser {
  private var lexer: Lexer
  private(set) var token: Token
  private(set) var ahead: Token?
  private let depthLimit: Int
  private var depth = 0
  private(set) var lastEnd = 0
  var text: [UInt8] { lexer.text }

  /// The expression that is all of `text`; throws with the place of the first mistake.
  package static func parse(
    _ text: String, limits: QueryLimits = QueryLimits()
  ) throws(QueryError) -> Expression {
    try parse(Array(text.utf8), limits: limits)
  }

  /// The expression that is all of `text`; throws with the place of the first mistake.
  package static func parse(
    _ text: [UInt8], limits: QueryLimits = QueryLimits()
  ) throws(QueryError) -> Expression {
    guard text.count <= limits.textBytes else {
      throw QueryError(.limit, "cannot parse query: longer than \(limits.textBytes) bytes")
    }
    var parser = try Self(text, limits)
    guard parser.token.kind != .end else { throw parser.fault("no expression found in input") }
    let expression = try parser.expression()
    guard parser.token.kind == .end else { throw parser.unexpected("after the expression") }
    return expression
  }

  /// The selector that is all of `text`, as series endpoints take it.
  package static func parseSelector(_ text: String) throws(QueryError) -> Selector {
    let expression = try parse(text)
    guard case .selector(let selector) = expression.node, selector.shift == TimeShift() else {
      throw QueryError("expected a series selector", at: 0, in: Array(text.utf8))
    }
    return selector
  }

  /// The name and labels that are all of `text`, as a series is written.
  package static func parseLabels(_ text: String) throws(QueryError) -> Labels {
    var parser = try Self(Array(text.utf8), QueryLimits())
    let selector = try parser.selector(allowsEmpty: true)
    guard parser.token.kind == .end else { throw parser.unexpected("after the series") }
    var labels: [Label] = []
    for matcher in selector.matchers {
      guard matcher.operation == .equal else { throw parser.fault("expected \"=\" in a series") }
      labels.append(Label(matcher.name, matcher.value))
    }
    return Labels(labels)
  }

  private init(_ text: [UInt8], _ limits: QueryLimits) throws(QueryError) {
    lexer = Lexer(text)
    depthLimit = limits.depth
    token = Token(kind: .end, span: 0..<0)
    token = try lexer.next()
  }

  mutating func advance() throws(QueryError) {
    lastEnd = token.span.upperBound
    if let next = ahead {
      token = next
      ahead = nil
    } else {
      token = try lexer.next()
    }
  }

  /// The token after this one.
  mutating func peek() throws(QueryError) -> Token {
    if let ahead { return ahead }
    let next = try lexer.next()
    ahead = next
    return next
  }

  mutating func take(_ sign: Token.Sign) throws(QueryError) -> Bool {
    guard token.kind == .sign(sign) else { return false }
    try advance()
    return true
  }

  mutating func expect(_ sign: Token.Sign, _ place: String) throws(QueryError) {
    guard try take(sign) else { throw unexpected("in \(place), expected \"\(sign.rawValue)\"") }
  }

  /// The keyword here, in lower case.
  var keyword: String? {
    if case .identifier(let name) = token.kind { name.lowercased() } else { nil }
  }

  mutating func descend() throws(QueryError) {
    depth += 1
    if depth > depthLimit { throw fault("nested deeper than \(depthLimit) expressions") }
  }

  mutating func ascend() { depth -= 1 }

  func fault(_ message: String, at offset: Int? = nil) -> QueryError {
    QueryError(message, at: offset ?? token.span.lowerBound, in: text)
  }

  func unexpected(_ place: String) -> QueryError {
    if token.kind == .end, lexer.parentheses > 0 { return fault("unclosed left parenthesis") }
    return fault("unexpected \(token.words) \(place)")
  }
}

extension Parser {
  mutating func expression() throws(QueryError) -> Expression { try binary(above: 0) }

  private var operation: BinaryOperation.Operator? {
    switch token.kind {
    case .sign(let sign): BinaryOperation.Operator(rawValue: sign.rawValue)
    case .identifier(let name): BinaryOperation.Operator(rawValue: name.lowercased())
    default: nil
    }
  }

  /// Operators that bind tighter than `precedence`, from left to right; `^` from right to left.
  private mutating func binary(above precedence: Int) throws(QueryError) -> Expression {
    try descend()
    defer { ascend() }
    var left = try unary()
    while let operation, operation.precedence > precedence {
      let place = token.span
      try advance()
      var parsed = BinaryOperation(operation: operation, left: left, right: left)
      var matching = VectorMatching()
      let hasModifiers = try modifiers(of: &parsed, into: &matching)
      let level = operation == .power ? operation.precedence - 1 : operation.precedence
      parsed.right = try binary(above: level)
      left = try checked(parsed, matching, hasModifiers: hasModifiers, at: place)
      guard left.depth <= depthLimit * 8 else {
        throw fault("chained longer than \(depthLimit * 8) operators")
      }
    }
    return left
  }

  private mutating func unary() throws(QueryError) -> Expression {
    let start = token.span.lowerBound
    let isNegative = token.kind == .sign(.minus)
    guard isNegative || token.kind == .sign(.plus) else { return try postfix() }
    try advance()
    // A sign binds as tight as `*`, so only `^` comes before it.
    let operand = try binary(above: 5)
    guard operand.type == .scalar || operand.type == .vector else {
      throw fault(
        "unary expression only allowed on expressions of type scalar or instant vector, got "
          + "\"\(operand.type.words)\"", at: start)
    }
    if case .number(let value) = operand.node {
      return Expression(.number(isNegative ? -value : value), start..<lastEnd, .scalar)
    }
    return Expression(
      .sign(isNegative: isNegative, operand), start..<lastEnd, operand.type)
  }

  /// `bool`, `on`, `ignoring`, `group_left`, `group_right` and `fill` behind an operator.
  private mutating func modifiers(
    of operation: inout BinaryOperation, into matching: inout VectorMatching
  ) throws(QueryError) -> Bool {
    var hasModifiers = false
    if keyword == "bool" {
      guard operation.operation.isComparison else {
        throw fault("bool modifier can only be used on comparison operators")
      }
      try advance()
      operation.returnsBool = true
    }
    if keyword == "on" || keyword == "ignoring", try peek().kind == .sign(.leftParenthesis) {
      matching.isOn = keyword == "on"
      try advance()
      matching.labels = try labelList()
      hasModifiers = true
      if keyword == "group_left" || keyword == "group_right" {
        matching.cardinality = keyword == "group_left" ? .manyToOne : .oneToMany
        try advance()
        if token.kind == .sign(.leftParenthesis) { matching.included = try labelList() }
      }
    }
    while let word = keyword, word == "fill" || word == "fill_left" || word == "fill_right",
      try peek().kind == .sign(.leftParenthesis)
    {
      try advance()
      try advance()
      let value = try fillValue()
      if word != "fill_right" { matching.leftFill = value }
      if word != "fill_left" { matching.rightFill = value }
      hasModifiers = true
    }
    return hasModifiers
  }

  private mutating func fillValue() throws(QueryError) -> Double {
    guard case .number(let value) = try unary().node else {
      throw fault("expected a number as fill value")
    }
    try expect(.rightParenthesis, "fill")
    return value
  }

  /// Names in parentheses, plain or quoted.
  mutating func labelList() throws(QueryError) -> [String] {
    try expect(.leftParenthesis, "grouping opts")
    var names: [String] = []
    while token.kind != .sign(.rightParenthesis) {
      switch token.kind {
      case .identifier(let name) where !name.contains(":"): names.append(name)
      case .string(let name, true) where !name.isEmpty: names.append(name)
      default: throw unexpected("in grouping opts, expected label")
      }
      try advance()
      guard try take(.comma) else { break }
    }
    try expect(.rightParenthesis, "grouping opts")
    return names
  }

  private func checked(
    _ parsed: BinaryOperation, _ matching: VectorMatching, hasModifiers: Bool, at place: Range<Int>
  ) throws(QueryError) -> Expression {
    var parsed = parsed
    let types = (parsed.left.type, parsed.right.type)
    let span = parsed.left.span.lowerBound..<parsed.right.span.upperBound
    for type in [types.0, types.1] where type != .scalar && type != .vector {
      throw fault(
        "binary expression must contain only scalar and instant vector types",
        at: place.lowerBound)
    }
    if parsed.operation.trims && types.0 == .scalar {
      throw fault("only histograms can be trimmed, got scalar", at: place.lowerBound)
    }
    if types == (.vector, .vector) {
      parsed.matching = try completed(matching, of: parsed.operation, at: place)
      return Expression(.binary(parsed), span, .vector)
    }
    if hasModifiers {
      throw fault("vector matching only allowed between instant vectors", at: place.lowerBound)
    }
    if parsed.operation.isSet {
      throw fault(
        "set operator \"\(parsed.operation.rawValue)\" not allowed in binary scalar expression",
        at: place.lowerBound)
    }
    if types == (.scalar, .scalar) {
      if parsed.operation.isComparison && !parsed.returnsBool {
        throw fault("comparisons between scalars must use BOOL modifier", at: place.lowerBound)
      }
      return Expression(.binary(parsed), span, .scalar)
    }
    return Expression(.binary(parsed), span, .vector)
  }

  private func completed(
    _ matching: VectorMatching, of operation: BinaryOperation.Operator, at place: Range<Int>
  ) throws(QueryError) -> VectorMatching {
    var matching = matching
    if operation.isSet {
      guard matching.cardinality == .oneToOne else {
        throw fault(
          "no grouping allowed for \"\(operation.rawValue)\" operation", at: place.lowerBound)
      }
      guard matching.leftFill == nil, matching.rightFill == nil else {
        throw fault("filling in missing series not allowed for set operators", at: place.lowerBound)
      }
      matching.cardinality = .manyToMany
    }
    if matching.isOn, let name = matching.labels.first(where: matching.included.contains) {
      throw fault(
        "label \"\(name)\" must not occur in ON and GROUP clause at once", at: place.lowerBound)
    }
    return matching
  }
}
