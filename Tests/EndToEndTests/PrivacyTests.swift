import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// `erase`, `export`, `hold` and `audit` as people run them.
@Suite struct PrivacyTests {
  private static let user = "user-4711-canary"

  /// Runs the program to its end; gives how it ended and what it wrote to both outputs.
  private static func run(
    _ words: [String], killAfter milliseconds: Int32? = nil
  ) throws -> (end: ChildProcess.End, said: String) {
    let process = try ChildProcess(
      "/bin/sh", ["-c", #"exec "$0" "$@" >&2"#, RunningCollector.program] + words)
    return try process.finish(within: milliseconds ?? 120_000)
  }

  /// A line of the user in every fourth event, others who name them in between.
  private static func lines(_ range: Range<Int>) -> String {
    range.map { number in
      switch number % 4 {
      case 0:
        #"{"type":"llm","model":"gpt-4o","user":"\#(user)","session":"s-\#(number)","#
          + #""input_tokens":5,"output_tokens":7,"input":"I am \#(user), the one of \#(number)"}"#
      case 1:
        #"{"level":"error","message":"no access for \#(user)","user":"other-\#(number)"}"#
      case 2: #"{"message":"m","attrs":{"peer":"\u0075ser-4711-canary","n":\#(number)}}"#
      default: #"{"type":"llm","model":"gpt-4o","user":"other-\#(number % 10)","input_tokens":1}"#
      }
    }.joined(separator: "\n")
  }

  private static func places(_ collector: RunningCollector) throws -> [String] {
    let name = Array(user.utf8)
    return try RunningCollector.files(below: collector.data).filter { file in
      guard !file.hasSuffix(".sock") else { return false }
      let bytes = try FileSystem.read(file, limit: 1 << 28)
      return String(decoding: bytes, as: UTF8.self).contains(String(decoding: name, as: UTF8.self))
    }
  }

  @Test func whatWasErasedIsInNoFileAndNoAnswer() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.lines(0..<400))
      let calls = try collector.metrics().filter { $0.key.hasPrefix("llm_requests_total") }
      let export = try Self.run(["export", "--user", Self.user, "--data", collector.data])
      #expect(export.end == .exit(0))
      #expect(export.said.contains(#"{"record":"end","events":100,"sessions":100,"series":0}"#))
      let words = ["erase", "--user", Self.user, "--data", collector.data]
      let done = try Self.run(words + ["--json"])
      #expect(done.end == .exit(0), "\(done.said)")
      #expect(done.said.contains(#""complete":true"#))
      #expect(done.said.contains(#""deleted":{"events":100,"payloads":100,"sessions":100}"#))
      #expect(try Self.places(collector) == [])
      for path in [
        "/v1/events?limit=10000", "/v1/rejects", "/metrics", "/v1/errors", "/v1/windows",
      ] {
        #expect(try !collector.text(path).contains(Self.user), "\(path)")
      }
      #expect(try collector.rowCount() == 300)
      let after = try collector.metrics().filter { $0.key.hasPrefix("llm_requests_total") }
      #expect(after == calls)
      try collector.post(Self.lines(1_000..<1_004))
      let again = try collector.text("/v1/events?user=\(Self.user)")
      #expect(again.contains("the one of 1000"))
      try collector.stop()
      #expect(try Self.run(words).end == .exit(0))
      #expect(try Self.places(collector) == [])
      try collector.start()
      #expect(try collector.rowCount() == 303)
      let kept = try collector.metrics().filter { $0.key.hasPrefix("llm_requests_total") }
      #expect(kept.values.reduce(0, +) == calls.values.reduce(0, +) + 2)
    }
  }

  @Test func whoIsInMetricsAlertsAndSilencesIsErasedWholly() throws {
    let directory = "/tmp/barograph-e2e-erase-\(ProcessFacts.id)-\(Random.word())"
    try FileSystem.createDirectory(directory)
    let rules = "\(directory)/rules.yaml"
    defer {
      RunningCollector.files(below: directory).forEach { try? FileSystem.remove($0) }
      try? FileSystem.removeDirectory(directory)
    }
    try FileSystem.writeAtomically(
      Array(
        """
        groups:
          - name: g
            interval: 200ms
            rules:
              - {alert: Called, expr: sum by (tenant) (llm_tenant_requests_total) > 0}
              - {record: called, expr: sum by (tenant) (llm_tenant_requests_total)}
        """.utf8), to: rules)
    let configuration = "rules: [\(rules)]\nstarter_rules: false"
    try RunningCollector.use(configuration: configuration) { collector in
      try collector.post(
        #"{"type":"llm","model":"m","tenant":"\#(Self.user)","user":"\#(Self.user)"}"#, accepted: 1)
      let labels = #"[{"key":"user.id","value":{"stringValue":"\#(Self.user)"}}]"#
      let metrics =
        #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":["#
        + #"{"asDouble":7,"timeUnixNano":"\#(Clock.wall)","attributes":\#(labels)}]}}]}]}]}"#
      let sent = try collector.request(
        .post, "/v1/metrics", headers: [HTTPField("Content-Type", Array("application/json".utf8))],
        body: Array(metrics.utf8))
      #expect(sent.status == 200)
      let client = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
      let silence =
        #"{"matchers":["tenant=\"\#(Self.user)\""],"duration":"1h","created_by":"\#(Self.user)"}"#
      #expect(try client.request(.post, "/v1/silences", body: Array(silence.utf8)).isSuccess)
      let address = silence.replacing(#"\"\#(Self.user)\""#, with: #"\"a@example.com\""#)
      #expect(try client.request(.post, "/v1/silences", body: Array(address.utf8)).status == 400)
      let deadline = Clock.monotonic + 20_000_000_000
      while try !collector.text("/v1/alerts").contains(Self.user), Clock.monotonic < deadline {}
      // What queries found out of labels must not outlive them.
      _ = try collector.text("/api/v1/query?query=llm_tenant_requests_total")

      let export = try Self.run(["export", "--user", Self.user, "--data", collector.data])
      #expect(export.end == .exit(0))
      #expect(export.said.contains(#""events":1,"sessions":0,"series":"#), "\(export.said)")
      let words = ["erase", "--user", Self.user, "--data", collector.data, "--json"]
      let done = try Self.run(words)
      #expect(done.end == .exit(0), "\(done.said)")
      #expect(try Self.places(collector) == [])
      let paths = [
        "/v1/alerts", "/v1/alerts/history", "/v1/silences", "/api/v1/alerts", "/api/v1/rules",
        "/metrics", "/v1/notifications", "/api/v1/query?query=%7B__name__%3D~%22.%2B%22%7D",
        "/api/v1/series?match%5B%5D=%7B__name__%3D~%22.%2B%22%7D",
      ]
      for path in paths { #expect(try !collector.text(path).contains(Self.user), "\(path)") }
      // The numbers stay, and so does the alert over them, under a name that says nothing.
      #expect(try collector.text("/v1/alerts").contains(#""state":"firing""#))
      try collector.stop()
      try collector.start()
      #expect(try Self.places(collector) == [])
      for path in paths { #expect(try !collector.text(path).contains(Self.user), "\(path)") }
    }
  }

  @Test func whatIsDoneWithoutACollectorIsInTheAuditToo() throws {
    try RunningCollector.use { collector in
      try collector.post(#"{"message":"m"}"#, accepted: 1)
      try collector.stop()
      let copy = "\(collector.data)/../copy-\(Random.word()).db"
      defer { try? FileSystem.remove(copy) }
      let data = ["--data", collector.data]
      for words in [
        ["keys", "add", "--name", "chat", "--role", "ingest"], ["keys", "revoke", "chat"],
        ["backup", copy],
      ] { #expect(try Self.run(words + data).end == .exit(0), "\(words)") }
      let report = try Self.run(["audit", "report", "--csv"] + data)
      let rows = report.said.split(separator: "\r\n").dropFirst().map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      #expect(rows.map { $0[3] } == ["keys.add", "keys.revoke", "backup"])
      #expect(rows.prefix(2).allSatisfy { $0[4] == "chat" && $0[2].hasPrefix("command ") })
      #expect(try Self.run(["audit", "verify"] + data).end == .exit(0))
    }
  }

  @Test func aPersonHidesBehindAPseudonymAndIsFoundByTheirName() throws {
    try RunningCollector.use { collector in
      let address = "canary.bird@example-mail.org"
      try collector.post(
        #"{"type":"llm","model":"m","user":"\#(address)","session":"\#(address)"}"#, accepted: 1)
      #expect(try collector.text("/v1/events").contains(#""user":"hmac:"#))
      let export = try Self.run(["export", "--user", address, "--data", collector.data])
      #expect(export.said.contains(#""events":1,"sessions":1"#))
      let held = try Self.run(["hold", "add", "--user", address, "--data", collector.data])
      #expect(held.end == .exit(0))
      let words = ["erase", "--session", address, "--data", collector.data]
      let refused = try Self.run(words)
      #expect(refused.end == .exit(1))
      #expect(refused.said.contains("under a hold"))
      #expect(try Self.run(["hold", "release", "1", "--data", collector.data]).end == .exit(0))
      #expect(try Self.run(words).end == .exit(0))
      #expect(try collector.rowCount() == 0)
      let report = try Self.run(["audit", "report", "--csv", "--data", collector.data])
      #expect(!report.said.contains(address))
      #expect(!report.said.contains("hmac:"))
      let acts = report.said.split(separator: "\r\n").dropFirst().map {
        $0.split(separator: ",")[3]
      }
      #expect(acts == ["export", "hold.add", "erase", "hold.release", "erase"])
    }
  }

  @Test(arguments: [UInt64(0xE5A5)]) func oneThatIsKilledIsCompletedByTheNext(seed: UInt64) throws {
    var state = seed
    try RunningCollector.use { collector in
      for start in stride(from: 0, to: 8_000, by: 2_000) {
        try collector.post(Self.lines(start..<start + 2_000))
      }
      let words = ["erase", "--user", Self.user, "--data", collector.data]
      for round in 0..<4 {
        let client = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
        state = state &* 6_364_136_223_846_793_005 &+ 1
        if round % 2 == 0 {
          // The command asks and goes; the collector is killed at work.
          _ = try Self.run(words, killAfter: Int32(state >> 33 % 300) + 20)
          _ = try client.request(.get, "/v1/erase")
          #expect(try collector.stop(ChildProcess.killNow) == .signal(9))
        } else {
          // The directory's own erasure is killed.
          try collector.stop()
          _ = try Self.run(words, killAfter: Int32(state >> 33 % 400) + 50)
        }
        try collector.start()
      }
      let done = try Self.run(words)
      #expect(done.end == .exit(0), "\(done.said)")
      #expect(try Self.places(collector) == [])
      #expect(try collector.rowCount() == 6_000)
    }
  }

  @Test func administrationIsAuditedAndTheTrailCanBeProved() throws {
    try RunningCollector.use { collector in
      let client = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
      _ = try client.request(.post, "/v1/reload")
      let silence =
        #"{"matchers":["a=\"b\""],"duration":"1h","created_by":"ana","comment":"for a@b.example"}"#
      #expect(try client.request(.post, "/v1/silences", body: Array(silence.utf8)).isSuccess)
      #expect(try client.request(.delete, "/v1/silences/none").status == 404)
      let audit = try client.request(.get, "/v1/audit?limit=10").text
      #expect(audit.contains(#""act":"reload","target":"","outcome":"ok""#))
      #expect(audit.contains(#""act":"silence.expire","target":"none","outcome":"404""#))
      #expect(try !client.request(.get, "/v1/silences").text.contains("a@b.example"))
      #expect(try collector.get("/v1/audit").status == 403)
      #expect(try !collector.value("SELECT * FROM audit").contains("silence.add"))
      try collector.stop(ChildProcess.killNow)
      let log = String(decoding: collector.log, as: UTF8.self)
      let hashes = log.matches(of: /"audit_hash":"([0-9a-f]{64})"/).map { String($0.output.1) }
      #expect(hashes.count == 3)
      for hash in hashes {
        let whole = try Self.run(["audit", "verify", "--expect", hash, "--data", collector.data])
        #expect(whole.end == .exit(0), "\(whole.said)")
      }
      let shell = try ChildProcess(
        "/bin/sh",
        [
          "-c", "exec \"$0\" \"$@\"", RunningCollector.program, "audit", "verify", "--data",
          "/nowhere",
        ])
      #expect(shell.wait() == .exit(1))
    }
  }

  @Test func aTenantsOwnRulesHideMore() throws {
    let configuration = """
      redaction:
        tenants:
          - tenant: acme
            ip: true
            fields: [message]
            patterns: [{name: badge, regex: "B-[0-9]+"}]
          - {tenant: quiet, payloads: off}
      """
    try RunningCollector.use(configuration: configuration) { collector in
      for tenant in ["acme", "globex", "quiet"] {
        try collector.post(
          #"{"tenant":"\#(tenant)","name":"B-17","message":"from 192.0.2.7","note":"badge B-17","#
            + #""input":"at 192.0.2.7"}"#)
      }
      func event(_ tenant: String) throws -> String {
        try collector.text("/v1/events?tenant=\(tenant)")
      }
      let acme = try event("acme")
      #expect(acme.contains(#""message":"[redacted:message]""#))
      #expect(acme.contains(#""note":"badge [redacted:badge]""#))
      #expect(acme.contains(#""name":"[redacted:badge]""#))
      #expect(acme.contains(#""input":"at [redacted:ip]""#))
      let other = try event("globex")
      #expect(other.contains(#""message":"from 192.0.2.7""#))
      #expect(other.contains(#""note":"badge B-17""#))
      #expect(other.contains(#""name":"B-17""#))
      #expect(other.contains(#""input":"at 192.0.2.7""#))
      let quiet = try event("quiet")
      #expect(!quiet.contains("input"))
      let counted = try collector.metrics()
      #expect(counted[#"barograph_redactions_total{kind="badge"}"#] == 2)
      #expect(counted[#"barograph_redactions_total{kind="ip"}"#] == 1)
      #expect(counted[#"barograph_redactions_total{kind="message"}"#] == 1)
    }
  }
}
