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
      has: [
        #""alertname":"CallsFail","model":"gpt-4o""#, #""state":"firing""#, #""value":"1e+00""#,
      ])
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

  @Test func `alerts are acknowledged and silenced by the socket of the directory only`() throws {
    try FakeReceiver.use { hook in
      try FakeReceiver.use { pager in
        let more =
          "  - {name: pager, type: pagerduty, url: \"\(pager.url)\", "
          + "routing_key: 0123456789abcdef0123456789abcdef}"
        let configuration = AlertBench.configuration(
          [("hook", hook)],
          route: "receiver: hook, group_by: [model], "
            + "routes: [{receiver: hook, continue: true}, {receiver: pager}]", more: more)
        try AlertBench.use(AlertBench.oddCalls, configuration) { bench in
          try bench.call("a")
          try bench.expect(1, by: hook)
          try bench.expect(1, by: pager)
          try Self.acknowledge(bench, pager)
          try Self.silence(bench, hook)
          try bench.call("a")
          try bench.expect(6, by: hook)
          let paged = try bench.expect(7, by: pager)
          #expect(
            Set(paged.map { $0.part(/"event_action":"([a-z]+)"/) })
              == ["trigger", "acknowledge", "resolve"])
        }
      }
    }
  }

  private static func acknowledge(_ bench: AlertBench, _ pager: FakeReceiver) throws {
    let listed = try bench.run(["list", "--url", bench.collector.url])
    #expect(listed.said.contains("OddCalls"))
    let lists = try bench.collector.text("/v1/alerts")
    let id = try #require(lists.firstMatch(of: /"id":"([0-9a-f]{16})"/)?.output.1)

    let body = Array(#"{"by":"eve"}"#.utf8)
    #expect(try bench.collector.request(.post, "/v1/alerts/\(id)/ack", body: body).status == 403)
    let refused = try bench.run(["ack", "\(id)", "--url", bench.collector.url])
    #expect(refused.end == .exit(1), "\(refused.said)")
    #expect(try bench.collector.text("/v1/alerts").contains(#""acked":null"#))

    let done = try bench.order("ack", "\(id)", "--by", "ana", "--comment", "on it")
    #expect(done.end == .exit(0))
    #expect(done.said == "\(id) is acknowledged\n")
    try bench.expect("/v1/alerts", has: [#""acked":{"by":"ana","#, #""comment":"on it""#])
    try bench.expect("/v1/alerts/history", has: [#""by":"ana""#])
    let paged = try bench.expect(2, by: pager)
    #expect(
      paged.map { $0.part(/"event_action":"([a-z]+)"/) } == ["trigger", "acknowledge"])
    #expect(Set(paged.map { $0.part(/"dedup_key":"([^"]+)"/) }).count == 1)
    let unknown = try bench.order("ack", "0123456789abcdef")
    #expect(unknown.end == .exit(1))
    #expect(unknown.said.contains("no alert that fires has the id 0123456789abcdef"))
  }

  private static func silence(_ bench: AlertBench, _ hook: FakeReceiver) throws {
    let wish = #"{"matchers":["model=\"b\""],"duration":"1h","created_by":"eve"}"#
    let refused = try bench.collector.request(.post, "/v1/silences", body: Array(wish.utf8))
    #expect(refused.status == 403)
    let done = try bench.order(
      "silence", #"model="b""#, "--for", "1h", "--by", "ana", "--comment", "planned")
    #expect(done.end == .exit(0))
    let id = try #require(done.said.firstMatch(of: /until .* as ([0-9a-f]+)\n/)?.output.1)
    let silences = try bench.run(["silences", "--url", bench.collector.url])
    #expect(silences.said.contains("planned"))

    try bench.call("b")
    try bench.expect("/v1/alerts", has: [#""silenced_by":["\#(id)"]"#])
    // The look at the group that would have told of it has passed.
    try bench.call("c")
    #expect(try bench.expect(2, by: hook).last?.alerts == ["firing c"])
    let path = "/v1/silences/\(id)"
    #expect(try bench.collector.request(.delete, path).status == 403)
    let over = try bench.order("expire", "\(id)")
    #expect(over.said == "the silence \(id) is over\n")
    #expect(try bench.expect(3, by: hook).last?.alerts == ["firing b"])
    try bench.call("b")
    try bench.call("c")
    let ends = try bench.expect(5, by: hook).suffix(2).flatMap(\.alerts).sorted()
    #expect(ends == ["resolved b", "resolved c"])
  }

  @Test func `tokens without a price make a budget blind`() throws {
    let rules = """
      groups:
        - name: money
          interval: 500ms
          rules:
            - {budget: everything, usd: 1, period: day, min_coverage: 0.95}
      """
    try FakeReceiver.use { hook in
      let configuration = AlertBench.configuration([("hook", hook)], route: "receiver: hook")
      try AlertBench.use(rules, configuration) { bench in
        let calls = ["gpt-4o", "a-model-nobody-sells"].map {
          #"{"type":"llm","provider":"openai","model":"\#($0)","input_tokens":\#(50_000)}"#
        }
        try bench.collector.post(calls.joined(separator: "\n"), accepted: 2)
        let told = try bench.expect(1, by: hook)
        #expect(
          told.first?.body.contains(#""alertname":"budget_blind","budget":"everything""#) == true)
        try bench.expect(
          "/v1/budgets/everything",
          has: [
            #"{"name":"everything","usd":1,"period":"day","#, #""coverage":0.5,"#,
            #""exceeded":false,"blind":true}"#, #""spent_usd":0.125,"remaining_usd":0.875,"#,
          ])
        #expect(try bench.collector.get("/v1/budgets/nothing").status == 404)
      }
    }
  }

  @Test func `a trial message says whether a receiver works`() throws {
    try FakeReceiver.use { hook in
      try FakeReceiver.use(.refuses) { dead in
        let configuration = AlertBench.configuration(
          [("hook", hook), ("dead", dead)], route: "receiver: hook")
        try AlertBench.use(AlertBench.oddCalls, configuration) { bench in
          let done = try bench.order("test", "hook")
          #expect(done.end == .exit(0))
          #expect(done.said == "hook took the trial message\n")
          let trial = try bench.expect(1, by: hook)
          #expect(trial.first?.body.contains(#""reason":"trial","title":"[TEST]"#) == true)

          let failed = try bench.order("test", "dead")
          #expect(failed.end == .exit(1))
          #expect(failed.said.contains("the trial message was not delivered: "))
          let unknown = try bench.order("test", "hokk")
          #expect(unknown.end == .exit(1))
          #expect(unknown.said.contains("there is no receiver hokk"))
          #expect(try bench.collector.request(.post, "/v1/receivers/hook/test").status == 403)
          #expect(hook.requests.count == 1)
        }
      }
    }
  }

  @Test func `a thousand alerts of a group are one message`() throws {
    try FakeReceiver.use { hook in
      let configuration = AlertBench.configuration(
        [("hook", hook)], route: "receiver: hook")
      try AlertBench.use(AlertBench.oddCalls, configuration) { bench in
        let lines = (0..<1_000).map { #"{"type":"llm","model":"m\#($0)"}"# }
        let text = lines.joined(separator: "\n")
        try bench.collector.post(text, accepted: 1_000)
        let told = try bench.expect(1, by: hook, within: 90)
        #expect(told.first?.alerts.count == 100)
        #expect(told.first?.body.contains(#""truncatedAlerts":900"#) == true)
        #expect(told.first?.body.contains(#""title":"[FIRING:1000] OddCalls"#) == true)
        try bench.collector.post(text, accepted: 1_000)
        let over = try bench.expect(2, by: hook, within: 90)
        #expect(over.last?.body.contains(#""truncatedAlerts":900"#) == true)
        #expect(over.last?.status == "resolved")
        #expect(hook.requests.count == 2)
      }
    }
  }
}
