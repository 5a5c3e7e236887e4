import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Evaluators in the real program: finished calls in, scores out.
@Suite struct EvaluatorTests {
  private static let some = """
    payloads: off
    evaluators:
      - {name: valid, check: json, when: {prompt: extract}}
      - {name: refused, check: refusal}
      - {name: leaks, check: pii, kinds: [email]}
      - name: priced
        check: regex
        pattern: "[0-9]+"
        full: true
        steps: [{parse: json}, {path: price.amount}]
        when: {prompt: extract, attrs.team: [red, "gr*"]}

    """

  /// A call whose span id ends in `id`, five digits.
  private static func call(_ id: String, _ output: String, prompt: String = "extract") -> String {
    #"{"type":"llm","event_id":"\#(id)","service":"shop","model":"gpt-4o","prompt":"\#(prompt)","#
      + #""trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b71692\#(id)","#
      + #""session":"s1","duration_ms":120,"output":"\#(output)","attrs":{"team":"green"}}"#
  }

  @Test func `an input that was announced is seen with the call's end`() throws {
    let configuration = """
      payloads: off
      evaluators:
        - {name: asked, check: contains, target: input, any: [weather]}
        - {name: said, check: contains, any: [rain]}

      """
    try RunningCollector.use(configuration: configuration) { collector in
      let ids = #""type":"llm","trace_id":"0af7651916cd43dd8448eb211c80319c","#
      func begin(_ span: String, _ input: String) -> String {
        #"{\#(ids)"span_id":"b7ad6b7169\#(span)","start":"2026-11-21T10:00:00Z","#
          + #""input":"\#(input)"}"#
      }
      func end(_ span: String, _ more: String = "") -> String {
        #"{\#(ids)"span_id":"b7ad6b7169\#(span)","duration_ms":5,"output":"rain"\#(more)}"#
      }
      try collector.post(begin("000001", "the weather"), accepted: 1)
      try collector.post(begin("000002", "the weather"), accepted: 1)
      _ = try collector.post(end("000001"))
      _ = try collector.post(end("000002", #","input":"the time""#))
      // Nothing was announced of this one.
      try collector.post(end("000003"), accepted: 1)
      try Self.wait(collector, "said", 3)
      try Self.wait(collector, "asked", 2)
      #expect(
        try Self.scores(collector) == [
          "asked 0 02", "asked 1 01", "said 1 01", "said 1 02", "said 1 03",
        ])
      #expect(try collector.metrics()["barograph_announced_inputs_bytes"] == 0)
    }
  }

  /// Waits until a counter of evaluations stands where it should.
  private static func wait(
    _ collector: RunningCollector, _ evaluator: String, _ count: Int, outcome: String = "scored",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let name = "barograph_evaluations_total{evaluator=\"\(evaluator)\",outcome=\"\(outcome)\"}"
    let deadline = Clock.monotonic + 20_000_000_000
    var seen: Double?
    while Clock.monotonic < deadline {
      seen = try collector.metrics()[name]
      if seen == Double(count) { return }
    }
    Issue.record("\(name) is \(String(describing: seen))", sourceLocation: sourceLocation)
  }

  /// Score, value and last digits of the span, a line each.
  private static func scores(
    _ collector: RunningCollector, digits: Int = 2
  ) throws -> [String] {
    let answer = try collector.value(
      """
      SELECT name || ' ' || value || ' ' || ifnull(substr(span_id, -\(digits)), '-') FROM scores
      ORDER BY 1
      """)
    return answer.matches(of: /\["([^"]+)"\]/).map { String($0.output.1) }.filter {
      !$0.contains("||")
    }
  }

  @Test func `finished calls get scores whatever is kept of their payloads`() throws {
    try RunningCollector.use(configuration: Self.some) { collector in
      let lines = [
        Self.call("00001", #"{\"price\": {\"amount\": 12}}"#),
        Self.call("00002", "I'm sorry, but I can't help with that. Ask ann@example.org."),
        Self.call("00003", "Hello", prompt: "greet"),
      ].joined(separator: "\n")
      try collector.post(lines, accepted: 3)
      try Self.wait(collector, "valid", 2)
      try Self.wait(collector, "valid", 1, outcome: "skipped")
      try Self.wait(collector, "priced", 2)
      let expected = [
        "leaks 0 01", "leaks 0 03", "leaks 1 02", "priced 0 02", "priced 1 01", "refused 0 01",
        "refused 0 03", "refused 1 02", "valid 0 02", "valid 1 01",
      ]
      #expect(try Self.scores(collector) == expected)
      let payloads = try collector.value("SELECT count(*) FROM payloads")
      #expect(payloads.contains("[[0]]"), "\(payloads)")
      // Sent again: known, and so are its scores.
      try collector.post(lines, duplicates: 3)
      try collector.post(Self.call("00004", "42"), accepted: 1)
      try Self.wait(collector, "refused", 4)
      #expect(try Self.scores(collector).count == expected.count + 4)
      let trace = try collector.text("/v1/traces/0af7651916cd43dd8448eb211c80319c")
      #expect(trace.contains(#""scores":[{"id":"#), "\(trace)")
      let steps = try collector.value(
        "SELECT attrs ->> '$.steps[1].outcome' FROM scores WHERE name = 'priced' ORDER BY span_id")
      #expect(steps.contains(#"[["done"],["fell_back"],["fell_back"]]"#), "\(steps)")
    }
  }

  @Test func `calls of OTLP and datagrams are looked at too`() throws {
    try RunningCollector.use(configuration: Self.some) { collector in
      let body = """
        {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"6f1d0c2b9a8e7d6c5b4a392817060504",\
        "spanId":"2122334455667711","name":"chat gpt-4o","startTimeUnixNano":"\(Clock.wall)",\
        "endTimeUnixNano":"\(Clock.wall + 1_000_000)","attributes":[\
        {"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},\
        {"key":"gen_ai.request.model","value":{"stringValue":"gpt-4o"}},\
        {"key":"gen_ai.output.messages","value":{"stringValue":"[{\\"role\\":\\"assistant\\",\
        \\"parts\\":[{\\"type\\":\\"text\\",\\"content\\":\
        \\"Sorry, I cannot help with that.\\"}]}]"}}]\
        }]}]}]}
        """
      let answer = try collector.request(
        .post, "/v1/traces", headers: [HTTPField("Content-Type", Array("application/json".utf8))],
        body: Array(body.utf8))
      #expect(answer.status == 200, "\(answer.text)")
      try Self.wait(collector, "refused", 1)
      try collector.send(datagram: Array(Self.call("00022", "Yes.").utf8))
      try Self.wait(collector, "refused", 2)
      #expect(
        try Self.scores(collector) == [
          "leaks 0 11", "leaks 0 22", "priced 0 22", "refused 0 22", "refused 1 11", "valid 0 22",
        ])
    }
  }

  @Test func `a start is no finish, and the end that brings the output is`() throws {
    try RunningCollector.use(configuration: Self.some) { collector in
      let start =
        #"{"type":"llm","trace_id":"0af7651916cd43dd8448eb211c80319c","model":"gpt-4o","#
        + #""span_id":"b7ad6b7169200031","prompt":"extract","input":"ann@example.org?","#
        + #""start":"\#(Timestamp.text(Clock.wall))"}"#
      let end =
        #"{"type":"llm","trace_id":"0af7651916cd43dd8448eb211c80319c","model":"gpt-4o","#
        + #""span_id":"b7ad6b7169200031","duration_ms":5,"status":"ok","output":"{}"}"#
      try collector.post(start, accepted: 1)
      try collector.post(end, accepted: 1)
      try Self.wait(collector, "valid", 1)
      #expect(try Self.scores(collector) == ["leaks 0 31", "refused 0 31", "valid 1 31"])
    }
  }

  @Test func `a reload changes who looks, and a wrong one changes nothing`() throws {
    try RunningCollector.use(configuration: Self.some) { collector in
      let path = "\(collector.directory)/barograph.yaml"
      try collector.post(Self.call("00001", "[1"), accepted: 1)
      try Self.wait(collector, "refused", 1)
      let other = "payloads: off\nevaluators: [{name: words, check: length, unit: words}]\n"
      try FileSystem.writeAtomically(Array(other.utf8), to: path)
      collector.send(signal: ChildProcess.hangUp)
      try collector.waitForLog("configuration reloaded")
      try collector.post(Self.call("00002", "one two"), accepted: 1)
      try Self.wait(collector, "words", 1)
      try FileSystem.writeAtomically(
        Array(other.replacing("words", with: "wrds").utf8), to: path)
      collector.send(signal: ChildProcess.hangUp)
      try collector.waitForLog("unit must be one of characters words lines bytes")
      try collector.post(Self.call("00003", "one two three"), accepted: 1)
      try Self.wait(collector, "words", 2)
      try Self.wait(collector, "refused", 1)
      let found = try Self.scores(collector).filter { $0.hasPrefix("words") }
      #expect(found == ["words 2 02", "words 3 03"])
    }
  }

  @Test func `after a kill no score is there twice`() throws {
    try RunningCollector.use(configuration: Self.some) { collector in
      let lines = (0..<200).map { Self.call("\(10_000 + $0)", "Answer \($0)") }
      for start in stride(from: 0, to: lines.count, by: 20) {
        try collector.post(lines[start..<(start + 20)].joined(separator: "\n"), accepted: 20)
      }
      try collector.stop(ChildProcess.killNow)
      try collector.start()
      try collector.post(lines.joined(separator: "\n"), duplicates: 200)
      // What was not looked at before the kill never is: its payload was in memory only.
      let before = try Self.scores(collector, digits: 5)
      #expect(Set(before).count == before.count)
      try collector.post(Self.call("20000", "Answer"), accepted: 1)
      try Self.wait(collector, "refused", 1)
      let after = try Self.scores(collector, digits: 5)
      #expect(Set(after).count == after.count)
      #expect(after.count == before.count + 4)
      let windows = try collector.text("/v1/windows?window=1h")
      let count = after.count { $0.hasPrefix("refused") }
      #expect(windows.contains(#""refused":{"avg":0,"n":\#(count)}"#), "\(windows)")
    }
  }
}

/// More calls than can be looked at.
@Suite struct EvaluatorOverloadTests {
  private static let configuration = """
    memory_limit: 64MiB
    evaluators:
      - {name: heavy, check: overlap}
      - {name: language, check: language}

    """

  /// The sum of the outcomes, and how many were dropped.
  private static func outcomes(_ collector: RunningCollector) throws -> (all: Int, dropped: Int) {
    let samples = try collector.metrics().filter {
      $0.key.hasPrefix("barograph_evaluations_total{evaluator=\"heavy\"")
    }
    let dropped = samples.first { $0.key.contains("dropped") }?.value ?? 0
    return (Int(samples.values.reduce(0, +)), Int(dropped))
  }

  @Test func `what does not fit is dropped and counted, and every call is stored`() throws {
    try RunningCollector.use(configuration: Self.configuration) { collector in
      // Some 150 KB a call, of which 8 MiB may wait: those of one request are more than that.
      let words = (0..<10_000).map { "word\($0 % 977)x\($0)" }.joined(separator: " ")
      let call =
        #"{"type":"llm","model":"m","duration_ms":1,"output":"\#(words)","#
        + #""documents":[{"text":"\#(words.prefix(10_000))"}]}"#
      let (rounds, each) = (2, 80)
      for _ in 0..<rounds {
        try collector.post(
          Array(repeating: call, count: each).joined(separator: "\n"), accepted: each)
      }
      let deadline = Clock.monotonic + 60_000_000_000
      var seen = try Self.outcomes(collector)
      while seen.all < rounds * each, Clock.monotonic < deadline {
        seen = try Self.outcomes(collector)
      }
      #expect(seen.all == rounds * each)
      #expect(seen.dropped > 0)
      let calls = try collector.value("SELECT count(*) FROM llm_calls")
      #expect(calls.contains("[[\(rounds * each)]]"))
    }
  }
}
