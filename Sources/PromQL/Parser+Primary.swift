extension Parser {
  /// An expression with whatever brackets, `offset` and `@` follow it.
  mutating func postfix() throws(QueryError) -> Expression {
    var expression = try primary()
    while true {
      let start = expression.span.lowerBound
      if token.kind == .sign(.leftBracket) {
        expression = try bracketed(expression)
      } else if keyword == "offset" {
        try advance()
        let offset = try offsetSpan()
        expression = try shifted(expression, "offset") { shift in
          guard shift.offset == nil else { return "offset may not be set multiple times" }
          shift.offset = offset
          return nil
        }
      } else if token.kind == .sign(.at) {
        try advance()
        let moment = try moment()
        expression = try shifted(expression, "@") { shift in
          guard shift.moment == nil else { return "@ <timestamp> may not be set multiple times" }
          shift.moment = moment
          return nil
        }
      } else if let edges = keyword.flatMap(Selector.Edges.init(rawValue:)), edges != .plain {
        try advance()
        expression = try withEdges(edges, expression)
      } else {
        return expression
      }
      expression = Expression(expression.node, start..<lastEnd, expression.type)
    }
  }

  private func withEdges(
    _ edges: Selector.Edges, _ expression: Expression
  ) throws(QueryError) -> Expression {
    switch expression.node {
    case .selector(var selector):
      selector.edges = edges
      return Expression(.selector(selector), expression.span, .vector)
    case .range(var selector, let range):
      selector.edges = edges
      return Expression(.range(selector, range), expression.span, .matrix)
    default:
      throw fault(
        "\(edges.rawValue) modifier must be preceded by an instant or range selector")
    }
  }

  private func shifted(
    _ expression: Expression, _ word: String, _ change: (inout TimeShift) -> String?
  ) throws(QueryError) -> Expression {
    var node = expression.node
    var problem: String?
    switch node {
    case .selector(var selector):
      problem = change(&selector.shift)
      node = .selector(selector)
    case .range(var selector, let range):
      problem = change(&selector.shift)
      node = .range(selector, range)
    case .subquery(let inner, var subquery):
      problem = change(&subquery.shift)
      node = .subquery(inner, subquery)
    default:
      problem =
        "\(word) modifier must be preceded by an instant vector selector or range vector "
        + "selector or a subquery"
    }
    if let problem { throw fault(problem, at: expression.span.lowerBound) }
    return Expression(node, expression.span, expression.type)
  }

  private mutating func bracketed(_ expression: Expression) throws(QueryError) -> Expression {
    try advance()
    let range = try timeSpan()
    if case .seconds(let seconds) = range, !(seconds > 0) {
      throw fault("duration must be greater than 0")
    }
    if try take(.colon) {
      var step: TimeSpan?
      if token.kind != .sign(.rightBracket) { step = try timeSpan() }
      if case .seconds(let seconds) = step, !(seconds > 0) {
        throw fault("duration must be greater than 0")
      }
      try expect(.rightBracket, "subquery selector")
      guard expression.type == .vector || expression.type == .scalar else {
        throw fault(
          "subquery is only allowed on instant vector, got \(expression.type.words)",
          at: expression.span.lowerBound)
      }
      guard expression.type == .vector else {
        throw fault(
          "subquery is only allowed on instant vector, got scalar instead",
          at: expression.span.lowerBound)
      }
      return Expression(
        .subquery(expression, Subquery(range: range, step: step)),
        expression.span.lowerBound..<lastEnd, .matrix)
    }
    try expect(.rightBracket, "range selector")
    guard case .selector(let selector) = expression.node else {
      throw fault(
        "ranges only allowed for vector selectors", at: expression.span.lowerBound)
    }
    guard selector.shift == TimeShift() else {
      throw fault(
        "no offset or @ modifiers allowed before range", at: expression.span.lowerBound)
    }
    return Expression(
      .range(selector, range), expression.span.lowerBound..<lastEnd, .matrix)
  }

  private mutating func primary() throws(QueryError) -> Expression {
    let start = token.span.lowerBound
    switch token.kind {
    case .number(let value, _):
      try advance()
      return Expression(.number(value), start..<lastEnd, .scalar)
    case .string(let value, let isText):
      guard isText else { throw fault("string is not UTF-8") }
      try advance()
      return Expression(.string(value), start..<lastEnd, .string)
    case .sign(.leftParenthesis):
      try advance()
      let inner = try expression()
      try expect(.rightParenthesis, "parenthesised expression")
      return Expression(.parenthesis(inner), start..<lastEnd, inner.type)
    case .sign(.leftBrace):
      let selector = try selector(allowsEmpty: false)
      return Expression(.selector(selector), start..<lastEnd, .vector)
    case .identifier(let name):
      return try named(name, at: start)
    default:
      throw unexpected("where an expression should begin")
    }
  }

  private mutating func named(_ name: String, at start: Int) throws(QueryError) -> Expression {
    let lower = name.lowercased()
    let next = try peek()
    if let operation = Aggregation.Operator(rawValue: lower), isGrouping(next) {
      return try aggregation(operation)
    }
    if next.kind == .sign(.leftParenthesis) { return try call(name) }
    if next.kind != .sign(.leftBrace), let value = Self.numberWords[lower] {
      try advance()
      return Expression(.number(value), start..<lastEnd, .scalar)
    }
    if ["bool", "on", "ignoring", "group_left", "group_right"].contains(lower)
      && next.kind == .sign(.leftParenthesis)
    {
      throw unexpected("where an expression should begin")
    }
    let selector = try selector(allowsEmpty: false)
    return Expression(.selector(selector), start..<lastEnd, .vector)
  }

  private static let numberWords: [String: Double] = ["inf": .infinity, "nan": .nan]

  private func isGrouping(_ token: Token) -> Bool {
    if token.kind == .sign(.leftParenthesis) { return true }
    guard case .identifier(let name) = token.kind else { return false }
    return name.lowercased() == "by" || name.lowercased() == "without"
  }
}

extension Parser {
  private mutating func aggregation(
    _ operation: Aggregation.Operator
  ) throws(QueryError) -> Expression {
    let start = token.span.lowerBound
    try advance()
    var grouping = try self.grouping()
    let arguments = try self.arguments()
    if grouping == nil { grouping = try self.grouping() }
    let count = operation.parameterType == nil ? 1 : 2
    guard arguments.count == count else {
      throw fault(
        "wrong number of arguments for aggregate expression provided, expected \(count), got "
          + "\(arguments.count)", at: start)
    }
    let operand = arguments[count - 1]
    try require(operand, .vector, "aggregation expression")
    if let type = operation.parameterType {
      try require(arguments[0], type, "aggregation parameter")
    }
    let aggregation = Aggregation(
      operation: operation, operand: operand, parameter: count == 2 ? arguments[0] : nil,
      labels: grouping?.labels ?? [], isWithout: grouping?.isWithout ?? false)
    return Expression(.aggregation(aggregation), start..<lastEnd, .vector)
  }

  private mutating func grouping() throws(QueryError) -> (labels: [String], isWithout: Bool)? {
    guard let word = keyword, word == "by" || word == "without" else { return nil }
    try advance()
    return (try labelList(), word == "without")
  }

  private mutating func arguments() throws(QueryError) -> [Expression] {
    try expect(.leftParenthesis, "call")
    var arguments: [Expression] = []
    while token.kind != .sign(.rightParenthesis) {
      arguments.append(try expression())
      guard try take(.comma) else { break }
      if token.kind == .sign(.rightParenthesis) {
        throw fault("trailing commas not allowed in function call args")
      }
    }
    try expect(.rightParenthesis, "call")
    return arguments
  }

  private mutating func call(_ name: String) throws(QueryError) -> Expression {
    let start = token.span.lowerBound
    guard let function = Function.named(name) else {
      throw fault("unknown function with name \"\(name)\"")
    }
    try advance()
    let arguments = try self.arguments()
    let most = function.arguments.count
    guard arguments.count >= function.leastCount else {
      let words = function.optionalCount == 0 ? "" : "at least "
      throw fault(
        "expected \(words)\(function.leastCount) argument(s) in call to \"\(name)\", got "
          + "\(arguments.count)", at: start)
    }
    guard arguments.count <= most || function.isVariadic else {
      let words = function.optionalCount == 0 ? "" : "at most "
      throw fault(
        "expected \(words)\(most) argument(s) in call to \"\(name)\", got \(arguments.count)",
        at: start)
    }
    for (index, argument) in arguments.enumerated() {
      try require(
        argument, function.arguments[min(index, most - 1)], "call to function \"\(name)\"")
    }
    try checkEdges(of: arguments, in: function, at: start)
    return Expression(.call(function, arguments), start..<lastEnd, function.result)
  }

  private func checkEdges(
    of arguments: [Expression], in function: Function, at start: Int
  ) throws(QueryError) {
    for argument in arguments {
      guard case .range(let selector, _) = argument.stripped.node, selector.edges != .plain
      else { continue }
      let allowed =
        selector.edges == .smoothed
        ? ["delta", "increase", "rate"] : ["changes", "delta", "increase", "rate", "resets"]
      guard allowed.contains(function.name) else {
        throw fault(
          "\(selector.edges.rawValue) modifier can only be used with: "
            + "\(allowed.joined(separator: ", ")) - not with \(function.name)", at: start)
      }
    }
  }

  private func require(
    _ expression: Expression, _ type: ValueType, _ place: String
  ) throws(QueryError) {
    guard expression.type == type else {
      throw fault(
        "expected type \(type.words) in \(place), got \(expression.type.words)",
        at: expression.span.lowerBound)
    }
  }
}
