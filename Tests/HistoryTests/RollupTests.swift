import LinuxIO
import Telemetry
import TestSupport
import Testing
import Windows

@testable import History

/// What rollups should hold, counted the slow way from what each call came to be.
private struct Expected: Equatable {
  var finished: Int64 = 0
  var errors: Int64 = 0
  var input: Int64 = 0
  var output: Int64 = 0
  var cost: Int64 = 0
  var duration: Int64 = 0
  var longest: Int64 = 0
  var buckets: [Int: Int64] = [:]

  mutating func add(_ call: Call) {
    guard call.isFinished else { return }
    finished += 1_000_000
    if call.hasFailed { errors += 1_000_000 }
    input += call.input
    output += call.output
    cost += call.cost
    duration += call.duration
    longest = max(longest, call.duration)
    buckets[ExponentialScale.index(of: Double(call.duration) / 1e9), default: 0] += 1
  }

  init() {}

  init(_ rollup: Rollup) {
    finished = rollup[.finished]
    errors = rollup[.errors]
    input = rollup[.input]
    output = rollup[.output]
    cost = rollup[.cost]
    duration = rollup[.latencySum]
    longest = rollup[.latencyMax]
    var sums = WindowSums()
    sums.add(rollup)
    for (index, count) in sums.latency.buckets { buckets[index] = count }
  }
}

private struct Call {
  var span: UInt64
  var model: String
  var tenant: String
  var end: Int64
  var duration: Int64
  var input: Int64
  var output: Int64
  var cost: Int64
  var hasFailed: Bool
  var isFinished: Bool

  func fill(_ forge: EventForge) {
    forge.call(trace: 7, span: span)
    forge.set(.source, [.service: "chat"])
    forge.set(.operation, [.provider: "p", .model: model, .operation: "chat"])
    forge.set(.tenant, [.tenant: tenant])
    forge.event.time = end
    guard isFinished else {
      forge.event.start = end - duration
      forge.event.time = end - duration
      forge.event.isOpen = true
      return
    }
    forge.event.duration = duration
    forge.event.start = end - duration
    forge.event.leaves.input = input
    forge.event.leaves.output = output
    forge.event.cost = cost
    forge.event.status = hasFailed ? .error : .ok
  }
}

private final class RollupScene {
  let scene: StoreScene
  var dice: Dice
  var calls: [UInt64: Call] = [:]
  private let models = ["a", "b", "c"]

  init(seed: UInt64) throws {
    scene = try StoreScene()
    dice = Dice(seed: seed)
  }

  func step() throws {
    scene.now += Int64.random(in: 0...40_000_000_000, using: &dice)
    var fills: [(EventForge) -> Void] = []
    for _ in 0..<Int.random(in: 0...6, using: &dice) {
      let call = next()
      calls[call.span] = call
      fills.append(call.fill)
    }
    for span in calls.filter({ !$0.value.isFinished }).keys.sorted().prefix(2)
    where Bool.random(using: &dice) {
      var call = calls[span] ?? next()
      call.isFinished = true
      calls[span] = call
      fills.append(call.fill)
    }
    guard !fills.isEmpty else { return scene.store.maintain(now: scene.now) }
    #expect(scene.append(fills) != nil)
  }

  private func next() -> Call {
    let isLate = Int.random(in: 0..<8, using: &dice) == 0
    let late = isLate ? Int64.random(in: 0...9_000_000_000_000, using: &dice) : 0
    return Call(
      span: UInt64(calls.count + 1), model: models.randomElement(using: &dice) ?? "a",
      tenant: Bool.random(using: &dice) ? "t" : "", end: scene.now - late,
      duration: Int64.random(in: 1_000_000...30_000_000_000, using: &dice),
      input: Int64.random(in: 0...5_000, using: &dice),
      output: Int64.random(in: 0...900, using: &dice),
      cost: Int64.random(in: 0...9_000_000_000, using: &dice),
      hasFailed: Int.random(in: 0..<5, using: &dice) == 0,
      isFinished: Int.random(in: 0..<4, using: &dice) != 0)
  }

  func fold(at now: Int64) {
    var turns = 0
    while scene.store.upkeep(now: now, isIdle: true), turns < 10_000 { turns += 1 }
    scene.store.nextFold = 0
  }

  func expected(step: Int64, _ label: (Call) -> [String]) -> [[String]: [Int64: Expected]] {
    var all: [[String]: [Int64: Expected]] = [:]
    for call in calls.values where call.isFinished {
      let second = call.end / 1_000_000_000
      let start = second / step * step
      all[label(call), default: [:]][start, default: Expected()].add(call)
    }
    return all
  }

  func found(
    by labels: [String], step: Int64, tier: RollupQuery.Tier
  ) throws -> [[String]: [Int64: Expected]] {
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let start = StoreScene.start / 1_000_000_000
    let query = RollupQuery(
      type: "llm", by: labels, from: (start - 86_400) / 3_600 * 3_600, to: start + 86_400 * 9,
      step: step, tier: tier)
    var all: [[String]: [Int64: Expected]] = [:]
    for series in try reader.rollups(query, deadline: .max) {
      let points = series.points.mapValues(Expected.init).filter { $0.value.finished != 0 }
      if !points.isEmpty { all[series.labels] = points }
    }
    return all
  }
}

@Suite struct RollupTests {
  @Test(arguments: 1...UInt64(Scenarios.count(60)))
  func `rollups hold what the rows say, before and after folding, over restarts`(
    seed: UInt64
  ) throws {
    let scene = try RollupScene(seed: seed)
    for step in 0..<120 {
      try scene.step()
      if Int.random(in: 0..<30, using: &scene.dice) == 0 { try scene.scene.reopen() }
      if step % 40 == 39 { scene.fold(at: scene.scene.now) }
    }
    scene.scene.store.close()
    try scene.scene.reopen()
    scene.scene.store.close()
    let byModel = try scene.found(by: ["model"], step: 60, tier: .fine)
    #expect(byModel == scene.expected(step: 60) { [$0.model] }, "seed \(seed)")
    scene.fold(at: scene.scene.now + 20_000_000_000_000)
    let blocks = try scene.scene.rows("SELECT DISTINCT step FROM rollup_blocks")
    #expect(blocks == ["60"])
    let folded = try scene.found(by: ["model", "tenant"], step: 60, tier: .fine)
    #expect(folded == scene.expected(step: 60) { [$0.model, $0.tenant] }, "seed \(seed)")
    let hours = try scene.found(by: ["tenant"], step: 3_600, tier: .hours)
    #expect(hours == scene.expected(step: 3_600) { [$0.tenant] }, "seed \(seed)")
    let total = try scene.scene.rows(
      """
      SELECT cast(sum(finished) AS INTEGER), sum(cost) FROM rollup_hours h
      JOIN rollup_breakdowns b ON b.id = h.breakdown WHERE b.labels = ''
      """)
    let finished = scene.calls.values.filter(\.isFinished)
    #expect(total == ["\(finished.count)|\(finished.map(\.cost).reduce(0, +))"])
  }
}
