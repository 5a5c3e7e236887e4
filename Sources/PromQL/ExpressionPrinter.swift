/// Writes an expression as a query.
package enum ExpressionPrinter {
  /// The query on one line; parsing it gives the same expression.
  package static func text(_ expression: Expression) -> String {
    switch expression.node {
    case .number(let value): return NumberText.plain(value)
    case .string(let text): return quoted(text)
    case .selector(let selector): return selectorText(selector) + shiftText(selector.shift)
    case .range(let selector, let range):
      return selectorBody(selector) + "[\(spanText(range))]" + edgesText(selector)
        + shiftText(selector.shift)
    case .subquery(let inner, let subquery):
      return text(inner) + subqueryText(subquery)
    case .parenthesis(let inner): return "(\(text(inner)))"
    case .sign(let isNegative, let inner): return (isNegative ? "-" : "+") + text(inner)
    case .binary(let operation):
      return "\(text(operation.left)) \(operatorText(operation)) \(text(operation.right))"
    case .aggregation(let aggregation):
      return head(aggregation) + "(" + arguments(aggregation).map(text).joined(separator: ", ")
        + ")"
    case .call(let function, let arguments):
      return function.name + "(" + arguments.map(text).joined(separator: ", ") + ")"
    }
  }

  /// The query over several lines where it is longer than 100 characters, as `format_query`
  /// answers it.
  package static func pretty(_ expression: Expression) -> String { pretty(expression, 0) }

  private static func pretty(_ expression: Expression, _ depth: Int) -> String {
    let indent = String(repeating: "  ", count: depth)
    let line = text(expression)
    if line.count <= 100 { return indent + line }
    switch expression.node {
    case .number, .string, .selector, .range: return indent + line
    case .parenthesis(let inner):
      return "\(indent)(\n\(pretty(inner, depth + 1))\n\(indent))"
    case .sign(let isNegative, let inner):
      return indent + (isNegative ? "-" : "+") + trimmed(pretty(inner, depth))
    case .subquery(let inner, let subquery):
      return pretty(inner, depth) + subqueryText(subquery)
    case .binary(let operation):
      return "\(pretty(operation.left, depth + 1))\n\(indent)\(operatorText(operation))\n"
        + pretty(operation.right, depth + 1)
    case .aggregation(let aggregation):
      return indent + head(aggregation) + list(arguments(aggregation), depth)
    case .call(let function, let arguments):
      return indent + function.name + list(arguments, depth)
    }
  }

  private static func trimmed(_ text: String) -> String { String(text.drop { $0 == " " }) }

  private static func list(_ arguments: [Expression], _ depth: Int) -> String {
    guard !arguments.isEmpty else { return "()" }
    let lines = arguments.map { pretty($0, depth + 1) }.joined(separator: ",\n")
    return "(\n\(lines)\n\(String(repeating: "  ", count: depth)))"
  }
}

extension ExpressionPrinter {
  private static func arguments(_ aggregation: Aggregation) -> [Expression] {
    aggregation.parameter.map { [$0, aggregation.operand] } ?? [aggregation.operand]
  }

  private static func head(_ aggregation: Aggregation) -> String {
    let name = aggregation.operation.rawValue
    if aggregation.isWithout { return "\(name) without (\(names(aggregation.labels))) " }
    return aggregation.labels.isEmpty ? name : "\(name) by (\(names(aggregation.labels))) "
  }

  private static func operatorText(_ operation: BinaryOperation) -> String {
    var text = operation.operation.rawValue
    if operation.returnsBool { text += " bool" }
    guard let matching = operation.matching else { return text }
    if matching.isOn || !matching.labels.isEmpty || matching.cardinality == .manyToOne
      || matching.cardinality == .oneToMany
    {
      text += " \(matching.isOn ? "on" : "ignoring") (\(names(matching.labels)))"
    }
    switch matching.cardinality {
    case .manyToOne: text += " group_left (\(names(matching.included)))"
    case .oneToMany: text += " group_right (\(names(matching.included)))"
    default: break
    }
    if let left = matching.leftFill { text += " fill_left (\(NumberText.plain(left)))" }
    if let right = matching.rightFill { text += " fill_right (\(NumberText.plain(right)))" }
    return text
  }

  private static func names(_ labels: [String]) -> String {
    labels.map { LabelName.isPlain($0) ? $0 : quoted($0) }.joined(separator: ", ")
  }

  private static func isMetricName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !CharacterTraits.isDigit(first) else { return false }
    guard name.utf8.allSatisfy({ CharacterTraits.isNamePart($0) || $0 == UInt8(ascii: ":") })
    else { return false }
    // Words of the language would be read as what they mean there.
    return !reserved.contains(name.lowercased())
  }

  private static let reserved: Set<String> = [
    "inf", "nan", "and", "or", "unless", "atan2", "offset", "by", "without", "on", "ignoring",
    "group_left", "group_right", "bool", "fill", "fill_left", "fill_right", "anchored", "smoothed",
  ]

  private static func selectorText(_ selector: Selector) -> String {
    selectorBody(selector) + edgesText(selector)
  }

  private static func edgesText(_ selector: Selector) -> String {
    selector.edges == .plain ? "" : " \(selector.edges.rawValue)"
  }

  private static func selectorBody(_ selector: Selector) -> String {
    var conditions: [String] = []
    var prefix = ""
    if let name = selector.name {
      if isMetricName(name) { prefix = name } else { conditions.append(quoted(name)) }
    }
    var isNameSkipped = selector.name == nil
    for matcher in selector.matchers {
      if !isNameSkipped, matcher.name == LabelName.metric, matcher.operation == .equal,
        matcher.value == selector.name
      {
        isNameSkipped = true
        continue
      }
      conditions.append(names([matcher.name]) + matcher.operation.rawValue + quoted(matcher.value))
    }
    if conditions.isEmpty { return prefix.isEmpty ? "{}" : prefix }
    return "\(prefix){\(conditions.joined(separator: ","))}"
  }

  private static func subqueryText(_ subquery: Subquery) -> String {
    let step = subquery.step.map(spanText) ?? ""
    return "[\(spanText(subquery.range)):\(step)]" + shiftText(subquery.shift)
  }

  private static func shiftText(_ shift: TimeShift) -> String {
    var text = ""
    switch shift.moment {
    case nil: break
    case .start: text += " @ start()"
    case .end: text += " @ end()"
    case .milliseconds(let time):
      let magnitude = time.magnitude
      let fraction = String(String(magnitude % 1000 + 1000).dropFirst())
      text += " @ \(time < 0 ? "-" : "")\(magnitude / 1000).\(fraction)"
    }
    if let offset = shift.offset { text += " offset \(spanText(offset))" }
    return text
  }

  /// A duration as a query writes it.
  package static func text(_ span: TimeSpan) -> String { spanText(span) }

  private static func spanText(_ span: TimeSpan) -> String {
    switch span {
    case .seconds(let seconds):
      let milliseconds = seconds * 1000
      if let whole = Int64(exactly: milliseconds) { return DurationText.text(whole) }
      return NumberText.plain(seconds)
    case .step: return "step()"
    case .range: return "range()"
    case .negated(let inner): return "-\(spanText(inner))"
    case .parenthesis(let inner): return "(\(spanText(inner)))"
    case .combined(let operation, let left, let right):
      if operation == .least || operation == .greatest {
        return "\(operation.rawValue)(\(spanText(left)), \(spanText(right)))"
      }
      return "\(spanText(left)) \(operation.rawValue) \(spanText(right))"
    }
  }

  /// `text` in double quotes, as both Go and this parser read it.
  package static func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\t": output += "\\t"
      case "\r": output += "\\r"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        output += "\\x" + (digits.count == 1 ? "0" : "") + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }
}
