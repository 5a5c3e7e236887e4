import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// What the collector does not do, it refuses with a reason.
@Suite struct RefusalTests {
  /// Whether the answer is an error of this status and code, in the shape of all errors.
  private static func isRefusal(_ answer: Response, _ status: Int, _ code: String) -> Bool {
    answer.status == status && answer.text.hasPrefix("{\"error\":{\"code\":\"\(code)\",")
  }

  @Test func strangersAndWrongRoutesAreRefused() throws {
    try RunningCollector.use { collector in
      let raw = try RawConnection(collector.url)
      try raw.send("GET /v1/events HTTP/1.1\r\nHost: evil.example\r\n\r\n")
      #expect(try raw.readAnswer().head.hasPrefix("HTTP/1.1 403 "))
      let origin = try collector.post("{}", [HTTPField("Origin", "http://evil.example")])
      #expect(origin.status == 403)
      let unknown = try collector.get("/v1/nothing")
      #expect(Self.isRefusal(unknown, 404, "not_found"))
      let method = try collector.request(.delete, "/v1/events")
      #expect(Self.isRefusal(method, 405, "method_not_allowed"))
      #expect(method.header("allow")?.contains("POST") == true)
      #expect(unknown.text.contains(#""request_id":"\#(unknown.header("x-request-id") ?? "-")""#))
      let named = try collector.request(
        .get, "/v1/nothing", headers: [HTTPField("X-Request-ID", "abc-1")])
      #expect(named.header("x-request-id") == "abc-1")
    }
  }

  @Test func pagesOfAllowedOriginsMayAskAndAreTold() throws {
    let configuration = "allowed_origins: [\"https://grafana.example\"]"
    try RunningCollector.use(configuration: configuration) { collector in
      let page = HTTPField("Origin", "https://grafana.example")
      let preflight = try collector.request(.options, "/grafana/query", headers: [page])
      #expect(preflight.status == 204 && preflight.body.isEmpty)
      #expect(preflight.header("access-control-allow-origin") == "https://grafana.example")
      #expect(preflight.header("access-control-allow-methods") == "POST, OPTIONS")
      #expect(
        preflight.header("access-control-allow-headers") == "accept, authorization, content-type")
      let answer = try collector.request(.get, "/grafana", headers: [page])
      #expect(answer.status == 200)
      #expect(answer.header("access-control-allow-origin") == "https://grafana.example")
      #expect(answer.header("vary") == "Origin")
      // Nobody else hears of it.
      let other = HTTPField("Origin", "https://evil.example")
      let refused = try collector.request(.options, "/grafana/query", headers: [other])
      #expect(refused.status == 403 && refused.header("access-control-allow-origin") == nil)
      #expect(try collector.get("/grafana").header("access-control-allow-origin") == nil)
      #expect(try collector.request(.options, "/grafana/query").status == 405)
    }
  }

  @Test func administrationGoesThroughTheSocketOfTheDirectoryAlone() throws {
    try RunningCollector.use { collector in
      #expect(try collector.request(.post, "/v1/reload").status == 403)
      #expect(try FileSystem.mode(of: "\(collector.data)/admin.sock") == 0o600)
      let owner = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
      let answer = try owner.request(.post, "/v1/reload")
      #expect(answer.status == 200)
      #expect(answer.text == "{\"status\":\"ok\"}\n")
    }
  }

  @Test func whatIsTooLargeOrUnknownIsRefused() throws {
    try RunningCollector.use { collector in
      let raw = try RawConnection(collector.url)
      try raw.send(
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17000000\r\n\r\n")
      #expect(try raw.readAnswer().head.hasPrefix("HTTP/1.1 413 "))
      let brotli = try collector.post("{}", [HTTPField("Content-Encoding", "br")])
      #expect(brotli.status == 415)
      var bomb: [UInt8] = []
      var deflater = Deflater(.gzip)
      let zeros = [UInt8](repeating: 0x20, count: 1 << 20)
      for _ in 0..<80 { deflater.deflate(zeros, appendingTo: &bomb) }
      deflater.finish(appendingTo: &bomb)
      let answer = try collector.request(
        .post, "/v1/events", headers: [HTTPField("Content-Encoding", "gzip")], body: bomb)
      #expect(answer.status == 413)
      let torn = try collector.request(
        .post, "/v1/events", headers: [HTTPField("Content-Encoding", "gzip")],
        body: Array(bomb.prefix(100)))
      #expect(torn.status == 400)
      #expect(try collector.rowCount() == 0)
    }
  }

  @Test func depthEndsAtTheLimit() throws {
    func nested(_ depth: Int) -> String {
      let inner = depth - 1
      return #"{"a":"# + String(repeating: "[", count: inner) + String(repeating: "]", count: inner)
        + "}"
    }
    try RunningCollector.use { collector in
      try collector.post(nested(64), accepted: 1)
      let answer = try collector.post(nested(65))
      #expect(answer.status == 400)
      #expect(answer.text.contains(#""code":"too_deep""#))
    }
  }

  @Test func aSecondCollectorOnTheSameDirectoryOrPortIsRefusedByName() throws {
    try RunningCollector.use { collector in
      let sameData = try Self.run([
        "--data", collector.data, "--listen", "127.0.0.1:0", "--udp", "off",
      ])
      #expect(sameData.end == .exit(1))
      #expect(sameData.said.contains("another barograph"))
      #expect(sameData.said.contains(collector.data))
      let port = String(collector.url.dropFirst("http://".count))
      let samePort = try Self.run([
        "--data", "\(collector.directory)/other", "--listen", port, "--udp", "off",
      ])
      #expect(samePort.end == .exit(1))
      #expect(samePort.said.contains("the port is in use"))
      #expect(samePort.said.contains("--listen"))
      try collector.post(#"{"message":"m"}"#, accepted: 1)
    }
  }

  @Test func listeningBeyondThisMachineNeedsAWord() throws {
    let directory = "/tmp/barograph-e2e-\(ProcessFacts.id)-\(Random.word())"
    defer { Directories.removeAll(directory) }
    let open = try Self.run(["--data", directory, "--listen", "0.0.0.0:0", "--udp", "off"])
    #expect(open.end == .exit(2))
    #expect(open.said.contains("--anonymous"))
  }

  @Test func rulesThatAreWrongKeepItFromStarting() throws {
    let directory = "/tmp/barograph-e2e-\(ProcessFacts.id)-\(Random.word())"
    defer { Directories.removeAll(directory) }
    try FileSystem.createDirectory(directory)
    let rules = "\(directory)/rules.yaml"
    let text = "groups: [{name: a, rules: [{record: b, expr: 'sum('}]}]"
    try FileSystem.writeAtomically(Array(text.utf8), to: rules)
    let refused = try Self.run(
      ["--data", directory, "--listen", "127.0.0.1:0", "--udp", "off", "--rules", rules])
    #expect(refused.end == .exit(1))
    #expect(
      refused.said.contains(
        "cannot use rules from \(rules):1:51: group \"a\", rule 1, \"b\": cannot parse expression"),
      "\(refused.said)")
  }

  /// Runs `serve` with arguments that it refuses.
  private static func run(
    _ arguments: [String]
  ) throws -> (end: ChildProcess.End, said: String) {
    let process = try ChildProcess(RunningCollector.program, ["serve"] + arguments)
    return try process.finish(orSaying: "try: curl")
  }
}
