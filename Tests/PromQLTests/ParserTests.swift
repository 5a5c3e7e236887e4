import PromQL
import Testing

@Suite struct ParserTests {
  @Test(
    arguments: [
      ("", "1:1: parse error: no expression found in input"),
      (
        "foo{",
        "1:5: parse error: unexpected end of input in label matching, expected identifier or \"}\""
      ),
      ("foo\n  + * bar", "2:5: parse error: unexpected \"*\" where an expression should begin"),
      ("1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
      ("1 and 1", "1:3: parse error: set operator \"and\" not allowed in binary scalar expression"),
      ("sum(foo", "1:8: parse error: unclosed left parenthesis"),
      (
        "rate(foo)",
        "1:6: parse error: expected type range vector in call to function \"rate\", got"
      ),
      ("nope(foo)", "1:1: parse error: unknown function with name \"nope\""),
      (
        "foo{__name__=~\"b\"}", "1:1: parse error: metric name must not be set twice: \"foo\""
      ),
      ("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
      (
        "{a=~\".*\"}",
        "1:1: parse error: vector selector must contain at least one non-empty matcher"
      ),
      ("foo[0s]", "1:7: parse error: duration must be greater than 0"),
      ("foo offset 1m offset 2m", "1:1: parse error: offset may not be set multiple times"),
      (
        "foo{a=\"b\"",
        "1:10: parse error: unexpected end of input in label matching, expected \"}\""
      ),
      ("\"abc", "1:1: parse error: unterminated quoted string"),
      ("foo $ bar", "1:5: parse error: unexpected character"),
      (
        "a + on(x) group_left(x) b",
        "1:3: parse error: label \"x\" must not occur in ON and GROUP clause at once"
      ),
      (
        "sum(1)",
        "1:5: parse error: expected type instant vector in aggregation expression, got scalar"
      ),
      (
        "topk(foo)",
        "1:1: parse error: wrong number of arguments for aggregate expression provided,"
      ),
      ("foo{a=~\"(\"}", "1:8: parse error: cannot read regular expression: "),
      ("1 + bool 2", "1:5: parse error: bool modifier can only be used on comparison operators"),
      ("(foo[5m])[5m]", "1:1: parse error: ranges only allowed for vector selectors"),
      ("foo @ inf", "1:7: parse error: timestamp out of bounds for @ modifier"),
      ("1h30", "1:1: parse error: bad number or duration syntax"),
    ])
  func `a mistake is named with its place`(_ query: String, _ message: String) {
    let error = #expect(throws: QueryError.self) { _ = try Parser.parse(query) }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test(
    arguments: [
      ("1+2*3^2^1", "1 + 2 * 3 ^ 2 ^ 1"),
      ("-1^2", "-1 ^ 2"),
      ("- foo * bar", "-foo * bar"),
      ("{a='b',__name__=~'x.*'}", "{a=\"b\",__name__=~\"x.*\"}"),
      ("{\"my metric\", \"a label\"!=`x`}", "{\"my metric\",\"a label\"!=\"x\"}"),
      ("SUM BY(job)(rate(foo[5m]))", "sum by (job) (rate(foo[5m]))"),
      ("sum(foo) without (a,b)", "sum without (a, b) (foo)"),
      ("topk(3, foo)", "topk(3, foo)"),
      ("a/on(x)group_left(y) b", "a / on (x) group_left (y) b"),
      ("a > bool b", "a > bool b"),
      ("a and ignoring(c) b", "a and ignoring (c) b"),
      ("foo[1h30m:15s] @ start() offset -90s", "foo[1h30m:15s] @ start() offset -1m30s"),
      ("foo @ 1.5", "foo @ 1.500"),
      ("foo[5m] offset 1w", "foo[5m] offset 1w"),
      ("0x1F + 1_000 + 1m + .5 + 5.", "31 + 1000 + 60 + 0.5 + 5"),
      ("\"a\\\"b\\n\"", "\"a\\\"b\\n\""),
      ("inf + NaN", "+Inf + NaN"),
      ("# a comment\nfoo # another", "foo"),
      ("histogram_quantile(0.9, (foo))", "histogram_quantile(0.9, (foo))"),
      ("sum", "sum"),
      ("offset + on", "{\"offset\"} + {\"on\"}"),
    ])
  func `a query is printed as it was understood`(_ query: String, _ text: String) throws {
    let expression = try Parser.parse(query)
    #expect(ExpressionPrinter.text(expression) == text)
    #expect(ExpressionPrinter.text(try Parser.parse(text)) == text)
  }

  @Test func `a long query is broken over lines`() throws {
    let query =
      "sum by (job) (rate(a_rather_long_metric_name_total{environment=\"production\"}[5m])) / "
      + "sum by (job) (rate(another_metric_total[5m]))"
    let expected = """
        sum by (job) (rate(a_rather_long_metric_name_total{environment="production"}[5m]))
      /
        sum by (job) (rate(another_metric_total[5m]))
      """
    let printed = ExpressionPrinter.pretty(try Parser.parse(query))
    #expect(printed == expected)
    #expect(try Parser.parse(printed) == Parser.parse(query))
  }

  @Test func `every prefix of a query parses or is refused inside it`() {
    let query = Array(
      ("sum by (a, \"b\") (rate({\"x\",y=~\"z.*\"}[5m:1m] @ 1.5 offset -1h)) / on(a) group_left(c) "
        + "topk(2, -foo ^ 2) > bool 1e3").utf8)
    for end in query.indices {
      do {
        _ = try Parser.parse(Array(query[..<end]))
      } catch {
        #expect((error.offset ?? 0) <= end)
      }
    }
  }

  @Test(arguments: ["foo{a%=\"b\"}", "foo%[5m]", "%foo", "foo[5%m]", "\"\\%x\"", "foo @ %1"])
  func `each of the 256 bytes at a place parses or is refused there`(_ template: String) {
    let parts = Array(template.utf8).split(separator: 0x25, omittingEmptySubsequences: false)
    for byte in UInt8.min...UInt8.max {
      let query = Array(parts[0]) + [byte] + Array(parts[1])
      do {
        let text = ExpressionPrinter.text(try Parser.parse(query))
        #expect(throws: Never.self) { _ = try Parser.parse(text) }
      } catch {
        #expect((error.offset ?? 0) <= query.count)
      }
    }
  }

  @Test(arguments: ["(", "-", "foo[5m:1m] + sum(", "{", "1+", "abs("])
  func `endless nesting ends in an error`(_ part: String) {
    let query = String(repeating: part, count: 50_000)
    #expect(throws: QueryError.self) { _ = try Parser.parse(query) }
  }

  @Test func `a long chain of operators is bounded`() {
    let query = Array(repeating: "1", count: 100_000).joined(separator: "+")
    #expect(throws: QueryError.self) { _ = try Parser.parse(query) }
  }
}
