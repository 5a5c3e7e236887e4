import Codec
import HTTP
import Outbound
import TestSupport
import Testing

/// The counters of events on the page of metrics.
@Suite struct MetricsTests {
  /// Calls of which every third one fails, numbered from `first`.
  private static func calls(_ first: Int, _ count: Int) -> String {
    (first..<(first + count)).map { number in
      let status = number % 3 == 0 ? "error" : "ok"
      return #"{"type":"llm","event_id":"c\#(number)","service":"s\#(number % 2)","model":"m","#
        + #""status":"\#(status)","duration_ms":\#(number),"input_tokens":10,"cost_usd":0.25}"#
    }.joined(separator: "\n")
  }

  private static func isCounter(_ name: String) -> Bool {
    name.hasPrefix("llm_")
      && ["_total", "_bucket", "_sum", "_count"].contains { name.contains("\($0){") }
  }

  private static func sum(_ family: String, _ samples: [String: Double]) -> Double {
    samples.reduce(0) { $1.key.hasPrefix("\(family){") ? $0 + $1.value : $0 }
  }

  @Test func countersAreTheCallsThatWereSentAndGoOnAfterAKill() throws {
    try RunningCollector.use { collector in
      var sent = 0
      var before: [String: Double] = [:]
      for round in 0..<4 {
        try collector.post(Self.calls(sent, 50), accepted: 50)
        sent += 50
        try collector.post(Self.calls(0, 10), duplicates: 10)
        let samples = try collector.metrics()
        #expect(Self.sum("llm_requests_total", samples) == Double(sent))
        #expect(Self.sum("llm_tokens_total", samples) == Double(10 * sent))
        #expect(Self.sum("llm_cost_usd_total", samples) == Double(sent) / 4)
        #expect(Self.sum("llm_request_duration_seconds_count", samples) == Double(sent))
        for (name, value) in before where Self.isCounter(name) {
          #expect(samples[name, default: -1] >= value, "\(name) fell in round \(round)")
        }
        before = samples
        if round % 2 == 0 {
          #expect(try collector.stop(ChildProcess.killNow) == .signal(9))
        } else {
          try collector.stop()
        }
        try collector.start()
        let after = try collector.metrics()
        for (name, value) in samples where Self.isCounter(name) {
          #expect(after[name] == value, "\(name) after round \(round)")
        }
      }
    }
  }

  @Test func announcedCallsCountOnceTheyEndAndScoresUnderTheirCall() throws {
    try RunningCollector.use { collector in
      let trace = #""trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"0102030405060708""#
      let start = #"{"type":"llm","model":"m",\#(trace),"start":"2026-11-21T02:26:40Z"}"#
      try collector.post(
        #"{"type":"score","score":"good","value":true,\#(trace)}"#, accepted: 1)
      #expect(Self.sum("eval_scores_total", try collector.metrics()) == 0)
      try collector.post(start, accepted: 1)
      let samples = try collector.metrics()
      #expect(
        samples.filter { $0.key.hasPrefix("eval_scores_total") }
          == [#"eval_scores_total{name="good",model="m",value="true"}"#: 1])
      #expect(samples[#"eval_score_count{name="good",model="m"}"#] == 1)
      #expect(Self.sum("llm_requests_total", samples) == 0)
      try collector.post(
        #"{"type":"llm","model":"m","status":"ok","duration_ms":5,\#(trace)}"#, accepted: 1)
      #expect(Self.sum("llm_requests_total", try collector.metrics()) == 1)
    }
  }

  @Test func labelSetsBeyondTheLimitAreListedAndNothingIsLost() throws {
    try RunningCollector.use { collector in
      let lines = (0..<2_100).map { #"{"type":"log","level":"info","service":"s\#($0)"}"# }
      try collector.post(lines.joined(separator: "\n"), accepted: 2_100)
      let samples = try collector.metrics()
      #expect(Self.sum("log_records_total", samples) == 2_100)
      #expect(samples[#"log_records_total{service="other",level="info"}"#] == 100)
      #expect(samples[#"barograph_series_joined_total{group="service"}"#] == 100)
      let listed = try collector.text("/v1/cardinality")
      #expect(
        listed.contains(
          #"{"by":["service"],"series":2001,"limit":2000,"joined":100,"last_joined":[{"service":"#
            + #""s2090"},"#))
    }
  }

  @Test func theFormatIsNegotiated() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.calls(1, 1), accepted: 1)
      let plain = try collector.get("/metrics")
      #expect(plain.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
      #expect(!plain.text.contains("# EOF"))
      let accept = HTTPField(
        "Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
      let open = try collector.request(.get, "/metrics", headers: [accept])
      #expect(
        open.header("content-type")
          == "application/openmetrics-text; version=1.0.0; charset=utf-8")
      #expect(open.text.hasSuffix("\n# EOF\n"))
    }
  }

  @Test func thePageIsPackedWhereAskedAndTheConnectionKept() throws {
    try RunningCollector.use { collector in
      try collector.post(Self.calls(1, 300), accepted: 300)
      let protobuf = HTTPField(
        "Accept",
        Array(
          ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
            + "encoding=delimited").utf8))
      for _ in 0..<3 {
        let packed = try collector.request(
          .get, "/metrics", headers: [protobuf, HTTPField("Accept-Encoding", "gzip")])
        #expect(
          packed.header("content-type")
            == "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
            + "encoding=delimited")
        #expect(packed.header("content-encoding") == "gzip")
        #expect(packed.header("connection") == nil)
        var inflater = Inflater(.gzip)
        var page: [UInt8] = []
        try inflater.inflate(packed.body, appendingTo: &page, limit: 1 << 24)
        try inflater.finish()
        let name = Array("llm_request_duration_seconds".utf8)
        #expect(page.ranges(of: name).count == 1)
        #expect(packed.body.count * 3 < page.count)
      }
    }
  }
}
