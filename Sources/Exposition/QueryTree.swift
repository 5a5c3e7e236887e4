internal import Codec
package import PromQL

/// A parsed query as `parse_query` answers it.
package enum QueryTree {
  /// The tree as JSON, keys in order of the alphabet as Prometheus writes them.
  package static func json(_ expression: Expression) -> [UInt8] {
    var json = JSONWriter()
    append(expression, to: &json)
    return json.bytes
  }

  private static func append(_ expression: Expression, to json: inout JSONWriter) {
    json.beginObject()
    switch expression.node {
    case .number(let value):
      json.member("type", "numberLiteral")
      json.member("val", NumberText.plain(value))
    case .string(let text):
      json.member("type", "stringLiteral")
      json.member("val", text)
    case .selector(let selector):
      append(selector, range: nil, to: &json)
      json.member("type", "vectorSelector")
    case .range(let selector, let range):
      append(selector, range: range, to: &json)
      json.member("type", "matrixSelector")
    case .subquery(let inner, let subquery): append(subquery, of: inner, to: &json)
    case .parenthesis(let inner):
      json.child("expr", inner)
      json.member("type", "parenExpr")
    case .sign(let isNegative, let inner):
      json.child("expr", inner)
      json.member("op", isNegative ? "-" : "+")
      json.member("type", "unaryExpr")
    case .binary(let operation): append(operation, to: &json)
    case .aggregation(let aggregation): append(aggregation, to: &json)
    case .call(let function, let arguments): append(function, arguments, to: &json)
    }
    json.endObject()
  }

  private static func append(_ operation: BinaryOperation, to json: inout JSONWriter) {
    json.key("bool")
    json.value(operation.returnsBool)
    json.child("lhs", operation.left)
    json.key("matching")
    if let matching = operation.matching {
      json.beginObject()
      json.member("card", matching.cardinality.rawValue)
      json.member("include", matching.included)
      json.member("labels", matching.labels)
      json.key("on")
      json.value(matching.isOn)
      json.endObject()
    } else {
      json.null()
    }
    json.member("op", operation.operation.rawValue)
    json.child("rhs", operation.right)
    json.member("type", "binaryExpr")
  }

  private static func append(_ aggregation: Aggregation, to json: inout JSONWriter) {
    json.child("expr", aggregation.operand)
    json.member("grouping", aggregation.labels)
    json.member("op", aggregation.operation.rawValue)
    if let parameter = aggregation.parameter {
      json.child("param", parameter)
    } else {
      json.key("param")
      json.null()
    }
    json.member("type", "aggregation")
    json.key("without")
    json.value(aggregation.isWithout)
  }

  private static func append(
    _ function: Function, _ arguments: [Expression], to json: inout JSONWriter
  ) {
    json.key("args")
    json.beginArray()
    for argument in arguments { json.value(json: Self.json(argument)) }
    json.endArray()
    json.key("func")
    json.beginObject()
    json.member("argTypes", function.arguments.map(\.rawValue))
    json.member("name", function.name)
    json.member("returnType", function.result.rawValue)
    json.key("variadic")
    json.value(function.isVariadic ? -1 : function.optionalCount)
    json.endObject()
    json.member("type", "call")
  }

  private static func append(
    _ subquery: Subquery, of inner: Expression, to json: inout JSONWriter
  ) {
    json.child("expr", inner)
    json.milliseconds("offset", subquery.shift.offset)
    json.milliseconds("range", subquery.range)
    json.milliseconds("step", subquery.step)
    append(timeOf: subquery.shift, to: &json)
    json.member("type", "subquery")
  }

  private static func append(
    _ selector: Selector, range: TimeSpan?, to json: inout JSONWriter
  ) {
    json.key("matchers")
    json.beginArray()
    for matcher in selector.matchers {
      json.beginObject()
      json.member("name", matcher.name)
      json.member("type", matcher.operation.rawValue)
      json.member("value", matcher.value)
      json.endObject()
    }
    json.endArray()
    json.member("name", selector.name ?? "")
    json.milliseconds("offset", selector.shift.offset)
    if let range { json.milliseconds("range", range) }
    append(timeOf: selector.shift, to: &json)
  }

  private static func append(timeOf shift: TimeShift, to json: inout JSONWriter) {
    json.key("startOrEnd")
    switch shift.moment {
    case .start: json.value("start")
    case .end: json.value("end")
    default: json.null()
    }
    json.key("timestamp")
    if case .milliseconds(let time) = shift.moment { json.value(time) } else { json.null() }
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: StaticString, _ text: String) {
    key(name)
    value(text)
  }

  fileprivate mutating func member(_ name: StaticString, _ texts: [String]) {
    key(name)
    beginArray()
    for text in texts { value(text) }
    endArray()
  }

  fileprivate mutating func child(_ name: StaticString, _ expression: Expression) {
    key(name)
    value(json: QueryTree.json(expression))
  }

  /// Whole milliseconds; 0 without a span, its text where it is computed from the query's times.
  fileprivate mutating func milliseconds(_ name: StaticString, _ span: TimeSpan?) {
    key(name)
    switch span {
    case nil: value(0)
    case .seconds(let seconds): value((seconds * 1_000).rounded())
    case .negated(.seconds(let seconds)): value(-(seconds * 1_000).rounded())
    case let span?: value(ExpressionPrinter.text(span))
    }
  }
}
