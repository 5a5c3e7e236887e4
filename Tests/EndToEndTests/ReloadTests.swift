import Codec
import HTTP
import LinuxIO
import Outbound
import Synchronization
import TestSupport
import Testing

/// The configuration and the keys are read again while events come in.
@Suite struct ReloadTests {
  @Test func `reloads under load lose nothing, and no request is refused for them`() throws {
    let keys = TestKeys()
    try RunningCollector.use(configuration: "payloads: redacted", keys: keys) { collector in
      let (url, key) = (collector.url, Secret(keys["owner"]))
      let sent = Atomic(0)
      let isDone = Atomic(false)
      let failures = Mutex<[String]>([])
      let sender = try Thread(name: "sender") {
        do {
          let client = try HTTPClient(url: url, key: key)
          while !isDone.load(ordering: .relaxed) {
            let number = sent.add(1, ordering: .relaxed).newValue
            let line = #"{"message":"m","event_id":"\#(number)"}"#
            let answer = try client.request(.post, "/v1/events", body: Array(line.utf8))
            if answer.status != 200 { failures.withLock { $0.append(answer.text) } }
          }
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
      let owner = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
      for _ in 0..<100 {
        collector.send(signal: ChildProcess.hangUp)
        #expect(try owner.request(.post, "/v1/reload").status == 200)
      }
      isDone.store(true, ordering: .relaxed)
      sender.join()
      #expect(failures.withLock { $0 } == [])
      #expect(try collector.rowCount() == sent.load(ordering: .relaxed))
    }
  }

  @Test func `keys written by hand hold after a reload, and a broken file leaves the old ones`()
    throws
  {
    let keys = TestKeys()
    try RunningCollector.use(keys: keys) { collector in
      let path = "\(collector.directory)/keys.json"
      let owner = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
      var more = keys
      more.add("new", ["read"])
      let fresh = try HTTPClient(url: collector.url, key: Secret(more["new"]))
      #expect(try fresh.request(.get, "/v1/events").status == 401)
      try FileSystem.writeAtomically(more.file, to: path)
      #expect(try owner.request(.post, "/v1/reload").status == 200)
      #expect(try fresh.request(.get, "/v1/events").status == 200)

      try FileSystem.writeAtomically(Array(#"{"keys":[{"name":"x"}]}"#.utf8), to: path)
      let refused = try owner.request(.post, "/v1/reload")
      #expect(refused.status == 400)
      #expect(refused.text.contains("expected sha256, 64 hexadecimal digits"), "\(refused.text)")
      #expect(try fresh.request(.get, "/v1/events").status == 200)
    }
  }

  @Test func `of a configuration that is wrong in one place nothing holds`() throws {
    let keys = TestKeys()
    try RunningCollector.use(configuration: "payloads: redacted", keys: keys) { collector in
      let path = "\(collector.directory)/barograph.yaml"
      let before = try FileSystem.read(path, limit: 1 << 20)
      let owner = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
      func reload(with more: String) throws -> Response {
        try FileSystem.writeAtomically(before + Array(more.utf8), to: path)
        return try owner.request(.post, "/v1/reload")
      }
      let strict = "\nlimits: {client_requests_per_s: 1}\n"
      let wrong = try reload(with: strict + "prices: [/nowhere/prices.json]\n")
      #expect(wrong.status == 400 && wrong.text.contains("/nowhere/prices.json"))
      let fixed = try reload(with: strict + "dedup_window: 2h\n")
      #expect(fixed.status == 400 && fixed.text.contains("dedup_window"))
      for _ in 0..<5 { #expect(try collector.get("/v1/events").status == 200) }
      #expect(try reload(with: strict).status == 200)
      let statuses = try (0..<5).map { _ in try collector.get("/v1/events").status }
      #expect(statuses.contains(429))
    }
  }
}
