import HTTP
import Outbound
import TestSupport
import Testing

/// The windows of the real program.
@Suite struct WindowTests {
  private static let trace = #""trace_id":"0102030405060708090a0b0c0d0e0f10""#

  /// What a row shows for a member, as text up to the next comma.
  private static func member(_ name: String, _ answer: String) -> String? {
    guard let start = answer.range(of: "\"\(name)\":") else { return nil }
    return String(answer[start.upperBound...].prefix { $0 != "," && $0 != "}" })
  }

  @Test func aCallIsInTheWindowsOnceItIsAnsweredAndAfterAKill() throws {
    try RunningCollector.use { collector in
      let call =
        #"{"type":"llm","event_id":"1","service":"chat","provider":"openai","model":"gpt-4o","#
        + #""status":"ok","duration_ms":500,"ttft_ms":120,"input_tokens":1000,"output_tokens":20}"#
      try collector.post(call, accepted: 1)
      try collector.post(call, duplicates: 1)
      let query = "/v1/windows?by=provider,model&window=1h&filter=service:chat"
      let before = try collector.text(query)
      #expect(Self.member("provider", before) == #""openai""#)
      #expect(Self.member("tpm", before) == "17")
      #expect(Self.member("p50", before) == "500")
      #expect(Self.member("cost_usd", before) == #""0.0027""#)
      #expect(Self.member("coverage", before) == "1")
      #expect(try collector.stop(ChildProcess.killNow) == .signal(9))
      try collector.start()
      let after = try collector.text(query)
      #expect(after.dropFirst(36) == before.dropFirst(36))
    }
  }

  @Test func anAnnouncedCallIsInFlightUntilItEnds() throws {
    try RunningCollector.use { collector in
      let query = "/v1/windows?window=10s"
      #expect(Self.member("in_flight", try collector.text(query)) == "null")
      let span = #""type":"llm","model":"m",\#(Self.trace),"span_id":"0102030405060708""#
      let now = try collector.text("/v1/windows").prefix(32).suffix(24)
      try collector.post("{\(span),\"start\":\"\(now)\"}", accepted: 1)
      let begun = try collector.text(query)
      #expect(Self.member("in_flight", begun) == "1" && Self.member("rpm", begun) == "6")
      #expect(Self.member("repm", begun) == "0")
      try collector.post("{\(span),\"start\":\"\(now)\",\"duration_ms\":1}", accepted: 1)
      let ended = try collector.text(query)
      #expect(Self.member("in_flight", ended) == "0" && Self.member("rpm", ended) == "6")
      #expect(Self.member("repm", ended) == "6")
    }
  }

  @Test func headroomIsWhatTheLimitLeaves() throws {
    let limits = #"[{provider: openai, model: "gpt-4o*", rpm: 100, tpm: 1000}]"#
    try RunningCollector.use(configuration: "provider_limits: \(limits)\n") { collector in
      let calls = (0..<10).map { _ in
        #"{"type":"llm","provider":"openai","model":"gpt-4o","input_tokens":40,"output_tokens":10}"#
      }
      try collector.post(calls.joined(separator: "\n"), accepted: 10)
      let answer = try collector.text("/v1/windows?by=provider,model&window=1m")
      #expect(answer.contains(#""headroom":{"rpm":90,"tpm":500,"seconds_to_429":"#))
    }
  }

  @Test(
    "what has no answer is refused with the reason",
    arguments: [
      ("by=user", "unknown_breakdown"), ("by=service,tenant", "unknown_breakdown"),
      ("window=2m", "bad_window"), ("sort=nothing", "bad_sort"), ("filter=chat", "bad_filter"),
      ("limit=0", "bad_limit"), ("spark=nothing", "bad_spark"), ("color=red", "unknown_parameter"),
    ])
  func refusals(query: String, code: String) throws {
    try RunningCollector.use { collector in
      let answer = try collector.get("/v1/windows?\(query)")
      #expect(answer.status == 400)
      #expect(answer.text.contains(#""code":"\#(code)""#))
    }
  }
}

extension String {
  /// Where `part` first stands.
  fileprivate func range(of part: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
      start = index(after: start)
    }
    return nil
  }
}
