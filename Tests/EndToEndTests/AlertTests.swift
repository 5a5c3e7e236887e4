import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Alerts of the real program, from the calls that bring them about to who is told.
@Suite struct AlertTests {
  private static let failures = """
    groups:
      - name: calls
        interval: 200ms
        rules:
          - alert: CallsFail
            expr: |
              sum by (model) (increase(llm_errors_total[1m]))
                / sum by (model) (increase(llm_requests_total[1m])) > 0.5
            labels: {severity: page}
            annotations: {summary: "{{ $labels.model }}: {{ $value }}"}
    """
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

  @Test func `an alert is told once with its cause, all lists agree, and its end is told once`()
    throws
  {
    try FakeReceiver.use { hook in
      let configuration = AlertBench.configuration([("hook", hook)], route: "receiver: hook")
      try AlertBench.use(Self.failures, configuration) { bench in
        let failed = #"{"type":"llm","model":"gpt-4o","status":"error","error":"server","#
        try bench.collector.post(
          failed + #""trace_id":"\#(Self.trace)","duration_ms":5}"#, accepted: 1)
        let first = try bench.expect(1, by: hook)
        try #require(first.count == 1)
        try Self.expectFiring(first[0], bench)

        let fine = #"{"type":"llm","model":"gpt-4o","status":"ok","duration_ms":5}"#
        try bench.collector.post(
          Array(repeating: fine, count: 9).joined(separator: "\n"), accepted: 9)
        let all = try bench.expect(2, by: hook)
        try #require(all.count == 2)
        try Self.expectResolved(all[1], bench)
        #expect(all[1].key != all[0].key)
        #expect(hook.requests.count == 2)
      }
    }
  }

  private static func expectFiring(
    _ message: FakeReceiver.Message, _ bench: AlertBench
  ) throws {
    #expect(message.alerts == ["firing gpt-4o"])
    let start = message.part(/"startsAt":"([^"]*)"/)
    let fingerprint = message.part(/"fingerprint":"([0-9a-f]{16})"/)
    for part in [
      #"{"receiver":"hook","status":"firing","alerts":[{"status":"firing","labels":"#,
      #""labels":{"alertname":"CallsFail","model":"gpt-4o","severity":"page"}"#,
      #""annotations":{"summary":"gpt-4o: 1"}"#, #""endsAt":"0001-01-01T00:00:00Z""#,
      #""generatorURL":"https://baro.example.test/api/v1/query?query=sum%20by%20%28model%29"#,
      #""trace_ids":["\#(trace)"]"#, #""groupLabels":{"alertname":"CallsFail"}"#,
      #""externalURL":"https://baro.example.test","version":"4","#, #""reason":"state""#,
    ] {
      #expect(message.body.contains(part), "\(part) in \(message.body)")
    }
    try bench.expect(
      "/v1/alerts",
      has: [
        #""id":"\#(fingerprint)","name":"CallsFail","state":"firing""#, #""receivers":["hook"]"#,
        #""trace_ids":["\#(trace)"]"#, #""fired_at":"\#(start.dropLast(5))"#,
      ])
    try bench.expect(
      "/api/v1/alerts",
      has: [#""alertname":"CallsFail","model":"gpt-4o""#, #""state":"firing""#, #""value":"1e+00""#])
    try bench.expect(
      "/metrics", has: [#"ALERTS{alertname="CallsFail",alertstate="firing",model="gpt-4o""#])
    try bench.expect(
      "/v1/alerts/history",
      has: [#""name":"CallsFail""#, #""fired_at":"\#(start.dropLast(5))"#, #""resolved_at":null"#])
    try bench.expect(
      "/v1/notifications",
      has: [
        message.key, #""receiver":"hook","reason":"state""#, #""state":"sent","attempts":1,"#,
      ])
  }

  private static func expectResolved(
    _ message: FakeReceiver.Message, _ bench: AlertBench
  ) throws {
    #expect(message.alerts == ["resolved gpt-4o"])
    #expect(message.status == "resolved")
    let end = message.part(/"endsAt":"([^"]*)"/)
    #expect(end > message.part(/"startsAt":"([^"]*)"/))
    try bench.expect("/v1/alerts", has: [#""alerts":[]"#])
    try bench.expect("/api/v1/alerts", has: [#""alerts":[]"#])
    #expect(!(try bench.collector.text("/metrics").contains("ALERTS{")))
    try bench.expect(
      "/v1/alerts/history",
      has: [#""name":"CallsFail""#, #""resolved_at":"\#(end.dropLast(5))"#])
    try bench.expect(
      "/v1/notifications", has: [message.key, #""state":"sent","attempts":1,"#])
  }
}
