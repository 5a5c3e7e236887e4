import Codec
import Telemetry
import TestSupport
import Testing

@testable import Intake

/// What OTLP's metrics become: series named as Prometheus names them, with their values.
struct OTLPMetricTests {
  private static let at =
    #""timeUnixNano":"1795228000000000000","startTimeUnixNano":"1795227990000000000""#

  @Test func `gauges and sums keep value, times, labels and kind`() throws {
    var bench = OTLPBench()
    let lines = try bench.samples(
      OTLPBench.metrics(
        #"""
        {"name":"temp.now","unit":"Cel","gauge":{"dataPoints":[{"asDouble":21.5,\#(Self.at),\#
        "attributes":[{"key":"room","value":{"stringValue":"x"}}]},{"asInt":"-3",\#(Self.at)}]}}
        """#,
        #"""
        {"name":"jobs.done","unit":"{job}","sum":{"isMonotonic":true,"aggregationTemporality":2,\#
        "dataPoints":[{"asInt":4,\#(Self.at)}]}}
        """#,
        #"""
        {"name":"in.flight","sum":{"aggregationTemporality":2,"dataPoints":[{"asInt":"2",\#
        \#(Self.at)}]}}
        """#,
        #"""
        {"name":"sent","unit":"By","sum":{"isMonotonic":true,"aggregationTemporality":1,\#
        "dataPoints":[{"asDouble":512,\#(Self.at)}]}}
        """#
      ))
    #expect(
      lines == [
        #"gauge temp_now_celsius{…,"room":"x"} 21.5 @0 from -10000"#,
        "gauge temp_now_celsius{…} -3.0 @0 from -10000",
        "counter jobs_done_total{…} 4.0 @0 from -10000 monotonic",
        "gauge in_flight{…} 2.0 @0 from -10000",
        "counter sent_bytes_total{…} 512.0 @0 from -10000 delta monotonic",
      ])
  }

  @Test func `a histogram is buckets that count all below, count and sum`() throws {
    var bench = OTLPBench()
    let lines = try bench.samples(
      OTLPBench.metrics(
        #"""
        {"name":"gen_ai.client.operation.duration","unit":"s",\#
        "histogram":{"aggregationTemporality":2,"dataPoints":[{\#(Self.at),"count":"6",\#
        "sum":5.5,"bucketCounts":["1","2","3"],"explicitBounds":[0.5,10]}]}}
        """#
      ))
    let name = "histogram gen_ai_client_operation_duration_seconds"
    #expect(
      lines == [
        "\(name)_count{…} 6.0 @0 from -10000 monotonic",
        #"\#(name)_bucket{…,"le":"0.5"} 1.0 @0 from -10000 monotonic"#,
        #"\#(name)_bucket{…,"le":"10"} 3.0 @0 from -10000 monotonic"#,
        #"\#(name)_bucket{…,"le":"+Inf"} 6.0 @0 from -10000 monotonic"#,
        "\(name)_sum{…} 5.5 @0 from -10000 monotonic",
      ])
  }

  /// Members of a histogram's point beside its times, and what they become.
  static let oddHistograms: [(members: String, wanted: [String])] = [
    (#""count":3"#, ["_count{…} 3.0", #"_bucket{…,"le":"+Inf"} 3.0"#]),
    (
      #""count":3,"bucketCounts":[1,1,1],"explicitBounds":[1,"Infinity"]"#,
      [
        "_count{…} 3.0", #"_bucket{…,"le":"1"} 1.0"#, #"_bucket{…,"le":"+Inf"} 3.0"#,
      ]
    ),
    (
      #""count":3,"sum":"NaN","bucketCounts":[1,2],"explicitBounds":[1e-7]"#,
      [
        "_count{…} 3.0", #"_bucket{…,"le":"0.0000001"} 1.0"#, #"_bucket{…,"le":"+Inf"} 3.0"#,
        "_sum{…} nan",
      ]
    ),
  ]

  @Test(arguments: oddHistograms)
  func `a histogram with odd bounds keeps what it says`(members: String, wanted: [String]) throws {
    var bench = OTLPBench()
    let body = OTLPBench.metrics(
      #"""
      {"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{\#(Self.at),\#(members)\#
      }]}}
      """#
    )
    #expect(
      try bench.samples(body) == wanted.map { "histogram h\($0) @0 from -10000 monotonic" })
  }

  @Test func `an exponential histogram is one sample, coarsened to what PromQL knows`() throws {
    var bench = OTLPBench()
    func body(_ members: String, _ temporality: Int = 2) -> [UInt8] {
      OTLPBench.metrics(
        #"""
        {"name":"size","unit":"By","exponentialHistogram":{"aggregationTemporality":\#
        \#(temporality),"dataPoints":[{\#(Self.at),\#(members)}]}}
        """#
      )
    }
    let plain =
      #"""
      "count":"6","sum":11.5,"scale":1,"zeroCount":"1","positive":{"offset":-1,\#
      "bucketCounts":["1","0","2"]},"negative":{"offset":2,"bucketCounts":[2]}
      """#
    #expect(
      try bench.samples(body(plain)) == [
        "exponential_histogram size_bytes{…} scale 1 zero 1<0.0 n 6 sum 11.5 +0[1, 0, 2] -3[2]"
          + " @0 from -10000"
      ])
    #expect(
      try bench.samples(body(plain, 1)).first?.hasSuffix(" delta") == true)
    let fine = #""count":4,"sum":1,"scale":10,"positive":{"offset":0,"bucketCounts":[1,1,1,1]}"#
    #expect(
      try bench.samples(body(fine)) == [
        "exponential_histogram size_bytes{…} scale 8 zero 0<0.0 n 4 sum 1.0 +1[4] -0[]"
          + " @0 from -10000"
      ])
    let coarse = #""count":1,"scale":-5,"positive":{"bucketCounts":[1]}"#
    #expect(
      try bench.samples(body(coarse)) == ["refused 1 bad_value: a scale of at least -4"])
    let far = #""count":1,"scale":3,"positive":{"offset":2000000000,"bucketCounts":[1]}"#
    #expect(
      try bench.samples(body(far)) == ["refused 1 bad_value: buckets within the range of a double"])
  }

  @Test func `a summary is its quantiles, count and sum`() throws {
    var bench = OTLPBench()
    let lines = try bench.samples(
      OTLPBench.metrics(
        #"""
        {"name":"q","summary":{"dataPoints":[{\#(Self.at),"count":10,"sum":5.5,\#
        "quantileValues":[{"quantile":0.5,"value":0.4},{"quantile":1,"value":2}]}]}}
        """#
      ))
    #expect(
      lines == [
        #"summary q{…,"quantile":"0.5"} 0.4 @0 from -10000"#,
        #"summary q{…,"quantile":"1"} 2.0 @0 from -10000"#,
        "summary q_count{…} 10.0 @0 from -10000 monotonic",
        "summary q_sum{…} 5.5 @0 from -10000 monotonic",
      ])
  }

  @Test func `a point without a recorded value ends its series`() throws {
    var bench = OTLPBench()
    let lines = try bench.samples(
      OTLPBench.metrics(
        #"{"name":"gap","gauge":{"dataPoints":[{\#(Self.at),"flags":1}]}}"#,
        #"{"name":"h","histogram":{"dataPoints":[{\#(Self.at),"flags":1,"explicitBounds":[1]}]}}"#,
        #"{"name":"e","exponentialHistogram":{"dataPoints":[{\#(Self.at),"flags":1}]}}"#
      ))
    #expect(lines.allSatisfy { $0.hasSuffix(" 0.0 @0 from -10000 stale") })
    #expect(
      lines.map { $0.split(separator: " ")[1] } == [
        "gap{…}", "h_count{…}", "h_sum{…}", #"h_bucket{…,"le":"1"}"#,
        #"h_bucket{…,"le":"+Inf"}"#, "e{…}",
      ])
  }

  /// Points that cannot be kept, as whole metrics, and why.
  static let refused: [(metric: String, why: String)] = [
    (#"{"name":"g","gauge":{"dataPoints":[{\#(at)}]}}"#, "bad_value: a value, asDouble or asInt"),
    (
      #"{"name":"…","gauge":{"dataPoints":[{\#(at),"asInt":1}]}}"#,
      "bad_value: a name with a letter or digit"
    ),
    (
      #"{"name":"s","sum":{"aggregationTemporality":3,"dataPoints":[{\#(at),"asInt":1}]}}"#,
      "bad_value: an aggregation temporality of delta or cumulative"
    ),
    (
      #"""
      {"name":"s","sum":{"isMonotonic":true,"aggregationTemporality":1,"dataPoints":[{\#(at),\#
      "asInt":-1}]}}
      """#,
      "bad_value: a delta of a monotonic sum that is not negative"
    ),
    (
      #"{"name":"s","sum":{"aggregationTemporality":1,"dataPoints":[{\#(at),"asDouble":"NaN"}]}}"#,
      "bad_value: a delta that is a number"
    ),
    (
      #"""
      {"name":"h","histogram":{"dataPoints":[{\#(at),"count":1,"bucketCounts":[1],\#
      "explicitBounds":[1]}]}}
      """#,
      "bad_value: one more count of a bucket than bounds"
    ),
    (
      #"""
      {"name":"h","histogram":{"dataPoints":[{\#(at),"count":3,"bucketCounts":[1,1,1],\#
      "explicitBounds":[2,1]}]}}
      """#,
      "bad_value: bounds that rise"
    ),
    (
      #"""
      {"name":"h","histogram":{"dataPoints":[{\#(at),"count":1,"bucketCounts":[1,1,1],\#
      "explicitBounds":[1,2]}]}}
      """#,
      "bad_value: a count no less than the buckets'"
    ),
  ]

  @Test(arguments: refused)
  func `a point that cannot be kept is refused alone`(metric: String, why: String) throws {
    var bench = OTLPBench()
    let good = #"{"name":"good","gauge":{"dataPoints":[{\#(Self.at),"asInt":1}]}}"#
    let lines = try bench.samples(OTLPBench.metrics(good, metric, good))
    let kept = "gauge good{…} 1.0 @0 from -10000"
    #expect(lines == [kept, kept, "refused 2 \(why)"])
  }

  /// A metric's name, unit and kind, and Prometheus' name for it.
  static let names: [(name: String, unit: String, kind: MetricKind, wanted: String)] = [
    ("http.server.duration", "s", .histogram, "http_server_duration_seconds"),
    ("requests", "1", .counter, "requests_total"), ("fill", "1", .gauge, "fill_ratio"),
    ("fill.ratio.now", "1", .gauge, "fill_now_ratio"),
    ("memory.bytes", "By", .gauge, "memory_bytes"),
    ("memory.bytes.used", "By", .gauge, "memory_bytes_used"),
    ("total.sent", "KiBy", .counter, "sent_kibibytes_total"),
    ("gen_ai.client.token.usage", "{token}", .histogram, "gen_ai_client_token_usage"),
    ("gen_ai.client.token.usage", "token", .histogram, "gen_ai_client_token_usage"),
    ("choices", "choice", .counter, "choices_choice_total"),
    ("cost.usd", "USD", .counter, "cost_usd_USD_total"),
    ("rate", "By/s", .gauge, "rate_bytes_per_second"), ("rate", "/m", .gauge, "rate_per_minute"),
    ("rate", "{req}/s", .gauge, "rate_per_second"),
    ("5xx..count", "", .counter, "_5xx_count_total"),
    ("a:b-c__d", "", .gauge, "a:b_c_d"), ("load", "%", .gauge, "load_percent"),
    ("weird", "km/h/x", .gauge, "weird_km_per_h_x"), ("…", "", .gauge, ""), ("", "s", .gauge, ""),
  ]

  @Test(arguments: names)
  func `names are those of Prometheus`(name: String, unit: String, kind: MetricKind, wanted: String)
  {
    let bytes = MetricName.metric(Array(name.utf8), unit: Array(unit.utf8), kind)
    #expect(String(decoding: bytes, as: UTF8.self) == wanted)
  }

  @Test(arguments: [
    ("gen_ai.token.type", "gen_ai_token_type"), ("a..b", "a_b"), ("1st", "key_1st"),
    ("_own", "key_own"), ("__name__", "key_name_"), ("ünï", "key_n_"), ("", "key_"),
    ("le", "le"),
  ])
  func `labels are those of Prometheus`(name: String, wanted: String) {
    #expect(String(decoding: MetricName.label(Array(name.utf8)), as: UTF8.self) == wanted)
  }

  @Test(arguments: [
    (0.0, "0"), (5, "5"), (0.005, "0.005"), (1e-7, "0.0000001"), (1.25e-9, "0.00000000125"),
    (67_108_864, "67108864"), (1e21, "1000000000000000000000"), (-2.5, "-2.5"),
    (-3e-8, "-0.00000003"),
    (1.5e300, "15" + String(repeating: "0", count: 299)), (Double.infinity, "+Inf"),
  ])
  func `numbers in labels are plain decimals`(number: Double, wanted: String) {
    #expect(MetricName.text(number) == wanted)
  }
}
