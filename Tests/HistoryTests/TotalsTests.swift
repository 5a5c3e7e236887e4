import Codec
import Telemetry
import TestSupport
import Testing
import Windows

@testable import History

/// The totals after any end of the process are what the rows say.
@Suite struct TotalsTests {
  @Test(arguments: 1...12) func `totals equal a recount of all rows, whatever was killed when`(
    seed: Int
  ) throws {
    var dice = Dice(seed: UInt64(seed) &* 0x9E37_79B9)
    let scene = try StoreScene()
    var shown: [String: Int128] = [:]
    for step in 0..<60 {
      scene.now += Int.random(in: 0..<9, using: &dice) == 0 ? 40_000_000_000 : 1_000_000_000
      switch Int.random(in: 0..<10, using: &dice) {
      case 0: try scene.reopen()
      case 1:
        scene.store.close()
        try scene.reopen()
      case 2, 3: scene.store.totals.saveNow()
      default: break
      }
      let batches = (0..<Int.random(in: 1...3, using: &dice)).map { _ in
        scene.batch(
          (0..<Int.random(in: 0...8, using: &dice)).map { _ in Self.fill(&dice) })
      }
      if Int.random(in: 0..<8, using: &dice) == 0 { try Self.fail(scene, batches) }
      scene.store.append(batches)
      let totals = scene.store.status.totals.snapshot
      #expect(try Self.recount(scene) == totals.exactValues, "seed \(seed), step \(step)")
      let now = totals.shownValues
      for (name, value) in shown {
        #expect(now[name, default: 0] >= value, "\(name) fell, seed \(seed), step \(step)")
      }
      shown = now
    }
    scene.store.close()
    let before = scene.store.status.totals.snapshot
    try scene.reopen()
    let after = scene.store.status.totals.snapshot
    #expect(after.exactValues == before.exactValues)
    #expect(after.shownValues == before.shownValues)
    #expect(!after.hasChanged)
    #expect(try scene.rows("SELECT count(*) FROM totals_amended") == ["0"])
  }

  @Test func `a file without totals counts all its rows at its next start`() throws {
    let scene = try StoreScene()
    var dice = Dice(seed: 5)
    for _ in 0..<10 { _ = scene.append((0..<5).map { _ in Self.fill(&dice) }) }
    let values = scene.store.status.totals.snapshot.exactValues
    try scene.store.database.execute("DELETE FROM totals; DELETE FROM totals_amended;")
    try scene.store.database.execute("DELETE FROM meta WHERE key = 'totals_row'")
    try scene.reopen()
    #expect(scene.store.status.totals.snapshot.exactValues == values)
  }

  @Test func `waits and cache answers are taken back as they were counted`() throws {
    let scene = try StoreScene()
    let miss: (EventForge) -> Void = { forge in
      forge.call(trace: 1, span: 2)
      forge.event.status = .ok
      forge.event.details = forge.text(#"{"queue_ms":250,"cache":"miss"}"#)
    }
    _ = scene.append([miss])
    let usage: (EventForge) -> Void = { forge in
      miss(forge)
      forge.event.leaves.output = 5
      forge.event.details = forge.text(#"{"gate_wait_ms":10}"#)
    }
    #expect(scene.append([usage]) == [.amended])
    let values = scene.store.status.totals.snapshot.exactValues
    #expect(values == (try Self.recount(scene)))
    #expect(
      values.filter { $0.key.hasPrefix("call|amount") }.map(\.value).sorted()
        == [10_000_000, 250_000_000])
    try scene.reopen()
    #expect(scene.store.status.totals.snapshot.exactValues == values)
  }

  /// An event that others may complete later: 40 spans in all.
  private static func fill(_ dice: inout Dice) -> (EventForge) -> Void {
    var local = Dice(seed: dice.next())
    return { forge in
      func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &local) }
      forge.event.hasOwnTime = true
      let kind = roll(6)
      if kind < 4 {
        forge.call(trace: UInt64(roll(4) + 1), span: UInt64(roll(10) + 1))
        forge.event.type = kind == 0 ? .span : .llm
        forge.event.isOpen = roll(3) == 0
        forge.event.parentSpanID = UInt64(roll(5))
        if roll(3) == 0 { forge.event.responseID = forge.text("r\(roll(5))") }
      }
      forge.event.status = [nil, .ok, .error, .cancelled][roll(4)]
      forge.event.errorType = roll(4) == 0 ? .timeout : nil
      if roll(2) == 0 { forge.event.duration = Int64(roll(9_000)) * 1_000_000 }
      if roll(2) == 0 { forge.event.timeToFirstToken = Int64(roll(900)) * 1_000_000 }
      if roll(2) == 0 { forge.event.leaves.input = Int64(roll(500)) }
      if roll(2) == 0 {
        forge.event.cost = Int64(roll(1 << 30))
        forge.event.costStatus = .computed
      }
      if roll(4) == 0 { forge.event.sampleRate = 0.3 }
      forge.set(.source, roll(2) == 0 ? [:] : [.service: "s\(roll(3))"])
      forge.set(.operation, roll(2) == 0 ? [.model: "m\(roll(3))"] : [.prompt: "p", .kind: "k"])
      if roll(2) == 0 { forge.set(.tenant, [.tenant: "t\(roll(2))"]) }
      guard roll(2) == 0 else { return }
      let cache = roll(3) == 0 ? #","cache":"\#(["hit", "miss", "stale"][roll(3)])""# : ""
      forge.event.details = forge.text(#"{"retry_wait_ms":\#(roll(500))\#(cache)}"#)
    }
  }

  /// Lets a transaction of these batches fail.
  private static func fail(_ scene: StoreScene, _ batches: [EventBatch]) throws {
    try scene.store.database.execute(
      """
      CREATE TEMP TRIGGER poison BEFORE INSERT ON events
      BEGIN SELECT RAISE(ROLLBACK, 'poisoned'); END
      """)
    let before = scene.store.status.totals.snapshot.exactValues
    scene.store.append(batches)
    try scene.store.database.execute("DROP TRIGGER poison")
    if batches.allSatisfy({ $0.outcome != .committed }) {
      #expect(scene.store.status.totals.snapshot.exactValues == before)
    }
    for batch in batches { batch.forgetDecisions() }
  }

  /// What the rows say, read one after the other.
  private static func recount(_ scene: StoreScene) throws -> [String: Int128] {
    var totals = SeriesTotals()
    var cache = SeriesSlotCache()
    let work = EventBatch(body: ByteSlab(capacity: 0))
    let ids = try scene.store.database.prepare("SELECT id FROM events", isPersistent: false)
    while try ids.step() {
      let row = try #require(try scene.store.reader.row(ids.integer(0), into: work))
      var event = row.event
      work.restoreMeasures(of: &event)
      let facts = EventFacts(event, measures: work.measures, receivedAt: row.receivedAt)
      for part in facts.parts(try scene.store.nesting.counting(ids.integer(0))) {
        guard let count = SeriesCount(part) else { continue }
        let slots = cache.slots(count, in: &totals, sets: scene.dimensions.set)
        totals.apply(count, to: slots)
      }
    }
    return totals.exactValues
  }
}

extension SeriesTotals {
  var exactValues: [String: Int128] { values(isExact: true) }
  var shownValues: [String: Int128] { values(isExact: false) }

  /// Every number that is not 0, by group, labels and place.
  private func values(isExact: Bool) -> [String: Int128] {
    var values: [String: Int128] = [:]
    for group in SeriesGroup.allCases {
      let table = self[group]
      for series in 0..<table.count {
        let labels = table.labels[series].map { $0.map { String(decoding: $0, as: UTF8.self) } }
        let saved = table.saved(series)
        for (index, value) in saved.counters.enumerated() {
          let owed = isExact ? saved.owedCounters[index] ?? 0 : 0
          values["\(group)|counter \(index)|\(labels)"] = Int128(value - owed)
        }
        for (index, value) in saved.amounts.enumerated() {
          let owed = isExact ? saved.owedAmounts[index] ?? 0 : 0
          values["\(group)|amount \(index)|\(labels)"] = value - owed
        }
        for (index, value) in saved.histograms.enumerated() {
          let owed = isExact ? saved.owedHistograms[index] : nil
          values["\(group)|sum \(index)|\(labels)"] = value.sum - (owed?.sum ?? 0)
          for (name, count) in Self.buckets(value) {
            values["\(group)|bucket \(name)|\(index)|\(labels)", default: 0] += count
          }
          for (name, count) in owed.map(Self.buckets) ?? [] {
            values["\(group)|bucket \(name)|\(index)|\(labels)", default: 0] -= count
          }
        }
      }
    }
    return values.filter { $0.value != 0 }
  }

  private static func buckets(_ histogram: SeriesHistogram) -> [(Int, Int128)] {
    histogram.counts.enumerated().filter { $0.element != 0 }.map {
      (histogram.firstDoubling * 32 + $0.offset, Int128($0.element))
    }
  }
}
