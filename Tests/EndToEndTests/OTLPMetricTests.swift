import Codec
import HTTP
import Outbound
import TestSupport
import Testing

/// Metrics over OpenTelemetry's protocol against the real program.
@Suite struct OTLPMetricTests {
  private static func send(
    _ collector: RunningCollector, _ body: [UInt8], _ type: String
  ) throws -> Response {
    try collector.request(
      .post, "/v1/metrics", headers: [HTTPField("Content-Type", Array(type.utf8))], body: body)
  }

  private static func request(_ points: String) -> [UInt8] {
    Array(
      """
      {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name",\
      "value":{"stringValue":"till"}}]},"scopeMetrics":[{"metrics":[{"name":"jobs","unit":"s",\
      "sum":{"isMonotonic":true,"aggregationTemporality":1,"dataPoints":[\(points)]}}]}]}]}
      """.utf8)
  }

  private static func now(_ collector: RunningCollector) throws -> Int64 {
    let samples = try collector.metrics()
    let started = try #require(samples["process_start_time_seconds"])
    return Int64(started) * 1_000_000_000
  }

  @Test(arguments: ["bin", "json"])
  func pointsAreOnDiskBeforeTheAnswerAndCountedOnce(encoding: String) throws {
    try RunningCollector.use(configuration: "retention: {minute: 3650d}\n") { collector in
      let name = encoding == "bin" ? "plain-sdk-nogzip" : "plain-sdk-json"
      let body = Fixtures.bytes("otlp/\(name).metrics.\(encoding)")
      let type = encoding == "bin" ? "application/x-protobuf" : "application/json"
      for _ in 0..<2 {
        let answer = try Self.send(collector, body, type)
        #expect(answer.status == 200)
        #expect(answer.text == (encoding == "bin" ? "" : "{}"))
        #expect(answer.header("content-type") == type)
        #expect(answer.header("barograph-durability") == "fsync")
      }
      let samples = try collector.metrics()
      #expect(collector.count("received_total", "otlp", in: samples) == 16)
      #expect(collector.count("stored_total", "otlp", in: samples) == 8)
      #expect(collector.count("duplicate_total", "otlp", in: samples) == 8)
      #expect(samples["barograph_metric_series"] == 15)
      #expect(samples[#"barograph_samples_total{outcome="stored"}"#] == 15)
      let rows = try collector.value("SELECT name, type, unit FROM series ORDER BY name LIMIT 2")
      #expect(rows.contains("cost_usd_USD_total") && rows.contains("inflight"))
    }
  }

  @Test func refusedPointsAreNamedAndTheOthersTaken() throws {
    try RunningCollector.use { collector in
      let time = try Self.now(collector)
      func point(_ value: String, _ time: Int64) -> String {
        #"{\#(value)"timeUnixNano":"\#(time)"}"#
      }
      let body = Self.request(
        [
          point(#""asInt":1,"#, time), point("", time), point(#""asInt":1,"#, time - 1_000_000_000),
        ].joined(separator: ","))
      let answer = try Self.send(collector, body, "application/json")
      #expect(answer.status == 200)
      #expect(
        answer.text == """
          {"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"record 2: bad_value: a \
          value, asDouble or asInt; record 3: out_of_order: a delta is behind the newest of its \
          series"}}
          """)
      let sources = try collector.text("/v1/sources")
      #expect(sources.contains(#""service":"till""#))
      let rejects = try collector.text("/v1/rejects")
      #expect(rejects.contains(#""code":"out_of_order""#))
      let replayed = try collector.request(.post, "/v1/rejects/replay", body: [])
      #expect(replayed.text == "{\"accepted\":0,\"duplicates\":0,\"rejected\":0}\n")
    }
  }

  @Test func seriesBeyondTheBoundAreRefusedByNameAndCounted() throws {
    try RunningCollector.use(configuration: "limits: {series: 100}\n") { collector in
      let time = try Self.now(collector)
      let points = (0..<102).map { number in
        #"""
        {"asInt":1,"timeUnixNano":"\#(time)","attributes":[{"key":"n",\#
        "value":{"intValue":\#(number)}}]}
        """#
      }
      let answer = try Self.send(
        collector, Self.request(points.joined(separator: ",")), "application/json")
      #expect(
        answer.text.hasPrefix(
          #"{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"record 101: series_limit: "#
        ))
      let samples = try collector.metrics()
      #expect(samples[#"barograph_limit_hits_total{limit="series"}"#] == 2)
    }
  }

  @Test func brokenAndEmptyRequestsLeaveNothing() throws {
    try RunningCollector.use { collector in
      let broken = try Self.send(
        collector, Array("{\"resourceMetrics\":[1]}".utf8), "application/json")
      #expect(broken.status == 400)
      #expect(broken.text.hasPrefix(#"{"code":3,"message":"cannot decode the request: "#))
      let empty = try Self.send(collector, [], "application/x-protobuf")
      #expect(empty.status == 200)
      #expect(empty.body.isEmpty)
      #expect(try collector.metrics()["barograph_metric_series"] == 0)
    }
  }
}
