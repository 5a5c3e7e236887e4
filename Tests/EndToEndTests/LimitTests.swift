import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// How much a client may do, where from, and what happens beyond.
@Suite struct LimitTests {
  private static func post(
    _ collector: RunningCollector, _ count: Int, key: String? = nil, _ headers: [HTTPField] = []
  ) throws -> Response {
    let lines = Array(repeating: #"{"message":"m"}"#, count: count).joined(separator: "\n")
    return try HTTPClient(url: collector.url, key: key.map { Secret($0) })
      .request(.post, "/v1/events", headers: headers, body: Array(lines.utf8))
  }

  @Test func `a client that asks too often waits, and health does not`() throws {
    let configuration = "limits: {client_requests_per_s: 3}"
    try RunningCollector.use(configuration: configuration) { collector in
      let answers = try (0..<12).map { _ in try collector.get("/v1/events") }
      let refused = answers.filter { $0.status == 429 }
      #expect(answers.prefix(3).allSatisfy { $0.status == 200 })
      #expect(!refused.isEmpty)
      #expect(refused.allSatisfy { $0.header("retry-after") == "1" })
      #expect(refused.allSatisfy { $0.text.contains(#""code":"rate_limited""#) })
      let health = try (0..<12).map { _ in try collector.get("/readyz").status }
      #expect(health.allSatisfy { $0 == 200 })
      let owner = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
      let page = try owner.request(.get, "/metrics").text
      #expect(
        page.contains(
          "barograph_access_refused_total{reason=\"client_requests_per_s\"} \(refused.count)\n"))
    }
  }

  @Test func `a key's events are bounded, and nothing of a refused request is taken`() throws {
    var keys = TestKeys()
    keys.add("slow", ["ingest"], #","events_per_s":10"#)
    keys.add("fast", ["ingest"], #","events_per_s":1000000"#)
    let configuration = "limits: {client_events_per_s: 5}"
    try RunningCollector.use(configuration: configuration, keys: keys) { collector in
      #expect(try Self.post(collector, 60, key: keys["slow"]).status == 200)
      let refused = try Self.post(collector, 1, key: keys["slow"])
      #expect(refused.status == 429)
      let wait = Int(refused.header("retry-after") ?? "") ?? 0
      #expect((4...6).contains(wait), "\(wait)")
      for _ in 0..<5 { #expect(try Self.post(collector, 100, key: keys["fast"]).status == 200) }
      // Whoever has no rate of its own has that of all clients.
      #expect(try Self.post(collector, 6, key: keys["owner"]).status == 200)
      #expect(try Self.post(collector, 1, key: keys["owner"]).status == 429)
      #expect(try collector.rowCount() == 566)
    }
  }

  @Test func `a route has a limit of its own`() throws {
    let configuration = "limits: {routes: [{route: POST /v1/sql, requests_per_s: 1}]}"
    try RunningCollector.use(configuration: configuration) { collector in
      let statuses = try (0..<4).map { _ in
        try collector.request(.post, "/v1/sql", body: Array("SELECT 1".utf8)).status
      }
      #expect(statuses.first == 200 && statuses.contains(429))
      #expect(try collector.get("/v1/events").status == 200)
    }
  }

  @Test(
    "datagrams are taken from whom the configuration names",
    arguments: [
      ("", true, 0), ("udp_allow: [127.0.0.0/8]", true, 2), ("udp_allow: [10.0.0.0/8]", true, 0),
      ("anonymous: [ingest]", true, 2), ("", false, 2), ("udp_allow: [10.0.0.0/8]", false, 0),
    ])
  func datagrams(configuration: String, hasKeys: Bool, taken: Int) throws {
    try RunningCollector.use(configuration: configuration, keys: hasKeys ? TestKeys() : nil) {
      collector in
      for _ in 0..<2 { try collector.send(datagram: Array(#"{"message":"m"}"#.utf8)) }
      let deadline = Clock.monotonic + 20_000_000_000
      var (stored, refused) = (0.0, 0.0)
      while stored + refused < 2, Clock.monotonic < deadline {
        let samples = try collector.metrics()
        stored = samples["barograph_events_stored_total{intake=\"udp\"}"] ?? 0
        refused = samples["barograph_udp_refused_total"] ?? 0
      }
      #expect(stored == Double(taken) && refused == Double(2 - taken))
    }
  }

  @Test func `a source of too many datagrams is cut off and counted`() throws {
    let configuration = "limits: {client_events_per_s: 5}"
    try RunningCollector.use(configuration: configuration) { collector in
      let lines = Array(repeating: #"{"message":"m"}"#, count: 50).joined(separator: "\n")
      try collector.send(datagram: Array(lines.utf8))
      try collector.waitForDatagramRecords(50)
      try collector.send(datagram: Array(lines.utf8))
      let deadline = Clock.monotonic + 20_000_000_000
      var refused = 0.0
      while refused < 1, Clock.monotonic < deadline {
        refused = try collector.metrics()["barograph_udp_refused_total"] ?? 0
      }
      #expect(refused == 1)
      let samples = try collector.metrics()
      #expect(samples["barograph_access_refused_total{reason=\"udp_events_per_s\"}"] == 1)
      #expect(collector.count("received_total", "udp", in: samples) == 50)
    }
  }

  @Test(
    "a proxy's word counts only where it is trusted",
    arguments: [("trusted_proxies: [127.0.0.1]", true), ("trusted_proxies: [10.0.0.0/8]", false)])
  func proxies(setting: String, isTrusted: Bool) throws {
    let configuration = """
      \(setting)
      user_header: X-Person
      limits: {client_events_per_s: 5}
      """
    var keys = TestKeys()
    keys.add("admin", ["admin"])
    try RunningCollector.use(configuration: "anonymous: [ingest]\n" + configuration, keys: keys) {
      collector in
      func status(_ chain: String) throws -> Int {
        let field = HTTPField("X-Forwarded-For", Array(chain.utf8))
        return try Self.post(collector, 20, [field]).status
      }
      let first = try status("192.0.2.1")
      // The client wrote what stands before the address that the proxy added.
      let same = try status("198.51.100.9, 192.0.2.1")
      let other = try status("192.0.2.1, 192.0.2.2")
      let through = try status("192.0.2.3, 127.0.0.1")
      #expect(
        [first, same, other, through] == (isTrusted ? [200, 429, 200, 200] : [200, 429, 429, 429]))
      let person = HTTPField("X-Person", Array("ana@example.org".utf8))
      let made = try HTTPClient(url: collector.url, key: Secret(keys["admin"])).request(
        .post, "/v1/keys", headers: [person], body: Array(#"{"name":"n","roles":["read"]}"#.utf8))
      #expect(made.status == 201)
      try collector.waitForLog("key n added")
      let log = String(decoding: collector.log, as: UTF8.self)
      #expect(log.contains(#""by":"ana@example.org""#) == isTrusted)
      #expect(log.contains(#""by":"admin""#) == !isTrusted)
    }
  }
}
