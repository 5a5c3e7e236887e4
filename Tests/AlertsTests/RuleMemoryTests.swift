import Alerts
import PromQL
import TestSupport
import Testing

/// A restart at any time changes nothing of what rules find.
@Suite struct RuleMemoryTests {
  /// A group with rules of every kind, some of it by the seed.
  static func text(_ random: inout Dice) -> String {
    let (hold, keep) = (random.below(4), random.below(4))
    let of = random.below(6) + 1
    let hits = random.below(of) + 1
    let noData = ["ok", "alert", "keep"][Int(random.below(3))]
    let method = ["mad", "ewma"][Int(random.below(2))]
    let delay = random.below(2) == 0 ? "" : "delay: 1m\n"
    return """
      groups:
        - name: g
          \(delay)
          rules:
            - {record: twice, expr: x * 2}
            - alert: High
              expr: x > 70
              until: x > 40
              for: \(hold)m
              keep_firing_for: \(keep)m
              hits: \(hits)
              of: \(of)
              no_data: \(noData)
              annotations: {summary: "{{ $labels.a }} {{ $value }}"}
            - {alert: Sum, expr: sum(twice) > 300, for: 1m, no_data: alert}
            - {anomaly: Odd, expr: x, method: \(method), train: 20m, min_samples: 5, sensitivity: 2}
            - {anomaly: S, expr: x, method: seasonal, train: 4d, min_samples: 2, sensitivity: 1}
            - {absent: Silent, match: {service: s}, for: 3m}
            - {budget: b, usd: 50, period: day, warn: [0.5, 1], forecast: true, min_coverage: 0.9}
      """
  }

  /// Series that come and go.
  static func samples(_ random: inout Dice, steps: Int, step: Int64) throws
    -> MemoryTimeline
  {
    var timeline = MemoryTimeline()
    var (cost, tokens, unpriced, calls) = (0.0, 0.0, 0.0, 0.0)
    var level: [Double] = [50, 50, 50]
    for index in 0..<steps {
      let time = Int64(index) * step
      for place in level.indices {
        level[place] = min(max(level[place] + Double(random.below(41)) - 20, 0), 100)
        let isGone = random.below(12) == 0
        try timeline.set(
          "x{a=\"\(place)\"}", isGone ? StaleMarker.value : level[place], at: time)
      }
      cost += Double(random.below(3))
      tokens += Double(random.below(1_000))
      unpriced += random.below(10) == 0 ? Double(random.below(1_000)) : 0
      calls += random.below(3) == 0 ? 1 : 0
      try timeline.set("llm_cost_usd_total{service=\"s\"}", cost, at: time)
      try timeline.set("llm_tokens_total{service=\"s\"}", tokens, at: time)
      try timeline.set("llm_unpriced_tokens_total{service=\"s\"}", unpriced, at: time)
      try timeline.set("llm_requests_total{service=\"s\"}", calls, at: time)
    }
    return timeline
  }

  static func alerts(_ group: GroupEvaluation) -> [[ActiveAlert]] {
    group.parts.map { part in
      guard case .alerting(let evaluation) = part else { return [] }
      return evaluation.alerts
    }
  }

  @Test(arguments: 0..<16)
  func `a run that is killed after any evaluation goes on as one that is not`(
    seed: UInt64
  ) throws {
    var random = Dice(seed: seed &+ 77)
    let text = Self.text(&random)
    // Some seeds take minutes, some hours, for the calendar and the seasons.
    let step: Int64 = seed % 2 == 0 ? 60_000 : 1_800_000
    let steps = 150
    let series = try Self.samples(&random, steps: steps, step: step)
    var unbroken = try GroupEvaluationTests.group(text)
    var broken = unbroken
    var (timeline, other) = (series, series)
    var memory = AlertMemory()
    var saved: [String: [UInt8]] = [:]
    var fired = 0
    for index in 0..<steps {
      let time = Int64(index) * step
      unbroken.evaluate(at: time, in: &timeline, settings: EvaluationSettings())
      broken.evaluate(at: time, in: &other, settings: EvaluationSettings())
      #expect(Self.alerts(unbroken) == Self.alerts(broken), "seed \(seed), step \(index)")
      #expect(unbroken.failures == broken.failures)
      fired += Self.alerts(unbroken).joined().count { $0.state == .firing }
      broken.save(into: &memory, prefix: "f/g")
      for change in memory.takeChanges() { saved[change.key] = change.bytes }
      guard random.below(3) == 0 else { continue }
      memory = AlertMemory(saved: saved.map { ($0.key, $0.value) })
      let restored = GroupEvaluation.restored(broken.group, from: memory, prefix: "f/g")
      #expect(restored.unreadable == 0)
      broken = restored.evaluation
    }
    #expect(fired > 0)
    let (left, right) = (timeline.contents, other.contents)
    #expect(left == right, "seed \(seed)")
  }

  @Test func `records of rules that are gone end their series and go`() throws {
    var group = try GroupEvaluationTests.group(
      """
      groups:
        - name: g
          rules:
            - {record: gone, expr: x}
            - {alert: Gone, expr: x}
            - {alert: Kept, expr: x}
      """)
    var timeline = MemoryTimeline()
    try timeline.set("x", 1, at: 0)
    try timeline.set("x", 1, at: 60_000)
    group.evaluate(at: 0, in: &timeline, settings: EvaluationSettings())
    var memory = AlertMemory()
    group.save(into: &memory, prefix: "p")
    #expect(memory.keys("p").count == 5)
    let again = try GroupEvaluationTests.group(
      "groups: [{name: g, rules: [{alert: Kept, expr: x}]}]")
    var restored = GroupEvaluation.restored(again.group, from: memory, prefix: "p").evaluation
    restored.evaluate(at: 60_000, in: &timeline, settings: EvaluationSettings())
    let gone = try timeline.text("gone")
    #expect(gone == "0=1.0 60=stale")
    let alert = try timeline.text("ALERTS{alertname=\"Gone\", alertstate=\"firing\"}")
    #expect(alert == "0=1.0 60=stale")
    let kept = try timeline.text("ALERTS{alertname=\"Kept\", alertstate=\"firing\"}")
    #expect(kept == "0=1.0 60=1.0")
    restored.save(into: &memory, prefix: "p")
    #expect(memory.keys("p").count == 2)
  }

  @Test func `a record that cannot be read is counted and starts anew`() throws {
    var group = try GroupEvaluationTests.group(
      "groups: [{name: g, rules: [{alert: A, expr: x, for: 1m}]}]")
    var timeline = MemoryTimeline()
    try timeline.set("x", 1, at: 0)
    group.evaluate(at: 0, in: &timeline, settings: EvaluationSettings())
    var memory = AlertMemory()
    group.save(into: &memory, prefix: "p")
    let keys = memory.keys("p")
    for key in keys {
      let bytes = try #require(memory[key])
      for length in bytes.indices {
        var cut = memory
        cut[key] = Array(bytes.prefix(length))
        let restored = GroupEvaluation.restored(group.group, from: cut, prefix: "p")
        #expect(restored.unreadable == 1, "\(key) of \(length) bytes")
      }
    }
  }
}

extension RuleMemoryTests {
  @Test func `a budget that matches something else after a restart begins with its own counters`()
    throws
  {
    func rule(_ model: String) throws -> GroupEvaluation {
      try GroupEvaluationTests.group(
        "groups: [{name: g, rules: [{budget: b, usd: 10, period: day, match: {model: \(model)}}]}]")
    }
    var timeline = MemoryTimeline()
    for (model, cost) in [("a", 3.0), ("b", 100.0)] {
      try timeline.set("llm_cost_usd_total{model=\"\(model)\"}", cost, at: 0)
      try timeline.set("llm_cost_usd_total{model=\"\(model)\"}", cost, at: 60_000)
    }
    var group = try rule("a")
    group.evaluate(at: 0, in: &timeline, settings: EvaluationSettings())
    var memory = AlertMemory()
    group.save(into: &memory, prefix: "p")
    let changed = try rule("b")
    var restored = GroupEvaluation.restored(changed.group, from: memory, prefix: "p")
    #expect(restored.unreadable == 0)
    restored.evaluation.evaluate(at: 60_000, in: &timeline, settings: EvaluationSettings())
    #expect(GroupEvaluationTests.alerts(restored.evaluation) == [])
    restored.evaluation.save(into: &memory, prefix: "p")
    #expect(memory.keys("p").count == 1)
  }
}
