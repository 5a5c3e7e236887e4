import Codec
import Telemetry
import Testing

@testable import Windows

@Suite struct SeriesTotalsTests {
  /// Totals and the two things that add to them.
  private struct Scene {
    let dimensions: DimensionTable
    var totals: SeriesTotals
    var cache = SeriesSlotCache(places: 8)

    mutating func apply(_ facts: EventFacts, takingBack: Bool = false) {
      guard let count = SeriesCount(facts) else { return }
      let slots = cache.slots(count, in: &totals, sets: dimensions.set)
      totals.apply(count, to: slots, takingBack: takingBack)
    }
  }

  @Test(arguments: 1...10) func `totals are a recount of what was added and not taken back`(
    seed: Int
  ) {
    var forge = FactForge(seed: UInt64(seed))
    var scene = Scene(dimensions: forge.dimensions, totals: SeriesTotals())
    var living: [EventFacts] = []
    var shown: [String: Int128] = [:]
    for step in 0..<250 {
      if let index = living.indices.randomElement(using: &forge.dice), step % 5 == 4 {
        let before = living[index]
        let after = forge.facts()
        scene.apply(before, takingBack: true)
        scene.apply(after)
        living[index] = after
      } else {
        let facts = forge.facts()
        scene.apply(facts)
        living.append(facts)
      }
      guard step % 10 == 0 else { continue }
      let now = scene.totals.flat(isExact: false)
      for (series, value) in shown where !series.hasSuffix("|sum") {
        #expect(now[series, default: 0] >= value, "\(series) fell, seed \(seed)")
      }
      shown = now
    }
    let expected = Recount(forge.dimensions, living).values
    #expect(scene.totals.flat(isExact: true) == expected, "seed \(seed)")
  }

  @Test(arguments: 1...10) func `label sets beyond the limit join one series, sums stay`(
    seed: Int
  ) {
    var forge = FactForge(seed: UInt64(seed))
    var full = Scene(dimensions: forge.dimensions, totals: SeriesTotals())
    var small = Scene(dimensions: forge.dimensions, totals: SeriesTotals(limit: 2))
    for _ in 0..<300 {
      let facts = forge.facts()
      full.apply(facts)
      small.apply(facts)
    }
    for group in SeriesGroup.allCases {
      let (one, other) = (full.totals[group], small.totals[group])
      #expect(other.count <= 3)
      #expect(one.counters.reduce(0, +) == other.counters.reduce(0, +))
      #expect(one.amounts.reduce(0, +) == other.amounts.reduce(0, +))
      #expect(one.histograms.map(\.sum).reduce(0, +) == other.histograms.map(\.sum).reduce(0, +))
      #expect(
        one.histograms.reduce(0) { $0 + $1.count } == other.histograms.reduce(0) { $0 + $1.count })
    }
    let calls = small.totals.calls
    let kept = (0..<2).reduce(Int64(0)) { sum, series in
      let first = series * CallCounter.count
      return sum + calls.counters[first..<(first + 3)].reduce(0, +)
    }
    let all = full.totals.flat(isExact: true).filter { $0.key.hasPrefix("requests|") }
    let total = all.values.reduce(0, +)
    #expect(small.totals.joined(.call) == Int64(total - Int128(kept)) / EventFacts.unit)
    #expect(full.totals.joined(.call) == 0)
    #expect(full.totals.calls.lastJoined.isEmpty)
    #expect(calls.lastJoined.count == 10)
    #expect(calls.lastJoined.allSatisfy { !calls.labels.contains($0) })
  }

  @Test(arguments: 1...3) func `what was saved is read back as it was`(seed: Int) throws {
    var forge = FactForge(seed: UInt64(seed))
    var scene = Scene(dimensions: forge.dimensions, totals: SeriesTotals())
    for step in 0..<200 {
      scene.apply(forge.facts(), takingBack: step % 7 == 6)
    }
    var copy = SeriesTotals()
    for group in SeriesGroup.allCases {
      let table = scene.totals[group]
      #expect(Set(table.changed) == Set(0..<table.count))
      for series in 0..<table.count {
        let saved = table.saved(series)
        let bytes = saved.bytes
        let read = try #require(SavedSeries(bytes: bytes))
        #expect(read == saved)
        for length in stride(from: 0, to: bytes.count, by: 7) {
          #expect(SavedSeries(bytes: Array(bytes[..<length])) == nil, "cut at \(length)")
        }
        copy[group].restore(table.labels[series], read)
      }
    }
    #expect(copy.flat(isExact: true) == scene.totals.flat(isExact: true))
    #expect(copy.flat(isExact: false) == scene.totals.flat(isExact: false))
  }

  @Test func `numbers of any size are saved and read back`() {
    let values: [Int128] = [0, 1, -1, 63, 64, -64, -65, 1 << 62, Int128.max, Int128.min]
    for value in values {
      var bytes: [UInt8] = []
      SavedNumber.append(value, to: &bytes)
      var rest = bytes[...]
      #expect(SavedNumber.read(Int128.self, &rest) == value)
      #expect(rest.isEmpty)
      rest = bytes[...]
      #expect(SavedNumber.read(Int64.self, &rest) == Int64(exactly: value))
    }
  }

  @Test func `what was counted too much is withheld from what is added later`() {
    var table = SeriesTable(.tenant)
    let series = table.series([nil, nil, nil])
    table.add(Int128(90), series: series, amount: 0)
    table.add(Int128(-100), series: series, amount: 0)
    #expect(table.amounts == [90])
    #expect(table.exactAmount(0) == -10)
    table.add(Int128(60), series: series, amount: 0)
    #expect(table.amounts == [90])
    #expect(table.owedAmounts == [0: 40])
    table.add(Int128(50), series: series, amount: 0)
    #expect(table.amounts == [100])
    #expect(table.owedAmounts.isEmpty)
  }

  @Test func `the newest trace of a doubling is its exemplar`() {
    var table = SeriesTable(.span)
    let series = table.series([nil, nil, nil])
    for (number, milliseconds) in [600, 900, 1_500, 30].enumerated() {
      let value = Int64(milliseconds) * 1_000_000
      table.record(
        value, bucket: SeriesHistogram.bucket(of: value), times: 1, series: series, histogram: 0,
        exemplar: .init(
          traceHigh: 1, traceLow: UInt64(number), value: value, time: Int64(number)))
    }
    let histogram = table.histograms[0]
    #expect(histogram.doublings.enumerated().filter { $0.element > 0 }.map(\.offset) == [0, 5, 6])
    #expect(histogram.firstDoubling == -5)
    #expect(histogram.exemplars.filter(\.isThere).map(\.traceLow) == [3, 1, 2])
    #expect(histogram.sum == 3_030_000_000)
  }

  @Test func `scores count by number and by word`() {
    var totals = SeriesTotals()
    let labels: [[UInt8]?] = [Array("helpful".utf8), nil, Array("m".utf8), nil, nil]
    totals.addScore(labels: labels, value: 0.5, word: nil, weight: EventFacts.unit)
    totals.addScore(labels: labels, value: -2, word: nil, weight: 2 * EventFacts.unit)
    totals.addScore(labels: labels, value: 1, word: Array("true".utf8), weight: EventFacts.unit)
    totals.addScore(labels: labels, value: nil, word: Array("bad".utf8), weight: EventFacts.unit)
    #expect(totals.scores.histograms.map(\.sum) == [-2_500_000_000])
    #expect(totals.scores.histograms.map(\.count) == [4])
    #expect(totals.scoreValues.labels.map { $0[5] } == [Array("true".utf8), Array("bad".utf8)])
    #expect(totals.scoreValues.counters == [EventFacts.unit, EventFacts.unit])
  }
}
