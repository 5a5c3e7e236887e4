import Codec
import LinuxIO
import Telemetry
import TestSupport
import Testing
import Windows

@testable import History
@testable import Money

/// Every sum of the store comes to what traces come to on reading: no call twice, no roll-up over
/// its calls, whatever came when and whenever the process ended.
@Suite struct NestingTests {
  @Test(arguments: 1...UInt64(Scenarios.count(12)))
  func `totals, history, sessions and windows count what traces count`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let scene = try StoreScene()
    var live = LiveWindows(scene)
    for _ in 0..<70 {
      // Traces that rested for ten minutes are forgotten with the process.
      guard scene.now < StoreScene.start + 560 * 1_000_000_000 else { break }
      scene.now += [0, 1, 2, 3, 32][Int.random(in: 0..<5, using: &dice)] * 1_000_000_000
      switch Int.random(in: 0..<20, using: &dice) {
      case 0:
        scene.store.close()
        try scene.reopen()
        live = LiveWindows(scene, knows: false)
      case 1:
        try scene.reopen()
        live = LiveWindows(scene, knows: false)
      case 2: scene.store.save()
      case 3: scene.store.maintain(now: scene.now)
      default: break
      }
      let batches = (0..<Int.random(in: 1...3, using: &dice)).map { _ in
        scene.batch((0..<Int.random(in: 0...6, using: &dice)).map { _ in Self.fill(&dice) })
      }
      scene.store.append(batches)
      live.record(batches, now: scene.now)
    }
    scene.now += 700 * 1_000_000_000
    scene.store.maintain(now: scene.now)
    let last = scene.batch([])
    scene.store.append([last])
    live.record([last], now: scene.now)
    try compare(scene, "seed \(seed)")
    try scene.reopen()
    try compare(scene, "seed \(seed), opened again")
    let rebuilt = try Rebuilt(scene, usesRollups: false).figures(leavingOut: WindowField.extremes)
    let fast = try Rebuilt(scene, usesRollups: true).figures(leavingOut: WindowField.extremes)
    expectEqual(fast, rebuilt, "rollups, seed \(seed)")
    guard live.isWhole else { return }
    let told = live.figures(now: scene.now, leavingOut: WindowField.extremes)
    expectEqual(told, rebuilt, "live, seed \(seed)")
  }

  private func expectEqual(
    _ figures: [String: String], _ expected: [String: String], _ comment: Comment
  ) {
    for name in Set(figures.keys).union(expected.keys) {
      #expect(figures[name] == expected[name], "\(name), \(comment)")
    }
  }

  @Test func `what closing a trace changes reaches windows with a batch of its own`() throws {
    let scene = try StoreScene()
    var live = LiveWindows(scene)
    let batch = scene.batch([
      { forge in
        forge.call(trace: 1, span: 1)
        forge.event.type = .span
        forge.event.leaves.input = 100
      }
    ])
    scene.store.append([batch])
    live.record([batch], now: scene.now)
    #expect(live.tokens(now: scene.now) == 0)
    scene.now += 31 * 1_000_000_000
    scene.store.maintain(now: scene.now)
    let told = try #require(scene.store.takeUnclaimed())
    live.record([told], now: scene.now)
    #expect(live.tokens(now: scene.now) == 100)
    #expect(scene.store.takeUnclaimed() == nil)
    #expect(try scene.rows("SELECT why, counted_cost FROM event_columns") == ["1|-"])
  }

  @Test func `the rows that calls were priced by are kept with them`() throws {
    let scene = try StoreScene()
    let row = try #require(
      PriceBook().rows(provider: "openai", model: "gpt-4o", serviceTier: "").last)
    PriceBook.keep(row)
    let call: (EventForge) -> Void = { forge in
      forge.call(trace: 1, span: 1)
      forge.event.priceRow = row.id
    }
    _ = scene.append([call])
    try scene.reopen()
    _ = scene.append([{ forge in forge.event.priceRow = row.id }])
    #expect(
      try scene.rows("SELECT id, provider, model, valid_to, prices FROM prices")
        == ["\(row.id)|openai|gpt-4o|-|\(row.prices)"])
  }

  /// A span of one of three traces that others may complete later.
  private static func fill(_ dice: inout Dice) -> (EventForge) -> Void {
    var local = Dice(seed: dice.next())
    return { forge in
      func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &local) }
      let span = UInt64(roll(12) + 1)
      forge.call(trace: UInt64(roll(3) + 1), span: span)
      forge.event.parentSpanID = span / 2
      forge.event.isOpen = roll(6) == 0
      forge.event.status = .ok
      forge.event.type = span < 3 || roll(6) == 0 ? .span : .llm
      if roll(3) == 0 { forge.event.responseID = forge.text("r\(roll(6))") }
      if roll(4) > 0 {
        forge.event.leaves.input = Int64(roll(3) + 1) * 100
        forge.event.leaves.output = Int64(roll(2)) * 10
        forge.event.costStatus = .unpriced
        if roll(3) > 0 {
          forge.event.cost = Int64(roll(3) + 1) * 1_000
          forge.event.reportedCost = forge.event.cost
          forge.event.costStatus = .reported
          forge.event.pricedTokens = forge.event.leaves.tokens
        }
      }
      forge.event.duration = Int64(roll(9_000)) * 1_000_000
      forge.event.session = forge.text("s\(roll(2))")
      forge.set(.operation, [.kind: "k", .name: "n\(roll(2))", .model: "m\(roll(2))"])
    }
  }

  private func compare(_ scene: StoreScene, _ comment: Comment) throws {
    let expected = try Self.traces(scene)
    let calls = scene.store.status.totals.snapshot.calls
    var sums = Sums()
    for series in 0..<calls.count {
      let first = (series * calls.group.counters, series * calls.group.amounts)
      for status in Status.allCases {
        let place = first.0 + CallCounter.requests + Int(status.rawValue)
        sums.calls += calls.exactCounter(place) / EventFacts.unit
      }
      for leaf in 0..<9 { sums.tokens += calls.exactCounter(first.0 + CallCounter.tokens + leaf) }
      sums.cost += calls.exactAmount(first.1 + CallAmount.cost)
    }
    #expect(sums == expected, comment)
    scene.store.save()
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let rollups = try reader.rollups(
      RollupQuery(
        type: EventType.llm.text, by: [], from: StoreScene.start / 1_000_000_000 - 20_000,
        to: scene.now / 1_000_000_000 + 20_000, step: 1 << 30, tier: .fine),
      deadline: .max)
    var counted = Sums()
    for (_, rollup) in rollups.flatMap({ Array($0.points) }) { counted.add(rollup) }
    #expect(counted == expected, comment)
    let sessions = try scene.rows(
      "SELECT sum(calls), sum(input_tokens + output_tokens), sum(cost) FROM session_visits")
    #expect(
      sessions == ["\(expected.calls).0|\(expected.tokens)|\(expected.cost)"], comment)
  }

  private struct Sums: Equatable {
    var calls: Int64 = 0
    var tokens: Int64 = 0
    var cost: Int128 = 0

    mutating func add(_ rollup: Rollup) {
      calls += rollup[.finished] / EventFacts.unit
      for field in [WindowField.input, .output] { tokens += rollup[field] }
      cost += Int128(rollup[.cost])
    }
  }

  /// What the rows come to, trace by trace.
  private static func traces(_ scene: StoreScene) throws -> Sums {
    var sums = Sums()
    for trace in 1...3 {
      let rows = try scene.store.database.prepare(
        "SELECT id FROM events WHERE trace_id = ?1", isPersistent: false)
      rows.bind(1, blob: TraceID.bytes(0, UInt64(trace)))
      var spans: [LedgerSpan] = []
      let work = EventBatch(body: ByteSlab(capacity: 0))
      while try rows.step() {
        let row = try #require(try scene.store.reader.row(rows.integer(0), into: work))
        var event = row.event
        event.pricedTokens = event.cost == Event.absent ? 0 : event.leaves.tokens
        spans.append(
          unsafe LedgerSpan(
            event,
            responseID: event.responseID.isAbsent
              ? UnsafeRawBufferPointer(start: nil, count: 0) : work.text(event.responseID)))
      }
      var solver = NestingSolver()
      for (span, part) in zip(spans, solver.solve(spans, rowOf: PriceBook.row)) {
        // A call without usage is one too; an open one counts its start only.
        let isCall = part.why == .call || part.why == .noUsage
        if isCall, !span.isOpen { sums.calls += 1 }
        guard part.isCounted, !(isCall && span.isOpen) else { continue }
        sums.tokens += part.leaves.tokens
        if part.cost != Event.absent { sums.cost += Int128(part.cost) }
      }
    }
    return sums
  }
}

/// Windows that are told what is committed.
private struct LiveWindows {
  private let reader: WindowReader
  private let shard: WindowShard
  /// It was told everything.
  let isWhole: Bool

  init(_ scene: StoreScene, knows: Bool = true) {
    let clock = WindowClock(now: StoreScene.start)
    let table = GroupTable(breakdowns: Breakdown.standard, shards: 1)
    let scores = GroupTable(scoresOf: table)
    shard = WindowShard(0, of: table, scores: scores, clock: clock, dimensions: scene.dimensions)
    reader = WindowReader(table: table, scores: scores, shards: [shard], clock: clock)
    isWhole = knows
  }

  mutating func record(_ batches: [EventBatch], now: Int64) {
    for batch in batches { shard.record(batch, now: now) }
    shard.tend(now: now)
  }

  func figures(now: Int64, leavingOut omitted: [WindowField]) -> [String: String] {
    reader.figures(now: now, leavingOut: omitted)
  }

  func tokens(now: Int64) -> Int64 {
    let groups = reader.groups(of: 0).flatMap(\.groups)
    return reader.view(of: groups, now: now).sums(of: .hour)[.input]
  }
}
