import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Rules that a running collector evaluates.
@Suite struct RuleEvaluationTests {
  private static let patience: Int64 = 30_000_000_000

  private static func rules(above limit: String) -> String {
    """
    groups:
      - name: calls
        interval: 200ms
        rules:
          - record: model:calls:count
            expr: sum by (model) (llm_requests_total)
          - record: model:calls:double
            expr: model:calls:count * 2
          - alert: ManyCalls
            expr: model:calls:double > \(limit)
            labels: {severity: page}
            annotations: {summary: "{{ $labels.model }}: {{ $value }}"}
    """
  }

  /// Asks until the answer has all of `parts`.
  private func expect(
    _ path: String, has parts: [String], _ collector: RunningCollector,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let deadline = Clock.monotonic + Self.patience
    var answer = ""
    while Clock.monotonic < deadline {
      answer = try collector.text(path)
      if parts.allSatisfy({ answer.contains($0) }) { return }
    }
    Issue.record("\(path): \(answer)", sourceLocation: sourceLocation)
  }

  private func withRules(
    _ text: String, _ body: (_ path: String, RunningCollector) throws -> Void
  ) throws {
    let path = "/tmp/barograph-rules-\(Random.word()).yaml"
    try FileSystem.writeAtomically(Array(text.utf8), to: path)
    defer {
      do {
        try FileSystem.remove(path)
      } catch {
        Issue.record("cannot remove \(path): \(error)")
      }
    }
    try RunningCollector.use(["--rules", path]) { try body(path, $0) }
  }

  @Test func `a rule sees what those before it wrote, and its alert fires and is over`() throws {
    try withRules(Self.rules(above: "1")) { path, collector in
      let call = #"{"type":"llm","model":"gpt-4o","status":"ok","duration_ms":5}"#
      try collector.post(call, accepted: 1)
      try expect(
        "/api/v1/alerts",
        has: [
          #""alertname":"ManyCalls","model":"gpt-4o","severity":"page""#,
          #""annotations":{"summary":"gpt-4o: 2"},"state":"firing""#, #""value":"2e+00""#,
        ], collector)
      try expect("/api/v1/query?query=model:calls:double", has: [#""2"]"#], collector)
      try expect(
        "/api/v1/query?query=ALERTS", has: [#""alertstate":"firing""#, #""1"]"#], collector)
      try expect("/metrics", has: [#"ALERTS{alertname="ManyCalls",alertstate="firing""#], collector)

      try FileSystem.writeAtomically(Array(Self.rules(above: "100").utf8), to: path)
      collector.send(signal: ChildProcess.hangUp)
      try expect("/api/v1/alerts", has: [#""alerts":[]"#], collector)
      try expect("/api/v1/query?query=ALERTS", has: [#""result":[]"#], collector)
      try expect(
        "/api/v1/rules?type=alert", has: [#""state":"inactive""#, #""health":"ok""#], collector)
    }
  }

  @Test func `a rule that cannot be evaluated says why and the others go on`() throws {
    let text = """
      groups:
        - name: calls
          interval: 200ms
          rules:
            - record: broken
              expr: llm_requests_total * on (model) group_left llm_tokens_total
            - record: fine
              expr: vector(7)
      """
    try withRules(text) { _, collector in
      let calls = ["ok", "error"].map {
        #"{"type":"llm","model":"m","status":"\#($0)","input_tokens":1,"output_tokens":2}"#
      }
      _ = try collector.request(
        .post, "/v1/events", body: Array(calls.joined(separator: "\n").utf8))
      try expect("/api/v1/query?query=fine", has: [#""7"]"#], collector)
      try expect(
        "/api/v1/rules?type=record",
        has: [#""health":"err","lastError":"#, #""name":"fine""#, #""health":"ok""#], collector)
      try expect("/healthz", has: ["failing: broken"], collector)
    }
  }
}
