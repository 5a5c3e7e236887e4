import Codec
import LinuxIO
import Telemetry
import TestSupport
import Testing
import Windows

@testable import History

/// Windows as a new process would make them from a store.
struct Rebuilt {
  let reader: WindowReader
  private let now: Int64

  /// From the rows alone, or from the rollups and the newest rows.
  init(_ scene: StoreScene, usesRollups: Bool) throws {
    now = scene.now
    let horizon = now - 3_660 * 1_000_000_000
    let clock = WindowClock(now: horizon)
    let table = GroupTable(breakdowns: Breakdown.standard, shards: 1)
    let scores = GroupTable(scoresOf: table)
    let shard = WindowShard(
      0, of: table, scores: scores, clock: clock, dimensions: scene.dimensions)
    reader = WindowReader(table: table, scores: scores, shards: [shard], clock: clock)
    var first = Int64.min
    if usesRollups {
      first = WindowClock.firstSingleSecond(at: now / 1_000_000_000)
      try scene.store.replayRollups(from: horizon / 1_000_000_000, to: first) { name, stretches in
        shard.restore(stretches, named: name, now: scene.now)
      }
    }
    let since = usesRollups ? first * 1_000_000_000 : horizon
    try scene.store.replay(since: since) { event, texts, counting, receivedAt in
      shard.restore(event, of: texts, as: counting, receivedAt: receivedAt, from: first)
    } score: { score in
      shard.restore(score, from: first)
    }
    shard.tend(now: now)
  }

  /// Every figure of every group and window, as text.
  func figures(leavingOut omitted: [WindowField] = []) -> [String: String] {
    reader.figures(now: now, leavingOut: omitted)
  }
}

extension WindowField {
  /// What cannot be taken back: only their buckets are sure once a call was amended.
  static let extremes: [WindowField] = [.latencyMax, .latencyMin, .firstTokenMax]
}

extension WindowReader {
  /// Every figure of every group and window, as text.
  func figures(now: Int64, leavingOut omitted: [WindowField] = []) -> [String: String] {
    var figures: [String: String] = [:]
    for (kind, reader) in [("", self), ("scores ", scores)] {
      guard let reader else { continue }
      for breakdown in reader.breakdowns.indices {
        for (values, groups) in reader.groups(of: breakdown) {
          let view = reader.view(of: groups, now: now)
          for span in WindowSpan.allCases {
            let sums = view.sums(of: span)
            let fields = WindowField.allCases.filter {
              $0 != .busiest && !omitted.contains($0) && sums[$0] != 0
            }
            guard !fields.isEmpty else { continue }
            let numbers = fields.map { "\($0)=\(sums[$0])" }
            let buckets = [sums.latency, sums.firstToken, sums.tokensPerSecond].map(\.buckets)
            let extremes = [sums.shortest, sums.longest, sums.longestFirstToken].map { extreme in
              extreme.map { ExponentialScale.index(of: Double($0) / 1e9) }
            }
            figures["\(kind)\(breakdown) \(values) \(span.name)"] =
              "\(numbers) \(extremes) \(buckets)"
          }
        }
      }
    }
    return figures
  }
}

@Suite struct RollupReplayTests {
  private static func fill(_ dice: inout Dice, _ span: UInt64, _ now: Int64) -> (EventForge) -> Void
  {
    let model = ["a", "b"].randomElement(using: &dice) ?? "a"
    let late = Int64.random(in: 0...2_400_000_000_000, using: &dice)
    let isLate = Int.random(in: 0..<6, using: &dice) == 0
    let duration = Int64.random(in: 1...40_000_000_000, using: &dice)
    let kind = Int.random(in: 0..<8, using: &dice)
    let rate = kind == 1 ? 0.25 : 1
    return { forge in
      forge.call(trace: 1, span: span)
      forge.set(.source, [.service: "chat"])
      forge.set(.operation, [.kind: "llm", .name: "ask", .provider: "p", .model: model])
      forge.event.time = isLate ? now - late : now
      forge.event.duration = duration
      forge.event.timeToFirstToken = duration / 3
      forge.event.leaves.input = duration % 5_000
      forge.event.leaves.output = duration % 700
      forge.event.cost = duration % 1_000_000
      forge.event.sampleRate = rate
      switch kind {
      case 2: forge.event.type = .span
      case 3: (forge.event.status, forge.event.errorType) = (.error, .server)
      case 4: forge.event.status = .cancelled
      case 5: forge.event.isOpen = true
      case 6:
        forge.event.type = .score
        forge.event.spanID = span / 2 + 1
        forge.set(.operation, [.score: "helpful"])
        let value = duration % 3 == 0 ? #""w\#(duration % 5)""# : "0.5"
        forge.event.details = forge.text(#"{"value":\#(value)}"#)
        forge.event.identity = Hash128(high: 77, low: span)
      default: break
      }
    }
  }

  @Test(arguments: 1...UInt64(Scenarios.count(40)))
  func `windows from rollups and the newest rows equal those from all rows`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let scene = try StoreScene()
    var span: UInt64 = 1
    for _ in 0..<150 {
      scene.now += Int64.random(in: 0...50_000_000_000, using: &dice)
      var fills: [(EventForge) -> Void] = []
      for _ in 0..<Int.random(in: 1...5, using: &dice) {
        fills.append(Self.fill(&dice, span, scene.now))
        // Now and then the same span again, fuller or not.
        span += Int.random(in: 0..<6, using: &dice) == 0 ? 0 : 1
      }
      _ = scene.append(fills)
      if Int.random(in: 0..<40, using: &dice) == 0 { scene.store.close() }
      if Int.random(in: 0..<40, using: &dice) == 0 { try scene.reopen() }
    }
    try scene.reopen()
    let slow = try Rebuilt(scene, usesRollups: false).figures(leavingOut: WindowField.extremes)
    let fast = try Rebuilt(scene, usesRollups: true).figures(leavingOut: WindowField.extremes)
    #expect(slow.count > 20)
    for (name, figures) in slow { #expect(fast[name] == figures, "\(name), seed \(seed)") }
    #expect(fast.count == slow.count, "seed \(seed)")
  }
}
