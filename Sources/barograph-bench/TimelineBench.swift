internal import Codec
internal import History
internal import LinuxIO
internal import PromQL
internal import Telemetry
internal import Timeline
internal import Windows

/// Queries over a file: counters of events of the last month, told by their totals, the last
/// seconds and history, on one thread.
struct TimelineBench {
  private struct Measure {
    let title: String
    let query: String
    /// Milliseconds from the first evaluation to now, and between two; 0 for an instant query.
    var length: Int64 = 0
    var step: Int64 = 0
    /// What the first evaluation lies beside a multiple of the step.
    var skew: Int64 = 0
  }

  private static let second: Int64 = 1_000_000_000
  private static let day: Int64 = 86_400_000
  private static let measures = [
    Measure(title: "instant, 10,000 series", query: "sum by (model) (llm_tokens_total)"),
    Measure(title: "instant, 10,000 series as they are", query: "llm_tokens_total"),
    Measure(
      title: "instant rate, 10,000 series", query: "sum by (model) (rate(llm_tokens_total[5m]))"),
    Measure(
      title: "1 h by 15 s, 1,000 series",
      query: #"sum by (model) (rate(llm_tokens_total{provider="busy"}[5m]))"#, length: 3_600_000,
      step: 15_000),
    Measure(
      title: "1 h by 15 s, 1,000 series as they are",
      query: #"llm_tokens_total{provider="busy"}"#, length: 3_600_000, step: 15_000),
    Measure(
      title: "1 h by 15 s, p95 of 200 histograms",
      query: "histogram_quantile(0.95, sum by (le) "
        + #"(rate(llm_request_duration_seconds_bucket{provider="busy"}[5m])))"#,
      length: 3_600_000, step: 15_000),
    Measure(
      title: "1 h by 15 s, p95 of 200 native histograms",
      query: "histogram_quantile(0.95, sum "
        + #"(rate(llm_request_duration_seconds{provider="busy"}[5m])))"#,
      length: 3_600_000, step: 15_000),
    Measure(
      title: "30 d by 1 h, 50 series",
      query: #"sum by (model) (rate(llm_tokens_total{provider="long"}[2h]))"#, length: 30 * day,
      step: 3_600_000),
    Measure(
      title: "30 d by 1 h beside the hour, 50 series",
      query: #"sum by (model) (rate(llm_tokens_total{provider="long"}[2h]))"#, length: 30 * day,
      step: 3_600_000, skew: 900_000),
    Measure(
      title: "1 d by 5 m, 50 series",
      query: #"sum by (model) (rate(llm_tokens_total{provider="long"}[5m]))"#, length: day,
      step: 300_000),
  ]

  private let dimensions = DimensionTable(hashKey: HashKey(1, 2))
  private let directory: String
  private let end: Int64
  private var number: UInt64 = 0

  /// With `onlyRules` rules are evaluated over the file in place of queries.
  static func run(smoke: Bool, onlyRules: Bool = false) throws(Errno) {
    let directory =
      "\(Environment.current()["TMPDIR"] ?? "/tmp")/barograph-query-\(Random.word())"
    try FileSystem.createDirectory(directory)
    do throws(StoreError) {
      var bench = TimelineBench(directory)
      try bench.measure(smoke: smoke, onlyRules: onlyRules)
    } catch {
      print(error)
    }
    for name in try FileSystem.names(in: directory) {
      try FileSystem.remove("\(directory)/\(name)")
    }
    try FileSystem.removeDirectory(directory)
  }

  private init(_ directory: String) {
    self.directory = directory
    // An hour's 52nd minute: some of the last hour is in seconds, some in tens.
    end = Clock.wall / (3_600 * Self.second) * 3_600 * Self.second - 437 * Self.second
  }

  private mutating func measure(smoke: Bool, onlyRules: Bool) throws(StoreError) {
    var settings = StoreSettings()
    settings.durability = .commit
    let begin = end - (smoke || onlyRules ? 2 : 30) * Self.day * 1_000_000
    let store = try Store.open(
      directory: directory, settings: settings, dimensions: dimensions,
      identityKey: IdentityKey(HashKey(3, 4)), now: begin)
    for time in stride(from: begin, to: end - 3_600 * Self.second, by: 60 * Int(Self.second)) {
      append((0..<10).map { call("long", Int($0), time) }, time, to: store)
      if time / Self.second % 3_600 < 60 { keep(store, time) }
    }
    append((0..<1_790).map { call("idle", $0, end - 4_000 * Self.second) }, end, to: store)
    for time in stride(from: end - 3_600 * Self.second, to: end, by: 10 * Int(Self.second)) {
      append((0..<200).map { call("busy", $0, time) }, time, to: store)
      if time % (60 * Self.second) == 0 {
        append((0..<10).map { call("long", Int($0), time) }, time, to: store)
      }
    }
    keep(store, end)
    let (now, totals) = (self.end, store.status.totals)
    let timeline = SeriesTimeline(
      reads: ReadPool(path: "\(directory)/\(Store.fileName)"), totals: totals, present: { [] },
      wall: { now })
    if onlyRules {
      AlertBench.live(timeline, now: end / 1_000_000, smoke: smoke)
    } else {
      for measure in Self.measures { report(measure, timeline, smoke: smoke) }
    }
    store.close()
  }

  private func keep(_ store: Store, _ now: Int64) {
    store.save()
    var hasMore = true
    while hasMore { hasMore = store.upkeep(now: now, isIdle: true) }
  }

  private func append(_ events: [Event], _ now: Int64, to store: Store) {
    let batch = EventBatch(body: ByteSlab(capacity: 64))
    batch.receivedAt = now
    for event in events { batch.append(event) }
    store.append([batch])
    precondition(batch.outcome == .committed, "every batch is stored")
  }

  private mutating func call(_ provider: String, _ place: Int, _ time: Int64) -> Event {
    number += 1
    var event = Event()
    event.type = .llm
    event.status = number % 20 == 0 ? .error : .ok
    event.hasOwnTime = true
    event.time = time
    event.duration = Int64(number * 7_919 % 4_000 + 100) * 1_000_000
    event.start = time - event.duration
    event.timeToFirstToken = event.duration / 4
    (event.leaves.input, event.leaves.output) = (900, 120)
    (event.leaves.cacheRead, event.leaves.cacheWrite) = (300, 7)
    event.leaves.reasoning = 41
    event.cost = 2_085_000_000
    event.source = intern(.source, [.service: "service-\(place % 4)"])
    event.operation = intern(
      .operation, [.provider: provider, .model: "model-\(place)", .operation: "chat"])
    event.spanID = number
    event.identityRule = .span
    event.identity = IdentityKey(HashKey(3, 4)).span(
      scope: 0, traceHigh: 0, traceLow: 0, span: number, attempt: Event.absent)
    return event
  }

  private func intern(_ family: DimensionFamily, _ values: [Dimension: String]) -> UInt32 {
    dimensions.intern(
      family, values: family.dimensions.map { values[$0].map { Array($0.utf8) } })
  }

  private func report(_ measure: Measure, _ timeline: SeriesTimeline, smoke: Bool) {
    var times: [Double] = []
    var result: QueryResult?
    for _ in 0..<(smoke ? 2 : 11) {
      let before = Clock.threadCPU
      do throws(QueryError) {
        result = try ask(measure, timeline)
      } catch {
        print("cannot run \(measure.title): \(error)")
        return
      }
      times.append(Double(Clock.threadCPU - before) / 1e6)
    }
    let first = (times[0] * 10).rounded() / 10
    let sorted = times.sorted()
    let middle = (sorted[sorted.count / 2] * 10).rounded() / 10
    let samples = result?.peakSamples ?? 0
    print(
      "timeline: \(measure.title): \(middle) ms (the first time \(first)), \(samples) samples,"
        + " \(measure.query)")
  }

  private func ask(
    _ measure: Measure, _ timeline: SeriesTimeline
  ) throws(QueryError) -> QueryResult {
    let expression = try Parser.parse(measure.query)
    let source = timeline.source(.all, limits: QueryLimits())
    let now = end / 1_000_000
    guard measure.step > 0 else {
      return try Evaluator.instant(expression, at: now, of: source)
    }
    let last = now / measure.step * measure.step - measure.skew
    return try Evaluator.range(
      expression, start: last - measure.length, end: last, step: measure.step, of: source)
  }
}
