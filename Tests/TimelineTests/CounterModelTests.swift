import History
import PromQL
import Telemetry
import TestSupport
import Testing
import Windows

@testable import Timeline

/// Random events, some of them late, over hours and days, and what they come to.
private final class Scenario {
  let scene: TimelineScene
  /// How long a turn takes at most, in seconds.
  let pace: Int64

  init(seed: UInt64, pace: Int64) throws {
    scene = try TimelineScene(seed: seed)
    self.pace = pace
  }

  func turn() {
    scene.now += Int64.random(in: 0...pace * 1_000_000_000, using: &scene.dice)
    scene.append((0..<Int.random(in: 0...5, using: &scene.dice)).map { _ in event() })
  }

  private func event() -> Made {
    var event = Made()
    let isLate = Int.random(in: 0..<6, using: &scene.dice) == 0
    let late = isLate ? Int64.random(in: 0...pace * 200_000_000_000, using: &scene.dice) : 0
    event.end = max(scene.now - late, TimelineScene.start)
    switch Int.random(in: 0..<8, using: &scene.dice) {
    case 0:
      event.type = .log
      event.level = Level.allCases.randomElement(using: &scene.dice)
      event.status = .ok
    case 1:
      event.type = .span
      event.kind = "tool"
      event.name = ["find", "make"].randomElement(using: &scene.dice) ?? ""
      event.status = [Status.ok, .error, .cancelled].randomElement(using: &scene.dice) ?? .ok
    default: call(&event)
    }
    event.service = ["chat", "search"].randomElement(using: &scene.dice) ?? ""
    event.duration = Int64.random(in: 1_000_000...90_000_000_000, using: &scene.dice)
    return event
  }

  private func call(_ event: inout Made) {
    event.model = ["a", "b", "c"].randomElement(using: &scene.dice) ?? ""
    event.tenant = ["", "t", "u"].randomElement(using: &scene.dice) ?? ""
    event.prompt = ["", "hello"].randomElement(using: &scene.dice) ?? ""
    event.status = [Status.ok, .ok, .error, .cancelled].randomElement(using: &scene.dice) ?? .ok
    if event.status == .error {
      event.errorType = [.timeout, .server, nil].randomElement(using: &scene.dice) ?? nil
    }
    event.input = Int64.random(in: 0...5_000, using: &scene.dice)
    event.output = Int64.random(in: 0...900, using: &scene.dice)
    event.cost = Int64.random(in: 0...9_000_000_000, using: &scene.dice)
    event.firstToken = Int64.random(in: 1_000_000...2_000_000_000, using: &scene.dice)
    event.attempt = Int64.random(in: 1...2, using: &scene.dice)
  }

  /// What each series counted of the events that ended before the second of `time` (ms).
  func expected(before time: Int64, tenant: String? = nil) -> [String: Double] {
    var sums: [String: Double] = [:]
    for event in scene.made where event.end / 1_000_000_000 * 1_000 < time {
      guard tenant == nil || event.tenant == tenant else { continue }
      for (series, value) in event.counts { sums[series, default: 0] += value }
    }
    return sums
  }
}

extension Made {
  /// The series that it adds to, and how much.
  fileprivate var counts: [(String, Double)] {
    switch type {
    case .log:
      return [("log_records_total{level=\"\(level?.text ?? "")\",service=\"\(service)\"}", 1)]
    case .span:
      return [
        (
          "spans_total{kind=\"\(kind)\",name=\"\(name)\",service=\"\(service)\","
            + "status=\"\(status.text)\"}", 1
        )
      ]
    default: break
    }
    let labels = "model=\"\(model)\",operation=\"chat\",provider=\"p\",service=\"\(service)\""
    let error = "error_type=\"\((errorType ?? .other).text)\","
    var counts: [(String, Double)] = [
      ("llm_requests_total{\(labels),status=\"\(status.text)\"}", 1),
      ("llm_tokens_total{\(labels),type=\"input\"}", Double(input)),
      ("llm_tokens_total{\(labels),type=\"output\"}", Double(output)),
      ("llm_cost_usd_total{\(labels)}", Double(cost) / 1e12),
    ]
    if status == .error { counts.append(("llm_errors_total{\(error)\(labels)}", 1)) }
    if attempt > 1 {
      counts.append(
        ("llm_retries_total{model=\"\(model)\",provider=\"p\",service=\"\(service)\"}", 1))
    }
    if status != .cancelled {
      counts.append(("llm_request_duration_seconds_count{\(labels)}", 1))
      counts.append(("llm_request_duration_seconds_sum{\(labels)}", Double(duration) / 1e9))
      if duration <= 4_000_000_000 {
        counts.append(
          ("llm_request_duration_seconds_bucket{le=\"4.0\",\(labels)}", 1))
      }
    }
    let own = tenant.isEmpty ? "" : ",tenant=\"\(tenant)\""
    counts.append(("llm_tenant_requests_total{model=\"\(model)\",provider=\"p\"\(own)}", 1))
    return counts
  }
}

@Suite struct CounterModelTests {
  /// The families that the slow way counts.
  private static let selector = """
    {__name__=~"llm_requests_total|llm_tokens_total|llm_cost_usd_total|llm_errors_total|\
    llm_retries_total|llm_request_duration_seconds_(count|sum)|llm_tenant_requests_total|\
    spans_total|log_records_total"} > 0 or llm_request_duration_seconds_bucket{le="4.0"} > 0
    """

  private static func differences(
    _ found: [String: Double], _ expected: [String: Double]
  ) -> [String] {
    let expected = expected.filter { $0.value > 0 }
    return Set(found.keys).union(expected.keys).sorted().compactMap { key in
      let (left, right) = (found[key] ?? 0, expected[key] ?? 0)
      return abs(left - right) <= 1e-9 * max(left, right)
        ? nil : "\(key): \(left), expected \(right)"
    }
  }

  @Test(arguments: 1...UInt64(Scenarios.count(9)))
  func `counters show what was counted up to each time, over all tiers and restarts`(
    seed: UInt64
  ) throws {
    // A few minutes, some hours, some days.
    let pace: Int64 = [3, 300, 8_000][Int(seed % 3)]
    let scenario = try Scenario(seed: seed, pace: pace)
    let scene = scenario.scene
    for turn in 0..<120 {
      scenario.turn()
      if Int.random(in: 0..<40, using: &scene.dice) == 0 { try scene.reopen() }
      if turn % 30 == 29 { scene.keepUp() }
    }
    scene.store.save()
    for _ in 0..<12 {
      let time =
        Int64.random(
          in: TimelineScene.start...scene.now, using: &scene.dice) / 1_000_000
      let source = scene.source()
      let tiers = try source.picture(through: .min).tiers
      let step = 1_000 * tiers.step(at: (time - 1) / 1_000)
      let aligned = time / step * step
      let found = try scene.ask(Self.selector, at: aligned)
      let wrong = Self.differences(found, scenario.expected(before: aligned))
      #expect(
        wrong == [], "seed \(seed), \(step / 1_000) s, \(scene.now / 1_000_000 - aligned) ms ago")
    }
    let found = try scene.ask(Self.selector)
    #expect(
      Self.differences(found, scenario.expected(before: .max)) == [], "seed \(seed), now")
  }

  @Test(arguments: 1...UInt64(Scenarios.count(6)))
  func `every event is in one of the ranges that lie side by side`(seed: UInt64) throws {
    let scenario = try Scenario(seed: seed, pace: [5, 60][Int(seed % 2)])
    let scene = scenario.scene
    for turn in 0..<150 {
      scenario.turn()
      if turn % 50 == 49 { scene.keepUp() }
    }
    scene.store.save()
    let range: Int64 = [120_000, 61_000, 3_600_000][Int(seed % 3)]
    let end = scene.now / 1_000_000
    let count = (end - TimelineScene.start / 1_000_000) / range + 1
    let found = try scene.ask(
      "sum(increase(llm_requests_total[\(range)ms]))", from: end - (count - 1) * range, to: end,
      step: range)
    let all = found.values.flatMap(\.values).reduce(0, +)
    #expect(abs(all - Double(scene.made.count { $0.type == .llm })) < 1e-6, "seed \(seed)")
  }
}
