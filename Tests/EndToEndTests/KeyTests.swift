import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// What keys do, from the command that makes one to the stream that its end closes.
@Suite struct KeyTests {
  private static func client(_ collector: RunningCollector, _ key: String?) throws -> HTTPClient {
    try HTTPClient(url: collector.url, key: key.map { Secret($0) })
  }

  private static func status(
    _ collector: RunningCollector, _ path: String, _ key: String?
  ) throws -> Int {
    try client(collector, key).request(.get, path).status
  }

  /// Runs a command; gives all that it said, on whichever stream.
  private static func run(_ words: [String]) throws -> (end: ChildProcess.End, said: String) {
    let process = try ChildProcess(
      "/bin/sh", ["-c", #"exec "$0" "$@" 1>&2"#, RunningCollector.program] + words)
    return try process.finish()
  }

  private static func key(in text: String) throws -> String {
    String(try #require(text.firstMatch(of: /baro_[0-9a-f]{64}/)).output)
  }

  @Test func `a key holds as soon as it is made and no longer than it is revoked`() throws {
    try RunningCollector.use { collector in
      #expect(try Self.status(collector, "/v1/events", nil) == 200)
      let made = try Self.run([
        "keys", "add", "--name", "grafana", "--role", "read", "--data", collector.data,
      ])
      #expect(made.end == .exit(0))
      let key = try Self.key(in: made.said)
      #expect(try FileSystem.mode(of: "\(collector.data)/keys.json") == 0o600)
      // Nothing that was written holds the key.
      for file in RunningCollector.files(below: collector.directory)
      where !file.hasSuffix("sock") {
        let bytes = try FileSystem.read(file, limit: 64 << 20)
        #expect(bytes.firstRange(of: Array(key.utf8.dropFirst(13))) == nil, "\(file)")
      }
      #expect(try Self.status(collector, "/v1/events", nil) == 401)
      #expect(try Self.status(collector, "/v1/events", key) == 200)
      let kept = try Self.client(collector, key)
      #expect(try kept.request(.get, "/v1/events").status == 200)
      let revoked = try Self.run(["keys", "revoke", "grafana", "--data", collector.data])
      #expect(revoked.end == .exit(0))
      // On the connection on which it was known, too.
      #expect(try kept.request(.get, "/v1/events").status == 401)
      #expect(try Self.status(collector, "/v1/events", key) == 401)
      let again = try Self.run([
        "keys", "add", "--name", "grafana", "--role", "read", "--data", collector.data,
      ])
      #expect(again.end == .exit(2))
      let owner = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
      let list = try owner.request(.get, "/v1/keys").text
      #expect(list.contains(#""name":"grafana","prefix":"\#(key.prefix(13))","roles":["read"]"#))
      #expect(!list.contains("sha256") && list.contains(#""revoked":""#))
    }
  }

  @Test func `keys made without a collector hold when it starts`() throws {
    try RunningCollector.use { collector in
      try collector.stop()
      let made = try Self.run([
        "keys", "add", "--name", "a", "--role", "read", "--data", collector.data, "--json",
      ])
      let key = try Self.key(in: made.said)
      try collector.start()
      #expect(try Self.status(collector, "/v1/events", nil) == 401)
      #expect(try Self.status(collector, "/v1/events", key) == 200)
      try collector.stop()
    }
  }

  @Test func `basic authentication brings the key as its password`() throws {
    let keys = TestKeys()
    try RunningCollector.use(keys: keys) { collector in
      func status(_ pair: String) throws -> Int {
        var text: [UInt8] = []
        Base64.encode(Array(pair.utf8), into: &text)
        let field = HTTPField("Authorization", Array("Basic ".utf8) + text)
        return try Self.client(collector, nil).request(.get, "/v1/events", headers: [field]).status
      }
      let key = keys["owner"]
      let pairs = ["pk-lf-1:\(key)", "\(key):", "\(key):wrong", ":", "no colon"]
      let statuses = try pairs.map { try status($0) }
      #expect(statuses == [200, 200, 401, 401, 401])
    }
  }

  @Test func `wrong keys are refused with one answer, and too many of an address wait`() throws {
    var keys = TestKeys()
    keys.add("expired", ["read"], #","expires":"2020-01-01T00:00:00Z""#)
    keys.add("revoked", ["read"], #","revoked":"2020-01-01T00:00:00Z""#)
    let configuration = "limits: {wrong_keys_per_min: 10}"
    try RunningCollector.use(configuration: configuration, keys: keys) { collector in
      let known = try Self.client(collector, keys["owner"])
      #expect(try known.request(.get, "/v1/events").status == 200)
      let id = HTTPField("X-Request-ID", "same")
      let wrong = "baro_" + String(repeating: "1", count: 64)
      let answers = try [wrong, keys["expired"], keys["revoked"], "nonsense"].map { key in
        let answer = try Self.client(collector, key).request(.get, "/v1/events", headers: [id])
        return "\(answer.status) \(answer.headers.map { "\($0)" }.filter { !$0.contains("Date") }) "
          + answer.text
      }
      #expect(Set(answers).count == 1, "\(answers)")
      #expect(answers[0].hasPrefix("401 "))
      var statuses: [Int] = []
      for _ in 0..<12 { statuses.append(try Self.status(collector, "/v1/events", wrong)) }
      #expect(statuses.prefix(6).allSatisfy { $0 == 401 })
      #expect(statuses.last == 429)
      // Not even a right one is looked at; on a connection where it was known it goes on.
      let late = try Self.client(collector, keys["owner"]).request(.get, "/v1/events")
      #expect(late.status == 429 && late.header("retry-after") != nil)
      #expect(try known.request(.get, "/v1/events").status == 200)
      #expect(try Self.status(collector, "/readyz", wrong) == 200)
    }
  }

  @Test func `a stream ends when its key does, and shows only its tenant's events`() throws {
    var keys = TestKeys()
    keys.add("acme", ["read"], tenant: "acme")
    try RunningCollector.use(keys: keys) { collector in
      let stream = try RawConnection(collector.url)
      try stream.send(
        "GET /v1/events/stream HTTP/1.1\r\nHost: localhost\r\n"
          + "Authorization: Bearer \(keys["acme"])\r\n\r\n")
      _ = try stream.read(until: "following")
      try collector.post(
        #"{"message":"of somebody","tenant":"other-one"}"# + "\n"
          + #"{"message":"of nobody"}"# + "\n" + #"{"message":"of acme","tenant":"acme"}"#,
        accepted: 3)
      let said = try stream.read(until: "of acme")
      #expect(!said.contains("somebody") && !said.contains("nobody"))
      let revoked = try Self.run([
        "keys", "revoke", "acme", "--config", "\(collector.directory)/barograph.yaml", "--data",
        collector.data,
      ])
      #expect(revoked.end == .exit(0), "\(revoked.said)")
      #expect(try stream.isClosed())
    }
  }

  @Test func `spending is told apart by tenant`() throws {
    try TwoTenants.use { scene in
      #expect(try scene.ask("GET", "/v1/spend", key: "read").text.contains(#""cost_usd":"2","#))
      let own = try scene.ask("GET", "/v1/spend", key: "read-\(TwoTenants.own)")
      #expect(own.text.contains(#""cost_usd":"1","#))
    }
  }

  @Test func `an address that others can reach is served with keys`() throws {
    let directory = "/tmp/barograph-e2e-\(ProcessFacts.id)-\(Random.word())"
    defer { Directories.removeAll(directory) }
    let path = "\(directory)/open.yaml"
    try FileSystem.createDirectory(directory)
    try FileSystem.writeAtomically(
      Array("listen: 0.0.0.0:0\nudp: off\ndata: \(directory)/data\n".utf8), to: path)
    let without = try Self.run(["config", "check", path])
    #expect(without.end == .exit(2) && without.said.contains("barograph keys add"))
    let made = try Self.run(["keys", "add", "--name", "a", "--role", "ingest", "--config", path])
    #expect(made.end == .exit(0), "\(made.said)")
    #expect(try Self.run(["config", "check", path]).end == .exit(0))
    try FileSystem.setMode(0o666, of: "\(directory)/data/keys.json")
    let writable = try Self.run(["config", "check", path])
    #expect(writable.end == .exit(2) && writable.said.contains("others may write it"))
  }
}
