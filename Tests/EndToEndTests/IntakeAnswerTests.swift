import Codec
import HTTP
import LinuxIO
import Outbound
import Testing

/// One body, sent in every way HTTP has: the same answer.
@Suite struct IntakeAnswerTests {
  static let lines = """
    {"type":"llm","model":"gpt-4o","input_tokens":12,"output_tokens":5,"service":"chat"}
    {"message":"hi","level":
    {"level":"info","message":"hello","attrs":{"x":1,"y":{"z":"q"}}}

    """
  static let answer =
    #"{"accepted":2,"duplicates":0,"rejected":1,"errors":[{"line":2,"code":"bad_json","#
    + #""field":"","message":"expected a value at column 25"}]}"# + "\n"

  @Test func aBrokenLineCostsNothingButItself() throws {
    try RunningCollector.use { collector in
      let answer = try collector.post(Self.lines)
      #expect(answer.status == 200)
      #expect(answer.text == Self.answer)
      #expect(answer.header("barograph-durability") == "fsync")
      let stored = try collector.text("/v1/events").replacing(
        /"(?<name>time|received_at)":"[^"]+"/
      ) { "\"\($0.output.name)\":\"T\"" }
      #expect(
        stored == """
          {"events":[{"id":2,"type":"log","time":"T","received_at":"T","service":"unknown",\
          "level":"info","message":"hello","attrs":{"x":1,"y":{"z":"q"}}},\
          {"id":1,"type":"llm","time":"T","received_at":"T","service":"chat","model":"gpt-4o",\
          "cost_usd":"0.00008","cost_status":"computed","input_tokens":12,"output_tokens":5,\
          "usage_reported":{"input_tokens":12,"output_tokens":5},\
          "leaves":{"input":12,"output":5},"context_used":0.000133}],"next":null}

          """)
    }
  }

  @Test func aBodyOfNothingButBrokenLinesIsRefusedInTheSameShape() throws {
    try RunningCollector.use { collector in
      let answer = try collector.post("{\n[1]\n")
      #expect(answer.status == 400)
      #expect(
        answer.text == """
          {"accepted":0,"duplicates":0,"rejected":2,"errors":[\
          {"line":1,"code":"bad_json","field":"","message":"expected a string at column 2"},\
          {"line":2,"code":"not_an_object","field":"","message":"expected a JSON object"}]}

          """)
    }
  }

  @Test func theEncodingOfTheBodyDoesNotMatter() throws {
    try RunningCollector.use { collector in
      for (name, format) in [("gzip", CompressedFormat.gzip), ("deflate", .zlib)] {
        var packed: [UInt8] = []
        var deflater = Deflater(format)
        deflater.deflate(Array(Self.lines.utf8), appendingTo: &packed)
        deflater.finish(appendingTo: &packed)
        let answer = try collector.request(
          .post, "/v1/events",
          headers: [HTTPField("Content-Encoding", Array(name.utf8))], body: packed)
        #expect(answer.status == 200)
        #expect(answer.text == Self.answer)
      }
    }
  }

  @Test func theWayTheBodyTravelsDoesNotMatter() throws {
    try RunningCollector.use { collector in
      let size = Self.lines.utf8.count
      let plain = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(size)\r\n\r\n"
      let chunks = Self.lines.split(by: 7).map {
        "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n"
      }
      let chunked =
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunks.joined() + "0\r\n\r\n"
      let raw = try RawConnection(collector.url)
      try raw.send(chunked)
      #expect(try raw.readAnswer().body == Self.answer)
      try raw.send(plain + Self.lines + chunked + plain + Self.lines)
      for _ in 0..<3 { #expect(try raw.readAnswer().body == Self.answer) }
      for byte in (plain + Self.lines).utf8 { try raw.send([byte]) }
      #expect(try raw.readAnswer().body == Self.answer)
      for byte in chunked.utf8 { try raw.send([byte]) }
      #expect(try raw.readAnswer().body == Self.answer)
      try raw.send(plain.replacing("\r\n\r\n", with: "\r\nExpect: 100-continue\r\n\r\n"))
      #expect(try raw.readHead().hasPrefix("HTTP/1.1 100 "))
      try raw.send(Self.lines)
      #expect(try raw.readAnswer().body == Self.answer)
    }
  }

  @Test func aDocumentIsTakenWholeOrNotAtAll() throws {
    try RunningCollector.use { collector in
      let json = [HTTPField("Content-Type", "application/json")]
      try collector.post(#"[{"message":"a"},{"message":"b"}]"#, json, accepted: 2)
      try collector.post(#"{"message":"c"}"#, json, accepted: 1)
      let mixed = try collector.post(#"[{"message":"d"},7]"#, json)
      #expect(mixed.status == 200)
      #expect(
        mixed.text == """
          {"accepted":1,"duplicates":0,"rejected":1,"errors":[{"line":2,\
          "code":"not_an_object","field":"","message":"expected a JSON object"}]}

          """)
      let broken = try collector.post(#"[{"message":"e"},{"message":]"#, json)
      #expect(broken.status == 400)
      #expect(broken.text.hasPrefix(#"{"accepted":0,"duplicates":0,"rejected":1,"errors":[{"#))
      #expect(try collector.value("SELECT count(*) AS n FROM events").contains("[4]"))
    }
  }
}

extension String {
  fileprivate func split(by size: Int) -> [String] {
    var pieces: [String] = []
    var rest = self[...]
    while !rest.isEmpty {
      pieces.append(String(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    return pieces
  }
}
