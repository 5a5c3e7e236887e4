import Codec
import HTTP
import LinuxIO
import Outbound
import Terminal
import TestSupport
import Testing

/// `barograph top` on a terminal, through the real program.
@Suite(.serialized) struct TopTests {
  private static let calls = (0..<40).map { index in
    let model = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "unheard-of-1"][index % 4]
    let provider = ["openai", "openai", "anthropic", "acme"][index % 4]
    let end = index % 7 == 0 ? #""status":"error","error_type":"server""# : #""status":"ok""#
    return """
      {"type":"llm","event_id":"c\(index)","service":"\(["chat", "search"][index % 2])",\
      "provider":"\(provider)","model":"\(model)","operation":"chat","tenant":"t\(index % 3)",\
      "trace_id":"0102030405060708090a0b0c0d0e0f\(index + 10)",\
      "span_id":"01020304050607\(index + 10)",\(end),"duration_ms":\(100 + index * 37),\
      "ttft_ms":\(50 + index),"input_tokens":\(1_000 + index * 10),"output_tokens":\(20 + index)}
      """
  }.joined(separator: "\n")

  @Test func keysWorkAndTheTerminalIsLeftAsItWas() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.calls, accepted: 40)
      let top = try TopTerminal(collector.url, in: collector.directory)
      try top.wait { $0.text.contains("claude-sonnet-4-5") && $0.text.contains("● connected") }
      #expect(top.terminal.isAlternate && !top.terminal.modes.contains(25))
      top.program.type("/sonnet\r")
      try top.wait { $0.text.contains("/sonnet") && $0.text.contains("of 4") }
      top.program.type("\r")
      try top.wait {
        $0.text.contains("› claude-sonnet-4-5 › services") && $0.text.contains("1 of 1")
      }
      top.program.type("\r")
      try top.wait { $0.text.contains("RECENT CALLS") && $0.text.contains("1 of 10") }
      top.program.type("\r")
      try top.wait { $0.text.contains("[llm]") && $0.text.contains("counted: a call to a model") }
      top.program.resize(width: 120, height: 40)
      top.terminal.resize(width: 120, height: 40)
      try top.wait { $0.text.split(separator: "\n").last?.contains("F2 settings") == true }
      top.program.type("\u{1B}OQ\u{1B}[C")
      try top.wait { $0.text.contains("settings: ") }
      top.program.type("q")
      try top.wait { !$0.text.contains("settings: ") }
      top.program.type("q")
      #expect(try top.end() == .exit(0))
      let saved = try FileSystem.read(
        "\(collector.directory)/config/barograph/top.json", limit: 10_000)
      #expect(TopSettings(saved).subject == .tenants)
    }
  }

  @Test(
    "however it ends, the terminal is as before",
    arguments: [(15, 0), (2, 0), (1, 0), (11, 11), (6, 6), (0, 0)] as [(Int32, Int32)])
  func restored(signal: Int32, end: Int32) throws {
    try RunningCollector.use { collector in
      let top = try TopTerminal(collector.url, in: collector.directory)
      try top.wait { $0.text.contains("● connected") }
      if signal == 0 { top.program.type("\u{3}") } else { top.program.send(signal: signal) }
      #expect(try top.end() == (end == 0 ? .exit(0) : .signal(end)))
    }
  }

  @Test func aCollectorThatGoesAndComesBackIsSaid() throws {
    let port = try TopTerminal.freePort()
    try RunningCollector.use(["--listen", "127.0.0.1:\(port)"]) { collector in
      try collector.post(Self.calls, accepted: 40)
      let top = try TopTerminal(collector.url, in: collector.directory)
      try top.wait { $0.text.contains("gpt-4o-mini") }
      try collector.stop(ChildProcess.killNow)
      try top.wait { $0.text.contains("✗ connection lost") }
      #expect(top.terminal.text.contains("gpt-4o-mini"))
      try collector.start()
      try top.wait { !$0.text.contains("connection lost") && $0.text.contains("● connected") }
      top.program.type("q")
      #expect(try top.end() == .exit(0))
    }
  }

  @Test func whereThereIsNoTerminalItPrintsOnce() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.calls, accepted: 40)
      let (text, end) = try TopTerminal.output(["top", "--url", collector.url])
      #expect(end == .exit(0))
      #expect(text.contains("gpt-4o-mini") && !text.contains("\u{1B}"))
      let (twice, _) = try TopTerminal.output([
        "top", "-b", "-n", "2", "--interval", "0.2", "--url", collector.url, "--by", "services",
      ])
      #expect(twice.split(separator: "\n").filter { $0.hasPrefix("Barograph") }.count == 2)
      let (wrong, code) = try TopTerminal.output(["top", "--url", collector.url, "--by", "x"])
      #expect(wrong.isEmpty && code == .exit(2))
      #expect(try TopTerminal.output(["top", "--url", "http://127.0.0.1:1"]).1 == .exit(1))
      let calm = try TopTerminal.output(["top", "--exit-status", "--url", collector.url])
      #expect(calm.1 == .exit(0))
    }
  }

  @Test func everyNumberShownIsTheAPIs() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.calls, accepted: 40)
      // The past is told by stretches of ten seconds: that of now is over when the next has begun.
      let posted = Clock.wall / 1_000_000_000
      let at = (posted / 10 + 1) * 10
      let live = try #require(Answer(try collector.get("/v1/windows?by=model&window=5m").body))
      while Clock.wall / 1_000_000_000 < at { _ = try collector.get("/readyz") }
      let moment = Timestamp.text(at * 1_000_000_000)
      for (subject, by) in [
        ("models", "provider,model"), ("services", "service"), ("tenants", "tenant"),
        ("errors", "error_type"),
      ] {
        let api = try #require(
          Answer(
            try collector.get("/v1/windows?by=\(by)&window=5m&limit=100&at=\(moment)").body))
        let (csv, end) = try TopTerminal.output([
          "top", "--csv", "--by", subject, "--window", "5m", "--at", moment, "--url",
          collector.url,
        ])
        #expect(end == .exit(0))
        let (text, _) = try TopTerminal.output([
          "top", "--once", "--by", subject, "--window", "5m", "--at", moment, "--url",
          collector.url,
        ])
        try TopFigures.compare(
          api, csv: csv, text: text, label: String(by.split(separator: ",").last ?? ""))
      }
      // What the windows of now said then is what the past says of it.
      let past = try #require(
        Answer(try collector.get("/v1/windows?by=model&window=5m&at=\(moment)").body))
      for group in live["groups"].items {
        let same = past["groups"].items.first { $0["labels"] == group["labels"] }
        for name in ["rpm", "repm", "tpm", "cost_usd", "error_rate", "coverage", "latency_ms"] {
          #expect(same?["windows"]["5m"][name] == group["windows"]["5m"][name], "\(name)")
        }
      }
      let json = try TopTerminal.output([
        "top", "--json", "--window", "5m", "--at", moment, "--url", collector.url,
      ]).0
      #expect(Answer(Array(json.utf8))?["groups"].items.count == 4)
      let spend = try #require(Answer(try collector.get("/v1/spend?period=day&at=\(moment)").body))
      let sum = past["groups"].items.compactMap { $0["windows"]["5m"]["cost_usd"].number }
        .reduce(0, +)
      #expect(abs((spend["cost_usd"].number ?? -1) - sum) < 1e-9)
      let now = try #require(Answer(try collector.get("/v1/spend").body))
      #expect(now["cost_usd"] == spend["cost_usd"])
    }
  }

  @Test func conditionsFieldsAndRefusals() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.calls, accepted: 40)
      func models(_ condition: String) throws -> [String] {
        let path = "/v1/windows?by=model&window=1m&sort=model&fields=rpm&where=\(condition)"
        return try #require(Answer(try collector.get(path).body))["groups"].items.compactMap {
          $0["labels"]["model"].text
        }
      }
      #expect(try models("model:gpt*") == ["gpt-4o", "gpt-4o-mini"])
      #expect(try models("model:gpt*%20and%20error_rate%3E50%25") == [])
      #expect(try models("not%20gpt") == ["claude-sonnet-4-5", "unheard-of-1"])
      #expect(try models("model!=gpt*%20and%20coverage%3C1") == ["unheard-of-1"])
      #expect(
        try models("(model:*mini%20or%20sonnet)%20and%20rpm%3E=10") == [
          "claude-sonnet-4-5", "gpt-4o-mini",
        ])
      #expect(try models("p95%3E1.3s").count == 4)
      let part = try collector.text("/v1/windows?window=1m&fields=rpm,latency_ms.p95")
      #expect(part.contains(#""windows":{"1m":{"rpm":40,"latency_ms":{"p95":"#))
      for (query, code) in [
        ("where=model:x", "bad_where"), ("by=model&where=rpm%3Ex", "bad_where"),
        ("by=model&where=(rpm%3E1", "bad_where"), ("fields=bogus", "bad_fields"),
        ("at=tomorrow", "bad_at"), ("at=2999-01-01T00:00:00Z", "bad_at"),
      ] {
        let answer = try collector.get("/v1/windows?\(query)")
        #expect(answer.status == 400)
        #expect(answer.text.contains(#""code":"\#(code)""#), "\(query)")
      }
      #expect(try collector.get("/v1/spend?period=year").status == 400)
    }
  }

  @Test func aCriticalAlertIsShownAcknowledgedAndAnExitStatus() throws {
    let rules = "/tmp/barograph-top-rules-\(ProcessFacts.id)-\(Random.word()).yaml"
    let text = """
      groups:
        - name: g
          interval: 1s
          rules:
            - alert: Down
              expr: vector(1)
              labels: {severity: critical}
      """
    try FileSystem.writeAtomically(Array(text.utf8), to: rules)
    defer { Directories.removeFile(rules) }
    try RunningCollector.use(["--rules", rules]) { collector in
      let top = try TopTerminal(
        collector.url, in: collector.directory, ["--data", collector.data])
      try top.wait { $0.text.contains("✗ Down") && $0.text.contains("alerts ✗1 (1 crit)") }
      let (said, end) = try TopTerminal.output(["top", "--exit-status", "--url", collector.url])
      #expect(said.contains("✗ Down"))
      #expect(end == .exit(1))
      top.program.type("a")
      try top.wait { $0.text.contains("✓ ana") }
      top.program.type("s\u{15}5m\r")
      try top.wait { $0.text.contains("silenced for 5m") }
      top.program.type("q")
      #expect(try top.end() == .exit(0))
    }
  }
}
