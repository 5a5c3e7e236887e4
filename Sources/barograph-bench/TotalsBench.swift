internal import Codec
internal import Exposition
internal import LinuxIO
internal import Telemetry
internal import Windows

/// The counters of `/metrics`: adding an event, and writing the page.
enum TotalsBench {
  private static let services = 4
  private static let models = 12

  static func run(smoke: Bool) {
    let rounds = smoke ? 50_000 : 2_000_000
    let dimensions = DimensionTable(hashKey: HashKey(1, 2))
    let events = calls(dimensions)
    var totals = SeriesTotals()
    var cache = SeriesSlotCache()
    let before = Clock.threadCPU
    for round in 0..<rounds {
      let event = events[round % events.count]
      let facts = EventFacts(event, measures: [], receivedAt: event.time)
      guard let count = SeriesCount(facts) else { continue }
      let slots = cache.slots(count, in: &totals, sets: dimensions.set)
      let trace = SeriesTotals.Trace(high: 1, low: UInt64(round), time: event.time)
      totals.apply(count, to: slots, trace: trace)
    }
    let nanoseconds = Double(Clock.threadCPU - before) / Double(rounds)
    print("totals: \((nanoseconds * 10).rounded() / 10) ns a call, facts included")
    if smoke { return }
    scrape(filled(series: 200), "5 groups of 200 label sets")
    scrape(filled(series: SeriesTable.defaultLimit), "5 groups of 2,000 label sets")
  }

  private static func scrape(_ totals: SeriesTotals, _ what: String) {
    for format in MetricFormat.allCases {
      let before = Clock.threadCPU
      var page = MetricPage(format)
      page.append(totals)
      let bytes = page.finished()
      let milliseconds = Double((Clock.threadCPU - before) / 10_000) / 100
      let lines = bytes.reduce(0) { $1 == 0x0A ? $0 + 1 : $0 }
      print(
        "totals: \(what), \(format): \(lines) lines, \(bytes.count >> 10) KiB, \(milliseconds) ms")
    }
  }

  private static func calls(_ dimensions: DimensionTable) -> [Event] {
    (0..<1_000).map { number in
      var event = Event()
      event.type = .llm
      event.status = number % 20 == 0 ? .error : .ok
      event.time = 1_795_228_000_000_000_000
      event.hasOwnTime = true
      event.duration = Int64(number * 7_919 % 4_000 + 100) * 1_000_000
      event.timeToFirstToken = event.duration / 4
      event.leaves.input = 900
      event.leaves.cacheRead = 300
      event.leaves.output = 120
      event.cost = 2_085_000_000
      event.source = intern(dimensions, .source, [.service: "s\(number % services)"])
      event.operation = intern(
        dimensions, .operation,
        [.provider: "openai", .model: "m\(number % models)", .operation: "chat", .prompt: "p"])
      event.tenant = intern(dimensions, .tenant, [.tenant: "t\(number % 10)"])
      return event
    }
  }

  private static func intern(
    _ dimensions: DimensionTable, _ family: DimensionFamily, _ values: [Dimension: String]
  ) -> UInt32 {
    dimensions.intern(
      family, values: family.dimensions.map { values[$0].map { Array($0.utf8) } })
  }

  /// Totals with so many label sets in each group that calls and logs have.
  private static func filled(series: Int) -> SeriesTotals {
    let dimensions = DimensionTable(hashKey: HashKey(1, 2))
    var totals = SeriesTotals()
    var cache = SeriesSlotCache()
    for number in 0..<series {
      for type in [EventType.llm, .span, .log] {
        var event = calls(dimensions, number)
        event.type = type
        let facts = EventFacts(event, measures: [], receivedAt: event.time)
        guard let count = SeriesCount(facts) else { continue }
        let slots = cache.slots(count, in: &totals, sets: dimensions.set)
        totals.apply(count, to: slots, trace: .init(high: 1, low: 2, time: event.time))
      }
    }
    return totals
  }

  private static func calls(_ dimensions: DimensionTable, _ number: Int) -> Event {
    var event = Event()
    event.duration = 1_500_000_000
    event.timeToFirstToken = 300_000_000
    event.leaves.input = 10
    event.leaves.output = 20
    event.cost = 123_456
    event.source = intern(dimensions, .source, [.service: "service-\(number)"])
    event.operation = intern(
      dimensions, .operation,
      [.model: "model-\(number)", .prompt: "prompt-\(number)", .name: "name-\(number)"])
    event.tenant = intern(dimensions, .tenant, [.tenant: "tenant-\(number)"])
    return event
  }
}
