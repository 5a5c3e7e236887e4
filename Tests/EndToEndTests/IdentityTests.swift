import Codec
import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// What is sent again counts once, also after a kill and a restart.
@Suite struct IdentityTests {
  static let trace = "0af7651916cd43dd8448eb211c80319c"
  static let started =
    #"{"type":"span","trace_id":"\#(trace)","span_id":"b7ad6b7169203331","name":"chat"}"#
  static let ended =
    #"{"type":"span","trace_id":"\#(trace)","span_id":"b7ad6b7169203331","name":"chat","#
    + #""duration_ms":120,"status":"ok","input_tokens":7,"output_tokens":3}"#
  static let log =
    #"{"type":"log","trace_id":"\#(trace)","span_id":"b7ad6b7169203331","message":"x"}"#

  @Test func theSameSpanTwiceIsOneEventAndTwoLogLinesOfItAreTwo() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.ended, accepted: 1)
      try collector.post(Self.ended, duplicates: 1)
      try collector.post("\(Self.log)\n\(Self.log)\n", accepted: 2)
      #expect(try collector.rowCount() == 3)
    }
  }

  @Test func everyIdentityHoldsOverAKill() throws {
    let now = Timestamp.text(Clock.wall)
    let bodies = [
      #"{"event_id":"one","message":"a"}"#,
      #"{"src":"s1","seq":1,"message":"a"}"#,
      #"{"src":"s1","seq":2,"message":"a"}"#,
      #"{"src":"s1","seq":5,"message":"a"}"#,
      Self.ended,
      #"{"type":"llm","trace_id":"\#(Self.trace)","span_id":"00f067aa0ba902b7","attempt":1}"#,
      #"{"type":"llm","trace_id":"\#(Self.trace)","span_id":"00f067aa0ba902b7","attempt":2}"#,
      #"{"score":"helpful","value":0.5,"trace_id":"\#(Self.trace)","time":"\#(now)"}"#,
      #"{"message":"timed","time":"\#(now)"}"#,
    ]
    let keyed = [HTTPField("Idempotency-Key", "k-1")]
    try RunningCollector.use { collector in
      try collector.post(bodies.joined(separator: "\n"), accepted: bodies.count)
      try collector.post("{\"message\":\"p\"}\n{\"message\":\"q\"}", keyed, accepted: 2)
      for _ in 0..<2 {
        try collector.post(bodies.joined(separator: "\n"), duplicates: bodies.count)
        try collector.post("{\"message\":\"p\"}\n{\"message\":\"q\"}", keyed, duplicates: 2)
        #expect(try collector.rowCount() == bodies.count + 2)
        try collector.expectBalance()
        #expect(try collector.stop(ChildProcess.killNow) == .signal(9))
        try collector.start()
      }
      try collector.post(bodies.joined(separator: "\n"), duplicates: bodies.count)
    }
  }

  @Test func aGapIsLossUntilItIsFilled() throws {
    try RunningCollector.use { collector in
      let lines = [1, 2, 5].map { #"{"src":"s1","seq":\#($0),"service":"chat","message":"a"}"# }
      try collector.post(lines.joined(separator: "\n"), accepted: 3)
      let books = try collector.text("/v1/sources")
      #expect(
        books == """
          {"sources":[{"src":"s1","service":"chat","peer":null,"intake":"http","sent":5,\
          "stored":3,"duplicate":0,"rejected":0,"shed":0,"lost":2,"resent":0,"gaps":[[3,4]],\
          "identity":"src+seq"}],"next":null}

          """)
      try collector.post(#"{"src":"s1","seq":3,"service":"chat","message":"a"}"#, accepted: 1)
      #expect(try collector.text("/v1/sources").contains(#""lost":1,"resent":0,"gaps":[[4,4]]"#))
    }
  }

  @Test func theEndOfASpanCompletesItsStartAndAPoorerVersionTakesNothingAway() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.started, accepted: 1)
      try collector.post(Self.ended, accepted: 1)
      let full = try collector.text("/v1/events")
      #expect(full.contains(#""duration_ms":120"#))
      #expect(full.contains(#""input_tokens":7,"output_tokens":3"#))
      try collector.post(Self.started, duplicates: 1)
      #expect(try collector.text("/v1/events") == full)
      try collector.expectBalance()
      try collector.stop(ChildProcess.killNow)
      try collector.start()
      try collector.post("\(Self.started)\n\(Self.ended)", duplicates: 2)
      #expect(try collector.text("/v1/events") == full)
      #expect(try collector.rowCount() == 1)
    }
  }

  @Test func aStartFromBeforeAKillIsCompletedAfterIt() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.started, accepted: 1)
      try collector.stop(ChildProcess.killNow)
      try collector.start()
      try collector.post(Self.ended, accepted: 1)
      #expect(try collector.text("/v1/events").contains(#""duration_ms":120"#))
      #expect(try collector.rowCount() == 1)
    }
  }
}

extension RunningCollector {
  /// How many events are stored.
  func rowCount() throws -> Int {
    let answer = try value("SELECT count(*) AS n FROM events")
    let number = try #require(answer.firstMatch(of: /"rows":\[\[([0-9]+)\]\]/), "\(answer)")
    return try #require(Int(number.output.1))
  }
}
