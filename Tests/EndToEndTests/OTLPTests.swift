import Codec
import HTTP
import Outbound
import TestSupport
import Testing

/// OpenTelemetry's protocol against the real program.
@Suite struct OTLPTests {
  private static func send(
    _ collector: RunningCollector, _ path: String, _ body: [UInt8], _ type: String,
    _ headers: [HTTPField] = []
  ) throws -> Response {
    try collector.request(
      .post, path, headers: [HTTPField("Content-Type", Array(type.utf8))] + headers, body: body)
  }

  @Test(arguments: ["/v1/traces", "/v1/traces/", "/api/public/otel/v1/traces"])
  func spansAreTakenCountedOnceAndKnownByTheirFields(path: String) throws {
    try RunningCollector.use { collector in
      let body = Fixtures.bytes("otlp/openllmetry-anthropic.traces.bin")
      for _ in 0..<2 {
        let answer = try Self.send(collector, path, body, "application/x-protobuf")
        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
        #expect(answer.header("content-type") == "application/x-protobuf")
      }
      let calls = try collector.text("/v1/events?type=llm")
      #expect(calls.ranges(of: "\"response_id\":\"msg_fake0001\"").count == 2)
      #expect(calls.ranges(of: "\"session\":\"sess-42\"").count == 4)
      let samples = try collector.metrics()
      #expect(collector.count("stored_total", "otlp", in: samples) == 6)
      #expect(collector.count("duplicate_total", "otlp", in: samples) == 6)
    }
  }

  @Test func logRecordsAreTaken() throws {
    try RunningCollector.use { collector in
      let body = Fixtures.bytes("otlp/plain-sdk-json.logs.json")
      let answer = try Self.send(collector, "/v1/logs", body, "application/json; charset=utf-8")
      #expect(answer.status == 200)
      #expect(answer.text == "{}")
      let logs = try collector.text("/v1/events?type=log&level=warning")
      #expect(logs.contains("\"message\":\"slow call\""))
    }
  }

  @Test(arguments: ["application/x-protobuf", "application/json"])
  func brokenRequestsAreRefusedInTheirOwnEncodingAndLeaveNothing(type: String) throws {
    try RunningCollector.use { collector in
      let answer = try Self.send(collector, "/v1/traces", Array("[1".utf8), type)
      #expect(answer.status == 400)
      #expect(answer.header("content-type") == type)
      let message = "cannot decode the request: "
      if type == "application/json" {
        #expect(
          answer.text == "{\"code\":3,\"message\":\"\(message)expected an object at byte 0\"}")
      } else {
        #expect(answer.body.prefix(3) == [0x08, 0x03, 0x12])
        #expect(String(decoding: answer.body.dropFirst(4), as: UTF8.self).hasPrefix(message))
      }
      #expect(try collector.text("/v1/events") == "{\"events\":[],\"next\":null}\n")
    }
  }

  @Test func partialSuccessSaysHowManyWhichAndWhy() throws {
    try RunningCollector.use { collector in
      let body = """
        {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"6f1d0c2b9a8e7d6c5b4a392817060504",\
        "spanId":"1122334455667788","startTimeUnixNano":"1600000000000000000",\
        "endTimeUnixNano":"1600000000000000001"}]}]}]}
        """
      let answer = try Self.send(
        collector, "/v1/traces", Array(body.utf8), "application/json")
      #expect(answer.status == 200)
      #expect(
        answer.text == """
          {"partialSuccess":{"rejectedSpans":"1","errorMessage":"record 1: too_old: the time lies \
          beyond the retention"}}
          """)
    }
  }

  @Test func requestsThatAreNoneOfOTLPsGetItsErrors() throws {
    try RunningCollector.use { collector in
      let plain = try Self.send(collector, "/v1/logs", [], "text/plain")
      #expect(plain.status == 415)
      #expect(plain.header("content-type") == "application/json")
      let coded = try Self.send(
        collector, "/v1/traces", [1], "application/x-protobuf",
        [HTTPField("Content-Encoding", Array("br".utf8))])
      #expect(coded.status == 415)
      let read = try collector.get("/v1/logs")
      #expect(read.status == 405)
      #expect(read.header("allow") == "POST")
      let empty = try Self.send(collector, "/v1/traces", [], "application/x-protobuf")
      #expect(empty.status == 200)
      #expect(empty.body.isEmpty)
    }
  }

  @Test func aRequestOfSixteenMebibytesIsTakenAndOneByteMoreIsNot() throws {
    try RunningCollector.use { collector in
      var spans: [UInt8] = []
      let text = [UInt8](repeating: 0x61, count: 900 << 10)
      for number in 1...18 {
        var span: [UInt8] = []
        ProtobufWriter.bytes(1, [UInt8](repeating: 7, count: 16), to: &span)
        ProtobufWriter.bytes(2, [UInt8](repeating: UInt8(number), count: 8), to: &span)
        var value: [UInt8] = []
        ProtobufWriter.bytes(1, text, to: &value)
        var attribute: [UInt8] = []
        ProtobufWriter.bytes(1, Array("long".utf8), to: &attribute)
        ProtobufWriter.bytes(2, value, to: &attribute)
        ProtobufWriter.bytes(9, attribute, to: &span)
        ProtobufWriter.bytes(2, span, to: &spans)
      }
      var scopes: [UInt8] = []
      ProtobufWriter.bytes(2, spans, to: &scopes)
      var body: [UInt8] = []
      ProtobufWriter.bytes(1, scopes, to: &body)
      // An unknown field fills the rest.
      let filling = (16 << 20) - body.count - 4
      ProtobufWriter.bytes(15, [UInt8](repeating: 0, count: filling), to: &body)
      #expect(body.count == 16 << 20)
      let answer = try Self.send(collector, "/v1/traces", body, "application/x-protobuf")
      #expect(answer.status == 200)
      #expect(answer.body.isEmpty)
      let larger = try Self.send(collector, "/v1/traces", body + [0], "application/x-protobuf")
      #expect(larger.status == 413)
      #expect(larger.header("content-type") == "application/x-protobuf")
      let samples = try collector.metrics()
      #expect(collector.count("stored_total", "otlp", in: samples) == 18)
    }
  }

  @Test func aGetThatCarriesProtobufIsToldToPost() throws {
    try RunningCollector.use { collector in
      let type = HTTPField("Content-Type", Array("application/x-protobuf".utf8))
      let answer = try collector.request(.get, "/v1/traces", headers: [type])
      #expect(answer.status == 405)
      #expect(answer.header("allow") == "POST")
      #expect(try collector.get("/v1/traces").status == 200)
    }
  }
}
