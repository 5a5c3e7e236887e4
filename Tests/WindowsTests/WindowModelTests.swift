import Telemetry
import TestSupport
import Testing

@testable import Windows

/// The obvious slow windows: a list of what was counted, searched through for each question.
private struct Oracle {
  struct Count {
    let call: Call
    let startSecond: Int64
    let endSecond: Int64
    let sign: Double
  }

  struct Figures: Equatable {
    var starts = 0.0
    var finished = 0.0
    var errors = 0.0
    var unavailable = 0.0
    var firstFinished = 0.0
    var firstOK = 0.0
    var lacksUsage = 0.0
    var cacheHits = 0.0
    var cacheMisses = 0.0
    var tokens: Int64 = 0
    var unpriced: Int64 = 0
    var cost: Int64 = 0
    var latencySum: Int64 = 0
    var retryWait: Int64 = 0
    var latencies: [Int64: Double] = [:]
  }

  private(set) var counts: [Count] = []
  private var highest: Int64

  init(now: Int64) {
    highest = now / 1_000_000_000
  }

  mutating func look(_ now: Int64) {
    let second = now / 1_000_000_000
    if second < highest - 30 { counts.removeAll() }
    highest = second < highest - 30 ? second : max(highest, second)
  }

  mutating func count(_ call: Call, receivedAt: Int64, sign: Double = 1) {
    var end = call.end
    if end > receivedAt { end = receivedAt - (receivedAt - call.end) % 1_000_000 }
    if end > receivedAt { end -= 1_000_000 }
    let start = min(call.duration.map { call.end - $0 } ?? call.end, end)
    counts.append(
      Count(
        call: call, startSecond: start / 1_000_000_000, endSecond: end / 1_000_000_000,
        sign: sign))
  }

  func figures(_ first: Int64, _ last: Int64, _ isMember: (Call) -> Bool) -> Figures {
    var sum = Figures()
    for count in counts where isMember(count.call) {
      let call = count.call
      let weight = count.sign / call.sampleRate
      let isCached = call.cache == .hit || call.cache == .stale || call.cache == .shared
      let isBroken = call.errorType == .circuitOpen
      if !isCached, !isBroken, (first...last).contains(count.startSecond) { sum.starts += weight }
      guard !call.isOpen, (first...last).contains(count.endSecond) else { continue }
      if call.cache == .hit { sum.cacheHits += weight }
      if call.cache == .miss { sum.cacheMisses += weight }
      if !isCached { Self.add(call, weight, &sum) }
    }
    sum.latencies = sum.latencies.filter { abs($0.value) > 1e-9 }
    return sum
  }

  private static func add(_ call: Call, _ weight: Double, _ sum: inout Figures) {
    sum.finished += weight
    if call.status == .error { sum.errors += weight }
    if call.status == .error,
      [.server, .network, .timeout].contains(call.errorType)
    {
      sum.unavailable += weight
    }
    if (call.attempt ?? 1) <= 1 {
      sum.firstFinished += weight
      if call.status == .ok { sum.firstOK += weight }
    }
    if call.status == .ok, call.input == nil, call.output == nil { sum.lacksUsage += weight }
    let tokens = Self.rounded(call.input ?? 0, weight) + Self.rounded(call.output ?? 0, weight)
    sum.tokens += tokens
    if let cost = call.cost {
      sum.cost += Self.rounded(cost, weight)
    } else {
      sum.unpriced += tokens
    }
    sum.retryWait += Self.rounded(call.retryWait * 1_000_000, weight)
    if let duration = call.duration, call.status != .cancelled, call.errorType != .circuitOpen {
      sum.latencySum += Self.rounded(duration, weight)
      sum.latencies[duration, default: 0] += weight.rounded()
    }
  }

  private static func rounded(_ value: Int64, _ weight: Double) -> Int64 {
    Int64((Double(value) * weight).rounded())
  }
}

@Suite struct WindowModelTests {
  /// More by asking: `BAROGRAPH_SCENARIOS=10000 swift test --filter WindowModelTests`.
  private static let scenarios = Scenarios.count(60)

  @Test("windows equal a count of everything over the same edges")
  func model() {
    for seed in 1...Self.scenarios { Scenario(seed: UInt64(seed)).run() }
  }
}

/// One random history of calls, late ones, changed ones, and a clock that jumps.
private final class Scenario {
  private let seed: UInt64
  private var numbers: Dice
  private var now: Int64
  private let lab: WindowLab
  private var oracle: Oracle
  private var announced: [(call: Call, receivedAt: Int64)] = []

  init(seed: UInt64) {
    self.seed = seed
    numbers = Dice(seed: seed)
    now = 1_800_000_000_000_000_000 + Int64.random(in: 0..<10_000_000_000, using: &numbers)
    lab = WindowLab(shards: Int.random(in: 1...3, using: &numbers), now: now)
    oracle = Oracle(now: now)
  }

  func run() {
    for _ in 0..<30 {
      switch Int.random(in: 0..<10, using: &numbers) {
      case 0: jump()
      case 1...2: finishOne()
      default: callSome()
      }
      now += Int64.random(in: 0..<20_000_000_000, using: &numbers)
      if numbers.chance(0.3) { compare() }
    }
    compare()
  }

  private func jump() {
    let leaps: [Int64] = [3_600, -3_600, 400, -20, -3, 5_000, 60]
    now += (leaps.randomElement(using: &numbers) ?? 0) * 1_000_000_000
    look()
  }

  private func callSome() {
    let calls = (0..<Int.random(in: 1...8, using: &numbers)).map { _ in randomCall() }
    look()
    for call in calls {
      oracle.count(call, receivedAt: now)
      if call.isOpen { announced.append((call, now)) }
    }
    let shard = Int.random(in: 0..<lab.shards.count, using: &numbers)
    lab.record(calls, shard: shard, now: now)
  }

  private func finishOne() {
    guard !announced.isEmpty else { return callSome() }
    let place = Int.random(in: 0..<announced.count, using: &numbers)
    let (before, receivedAt) = announced.remove(at: place)
    var after = randomCall()
    after.isOpen = false
    after.service = before.service
    after.end = max(before.end, now - 1_000_000_000)
    after.duration = after.end - before.end
    let eraBefore = oracle.counts.count
    look()
    // What was announced in an era that is over cannot be taken back from this one.
    guard oracle.counts.count == eraBefore, isHeld(before, receivedAt) else { return }
    oracle.count(before, receivedAt: receivedAt, sign: -1)
    oracle.count(after, receivedAt: now)
    let shard = Int.random(in: 0..<lab.shards.count, using: &numbers)
    lab.amend(before, after, receivedAt: receivedAt, shard: shard, now: now)
  }

  private func isHeld(_ call: Call, _ receivedAt: Int64) -> Bool {
    oracle.counts.contains { $0.call == call && $0.sign > 0 }
  }

  private func randomCall() -> Call {
    var call = Call()
    call.service = ["chat", "search"].randomElement(using: &numbers) ?? ""
    call.model = ["gpt-4o", "claude", "gemini"].randomElement(using: &numbers) ?? ""
    call.status = [.ok, .ok, .ok, .error, .cancelled].randomElement(using: &numbers) ?? .ok
    if call.status == .error {
      call.errorType =
        [.server, .timeout, .rateLimit, .circuitOpen].randomElement(using: &numbers) ?? .other
    }
    if numbers.chance(0.2) { call.attempt = Int64.random(in: 1...3, using: &numbers) }
    if numbers.chance(0.1) { call.cache = CacheResult.allCases.randomElement(using: &numbers) }
    let lateness: [Int64] = [0, 0, 1, 30, 320, 340, 900, 3_500, 4_000, -100]
    let late = (lateness.randomElement(using: &numbers) ?? 0) * 1_000_000_000
    call.end = now - late - Int64.random(in: 0..<2_000_000_000, using: &numbers)
    if numbers.chance(0.1) {
      call.isOpen = true
      call.duration = nil
    } else if numbers.chance(0.9) {
      call.duration = Int64.random(in: 1_000..<20_000_000_000, using: &numbers)
    }
    if numbers.chance(0.8) {
      call.input = Int64.random(in: 0..<5_000, using: &numbers)
      call.output = Int64.random(in: 0..<2_000, using: &numbers)
      if numbers.chance(0.7) { call.cost = Int64.random(in: 0..<1_000_000_000, using: &numbers) }
    }
    if numbers.chance(0.2) {
      call.sampleRate = [0.5, 0.25, 0.3].randomElement(using: &numbers) ?? 1
    }
    if numbers.chance(0.2) { call.retryWait = Int64.random(in: 1..<5_000, using: &numbers) }
    return call
  }

  /// Both sides see each state of the clock.
  private func look() {
    oracle.look(now)
    lab.clock.followSteps(at: now)
    _ = lab.clock.moment(at: now)
  }

  private func compare() {
    look()
    for span in WindowSpan.allCases {
      check(0, [], span) { _ in true }
      check(1, ["chat"], span) { $0.service == "chat" }
      check(2, ["search", "", "claude", ""], span) {
        $0.service == "search" && $0.model == "claude"
      }
    }
  }

  private func check(
    _ breakdown: Int, _ values: [String], _ span: WindowSpan, _ isMember: (Call) -> Bool
  ) {
    let second = now / 1_000_000_000
    let wanted = oracle.figures(span.firstSecond(at: second), second, isMember)
    let sums = lab.sums(breakdown, values, span, now: now)
    let place = "seed \(seed), \(span.name) of \(values) at \(second)"
    func near(_ left: Double, _ right: Double, _ name: Comment) {
      #expect(abs(left - right) < 1e-4, "\(name), \(place)")
    }
    near(sums.events(.starts), wanted.starts, "starts")
    near(sums.events(.finished), wanted.finished, "finished")
    near(sums.events(.errors), wanted.errors, "errors")
    near(sums.events(.unavailable), wanted.unavailable, "unavailable")
    near(sums.events(.finished) - sums.events(.laterAttempts), wanted.firstFinished, "first")
    near(
      sums.events(.finished) - sums.events(.laterAttempts) - sums.events(.firstFailed),
      wanted.firstOK, "first ok")
    near(sums.events(.lacksUsage), wanted.lacksUsage, "without usage")
    near(sums.events(.cacheHits), wanted.cacheHits, "hits")
    near(sums.events(.cacheMisses), wanted.cacheMisses, "misses")
    #expect(sums.inputTokens + sums.outputTokens == wanted.tokens, "tokens, \(place)")
    #expect(sums[.unpricedTokens] == wanted.unpriced, "unpriced, \(place)")
    #expect(sums[.cost] == wanted.cost, "cost, \(place)")
    #expect(sums[.latencySum] == wanted.latencySum, "latency, \(place)")
    #expect(sums[.retryWait] == wanted.retryWait, "waits, \(place)")
    checkBuckets(sums, wanted, place)
  }

  private func checkBuckets(_ sums: WindowSums, _ wanted: Oracle.Figures, _ place: String) {
    var buckets: [Int: Int64] = [:]
    for (duration, count) in wanted.latencies {
      buckets[ExponentialScale.index(of: Double(duration) / 1e9), default: 0] += Int64(count)
    }
    let found = Dictionary(uniqueKeysWithValues: sums.latency.buckets.map { ($0.index, $0.count) })
    #expect(found == buckets.filter { $0.value != 0 }, "buckets, \(place)")
    if let longest = wanted.latencies.filter({ $0.value > 0 }).keys.max(),
      wanted.latencies.allSatisfy({ $0.value > 0 })
    {
      #expect(sums.longest == longest, "longest, \(place)")
    }
  }
}
