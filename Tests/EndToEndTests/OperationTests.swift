import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Reading back, following along, and the life of the process.
@Suite struct OperationTests {
  @Test func statementsOnlyRead() throws {
    try RunningCollector.use { collector in
      try collector.post(#"{"event_id":"a","message":"m"}"#, accepted: 1)
      for statement in [
        "DELETE FROM events", "DROP TABLE events", "INSERT INTO events DEFAULT VALUES",
        "UPDATE events SET name = 'x'", "ATTACH DATABASE '/tmp/x' AS x", "VACUUM",
        "CREATE TABLE t(a)", "PRAGMA journal_mode = DELETE", "SELECT 1; DELETE FROM events",
      ] {
        let answer = try collector.request(.post, "/v1/sql", body: Array(statement.utf8))
        #expect(answer.status == 403 || answer.status == 400, "\(statement): \(answer.text)")
        #expect(answer.text.hasPrefix(#"{"error":{"code":""#))
      }
      let wrong = try collector.request(.post, "/v1/sql", body: Array("SELEC".utf8))
      #expect(wrong.status == 400)
      #expect(try collector.rowCount() == 1)
    }
  }

  @Test func aTraceIsReadBackByItsId() throws {
    try RunningCollector.use { collector in
      let id = IdentityTests.trace
      try collector.post("\(IdentityTests.ended)\n\(IdentityTests.log)", accepted: 2)
      let trace = try collector.get("/v1/traces/\(id)")
      #expect(trace.status == 200)
      #expect(trace.text.hasPrefix(#"{"trace":{"trace_id":"\#(id)""#), "\(trace.text)")
      #expect(trace.text.contains(#""span_id":"b7ad6b7169203331""#))
      #expect(try collector.get("/v1/traces/\(String(id.reversed()))").status == 404)
      #expect(try collector.get("/v1/traces/b7ad6b7169203331").body == trace.body)
      #expect(try collector.get("/v1/traces/xyz").status == 404)
    }
  }

  @Test func aFollowerSeesWhatComes() throws {
    try RunningCollector.use { collector in
      try collector.post(#"{"message":"before"}"#, accepted: 1)
      let raw = try RawConnection(collector.url)
      try raw.send("GET /v1/events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(try raw.readHead().lowercased().contains("content-type: text/event-stream"))
      _ = try raw.read(until: ": following")
      try collector.post(#"{"message":"after"}"#, accepted: 1)
      let seen = try raw.read(until: #""message":"after""#)
      #expect(seen.contains("data: {"))
      #expect(!seen.contains("before"))
    }
  }

  @Test func stoppingAnswersWhatIsInFlight() throws {
    try RunningCollector.use { collector in
      let raw = try RawConnection(collector.url)
      let line = #"{"event_id":"late","message":"m"}"#
      try raw.send(
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
          + "Content-Length: \(line.utf8.count)\r\n\r\n")
      #expect(try raw.readHead().hasPrefix("HTTP/1.1 100 "))
      try raw.send(String(line.prefix(10)))
      collector.send(signal: ChildProcess.terminate)
      try collector.waitForLog("stopping: draining what came in")
      try raw.send(String(line.dropFirst(10)))
      let answer = try raw.readAnswer()
      #expect(answer.head.hasPrefix("HTTP/1.1 200 "))
      #expect(answer.body.hasPrefix(#"{"accepted":1,"#))
      #expect(try collector.end() == .exit(0))
      try collector.start()
      try collector.post(line, duplicates: 1)
    }
  }

  @Test func aSignalReloads() throws {
    try RunningCollector.use { collector in
      collector.send(signal: ChildProcess.hangUp)
      try collector.waitForLog("configuration reloaded")
      try collector.post(#"{"message":"m"}"#, accepted: 1)
    }
  }

  @Test(arguments: ["/livez", "/readyz", "/healthz"]) func healthIsOK(path: String) throws {
    try RunningCollector.use { collector in
      let answer = try collector.get(path)
      #expect(answer.status == 200)
      #expect(answer.text.hasPrefix(#"{"status":"ok""#))
      let head = try collector.request(.head, path)
      #expect(head.status == 200)
      #expect(head.body.isEmpty)
    }
  }
}
