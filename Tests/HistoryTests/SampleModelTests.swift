import LinuxIO
import Telemetry
import TestSupport
import Testing

@testable import History

/// A dictionary that does what the store is to do with samples.
private struct SampleModel {
  struct Series {
    var numbers: [Int64: UInt64] = [:]
    var histograms: [Int64: SampleHistogram] = [:]
    var last = Int64.min
    var total = 0.0
    var totalHistogram: SampleHistogram?
  }

  var series: [String: Series] = [:]

  mutating func put(_ name: String, at time: Int64, _ value: Double) {
    series[name, default: Series()].numbers[time] = value.bitPattern
  }

  mutating func add(_ name: String, at time: Int64, _ value: Double) {
    var own = series[name, default: Series()]
    guard time > own.last else { return }
    own.last = time
    own.total += value
    own.numbers[time] = own.total.bitPattern
    series[name] = own
  }

  mutating func add(_ name: String, at time: Int64, _ histogram: SampleHistogram) {
    var own = series[name, default: Series()]
    guard time > own.last else { return }
    own.last = time
    var total = own.totalHistogram ?? histogram
    let isJoined = own.totalHistogram == nil || total.add(histogram)
    #expect(isJoined)
    own.totalHistogram = total
    own.histograms[time] = total
    series[name] = own
  }
}

@Suite struct SampleModelTests {
  private static let second: Int64 = 1_000_000_000

  /// Sends samples, some late, some again, to a store and to the model.
  private struct Sender {
    var model = SampleModel()
    var dice: Dice
    var repeats: [(kind: Int, name: String, time: Int64, value: Double)] = []

    mutating func batch(_ scene: StoreScene) -> EventBatch {
      var samples = MetricSamples()
      for _ in 0..<Int.random(in: 1...30, using: &dice) {
        let age: Int64 = Int.random(in: 0...9, using: &dice) == 0 ? 20_000 : 30
        let time = scene.now - Int64.random(in: 0...age, using: &dice) * 1_000_000_000
        var sample = (
          kind: Int.random(in: 0...2, using: &dice), name: "", time: time,
          value: Double(Int.random(in: 0...999, using: &dice)) / 8
        )
        sample.name = "k\(sample.kind)_\(Int.random(in: 0...6, using: &dice))"
        if let old = repeats.randomElement(using: &dice), Bool.random(using: &dice) {
          sample = old
        }
        repeats.append(sample)
        if repeats.count > 40 { repeats.removeFirst() }
        send(sample, to: &samples)
      }
      let batch = scene.batch([])
      batch.samples = samples
      return batch
    }

    private mutating func send(
      _ sample: (kind: Int, name: String, time: Int64, value: Double),
      to samples: inout MetricSamples
    ) {
      let time = sample.time / 1_000_000
      if sample.kind == 0 {
        let series = samples.series(sample.name)
        samples.add(MetricSample(series: series, time: sample.time, value: sample.value))
        model.put(sample.name, at: time, sample.value)
      } else if sample.kind == 1 {
        let series = samples.series(sample.name, [], .counter)
        samples.add(
          MetricSample(series: series, time: sample.time, value: sample.value, flags: .delta))
        model.add(sample.name, at: time, sample.value)
      } else {
        let series = samples.series(sample.name, [], .exponentialHistogram)
        let count = UInt64(sample.value)
        let histogram = SampleHistogram(
          scale: 2, count: count, sum: sample.value,
          positive: .init(offset: Int(count % 5), counts: [count, 1]))
        samples.add(
          MetricSample(series: series, time: sample.time, value: 0, flags: .delta), histogram)
        model.add(sample.name, at: time, histogram)
      }
    }
  }

  private func compare(_ scene: StoreScene, _ model: SampleModel, _ note: String) throws {
    let stored = try scene.stored()
    #expect(Set(stored.keys) == Set(model.series.keys.map { "\($0){}" }), "\(note)")
    for (name, series) in model.series {
      let points = try #require(stored["\(name){}"], "\(note)")
      let times = series.numbers.keys.sorted()
      #expect(points.times == times, "\(note) \(name)")
      #expect(
        points.values.map(\.bitPattern) == times.map { series.numbers[$0] ?? 0 },
        "\(note) \(name)")
      let others = series.histograms.keys.sorted()
      #expect(points.histogramTimes == others, "\(note) \(name)")
      #expect(
        points.histograms == others.map { series.histograms[$0] ?? SampleHistogram() },
        "\(note) \(name)")
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func `the store holds what a dictionary holds`(seed: UInt64) throws {
    let scene = try StoreScene()
    var sender = Sender(dice: Dice(seed: seed &* 0x9E37_79B9_7F4A_7C15))
    for round in 0..<120 {
      let batches = (0..<Int.random(in: 1...2, using: &sender.dice)).map { _ in
        sender.batch(scene)
      }
      scene.store.append(batches)
      for batch in batches { #expect(batch.outcome == .committed) }
      let minutes = Int64.random(in: 0...20, using: &sender.dice)
      scene.now += minutes * 60 * Self.second + 1_000_000
      switch Int.random(in: 0...9, using: &sender.dice) {
      case 0: try scene.reopen()
      case 1, 2: _ = scene.store.upkeep(now: scene.now, isIdle: true)
      case 3: scene.keepUp()
      default: break
      }
      if round % 10 == 9 { try compare(scene, sender.model, "seed \(seed) round \(round)") }
    }
    scene.now += 4 * 3_600 * Self.second
    scene.keepUp()
    try compare(scene, sender.model, "seed \(seed) in the end")
    #expect(try scene.rows("SELECT count(*) FROM samples") == ["0"])
    #expect(try scene.rows("SELECT count(*) > 10 FROM sample_blocks") == ["1"])
  }

  @Test func `a range is cut at its ends, the first excluded`() throws {
    let scene = try StoreScene()
    for second in stride(from: 0, to: 20_000, by: 50) {
      scene.now = StoreScene.start + Int64(second) * Self.second
      scene.send { samples in
        let series = samples.series("up")
        samples.put(series, at: Double(second), Double(second))
      }
      if second == 15_000 { scene.keepUp() }
    }
    let start = StoreScene.start / 1_000_000
    for (after, through) in [(0, 50), (100, 100), (3_000, 19_000), (19_900, 99_000), (-9, 0)] {
      let found = try scene.stored(
        after: start + Int64(after) * 1_000, through: start + Int64(through) * 1_000)
      let wanted = stride(from: 0, to: 20_000, by: 50).filter { $0 > after && $0 <= through }
      #expect(found["up{}"]?.values == wanted.map(Double.init))
    }
    let reader = try scene.eventReader()
    let series = try reader.series()
    #expect(throws: SampleRefusal.tooMany) {
      try reader.samples(of: series, after: 0, through: .max / 4, limit: 399, deadline: .max)
    }
    #expect(throws: SampleRefusal.timeout) {
      try reader.samples(of: series, after: 0, through: .max / 4, deadline: 0)
    }
  }
}
