import Alerts
import PromQL
import TestSupport
import Testing

/// What it takes beside time for an alert to come and go.
@Suite struct SteadinessTests {
  /// Evaluates one rule at each minute over values of `x`, nil for none; the alert's states.
  static func states(
    _ rule: String, _ values: [Double?], group: String = "name: g"
  ) throws -> [ActiveAlert.State?] {
    var evaluation = try GroupEvaluationTests.group(
      """
      groups:
        - {\(group), rules: [\(rule)]}
      """)
    var timeline = MemoryTimeline()
    var states: [ActiveAlert.State?] = []
    for (index, value) in values.enumerated() {
      let time = Int64(index) * 60_000
      try timeline.set("x", value ?? StaleMarker.value, at: time)
      evaluation.evaluate(at: time, in: &timeline, settings: EvaluationSettings())
      states.append(GroupEvaluationTests.alerts(evaluation).first?.state)
    }
    return states
  }

  /// What hysteresis, hits and holding say, found by looking back over all values each time.
  static func expected(
    _ values: [Double?], hits: Int, of: Int, hold: Int, keep: Int
  ) -> [ActiveAlert.State?] {
    var states: [ActiveAlert.State?] = []
    var (begin, gone) = (0, 0)
    for index in values.indices {
      let window = values[max(0, index - of + 1)...index]
      let isGiven = window.count { ($0 ?? 0) > 70 } >= hits
      var state = states.last ?? nil
      let isKept = state == .firing && (values[index] ?? 0) > 40
      switch (state, isGiven || isKept) {
      case (nil, true), (.resolved, true): (state, begin) = (.pending, index)
      case (.pending, false): state = nil
      case (.firing, true): gone = 0
      case (.firing, false):
        if gone >= keep { state = .resolved }
        gone += 1
      default: break
      }
      if state == .pending, index - begin >= hold { (state, gone) = (.firing, 0) }
      states.append(state)
    }
    return states
  }

  @Test(arguments: 0..<80)
  func `until, hits and of do what looking back over all values says`(seed: UInt64) throws {
    var random = Dice(seed: seed &+ 5)
    let of = Int(random.below(6)) + 1
    let hits = Int(random.below(UInt64(of))) + 1
    let (hold, keep) = (Int(random.below(4)), Int(random.below(4)))
    var level = 60.0
    let values = (0..<80).map { _ -> Double? in
      level = min(max(level + Double(random.below(61)) - 30, 0), 100)
      return random.below(10) == 0 ? nil : level
    }
    let states = try Self.states(
      "{alert: A, expr: x > 70, until: x > 40, hits: \(hits), of: \(of), for: \(hold)m, "
        + "keep_firing_for: \(keep)m}", values)
    let expected = Self.expected(values, hits: hits, of: of, hold: hold, keep: keep)
    let isSame = zip(states, expected).allSatisfy { $0 == $1 || ($0 == nil && $1 == .resolved) }
    #expect(isSame, "seed \(seed): \(states) is not \(expected)")
  }

  @Test func `without data an alert ends, comes, or stays`() throws {
    let values: [Double?] = [nil, 1, 9, nil, nil, 9, 1, nil]
    let ok = try Self.states("{alert: A, expr: x > 5, for: 1m}", values)
    #expect(ok == [nil, nil, .pending, nil, nil, .pending, nil, nil])
    let keep = try Self.states("{alert: A, expr: x > 5, for: 1m, no_data: keep}", values)
    #expect(keep == [nil, nil, .pending, .pending, .pending, .firing, .resolved, .resolved])
    let alert = try Self.states("{alert: A, expr: x > 5, no_data: alert}", [1, nil, 1])
    #expect(alert == [nil, .firing, .resolved])
  }

  @Test func `an alert about missing data has a label of its own`() throws {
    var group = try GroupEvaluationTests.group(
      """
      groups:
        - name: g
          rules:
            - {alert: A, expr: (x > 5 and y) or z < 1, no_data: alert, labels: {severity: page}}
      """)
    var timeline = MemoryTimeline()
    group.evaluate(at: 0, in: &timeline, settings: EvaluationSettings())
    let labels = try Parser.parseLabels("{alertname=\"A\", no_data=\"true\", severity=\"page\"}")
    #expect(GroupEvaluationTests.alerts(group).map(\.labels) == [labels])
    try timeline.set("z", 2, at: 60_000)
    group.evaluate(at: 60_000, in: &timeline, settings: EvaluationSettings())
    #expect(GroupEvaluationTests.alerts(group).map(\.state) == [.resolved])
  }

  @Test func `with a delay the past is evaluated as it was`() throws {
    let text = "{alert: A, expr: x > 5, for: 1m}"
    let values: [Double?] = [1, 9, 9, 1, 1, 1, 1]
    let now = try Self.states(text, values)
    let late = try Self.states(text, values, group: "name: g, delay: 2m")
    #expect(Array(late.dropFirst(2)) == Array(now.dropLast(2)))
    var group = try GroupEvaluationTests.group(
      "groups: [{name: g, delay: 2m, rules: [{alert: A, expr: x > 5}, {record: r, expr: x}]}]")
    var timeline = MemoryTimeline()
    try timeline.set("x", 9, at: 60_000)
    group.evaluate(at: 180_000, in: &timeline, settings: EvaluationSettings())
    #expect(GroupEvaluationTests.alerts(group).map(\.firedAt) == [60_000])
    let written = try timeline.text("r")
    #expect(written == "60=9.0")
  }

  @Test func `more alerts than a rule may have are refused in words`() throws {
    var group = try GroupEvaluationTests.group(
      "groups: [{name: g, rules: [{alert: A, expr: x}]}]")
    var timeline = MemoryTimeline()
    for number in 0...10_000 { try timeline.set("x{n=\"\(number)\"}", 1, at: 0) }
    group.evaluate(at: 0, in: &timeline, settings: EvaluationSettings())
    #expect(
      group.failures.map { $0?.message } == [
        "a rule has at most 10000 alerts, this one has 10001"
      ])
    #expect(GroupEvaluationTests.alerts(group) == [])
  }
}
