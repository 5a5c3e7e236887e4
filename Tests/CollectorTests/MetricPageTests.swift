import Codec
import Telemetry
import Testing
import Windows

@testable import API
@testable import Exposition

@Suite struct MetricPageTests {
  private static let families = [
    MetricFamily(
      "x_seconds_total", .counter, "A \"quoted\" back\\slash\nline.",
      [
        MetricFamily.Sample(1.5, labels: [("a", "q\"b\\n\nü🦉"), ("empty", "")]),
        MetricFamily.Sample(2),
      ]),
    MetricFamily("nothing", .gauge, "No samples."),
    MetricFamily("y", .gauge, "Odd numbers.", by: "is", [("nan", .nan), ("large", .infinity)]),
  ]

  @Test func `the text format names counters in full and ends with the last sample`() {
    #expect(
      String(decoding: MetricPage.bytes(Self.families), as: UTF8.self) == #"""
        # HELP x_seconds_total A "quoted" back\\slash\nline.
        # TYPE x_seconds_total counter
        x_seconds_total{a="q\"b\\n\nü🦉"} 1.5
        x_seconds_total 2
        # HELP y Odd numbers.
        # TYPE y gauge
        y{is="nan"} NaN
        y{is="large"} +Inf

        """#)
  }

  @Test func `OpenMetrics names the counter without total, tells units, and ends with EOF`() {
    #expect(
      String(decoding: MetricPage.bytes(Self.families, .openMetrics), as: UTF8.self) == #"""
        # TYPE x_seconds counter
        # UNIT x_seconds seconds
        # HELP x_seconds A \"quoted\" back\\slash\nline.
        x_seconds_total{a="q\"b\\n\nü🦉"} 1.5
        x_seconds_total 2
        # TYPE y gauge
        # HELP y Odd numbers.
        y{is="nan"} NaN
        y{is="large"} +Inf
        # EOF

        """#)
  }

  @Test(arguments: [
    (Int128(0), 6, "0"), (1_500_000, 6, "1.5"), (10_000_000, 6, "10"), (1, 12, "0.000000000001"),
    (-20, 1, "-2"), (-5, 1, "-0.5"), (123, 0, "123"),

    (1 << 100, 0, "1267650600228229401496703205376"),
    (1_000_000_000_000_000_000_000_001, 12, "1000000000000.000000000001"),
  ]) func `decimals are exact and have no needless zeros`(
    value: Int128, decimals: Int, text: String
  ) {
    var page = MetricPage(.text)
    page.append(value, decimals: decimals)
    #expect(String(decoding: page.finished(), as: UTF8.self) == text)
  }

  private static let delimited =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
  private static let open = "application/openmetrics-text;version=1.0.0"

  private static let accepted: [(String, MetricFormat)] = [
    ("", .text), ("*/*", .text), ("text/html", .text),
    ("application/openmetrics-text", .openMetrics),
    ("application/openmetrics-text;version=0.0.1", .text),
    (
      "\(open),application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5",
      .openMetrics
    ),
    (
      "\(open);escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4",
      .openMetrics
    ),
    ("text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0;q=0.5", .text),
    ("text/plain,application/openmetrics-text", .openMetrics),
    ("application/openmetrics-text;q=0, text/plain", .text),
    ("\(delimited),\(open);q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .protobuf),
    ("\(delimited);escaping=allow-utf-8;q=0.6,\(open);escaping=allow-utf-8;q=0.5", .protobuf),
    ("application/vnd.google.protobuf;proto=other.Message;encoding=delimited", .text),
  ]

  @Test(arguments: accepted)
  func `the format is the best of what the client accepts`(
    accept: String, format: MetricFormat
  ) {
    #expect(MetricFormat(accept: accept) == format)
  }

  @Test func `one call, one span, one record and one score make the whole page`() {
    let totals = Self.scene()
    var page = MetricPage(.openMetrics)
    page.append(totals)
    #expect(String(decoding: page.finished(), as: UTF8.self) == Self.golden)
  }

  private static func scene() -> SeriesTotals {
    let dimensions = DimensionTable(hashKey: HashKey(1, 2))
    var totals = SeriesTotals()
    var cache = SeriesSlotCache()
    func set(_ family: DimensionFamily, _ values: [Dimension: String]) -> UInt32 {
      dimensions.intern(family, values: family.dimensions.map { values[$0].map { Array($0.utf8) } })
    }
    var event = Event()
    event.source = set(.source, [.service: "chat"])
    event.operation = set(.operation, [.provider: "p", .model: "m", .prompt: "greet"])
    event.tenant = set(.tenant, [.tenant: "acme"])
    event.type = .llm
    event.status = .error
    event.errorType = .timeout
    event.attempt = 2
    event.duration = 1_500_000_000
    event.leaves.input = 7
    event.cost = 2_500_000_000
    event.measureCount = 2
    let measures = [Measure(.queueWait, 250), Measure(.cacheResult, 1)]
    for type in [EventType.llm, .span, .log] {
      event.type = type
      if type == .log { event.level = .error }
      let facts = EventFacts(event, measures: measures, receivedAt: 1_795_228_171_873_000_000)
      guard let count = SeriesCount(facts) else { continue }
      let slots = cache.slots(count, in: &totals, sets: dimensions.set)
      totals.apply(
        count, to: slots,
        trace: .init(high: 0x4bf9, low: 0xabc, time: 1_795_228_171_873_000_000))
    }
    totals.addScore(
      labels: [Array("good".utf8), nil, Array("m".utf8), nil, nil], value: 1,
      word: Array("true".utf8), weight: EventFacts.unit)
    return totals
  }
}
