import Alerts
import PromQL
import TestSupport
import Testing

/// Asking for many steps at once gives what asking for each gives.
@Suite struct RuleReplayTests {
  static func text(_ random: inout Dice) -> String {
    let delay = ["", "delay: 1m, ", "query_offset: 2m, "][Int(random.below(3))]
    return """
      groups:
        - name: first
          rules:
            - {record: twice, expr: x * 2}
            - {record: four, expr: twice + twice, labels: {b: c}}
            - {record: count, expr: "count offset 1m + 1 or vector(0)"}
            - {alert: High, expr: four > 250, for: 2m, no_data: alert, until: x > 50}
            - {alert: Meta, expr: 'count(ALERTS{alertname="High"}) > 1', keep_firing_for: 2m}
            - alert: Rate
              expr: rate(c[5m]) > 0.02
              annotations: {now: '{{ with query "max(four)" }}{{ . | first | value }}{{ end }}'}
            - {record: sometimes, expr: x + on (k) x}
            - {record: after, expr: sometimes}
            - {record: copy, expr: x, labels: {a: ""}}
            - {record: late, expr: "max_over_time(x[step()])"}
        - {name: second, \(delay)rules: [
            {alert: Other, expr: sum(twice) > 300, hits: 2, of: 3},
            {anomaly: Odd, expr: x, train: 20m, min_samples: 5, sensitivity: 2},
            {anomaly: Rule, expr: twice, method: ewma, train: 20m, min_samples: 5, sensitivity: 2},
            {absent: Silent, match: {service: s}, for: 3m},
            {budget: b, usd: 50, period: day, warn: [0.5, 1], min_coverage: 0.9}]}
      """
  }

  static func source(_ random: inout Dice, steps: Int) throws -> MemoryTimeline {
    var timeline = try RuleMemoryTests.samples(&random, steps: steps, step: 60_000)
    var count = 0.0
    for index in 0..<steps {
      let time = Int64(index) * 60_000
      count += Double(random.below(5))
      if random.below(9) == 0 { count = 0 }
      try timeline.set("c{k=\"v\"}", count, at: time)
      if random.below(3) == 0 { try timeline.set("x{k=\"v\"}", Double(index), at: time) }
      if random.below(9) == 0 { try timeline.set("x{k=\"v\",l=\"w\"}", 1, at: time) }
      try timeline.set("ALERTS{alertname=\"Old\"}", 1, at: time)
      try timeline.set("twice{a=\"old\"}", 1, at: time)
    }
    return timeline
  }

  struct Seen: Equatable {
    let time: Int64
    let group: Int
    let alerts: [[ActiveAlert]]
    let failures: [RuleFailure?]
  }

  @Test(arguments: 0..<12)
  func `all steps at once give what each step gives`(seed: UInt64) throws {
    var random = Dice(seed: seed &+ 901)
    let text = Self.text(&random)
    let (file, problems) = RuleFileReader.read(Array(text.utf8), path: "r")
    try #require(problems == [])
    let entries = file.groups.enumerated().map { place, group in
      RuleReplay<MemoryTimeline>.Entry(
        group, interval: 60_000 * Int64(place + 1),
        phase: Int64(random.below(2)) * 30_000)
    }
    let source = try Self.source(&random, steps: 90)
    let end: Int64 = 90 * 60_000
    var expected: [Seen] = []
    var timeline = source.without(["twice", "ALERTS"])
    var groups = file.groups.map { GroupEvaluation($0) }
    for time in stride(from: Int64(0), through: end, by: 30_000) {
      for (place, entry) in entries.enumerated() where entry.first(from: time) == time {
        groups[place].evaluate(at: time, in: &timeline, settings: EvaluationSettings())
        expected.append(Self.seen(time, place, groups[place]))
      }
    }
    var replay = RuleReplay(
      entries, of: source, settings: EvaluationSettings(), chunk: Int(random.below(40)) + 1)
    var seen: [Seen] = []
    replay.run(from: 0, through: end) { time, place, group in
      seen.append(Self.seen(time, place, group))
      return true
    }
    #expect(seen.count == expected.count)
    for (one, other) in zip(seen, expected) {
      #expect(one == other, "seed \(seed)")
      if one != other { break }
    }
    let states = expected.flatMap { $0.alerts.joined() }.map(\.state)
    #expect(states.contains(.firing) && states.contains(.resolved))
  }

  static func seen(_ time: Int64, _ place: Int, _ group: GroupEvaluation) -> Seen {
    Seen(
      time: time, group: place, alerts: RuleMemoryTests.alerts(group), failures: group.failures)
  }

  @Test func `a replay ends when nobody wants more`() throws {
    let group = try GroupEvaluationTests.group("groups: [{name: g, rules: [{record: r, expr: x}]}]")
    var replay = RuleReplay(
      [.init(group.group, interval: 1_000)], of: MemoryTimeline(), settings: EvaluationSettings())
    var times: [Int64] = []
    replay.run(from: 500, through: 9_000) { time, _, _ in
      times.append(time)
      return times.count < 3
    }
    #expect(times == [1_000, 2_000, 3_000])
  }
}
