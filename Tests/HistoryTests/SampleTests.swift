import LinuxIO
import Telemetry
import Testing

@testable import History

@Suite struct SampleTests {
  private static let second: Int64 = 1_000_000_000
  private static let hour = 3_600 * second

  /// Numbers of the only series called `name`, with the seconds since the scene's start.
  private func numbers(_ scene: StoreScene, _ name: String) throws -> [String] {
    let stored = try scene.stored()
    guard let points = stored.first(where: { $0.key.hasPrefix(name + "{") })?.value else {
      return []
    }
    return zip(points.times, points.values).map { time, value in
      let seconds = Double(time - StoreScene.start / 1_000_000) / 1_000
      return "\(seconds): \(value.bitPattern == SamplePoints.stale.bitPattern ? "end" : "\(value)")"
    }
  }

  @Test func `a series is one whatever the order of its labels, with what is known of it`() throws {
    let scene = try StoreScene()
    scene.send { samples in
      let first = samples.series("up", [("b", "2"), ("a", "1"), ("c", ""), ("ä\"", "\n\\")])
      let same = samples.series("up", [("a", "0"), ("ä\"", "\n\\"), ("b", "2"), ("a", "1")])
      let other = samples.series("up", [("a", "1")], .counter)
      for (offset, series) in [first, same, other].enumerated() {
        samples.put(series, at: Double(offset), 1)
      }
    }
    let series = try scene.eventReader().series()
    #expect(series.map(\.text) == ["up{a=1,b=2,ä\"=\n\\}", "up{a=1}"])
    #expect(series.map(\.type) == ["gauge", "counter"])
    #expect(series.map(\.unit) == ["s", "s"])
    #expect(series.map(\.help) == ["Help of up.", "Help of up."])
    let row = #"up|{"a":"1","b":"2","ä\"":"\n\\"}|-|gauge"#
    #expect(try scene.rows("SELECT name, labels, tenant, type FROM series WHERE id = 1") == [row])
    #expect(try scene.stored().values.map(\.times.count).sorted() == [1, 2])
    #expect(scene.store.status.books.samples == 3)
    #expect(scene.store.status.books.series == 2)
  }

  @Test func `what was added becomes a total, once, over restarts and folds`() throws {
    let scene = try StoreScene()
    func send(_ second: Double, _ value: Double) {
      scene.send { samples in
        let series = samples.series("sent", [], .counter)
        samples.put(series, at: second, from: second - 10, value, [.delta, .monotonic])
      }
    }
    send(10, 5)
    send(10, 5)
    send(20, 2)
    try scene.reopen()
    send(20, 2)
    send(30, 1)
    scene.now += Self.hour * 4
    scene.keepUp()
    try scene.reopen()
    send(30, 1)
    send(14_000, 7)
    #expect(
      try numbers(scene, "sent")
        == ["0.0: 0.0", "10.0: 5.0", "20.0: 7.0", "30.0: 8.0", "14000.0: 15.0"])
    #expect(scene.store.status.books.lateSamples == 0)
    #expect(scene.store.status.books.repeatedSamples == 1)
  }

  @Test func `a counter that began anew shows it even where it is past where it was`() throws {
    let scene = try StoreScene()
    scene.send { samples in
      let series = samples.series("calls", [], .counter)
      samples.put(series, at: 10, from: 1, 100, .monotonic)
      samples.put(series, at: 20, from: 1, 110, .monotonic)
      samples.put(series, at: 40, from: 25, 500, .monotonic)
      samples.put(series, at: 60, from: 50, 3, .monotonic)
      samples.put(series, at: 70, from: 50, 4, .monotonic)
    }
    #expect(
      try numbers(scene, "calls")
        == ["10.0: 100.0", "20.0: 110.0", "25.0: 0.0", "40.0: 500.0", "60.0: 3.0", "70.0: 4.0"])
  }

  @Test func `a value that is missing ends a series, and what is added goes on`() throws {
    let scene = try StoreScene()
    scene.send { samples in
      let series = samples.series("sent", [], .counter)
      samples.put(series, at: 10, 5, [.delta])
      samples.put(series, at: 20, 0, [.delta, .stale])
      samples.put(series, at: 30, 1, [.delta])
    }
    #expect(try numbers(scene, "sent") == ["10.0: 5.0", "20.0: end", "30.0: 6.0"])
  }

  @Test func `a classic histogram becomes its series`() throws {
    let scene = try StoreScene()
    scene.send { samples in
      samples.add(metric: .histogram)
      var identity = MetricIdentity()
      identity.begin("took")
      identity.add("zone", "a")
      samples.add(
        classic: MetricSample(series: 0, time: StoreScene.start, value: 0), &identity,
        bounds: [0.5, 2], counts: [3, 0, 1], count: 4, sum: 9.5
      ) { "\($0)" }
    }
    let stored = try scene.stored().map { "\($0.key) \($0.value.values)" }.sorted()
    #expect(
      stored == [
        "took_bucket{le=+Inf,zone=a} [4.0]", "took_bucket{le=0.5,zone=a} [3.0]",
        "took_bucket{le=2.0,zone=a} [3.0]", "took_count{zone=a} [4.0]", "took_sum{zone=a} [9.5]",
      ])
  }

  @Test func `histograms of what was added become totals at the coarser scale`() throws {
    let scene = try StoreScene()
    func histogram(_ scale: Int, _ offset: Int, _ counts: [UInt64]) -> SampleHistogram {
      SampleHistogram(
        scale: scale, count: counts.reduce(0, +), sum: 1,
        positive: .init(offset: offset, counts: counts))
    }
    func send(_ second: Double, _ histogram: SampleHistogram) {
      scene.send { samples in
        let series = samples.series("took", [], .exponentialHistogram)
        let time = MetricSamples.time(second)
        samples.add(MetricSample(series: series, time: time, value: 0, flags: .delta), histogram)
      }
    }
    send(1, histogram(1, 1, [1, 2, 3, 4]))
    try scene.reopen()
    send(2, histogram(0, 3, [5]))
    send(2, histogram(0, 3, [5]))
    var other = histogram(0, 3, [6])
    other.zeroThreshold = 0.1
    send(3, other)
    let points = try #require(try scene.stored().values.first)
    var sum = histogram(0, 1, [3, 7, 5])
    sum.sum = 2
    other.isReset = true
    #expect(points.histograms == [histogram(1, 1, [1, 2, 3, 4]), sum, other])
    #expect(points.times.isEmpty)
  }

  @Test func `a transaction that fails leaves no trace in totals and series`() throws {
    let scene = try StoreScene()
    func add(_ name: String, _ second: Double) -> EventBatch {
      scene.sampleBatch { samples in
        let series = samples.series(name, [], .counter)
        samples.put(series, at: second, 5, [.delta])
      }
    }
    scene.store.append([add("kept", 1)])
    try scene.store.database.execute(
      """
      CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.samples BEGIN
        SELECT RAISE(ABORT, 'no'); END
      """)
    let refused = [add("kept", 2), add("new", 2)]
    scene.store.append(refused)
    for batch in refused { #expect(batch.outcome != .committed) }
    try scene.store.database.execute("DROP TRIGGER refuse")
    scene.store.append([add("kept", 2), add("new", 2)])
    #expect(try numbers(scene, "kept") == ["1.0: 5.0", "2.0: 10.0"])
    #expect(try numbers(scene, "new") == ["2.0: 5.0"])
    #expect(scene.store.status.books.samples == 3)
    #expect(scene.store.status.books.series == 2)
  }

  @Test func `series beyond the bound are counted as dropped until others have rested`() throws {
    var settings = StoreSettings()
    settings.mostSeries = 10
    let scene = try StoreScene(settings)
    func send(_ names: Range<Int>) {
      let second = Double((scene.now - StoreScene.start) / Self.second)
      scene.send { samples in
        for name in names {
          let series = samples.series("s\(name)", [], .counter)
          samples.put(series, at: second, 1, [.delta])
        }
      }
    }
    send(0..<12)
    #expect(scene.store.status.books.droppedSamples == 2)
    #expect(scene.store.status.books.series == 10)
    scene.now += Self.hour * 4
    scene.keepUp()
    send(5..<15)
    #expect(scene.store.status.books.droppedSamples == 2)
    scene.now += Self.second
    send(0..<1)
    #expect(scene.store.status.books.droppedSamples == 3)
    let last = try #require(try scene.stored()["s5{}"])
    #expect(last.values == [1, 2])
  }

  @Test func `samples of times that are not kept are counted as late`() throws {
    let scene = try StoreScene()
    scene.send { samples in
      let series = samples.series("up")
      samples.put(series, at: -31 * 86_400, 1)
      samples.put(series, at: 7_300, 1)
      samples.put(series, at: 0, 1)
    }
    #expect(scene.store.status.books.lateSamples == 2)
    #expect(try numbers(scene, "up") == ["0.0: 1.0"])
  }

  @Test func `each point gets one verdict, which the books of its source know`() throws {
    var settings = StoreSettings()
    settings.mostSeries = 3
    let scene = try StoreScene(settings)
    func send(_ times: [(name: String, second: Double, value: Double)]) -> EventBatch {
      let batch = scene.sampleBatch { samples in
        for (index, sample) in times.enumerated() {
          let first = samples.samples.count
          let delta = samples.series(sample.name, [], .counter)
          let gauge = samples.series("\(sample.name)_g")
          samples.put(delta, at: sample.second, sample.value, [.delta, .monotonic])
          samples.put(gauge, at: sample.second, sample.value)
          samples.addPoint(record: index + 1, source: 0, samplesFrom: first)
        }
      }
      scene.store.append([batch])
      return batch
    }
    let first = send([("a", 1, 5), ("b", 1, 1)])
    #expect(first.samples.verdicts == [.stored, .seriesLimit])
    #expect(first.refusedCount == 1)
    #expect(first.refusals.map(\.line) == [2])
    #expect(first.refusals.map(\.code) == [.seriesLimit])
    let again = send([("a", 1, 5)])
    #expect(again.samples.verdicts == [.duplicate])
    #expect(again.refusals.isEmpty)
    #expect(send([("a", 0.5, 5)]).samples.verdicts == [.outOfOrder])
    #expect(send([("a", 1, 6)]).samples.verdicts == [.outOfOrder])
    #expect(send([("a", -31 * 86_400, 5)]).samples.verdicts == [.tooOld])
    #expect(send([("a", 8_000, 5)]).samples.verdicts == [.future])
    let book = try #require(scene.store.status.streams.first?.book)
    #expect(book.stored == 1)
    #expect(book.duplicate == 1)
    #expect(book.rejected == 5)
  }

  @Test func `a narrowed reader sees the series of its tenants only`() throws {
    let scene = try StoreScene()
    scene.send { samples in
      for (index, tenant) in ["acme", "o'neil", ""].enumerated() {
        let series = samples.series("up", [("tenant", tenant)])
        samples.put(series, at: Double(index), 1)
      }
    }
    let reader = try scene.eventReader()
    #expect(try reader.series().count == 3)
    try reader.narrow(to: .only(["o'neil"]))
    #expect(try reader.series().map(\.text) == ["up{tenant=o'neil}"])
    try reader.narrow(to: .only([]))
    #expect(try reader.series(of: "up").isEmpty)
    try reader.narrow(to: .all)
    #expect(try reader.series(of: "up") { !$0.labels.isEmpty }.count == 2)
  }

  @Test func `samples and series go when they are no longer kept`() throws {
    var settings = StoreSettings()
    settings.retention.minutes = Self.hour * 24
    let scene = try StoreScene(settings)
    for hour in 0..<60 {
      scene.send { samples in
        let steady = samples.series("steady")
        samples.put(steady, at: Double(hour) * 3_600, Double(hour))
        guard hour < 10 else { return }
        let brief = samples.series("brief", [], .counter)
        samples.put(brief, at: Double(hour) * 3_600, 1, .delta)
      }
      scene.now += Self.hour
      if hour % 7 == 0 { try scene.reopen() }
      scene.keepUp()
    }
    scene.now += 120 * Self.second
    scene.keepUp()
    #expect(try scene.eventReader().series().map(\.name) == ["steady"])
    let points = try #require(try scene.stored()["steady{}"])
    #expect((24...26).contains(points.times.count))
    #expect(points.values.last == 59)
    scene.now += Self.hour * 30
    scene.keepUp()
    #expect(try scene.eventReader().series().isEmpty)
    #expect(
      try scene.rows("SELECT (SELECT count(*) FROM samples), count(*) FROM sample_blocks") == [
        "0|0"
      ])
  }
}
