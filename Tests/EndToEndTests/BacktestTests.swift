import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Rules over the past by the real program.
@Suite struct BacktestTests {
  /// Ranges are no shorter than twice the ten seconds before the collector began, which nobody can
  /// tell apart.
  private static let rules = """
    groups:
      - name: calls
        interval: 1s
        delay: 4s
        rules:
          - alert: CallsFail
            expr: sum by (model) (increase(llm_errors_total[20s])) >= 2
            labels: {severity: page}
            annotations: {summary: "{{ $labels.model }}: {{ $value }}"}
          - alert: AnyCall
            expr: sum by (service) (increase(llm_requests_total[25s])) > 0
    """

  /// Calls that failed, which ended some seconds ago.
  private static func calls(_ count: Int, _ model: String, ago seconds: Int64) -> String {
    let time = Clock.wall - seconds * 1_000_000_000
    let line =
      #"{"type":"llm","service":"s","model":"\#(model)","status":"error","error":"server","#
      + #""time":"\#(Timestamp.text(time))","trace_id":"4bf92f3577b34da6a3ce929d0e0e473\#(model)"}"#
    return (0..<count).map { line.dropLast() + #","span_id":"00f067aa0ba902b\#($0)"}"# }
      .joined(separator: "\n")
  }

  @Test func `the past gives what was told live, byte for byte, calls that came late included`()
    throws
  {
    try FakeReceiver.use { hook in
      let configuration = AlertBench.configuration([("hook", hook)], route: "receiver: hook")
      try AlertBench.use(Self.rules, configuration) { bench in
        let begin = Clock.wall / 1_000_000
        try bench.collector.post(Self.calls(3, "a", ago: 0), accepted: 3)
        try bench.expect(2, by: hook)
        try bench.collector.post(Self.calls(1, "b", ago: 0), accepted: 1)
        try bench.collector.post(
          Self.calls(1, "b", ago: 2).replacing("span_id", with: "request_id"), accepted: 1)
        _ = try Eventually.holds(within: 60) {
          try bench.collector.text("/v1/alerts").contains(#""alerts":[]"#)
            && hook.taken.count >= 5
        }
        let order = try Self.order(bench, from: begin)
        let answer = try bench.collector.request(
          .post, "/v1/rules/backtest", body: order)
        #expect(answer.status == 200)
        let found = try #require(try ConfigReader.read(answer.body).first)
        guard case .sequence(let messages)? = found["messages"]?.value else {
          Issue.record("no messages: \(String(decoding: answer.body, as: UTF8.self))")
          return
        }
        let live = hook.taken.map(\.body)
        #expect(live.count >= 5)
        #expect(messages.compactMap { $0["text"]?.text } == live)
        #expect(found["complete"]?.text == "true")
        #expect(found["failures"]?.value == .sequence([]))
      }
    }
  }

  private static func order(_ bench: AlertBench, from begin: Int64) throws -> [UInt8] {
    let path = bench.rulesPath
    let bytes = try FileSystem.read(path, limit: 1 << 20)
    var json = JSONWriter()
    json.beginObject()
    json.key("from")
    json.value(begin)
    json.key("files")
    json.beginArray()
    json.beginObject()
    json.key("path")
    json.value(path)
    json.key("text")
    json.value(utf8: bytes)
    json.endObject()
    json.endArray()
    json.endObject()
    return json.bytes
  }

  @Test func `the command draws the time, counts, and says what is wrong`() throws {
    let receivers = AlertBench.configuration([], route: "receiver: log")
      .replacing("receivers:\n\n\n", with: "")
    try AlertBench.use(Self.rules, receivers) { bench in
      try bench.collector.post(Self.calls(3, "a", ago: 0), accepted: 3)
      _ = try Eventually.holds {
        try bench.collector.text("/v1/alerts/history").contains("CallsFail")
      }
      let (end, said) = try bench.run(
        ["backtest", bench.rulesPath, "--from", "1m", "--url", bench.collector.url],
        command: "rules")
      #expect(end == .exit(0), "\(said)")
      for part in ["CallsFail", "model=a severity=page", "to log: firing CallsFail (1)"] {
        #expect(said.contains(part), "\(part) in \(said)")
      }
      let wrong = try bench.run(
        ["backtest", bench.rulesPath, "--from", "never", "--url", bench.collector.url],
        command: "rules")
      #expect(wrong.end == .exit(2), "\(wrong.said)")
    }
  }
}
