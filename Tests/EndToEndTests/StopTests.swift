import Codec
import HTTP
import LinuxIO
import Outbound
import Synchronization
import TestSupport
import Testing

/// The end that the collector is asked for, and the reload that it is asked for.
@Suite struct StopTests {
  /// What was answered 200, by thread.
  private final class Answers: Sendable {
    let accepted = Mutex<[String]>([])
    let unanswered = Mutex<[String]>([])
  }

  private static func line(_ id: String) -> [UInt8] {
    Array(#"{"event_id":"\#(id)","message":"m","service":"s"}"#.utf8)
  }

  /// Sends events one after the other until nobody listens any more.
  private static func send(to url: String, as name: String, _ answers: Answers) throws {
    let client = try HTTPClient(url: url)
    for number in 0... {
      let id = "\(name)-\(number)"
      do throws(ClientError) {
        let answer = try client.request(.post, "/v1/events", body: line(id))
        guard answer.status == 200 else {
          answers.unanswered.withLock { $0.append(id) }
          return
        }
        answers.accepted.withLock { $0.append(id) }
      } catch {
        answers.unanswered.withLock { $0.append(id) }
        return
      }
    }
  }

  @Test func aStopUnderLoadLosesNothingThatWasAnswered() throws {
    try RunningCollector.use { collector in
      let answers = Answers()
      let url = collector.url
      let senders = try (0..<6).map { name in
        try Thread(name: "sender") {
          do {
            try Self.send(to: url, as: "s\(name)", answers)
          } catch {
            Issue.record("\(error)")
          }
        }
      }
      while answers.accepted.withLock({ $0.count }) < 300 { _ = try collector.get("/livez") }
      #expect(try collector.stop() == .exit(0))
      for sender in senders { sender.join() }
      #expect(String(decoding: collector.log, as: UTF8.self).contains(#""message":"stopped""#))
      let accepted = answers.accepted.withLock { $0 }
      let unanswered = answers.unanswered.withLock { $0 }
      try collector.start()
      // All that was answered is there, and what was not can be sent again without harm.
      let lines = accepted.map { String(decoding: Self.line($0), as: UTF8.self) }
      try collector.post(lines.joined(separator: "\n"), duplicates: accepted.count)
      for id in unanswered { try collector.post(String(decoding: Self.line(id), as: UTF8.self)) }
      #expect(
        try collector.value("SELECT count(*), count(DISTINCT event_id) FROM event_rows")
          .contains("[\(accepted.count + unanswered.count),"))
    }
  }

  private func reload(_ collector: RunningCollector) throws -> Response {
    try HTTPClient(url: "unix:\(collector.data)/admin.sock").request(.post, "/v1/reload")
  }

  private func configure(_ collector: RunningCollector, _ text: String) throws {
    try FileSystem.writeAtomically(Array(text.utf8), to: "\(collector.directory)/barograph.yaml")
  }

  /// What is stored of a prompt that is sent now.
  private func storedInput(_ collector: RunningCollector, _ id: String) throws -> String {
    try collector.post(
      #"{"type":"llm","model":"m","input_tokens":1,"input":"hello","event_id":"\#(id)"}"#,
      accepted: 1)
    return try collector.value(
      "SELECT coalesce(max(t.input), '-') AS input FROM event_rows r LEFT JOIN payload_texts t"
        + " USING (id) WHERE r.id = (SELECT max(id) FROM event_rows)")
  }

  @Test(arguments: [
    ("prices: [none.json]", "cannot read prices from none.json"),
    ("rules: [none.yaml]", "cannot read rules from none.yaml"),
    ("receivers: [{name: a, type: slack, url: {env: NO_SUCH}}]", "NO_SUCH"),
    ("route: {receiver: nobody}", "there is no receiver 'nobody'"),
    ("durability: commit", "a restart is needed to change durability"),
    ("paylods: off", "unknown key 'paylods'"),
  ])
  func areloadThatFailsChangesNothing(text: String, said: String) throws {
    try RunningCollector.use(configuration: "payloads: off\n") { collector in
      #expect(try storedInput(collector, "1").contains(#""-""#))
      try configure(collector, "payloads: redacted\nlog: {level: error}\n\(text)\n")
      let refused = try reload(collector)
      #expect(refused.status == 400)
      #expect(refused.text.contains(said), "\(refused.text)")
      #expect(refused.text.contains("the old configuration stays in force"))
      #expect(try storedInput(collector, "2").contains(#""-""#))
      // The refused one left nothing behind that a good one would trip over.
      try configure(collector, "payloads: redacted\n")
      #expect(try reload(collector).status == 200)
      try collector.waitForLog("configuration reloaded")
      #expect(try storedInput(collector, "3").contains(#""hello""#))
    }
  }

  @Test func reloadsThatComeTogetherAreEachAnswered() throws {
    try RunningCollector.use(configuration: "payloads: off\n") { collector in
      let socket = "unix:\(collector.data)/admin.sock"
      let failures = Mutex<[String]>([])
      let askers = try (0..<8).map { _ in
        try Thread(name: "asker") {
          do throws(ClientError) {
            let client = try HTTPClient(url: socket)
            for _ in 0..<20 {
              let answer = try client.request(.post, "/v1/reload")
              if answer.status != 200 { failures.withLock { $0.append(answer.text) } }
            }
          } catch {
            failures.withLock { $0.append("\(error)") }
          }
        }
      }
      for number in 0..<100 {
        collector.send(signal: ChildProcess.hangUp)
        try collector.post(#"{"event_id":"\#(number)","message":"m"}"#, accepted: 1)
      }
      for asker in askers { asker.join() }
      #expect(failures.withLock { $0 } == [])
      #expect(try collector.value("SELECT count(*) FROM event_rows").contains("[100]"))
    }
  }
}
