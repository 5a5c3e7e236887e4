import Codec
import Quality
import Testing

/// The line of a score: whole, and the same for the same score of the same call.
struct CallTargetTests {
  private static func target() -> CallTarget {
    var target = CallTarget()
    target.traceID = "0af7651916cd43dd8448eb211c80319c"
    target.spanID = "b7ad6b7169203331"
    target.session = "s \"1\""
    target.words = ["service": "chat", "model": "gpt-4o", "prompt": "extract", "user": "u"]
    target.identity = Hash128(high: 1, low: 2)
    return target
  }

  private static func id(of line: [UInt8]) -> Substring {
    let text = String(decoding: line, as: UTF8.self)
    guard let start = text.firstRange(of: "\"event_id\":\"") else { return "" }
    return text[start.upperBound...].prefix { $0 != "\"" }
  }

  @Test(
    arguments: [
      (ScoreValue.boolean(true), "true"), (.number(0.25), "0.25"), (.category("de"), "\"de\""),
    ] as [(ScoreValue, String)])
  func `a line says all that is known of the call`(value: ScoreValue, written: String) {
    let line = Self.target().line(
      score: "valid", value, evaluator: "json", comment: "why",
      attributes: Array("{\"steps\":[]}".utf8))
    let expected =
      "{\"type\":\"score\",\"score\":\"valid\",\"value\":\(written),\"evaluator\":\"json\","
      + "\"comment\":\"why\",\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\","
      + "\"span_id\":\"b7ad6b7169203331\",\"session\":\"s \\\"1\\\"\",\"service\":\"chat\","
      + "\"model\":\"gpt-4o\",\"prompt\":\"extract\",\"event_id\":\"\(Self.id(of: line))\","
      + "\"attrs\":{\"steps\":[]}}"
    #expect(String(decoding: line, as: UTF8.self) == expected)
  }

  @Test func `a call without a span is named by its event id`() {
    var target = CallTarget()
    target.eventID = "e-1"
    let line = target.line(
      score: "valid", .boolean(true), evaluator: "json", attributes: Array("{\"a\":1}".utf8))
    let expected =
      "{\"type\":\"score\",\"score\":\"valid\",\"value\":true,\"evaluator\":\"json\","
      + "\"event_id\":\"\(Self.id(of: line))\",\"attrs\":{\"call_event_id\":\"e-1\",\"a\":1}}"
    #expect(String(decoding: line, as: UTF8.self) == expected)
  }

  @Test func `the same score of the same call is the same event`() {
    var other = Self.target()
    other.session = nil
    other.words = [:]
    let one = Self.target().line(score: "valid", .boolean(true), evaluator: "json")
    let two = other.line(score: "valid", .boolean(false), evaluator: "json")
    #expect(Self.id(of: one) == Self.id(of: two))
    #expect(Self.id(of: one).count == 38)
  }

  @Test func `another call, name or evaluator is another event`() {
    var other = Self.target()
    other.identity = Hash128(high: 1, low: 3)
    let target = Self.target()
    let ids = [
      target.line(score: "a", .boolean(true), evaluator: "bc"),
      target.line(score: "ab", .boolean(true), evaluator: "c"),
      target.line(score: "a", .boolean(true), evaluator: "b"),
      other.line(score: "a", .boolean(true), evaluator: "bc"),
    ].map { Self.id(of: $0) }
    #expect(Set(ids).count == ids.count)
  }
}
