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

  @Test func aPointThatWasAcknowledgedIsKnownAfterAKill() throws {
    try RunningCollector.use { collector in
      let time = try Self.now(collector)
      let body = Self.request(#"{"asInt":5,"timeUnixNano":"\#(time)"}"#)
      #expect(try Self.send(collector, body, "application/json").text == "{}")
      #expect(try collector.stop(ChildProcess.killNow) == .signal(9))
      try collector.start()
      #expect(try Self.send(collector, body, "application/json").text == "{}")
      let samples = try collector.metrics()
      #expect(collector.count("stored_total", "otlp", in: samples) == 0)
      #expect(collector.count("duplicate_total", "otlp", in: samples) == 1)
      #expect(samples[#"barograph_samples_total{outcome="duplicate"}"#] == 1)
      let rows = try collector.value(
        "SELECT count(*) FROM series WHERE name = 'jobs_seconds_total'")
      #expect(rows.contains("[[1]]"), "\(rows)")
    }
  }

  /// Queries of the captured metrics at their own time, and the values of the answer.
  static let queries: [(query: String, wanted: String)] = [
    (#"jobs_done_total{q="a"}"#, "3"),
    ("histogram_quantile(0.5, req_duration_seconds_bucket)", "0.55"),
    ("histogram_count(req_size_bytes)", "6"), ("histogram_sum(req_size_bytes)", "11111"),
    ("histogram_fraction(2, 16, req_size_bytes) * 6", "1"),
    (#"count(target_info{host_name="h1",job="plain-dev"})"#, "1"),
    (#"temp_celsius{room="y"}"#, "-3"),
  ]

  @Test func whatWasSentAnswersPromQL() throws {
    try RunningCollector.use(configuration: "retention: {minute: 3650d}\n") { collector in
      let body = Fixtures.bytes("otlp/plain-sdk-json.metrics.json")
      #expect(try Self.send(collector, body, "application/json").text == "{}")
      for (query, wanted) in Self.queries {
        let form = "time=1795227720&query=" + query.utf8.map { "%" + Self.hex($0) }.joined()
        let answer = try collector.request(
          .post, "/api/v1/query",
          headers: [
            HTTPField("Content-Type", Array("application/x-www-form-urlencoded".utf8))
          ], body: Array(form.utf8))
        #expect(answer.text.contains("[1795227720,\"\(wanted)\"]"), "\(query): \(answer.text)")
      }
    }
  }

  private static func hex(_ byte: UInt8) -> String {
    String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
  }
}
