extension Parser {
  /// A name, conditions in braces, or both.
  mutating func selector(allowsEmpty: Bool) throws(QueryError) -> Selector {
    let start = token.span.lowerBound
    var name: String?
    if case .identifier(let written) = token.kind {
      name = written
      try advance()
    }
    var matchers: [LabelMatcher] = []
    if try take(.leftBrace) {
      while token.kind != .sign(.rightBrace) {
        try condition(into: &matchers, name: &name)
        guard try take(.comma) else { break }
      }
      try expect(.rightBrace, "label matching")
    } else if name == nil {
      throw unexpected("where a selector should begin")
    }
    if let name {
      if matchers.contains(where: { $0.name == LabelName.metric }) {
        throw fault("metric name must not be set twice: \"\(name)\"", at: start)
      }
      matchers.append(try matcher(LabelName.metric, .equal, name, at: start))
    }
    if !allowsEmpty, matchers.allSatisfy(\.matchesEmpty) {
      throw fault("vector selector must contain at least one non-empty matcher", at: start)
    }
    return Selector(name: name, matchers: matchers)
  }

  private mutating func condition(
    into matchers: inout [LabelMatcher], name: inout String?
  ) throws(QueryError) {
    let start = token.span.lowerBound
    let label: String
    switch token.kind {
    case .identifier(let written) where !written.contains(":"):
      label = written
      try advance()
    case .string(let written, let isText):
      guard isText else { throw fault("string is not UTF-8") }
      try advance()
      if token.kind == .sign(.comma) || token.kind == .sign(.rightBrace) {
        if let name {
          throw fault(
            "metric name must not be set twice: \"\(name)\" or \"\(written)\"", at: start)
        }
        guard !written.isEmpty else { throw fault("metric name must not be empty", at: start) }
        name = written
        return
      }
      label = written
    default:
      throw unexpected("in label matching, expected identifier or \"}\"")
    }
    guard case .sign(let sign) = token.kind,
      let operation = LabelMatcher.Operator(rawValue: sign.rawValue)
    else { throw unexpected("in label matching, expected label matching operator") }
    try advance()
    guard case .string(let value, _) = token.kind else {
      throw unexpected("in label matching, expected string")
    }
    matchers.append(try matcher(label, operation, value, at: token.span.lowerBound))
    try advance()
  }

  private func matcher(
    _ name: String, _ operation: LabelMatcher.Operator, _ value: String, at offset: Int
  ) throws(QueryError) -> LabelMatcher {
    do {
      return try LabelMatcher(name, operation, value)
    } catch {
      throw fault(error.message, at: offset)
    }
  }
}

extension Parser {
  /// What `@` points to.
  mutating func moment() throws(QueryError) -> TimeShift.Moment {
    if let word = keyword, word == "start" || word == "end" {
      try advance()
      try expect(.leftParenthesis, "@")
      try expect(.rightParenthesis, "@")
      return word == "start" ? .start : .end
    }
    var isNegative = false
    while case .sign(let sign) = token.kind, sign == .minus || sign == .plus {
      if sign == .minus { isNegative.toggle() }
      try advance()
    }
    guard let seconds = try number() else { throw unexpected("in @, expected timestamp") }
    let milliseconds = ((isNegative ? -seconds : seconds) * 1000).rounded()
    guard let whole = Int64(exactly: milliseconds), abs(whole) < 1 << 60 else {
      throw fault("timestamp out of bounds for @ modifier")
    }
    return .milliseconds(whole)
  }

  /// The number here, `inf` and `nan` included, and the step past it.
  private mutating func number() throws(QueryError) -> Double? {
    switch token.kind {
    case .number(let value, _):
      try advance()
      return value
    case .identifier(let name) where ["inf", "nan"].contains(name.lowercased()):
      throw fault("timestamp out of bounds for @ modifier")
    default: return nil
    }
  }

  /// Durations behind `offset`: a signed one, or a computed one in parentheses.
  mutating func offsetSpan() throws(QueryError) -> TimeSpan { try spanUnary(above: 6) }

  /// A computed duration.
  mutating func timeSpan() throws(QueryError) -> TimeSpan { try spanBinary(above: 3) }

  private mutating func spanBinary(above precedence: Int) throws(QueryError) -> TimeSpan {
    try descend()
    defer { ascend() }
    var left = try spanUnary(above: 5)
    while case .sign(let sign) = token.kind,
      let operation = BinaryOperation.Operator(rawValue: sign.rawValue),
      let combined = TimeSpan.Operator(rawValue: sign.rawValue),
      operation.precedence > precedence
    {
      try advance()
      let level = operation == .power ? operation.precedence - 1 : operation.precedence
      left = .combined(combined, left, try spanBinary(above: level))
    }
    return left
  }

  private mutating func spanUnary(above precedence: Int) throws(QueryError) -> TimeSpan {
    try descend()
    defer { ascend() }
    if try take(.plus) { return try spanOperand(above: precedence) }
    guard try take(.minus) else { return try spanPrimary() }
    let operand = try spanOperand(above: precedence)
    if case .seconds(let seconds) = operand { return .seconds(-seconds) }
    return .negated(operand)
  }

  private mutating func spanOperand(above precedence: Int) throws(QueryError) -> TimeSpan {
    precedence > 5 ? try spanUnary(above: precedence) : try spanBinary(above: precedence)
  }

  private mutating func spanPrimary() throws(QueryError) -> TimeSpan {
    if case .number(let seconds, _) = token.kind {
      guard abs(seconds) < 9e12 else { throw fault("duration out of range") }
      try advance()
      return .seconds(seconds)
    }
    if try take(.leftParenthesis) {
      let inner = try timeSpan()
      try expect(.rightParenthesis, "duration expression")
      return .parenthesis(inner)
    }
    guard let word = keyword else { throw unexpected("where a duration should stand") }
    switch word {
    case "step", "range":
      try advance()
      try expect(.leftParenthesis, "duration expression")
      try expect(.rightParenthesis, "duration expression")
      return word == "step" ? .step : .range
    case "min_of", "max_of":
      try advance()
      try expect(.leftParenthesis, "duration expression")
      let left = try timeSpan()
      try expect(.comma, "duration expression")
      let right = try timeSpan()
      try expect(.rightParenthesis, "duration expression")
      return .combined(word == "min_of" ? .least : .greatest, left, right)
    default: throw unexpected("where a duration should stand")
    }
  }
}
