import Codec
import HTTP
import Outbound
import Testing

/// Datagrams: the same events, the same verdicts, counted to the last one.
@Suite struct DatagramIntakeTests {
  static let good = #"{"type":"llm","model":"gpt-4o","input_tokens":12,"service":"chat"}"#
  static let broken = #"{"message":"hi","level":"#

  private static func packed(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var deflater = Deflater(.gzip)
    deflater.deflate(Array(text.utf8), appendingTo: &bytes)
    deflater.finish(appendingTo: &bytes)
    return bytes
  }

  @Test func everyFormOfDatagramIsCountedToTheRecord() throws {
    try RunningCollector.use { collector in
      for number in 0..<200 {
        let line = #"{"event_id":"\#(number)","message":"m"}"#
        try collector.send(datagram: Array(line.utf8))
      }
      try collector.waitForDatagramRecords(200)
      try collector.send(datagram: Array("\(Self.good)\n\(Self.broken)\n\(Self.good)\n".utf8))
      try collector.send(datagram: Self.packed("\(Self.good)\n[]\n\(Self.good)"))
      try collector.send(datagram: Array(#"{"event_id":"7","message":"m"}"#.utf8))
      try collector.waitForDatagramRecords(207)
      let samples = try collector.metrics()
      #expect(samples["barograph_udp_datagrams_total"] == 203)
      #expect(samples["barograph_udp_kernel_drops_total"] == 0)
      #expect(collector.count("received_total", "udp", in: samples) == 207)
      #expect(collector.count("stored_total", "udp", in: samples) == 204)
      #expect(collector.count("duplicate_total", "udp", in: samples) == 1)
      #expect(collector.count("rejected_total", "udp", in: samples) == 2)
      #expect(try collector.rowCount() == 204)
    }
  }

  @Test(arguments: [
    good, broken, "[]", "7", "{}", #"{"a":1,}"#, #"{"duration_ms":-4,"message":"m"}"#,
    #"{"message":"\#("\\")ud800"}"#, "\u{FEFF}{}", " \t", #"{"time":"2001-01-01T00:00:00Z"}"#,
  ])
  func theVerdictIsThatOfHTTP(line: String) throws {
    try RunningCollector.use { collector in
      try collector.post(line)
      let http = try collector.metrics()
      let received = Int(collector.count("received_total", "http", in: http))
      try collector.send(datagram: Array(line.utf8))
      try collector.waitForDatagramRecords(received)
      let both = try collector.metrics()
      for family in ["received_total", "rejected_total"] {
        #expect(
          collector.count(family, "udp", in: both) == collector.count(family, "http", in: both))
      }
      for (name, value) in both where name.hasPrefix("barograph_events_rejected") {
        guard name.contains("\"http\"") else { continue }
        #expect(both[name.replacing("\"http\"", with: "\"udp\"")] == value)
      }
    }
  }

  @Test func refusedRecordsAreListedUnderTheirPeerAndCanBeReplayed() throws {
    try RunningCollector.use { collector in
      try collector.send(datagram: Array(Self.broken.utf8))
      try collector.waitForDatagramRecords(1)
      let rejects = try collector.text("/v1/rejects").replacing(
        /"received_at":"[^"]+"/, with: "\"received_at\":\"T\"")
      #expect(
        rejects == """
          {"rejects":[{"id":1,"received_at":"T","intake":"udp","peer":"127.0.0.1","line":1,\
          "code":"bad_json","field":"","message":"expected a value at column 25",\
          "text":"{\\"message\\":\\"hi\\",\\"level\\":"}],"next":null}

          """)
      let replay = try collector.request(.post, "/v1/rejects/replay")
      #expect(replay.text == "{\"accepted\":0,\"duplicates\":0,\"rejected\":1}\n")
      #expect(try collector.text("/v1/sources").contains(#""peer":"127.0.0.1","intake":"udp""#))
      #expect(try collector.text("/v1/rejects").contains("\"id\":2"))
    }
  }
}
