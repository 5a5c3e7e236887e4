import Codec
import LinuxIO
import Outbound
import TestSupport
import Testing

/// What is stored, read back through the doors.
@Suite struct HistoryTests {
  private static func lines(_ count: Int) -> String {
    (0..<count).map { index in
      #"{"type":"llm","trace_id":"\#(hex(index / 2 + 1, 32))","span_id":"\#(hex(index + 1, 16))","#
        + #""service":"chat","model":"m\#(index % 3)","session":"s\#(index / 10)","user":"u","#
        + #""request_id":"r\#(index)","duration_ms":\#(index + 1),"cost_usd":0.5,"#
        + #""input_tokens":10,"output":"say \"\#(index)\",\nplease","status":"#
        + (index % 5 == 0 ? #""error","error":"lost \#(index) of them"}"# : #""ok"}"#)
    }.joined(separator: "\n")
  }

  private static func hex(_ number: Int, _ digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: digits - text.count) + text
  }

  @Test func listsOfTracesSessionsAndErrorsAnswer() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.lines(40), accepted: 40)
      let traces = try collector.text("/v1/traces?model=m1&status=ok&min_cost=1&limit=3")
      #expect(traces.hasPrefix(#"{"traces":[{"trace_id":"\#(Self.hex(19, 32))","service":"chat""#))
      #expect(traces.contains(#""span_count":2,"error_count":0,"counted_calls":2,"#))
      #expect(traces.contains(#""calls_without_usage":0,"cost_usd":"1""#))
      #expect(traces.split(separator: #""trace_id""#).count == 4)
      #expect(
        try collector.text("/v1/traces?min_duration=1000") == "{\"traces\":[],\"next\":null}\n")
      #expect(try collector.get("/v1/traces?min_cost=much").status == 400)
      let sessions = try collector.text("/v1/sessions?user=u&limit=2")
      #expect(sessions.hasPrefix(#"{"sessions":[{"session":"s3","user":"u","started":""#))
      #expect(sessions.contains(#""is_active":true,"events":10,"calls":10,"errors":2,"#))
      #expect(sessions.hasSuffix("\"next\":\"3\"}\n"), "\(sessions)")
      let session = try collector.text("/v1/sessions/s1?limit=4")
      #expect(session.split(separator: #""id":"#).count == 5)
      #expect(session.contains(#""cost_usd":"5","coverage":1},"events":[{"id":20,"#))
      #expect(try collector.get("/v1/sessions/none").status == 404)
      let errors = try collector.text("/v1/errors?service=chat")
      #expect(errors.contains(#""type":"other","message":"lost <n> of them","count":8,"#))
      #expect(errors.contains(#""sample":{"event":36,"trace_id":"\#(Self.hex(18, 32))"}}],"#))
      #expect(try collector.get("/v1/errors?colour=red").status == 400)
    }
  }

  @Test func exportsAreWholeAndStreamed() throws {
    try RunningCollector.use { collector in
      let count = 3_000
      try collector.post(Self.lines(count), accepted: count)
      let lines = try collector.text("/v1/events?format=ndjson").split(separator: "\n")
      #expect(lines.count == count)
      #expect(lines.first?.hasPrefix(#"{"id":3000,"#) == true)
      #expect(lines.last?.hasPrefix(#"{"id":1,"#) == true)
      let some = try collector.text("/v1/events?format=ndjson&model=m2&limit=7&cursor=100")
      #expect(some.split(separator: "\n").count == 7)
      let csv = try collector.text("/v1/events?format=csv&limit=2")
      let rows = csv.split(separator: "\r\n")
      #expect(rows.count == 3)
      #expect(rows[0].hasPrefix("id,type,time,start,received_at,duration_ms,"))
      #expect(rows[1].contains(",\"say \"\"2999\"\",\nplease\","))
      for path in ["format=xml", "format=csv&limit=0", "format=csv&colour=red"] {
        #expect(try collector.get("/v1/events?\(path)").status == 400)
      }
    }
  }

  @Test func aClientThatReadsSlowlyGetsAllAndOneThatGoesAwayCostsNothing() throws {
    try RunningCollector.use { collector in
      let count = 6_000
      try collector.post(Self.lines(count), accepted: count)
      let gone = try RawConnection(collector.url)
      try gone.send("GET /v1/events?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n")
      _ = try gone.readHead()
      let slow = try RawConnection(collector.url)
      try slow.send("GET /v1/events?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(try slow.readHead().contains("Content-Type: application/x-ndjson"))
      // Others are answered while its answer waits in the kernel's buffers.
      for _ in 0..<20 { #expect(try collector.rowCount() == count) }
      let rest = try slow.read(until: "\r\n0\r\n\r\n")
      #expect(rest.split(separator: "\"type\":\"llm\"").count > count / 2)
      #expect(rest.contains(#"{"id":1,"type""#))
    }
  }

  @Test func anAnswerOfWhichMoreWaitsThanIsKeptForAClientGoesOnWhenItReads() throws {
    try RunningCollector.use { collector in
      let text = String(repeating: "0123456789abcde ", count: 3_750)
      for part in 0..<3 {
        let lines = (0..<100).map { #"{"event_id":"\#(part)-\#($0)","message":"\#(text)"}"# }
        try collector.post(lines.joined(separator: "\n"), accepted: lines.count)
      }
      let slow = try RawConnection(collector.url)
      try slow.send(
        "GET /v1/events?format=ndjson HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      // While another client is served, with whom it takes turns, its buffers fill.
      let fast = try collector.text("/v1/events?format=ndjson")
      let all = try slow.readToEnd()
      #expect(all.count > fast.utf8.count)
      #expect(all.suffix(5).elementsEqual("0\r\n\r\n".utf8))
    }
  }
}
