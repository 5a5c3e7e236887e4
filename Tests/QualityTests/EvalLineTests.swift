import Codec
import Quality
import Testing

/// Lines of calls and scores, and what is made of them.
struct EvalLineTests {
  static func line(_ text: String) throws -> EvalLine {
    try #require(try EvalLine(json: text.utf8))
  }

  @Test(arguments: [
    (#"{"type":"llm"}"#, EvalLine.Kind.call), (#"{"type":"score","score":"s"}"#, .score),
    (#"{"score":"s","value":1}"#, .score), (#"{"input":"x"}"#, .call),
    (#"{"type":"span"}"#, .other), (#"{"type":"log"}"#, .other),
  ])
  func `a line is a call unless it says what else it is`(_ text: String, _ kind: EvalLine.Kind)
    throws
  {
    #expect(try Self.line(text).kind == kind)
  }

  @Test func `members are found by name, also through objects and with dots in names`() throws {
    let line = try Self.line(#"{"a":{"b":{"c":1},"x.y":true},"a.z":"flat","n":null,"l":[1]}"#)
    #expect(line.text("a.b.c") == "1" && line.text("a.x.y") == "true" && line.text("a.z") == "flat")
    for name in ["a.b", "a.q", "n", "l", "", ".", "a."] { #expect(line.text(name) == nil) }
  }

  @Test func `money is a number though it is written as a text`() throws {
    let line = try Self.line(#"{"cost_usd":"0.5","duration_ms":12.25,"status":"soon"}"#)
    #expect(line.number("cost_usd") == 0.5 && line.number("duration_ms") == 12.25)
    #expect(line.number("status") == nil)
  }

  @Test func `places go from the narrowest to the widest`() throws {
    let line = try Self.line(
      #"{"trace_id":"t","span_id":"s","response_id":"r","session":"v"}"#)
    #expect(line.places.map(\.kind) == [.span, .trace, .response, .session])
    #expect(line.places.map(\.id) == ["t/s", "t", "r", "v"])
  }

  @Test func `a call for evaluators has texts, documents, words and money in their units`() throws {
    let line = try Self.line(
      """
      {"input":[{"role":"user","content":"hi"}],"output":"ho","expected":{"a":1},\
      "documents":["one",{"id":"d","text":"two"},{"id":"e"}],"duration_ms":1.5,"ttft_ms":1,\
      "cost_usd":"0.000000000001","model":"m","attrs":{"team":"x","deep":{"er":2}}}
      """)
    let call = FinishedCall(line)
    #expect(call.input == Array(#"[{"role":"user","content":"hi"}]"#.utf8))
    #expect(call.output == Array("ho".utf8) && call.expected == Array(#"{"a":1}"#.utf8))
    #expect(call.documents == [Array("one".utf8), Array("two".utf8)])
    #expect(call.duration == 1_500_000 && call.timeToFirstToken == 1_000_000 && call.cost == 1)
    #expect(call.words == ["model": "m", "attrs.team": "x", "attrs.deep.er": "2"])
    #expect(call.identity == FinishedCall(line).identity)
    let other = FinishedCall(try Self.line(#"{"output":"ho"}"#))
    #expect(call.identity != other.identity)
  }

  @Test func `a result carries the line, its scores, what was said and where it came from`() throws
  {
    let line = try Self.line(#"{"item":"i1","scores":{"old":1,"new":2},"run":3,"output":"o"}"#)
    let text = Array(#"{"item":"i1"}"#.utf8)
    let origin = EvalResult.Origin(line: 7, text: text, names: ["new", "judge", "none"])
    let effort = EvalResult.Effort(cost: 2_500_000, requests: 2, duration: 3_000_000)
    let opinions = [
      EvalResult.Opinion(
        name: "new", evaluator: "length",
        outcome: .score(Score(name: "new", value: .boolean(true), comment: "short"))),
      EvalResult.Opinion(
        name: "judge", evaluator: "judge", outcome: .failed("refused"), effort: effort),
      EvalResult.Opinion(name: "none", evaluator: "json", outcome: .missing("no output")),
    ]
    let json = String(decoding: EvalResult(line, origin, opinions).json, as: UTF8.self)
    #expect(
      json == """
        {"item":"i1","output":"o","scores":{"old":1,"new":true},"evaluations":[\
        {"score":"new","evaluator":"length","value":true,"comment":"short"},\
        {"score":"judge","evaluator":"judge","failed":"refused","cost_usd":"0.0000025",\
        "requests":2,"ms":3},\
        {"score":"none","evaluator":"json","missing":"no output"}],\
        "run":{"line":7,"hash":"\(origin.hash)","asked":["new","judge","none"]}}
        """)
    let read = try Self.line(json)
    #expect(EvalResult.Origin(read) == origin)
    let again = EvalResult.opinions(of: read)
    #expect(again.map(\.outcome) == opinions.map(\.outcome))
    #expect(again.map(\.evaluator) == opinions.map(\.evaluator))
    #expect(again.map(\.effort) == opinions.map(\.effort))
  }
}
