import PromQL
import Testing

/// Queries written anew and as trees.
@Suite struct QueryTreeTests {
  @Test(arguments: [
    ("sum(up)by(job)", "sum by (job) (up)"), ("a+b", "a + b"),
    (#"{"my.metric",a='b'}"#, #"{\"my.metric\",a=\"b\"}"#),
  ]) func `a query is formatted`(query: String, text: String) throws {
    #expect(
      try QueryScene.usual().text("POST", "/api/v1/format_query", [("query", query)])
        == #"{"status":"success","data":"\#(text)"}"#)
  }

  @Test(arguments: [
    ("1.5", #"{"type":"numberLiteral","val":"1.5"}"#),
    (#""a""#, #"{"type":"stringLiteral","val":"a"}"#),
    (
      "-(1)",
      #"{"expr":{"expr":{"type":"numberLiteral","val":"1"},"type":"parenExpr"},"#
        + #""op":"-","type":"unaryExpr"}"#
    ),
    (
      "up offset 5m",
      #"{"matchers":[{"name":"__name__","type":"=","value":"up"}],"name":"up","offset":300000,"#
        + #""startOrEnd":null,"timestamp":null,"type":"vectorSelector"}"#
    ),
    (
      "rate(up[1m] @ 3)",
      #"{"args":[{"matchers":[{"name":"__name__","type":"=","value":"up"}],"name":"up","#
        + #""offset":0,"range":60000,"startOrEnd":null,"timestamp":3000,"#
        + #""type":"matrixSelector"}],"func":{"argTypes":["matrix"],"name":"rate","#
        + #""returnType":"vector","variadic":0},"type":"call"}"#
    ),
    (
      "topk by (a) (2, vector(1))",
      #"{"expr":{"args":[{"type":"numberLiteral","val":"1"}],"func":{"argTypes":["scalar"],"#
        + #""name":"vector","returnType":"vector","variadic":0},"type":"call"},"#
        + #""grouping":["a"],"op":"topk","param":{"type":"numberLiteral","val":"2"},"#
        + #""type":"aggregation","without":false}"#
    ),
    (
      "1 < bool 2",
      #"{"bool":true,"lhs":{"type":"numberLiteral","val":"1"},"matching":null,"op":"<","#
        + #""rhs":{"type":"numberLiteral","val":"2"},"type":"binaryExpr"}"#
    ),
  ]) func `a query is told as a tree`(query: String, tree: String) throws {
    #expect(
      try QueryScene.usual().text("GET", "/api/v1/parse_query", [("query", query)])
        == #"{"status":"success","data":\#(tree)}"#)
  }
}
