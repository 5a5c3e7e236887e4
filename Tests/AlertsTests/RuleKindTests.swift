import Alerts
import Codec
import PromQL
import TestSupport
import Testing

/// Kinds of alerting rules beside expressions.
@Suite struct RuleKindTests {
  static func rule(_ text: String) throws -> GroupEvaluation {
    try GroupEvaluationTests.group("groups: [{name: g, rules: [\(text)]}]")
  }

  /// Evaluates at every minute over what `value` gives; when anything fires, in minutes.
  static func firing(
    _ rule: String, minutes: Range<Int>, zone: TimeZoneRules = .utc, _ value: (Int) -> Double?
  ) throws -> [Int] {
    var group = try Self.rule(rule)
    var settings = EvaluationSettings()
    settings.timeZone = zone
    var firing: [Int] = []
    for minute in minutes {
      let time = Int64(minute) * 60_000
      var timeline = MemoryTimeline()
      if let value = value(minute) { try timeline.set("x{a=\"b\"}", value, at: time) }
      group.evaluate(at: time, in: &timeline, settings: settings)
      #expect(group.failures == [nil])
      if GroupEvaluationTests.alerts(group).contains(where: { $0.state == .firing }) {
        firing.append(minute)
      }
    }
    return firing
  }

  static let methods = [
    "method: mad, train: 6h", "method: ewma, train: 6h",
    "method: seasonal, train: 4d", "method: seasonal, season: hour_of_week, train: 4w",
  ]

  /// Around 100, with noise that never is far off.
  static func calm(_ minute: Int) -> Double {
    var random = Dice(seed: UInt64(minute) &* 7_919 &+ 3)
    return 100 + Double((random.below(7) + random.below(7) + random.below(7))) - 9
  }

  @Test(arguments: methods)
  func `a detector tells a jump up or down, and nothing else`(method: String) throws {
    let length = method.contains("week") ? 30_000 : 7_000
    let spike = length - 600..<length - 590
    let dip = length - 300..<length - 290
    func value(_ minute: Int) -> Double {
      spike.contains(minute) ? 150 : dip.contains(minute) ? 50 : Self.calm(minute)
    }
    let step = method.contains("week") ? 10 : 1
    for (direction, expected) in [
      ("up", Array(spike)), ("down", Array(dip)), ("both", Array(spike) + Array(dip)),
    ] {
      let found = try Self.firing(
        "{anomaly: A, expr: x, \(method), direction: \(direction), sensitivity: 6}",
        minutes: 0..<length / step
      ) { value($0) }
      #expect(step > 1 || found == expected, "\(method) \(direction)")
    }
  }

  @Test func `what an hour of the day always brings is usual`() throws {
    // A busy hour at noon, local time, on five days; on the sixth it comes at midnight too.
    func value(_ minute: Int) -> Double {
      let isNoon = minute / 60 % 24 == 12
      let isOdd = minute >= 6 * 1_440 && minute / 60 % 24 == 0
      return Self.calm(minute) * (isNoon || isOdd ? 3 : 1)
    }
    let found = try Self.firing(
      "{anomaly: A, expr: x, method: seasonal, train: 7d, direction: up, min_effect: 0.9}",
      minutes: 0..<6 * 1_440 + 120, value)
    #expect(found.allSatisfy { (8_640..<8_700).contains($0) }, "\(found)")
    #expect(found.count > 50)
  }

  @Test func `a level that stays becomes the usual one within the training time`() throws {
    for method in Self.methods.prefix(2) {
      let found = try Self.firing(
        "{anomaly: A, expr: x, \(method), sensitivity: 6}", minutes: 0..<1_200
      ) { Self.calm($0) + ($0 < 600 ? 0 : 80) }
      #expect(found.first == 600)
      let last = try #require(found.last)
      #expect(last >= 600 + 170 && last < 600 + 370, "\(method) until \(last)")
    }
  }

  @Test func `small changes and small values are left alone`() throws {
    func jump(_ rule: String) throws -> Bool {
      try !Self.firing("{anomaly: A, expr: x, train: 6h, \(rule)}", minutes: 0..<200) {
        Self.calm($0) + ($0 < 190 ? 0 : 30)
      }.isEmpty
    }
    let jumps = try [
      "min_effect: 0.2", "min_effect: 0.4", "min_value: 120", "min_value: 200", "min_samples: 120",
    ].map(jump)
    #expect(jumps == [true, false, true, false, false])
  }

  @Test func `an anomaly's alert says what would be usual`() throws {
    var group = try Self.rule(
      "{anomaly: A, expr: 2 * x, train: 10m, min_samples: 5, labels: {severity: page}, "
        + "annotations: {summary: '{{ $labels.a }}: {{ $value }}, usual {{ $usual }}'}}")
    for minute in Int64(0)..<10 {
      var timeline = MemoryTimeline()
      try timeline.set("x{a=\"b\"}", minute == 9 ? 50 : 4, at: minute * 60_000)
      group.evaluate(at: minute * 60_000, in: &timeline, settings: EvaluationSettings())
    }
    let alert = try #require(GroupEvaluationTests.alerts(group).first)
    let labels = try Parser.parseLabels("{a=\"b\", alertname=\"A\", severity=\"page\"}")
    #expect(alert.labels == labels)
    #expect(alert.annotations == [Label("summary", "b: 100, usual 8")])
    #expect(alert.usual == 8)
    #expect(alert.value == .float(100))
  }

  @Test(arguments: methods)
  func `what a detector remembers of a series is small`(method: String) throws {
    var group = try Self.rule("{anomaly: A, expr: x, \(method)}")
    var memory = AlertMemory()
    for minute in Int64(0)..<500 {
      var timeline = MemoryTimeline()
      try timeline.set("x{a=\"b\"}", Self.calm(Int(minute)), at: minute * 600_000)
      group.evaluate(at: minute * 600_000, in: &timeline, settings: EvaluationSettings())
    }
    group.save(into: &memory, prefix: "p")
    let size = memory.keys("p").reduce(0) { $0 + (memory[$1]?.count ?? 0) }
    #expect(size < 2_300)
  }
}

// MARK: Absence
extension RuleKindTests {
  @Test func `an absence fires when no event of any type came for so long`() throws {
    var group = try Self.rule(
      "{absent: Silent, match: {service: chat}, for: 3m, labels: {severity: page}}")
    var timeline = MemoryTimeline()
    var firing: [Int64] = []
    for minute in Int64(0)...16 {
      let time = minute * 60_000
      try timeline.set("llm_requests_total{service=\"chat\"}", min(Double(minute), 5), at: time)
      try timeline.set("log_records_total{service=\"chat\"}", minute < 11 ? 7 : 8, at: time)
      try timeline.set("log_records_total{service=\"other\"}", Double(minute), at: time)
      group.evaluate(at: time, in: &timeline, settings: EvaluationSettings())
      if GroupEvaluationTests.alerts(group).first?.state == .firing { firing.append(minute) }
    }
    #expect(firing == [8, 9, 10, 14, 15, 16])
    let labels = try Parser.parseLabels("{alertname=\"Silent\", severity=\"page\"}")
    #expect(GroupEvaluationTests.alerts(group).map(\.labels) == [labels])
    #expect(GroupEvaluationTests.alerts(group).map(\.value) == [.float(300)])
  }

  @Test func `an absence fires too when nothing ever came, and not right after a pause`() throws {
    var group = try Self.rule("{absent: Silent, for: 3m}")
    var timeline = MemoryTimeline()
    var firing: [Int64] = []
    for minute in [Int64](0...4) + [Int64](30...34) {
      group.evaluate(at: minute * 60_000, in: &timeline, settings: EvaluationSettings())
      if GroupEvaluationTests.alerts(group).first?.state == .firing { firing.append(minute) }
    }
    #expect(firing == [3, 4, 33, 34])
  }
}

// MARK: Budgets
extension RuleKindTests {
  /// What a budget's alerts are at each hour while a dollar an hour is spent.
  static func budget(
    _ text: String, zone: TimeZoneRules, from start: Int64, hours: Int64,
    _ change: (inout MemoryTimeline, Int64) throws -> Void = { _, _ in }
  ) throws -> [(hour: Int64, alerts: [String])] {
    var group = try Self.rule(text)
    var settings = EvaluationSettings()
    settings.timeZone = zone
    var timeline = MemoryTimeline()
    var seen: [(Int64, [String])] = []
    for hour in -30...hours {
      let time = start + hour * 3_600_000
      let labels = "{service=\"chat\",model=\"m\"}"
      try timeline.set("llm_cost_usd_total\(labels)", 100 + Double(hour), at: time)
      try timeline.set("llm_tokens_total\(labels)", 1e6 + Double(hour) * 1e4, at: time)
      try change(&timeline, hour)
      guard hour >= 0 else { continue }
      group.evaluate(at: time, in: &timeline, settings: settings)
      let alerts = GroupEvaluationTests.alerts(group).filter { $0.state == .firing }
      let names = alerts.map { $0.labels["alertname"] + $0.labels["threshold"] }
      if names != seen.last?.1 ?? [] { seen.append((hour, names)) }
    }
    return seen
  }

  @Test func `thresholds fire as money is spent, and the next day they are over`() throws {
    // In New York clocks went forward on 2026-03-08: the day has 23 hours.
    let zone = try Zones.newYork()
    let start = Timestamp.day(year: 2026, month: 3, day: 8) * 86_400_000 + 5 * 3_600_000
    let seen = try Self.budget(
      "{budget: b, usd: 20, period: day, match: {service: chat}, warn: [0.5, 0.8, 1]}",
      zone: zone, from: start, hours: 30)
    let texts = seen.map { "\($0.hour): \($0.alerts.joined(separator: " "))" }
    #expect(
      texts == [
        "10: budget_spent0.5", "16: budget_spent0.5 budget_spent0.8",
        "20: budget_spent1 budget_spent0.5 budget_spent0.8", "23: ",
      ])
  }

  @Test func `a forecast fires before the money is spent`() throws {
    let seen = try Self.budget(
      "{budget: b, usd: 20, period: day, forecast: true}", zone: .utc, from: 0, hours: 30)
    let texts = seen.map { "\($0.hour): \(Set($0.alerts).sorted().joined(separator: " "))" }
    #expect(
      texts == [
        "2: budget_forecast", "20: budget_forecast budget_spent1", "24: ", "26: budget_forecast",
      ])
  }

  @Test func `tokens without a price make a budget blind within a minute`() throws {
    var group = try Self.rule(
      "{budget: acme, usd: 500, period: month, match: {service: chat}, min_coverage: 0.95}")
    #expect(group.group.interval == 15_000)
    var timeline = MemoryTimeline()
    var fired: Int64?
    // A second of traffic is 100 tokens; from the tenth minute on most of them have no price.
    for step in Int64(0)...60 {
      let time = step * 15_000
      let unpriced = max(0, step - 40) * 1_200
      try timeline.set(
        "llm_tokens_total{service=\"chat\"}", Double(1_000_000 + step * 1_500), at: time)
      try timeline.set("llm_unpriced_tokens_total{service=\"chat\"}", Double(unpriced), at: time)
      group.evaluate(at: time, in: &timeline, settings: EvaluationSettings())
      let alerts = GroupEvaluationTests.alerts(group)
      if alerts.contains(where: { $0.state == .firing }), fired == nil { fired = step }
    }
    #expect(fired.map { ($0 - 40) * 15 <= 60 } ?? false, "fired at \(fired ?? -1)")
    let labels = try Parser.parseLabels(
      "{alertname=\"budget_blind\", budget=\"acme\", service=\"chat\", severity=\"warning\"}")
    #expect(GroupEvaluationTests.alerts(group).map(\.labels) == [labels])
  }

  @Test func `a report has a budget's figures`() throws {
    let file = RuleFileReader.read(
      Array(
        "groups: [{name: g, rules: [{budget: b, usd: 10, period: day, min_coverage: 0.9}]}]".utf8),
      path: "r"
    ).file
    var timeline = MemoryTimeline()
    let day: Int64 = 86_400_000
    for (time, cost, tokens, unpriced) in [
      (day, 3.0, 1_000.0, 100.0), (day + day / 4, 6, 3_000, 500),
    ] {
      try timeline.set("llm_cost_usd_total{model=\"a\"}", cost, at: time)
      try timeline.set("llm_tokens_total{model=\"a\"}", tokens, at: time)
      try timeline.set("llm_unpriced_tokens_total{model=\"a\"}", unpriced, at: time)
    }
    let budget = try #require(file.budgets.first)
    let report = try BudgetReport(
      budget, at: day + day / 4, of: timeline, settings: EvaluationSettings())
    #expect(report.spent == 3 && report.remaining == 7 && report.share == 0.3)
    #expect(report.coverage == 0.8 && report.isBlind && !report.isExceeded)
    #expect(report.forecast == 12)
    #expect(report.start == day && report.end == 2 * day)
  }
}

// MARK: Objectives
extension RuleKindTests {
  @Test func `an objective becomes four rules with two windows each`() throws {
    let group = try Self.rule(
      "{slo: Chat, errors: 'sum(rate(e[$window]))', total: 'sum(rate(r[$window]))', "
        + "objective: 0.999, labels: {team: a}}")
    var texts: [String] = []
    for case .alerting(let evaluation) in group.parts {
      let labels = evaluation.rule.labels.map { "\($0.name)=\($0.template.source)" }
      texts.append(evaluation.rule.query.text + " " + labels.joined(separator: ","))
    }
    func expected(_ bound: String, _ long: String, _ short: String, _ severity: String) -> String {
      func part(_ window: String) -> String {
        "((sum(rate(e[\(window)]))) / (sum(rate(r[\(window)]))) > \(bound))"
      }
      return "\(part(long)) and \(part(short)) severity=\(severity),slo_window=\(long),team=a"
    }
    #expect(
      texts == [
        expected("0.0144", "1h", "5m", "critical"), expected("0.006", "6h", "30m", "critical"),
        expected("0.003", "1d", "2h", "warning"), expected("0.001", "3d", "6h", "warning"),
      ])
  }

  static let mistakes: [(String, String)] = [
    ("{anomaly: A, expr: x, method: mean}", "method must be mad, ewma or seasonal"),
    ("{anomaly: A, expr: x, season: hour_of_day}", "season goes with method seasonal"),
    ("{anomaly: A, expr: x, train: 1m}", "train must be at least 10m here"),
    (
      "{anomaly: A, expr: x, min_samples: 200}",
      "min_samples must be at most 120 with method mad"
    ),
    ("{anomaly: A, expr: x, usd: 5}", "unknown key 'usd' in an anomaly rule; did you mean 'for'?"),
    ("{budget: b, usd: 5}", "a budget needs 'period'"),
    ("{budget: b, usd: 5, period: year}", "period must be day, week or month"),
    ("{budget: b, usd: lots, period: day}", "usd must be a number of at least 0.000001"),
    (
      "{budget: b, usd: 5, period: day, match: {prompt: p}, min_coverage: 0.9}",
      "tokens without a price are not counted by the labels of 'match', so there is no "
        + "'min_coverage' here"
    ),
    ("{absent: A}", "an absence rule needs 'for'"),
    (
      "{absent: A, for: 5m, match: {colour: red}}",
      "no events are counted by all labels of 'match' at once; the labels are evaluator, kind, "
        + "model, name, operation, prompt, prompt_version, provider, service, tenant, variant"
    ),
    (
      "{slo: A, good: x, total: 'y[$window]', objective: 0.9}",
      "'good' needs the window to ask for, as in rate(x[$window])"
    ),
    (
      "{slo: A, total: 'rate(y[$window])', objective: 0.9}",
      "an objective needs 'total', and one of 'good' or 'errors'"
    ),
    ("{alert: A, expr: x, hits: 3}", "'hits' needs 'of': in how many evaluations"),
    ("{alert: A, expr: x, of: 65}", "of must be a whole number from 1 to 64"),
    ("{alert: A, expr: x, hits: 4, of: 3}", "hits must be a whole number from 1 to 'of'"),
    ("{alert: A, expr: x, no_data: fire}", "no_data must be ok, alert or keep"),
    ("{record: a, expr: x, until: y}", "invalid field 'until' in recording rule"),
  ]

  @Test(arguments: mistakes)
  func `mistakes are told in words`(rule: String, message: String) {
    let (_, problems) = RuleFileReader.read(
      Array("groups: [{name: g, rules: [\(rule)]}]".utf8), path: "r")
    #expect(problems.map(\.message).contains(message), "\(problems)")
  }
}

/// Zones for tests, from the last rule of their files alone.
enum Zones {
  static func newYork() throws -> TimeZoneRules {
    try rules("EST5EDT,M3.2.0,M11.1.0", offset: -18_000)
  }

  private static func rules(_ footer: String, offset: Int32) throws -> TimeZoneRules {
    func block(_ version: UInt8) -> [UInt8] {
      var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
      for count: UInt8 in [0, 0, 0, 0, 1, 4] { bytes += [0, 0, 0, count] }
      let bits = UInt32(bitPattern: offset)
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(24 - 8 * $0)) }
      return bytes + [0, 0] + Array("ABC".utf8) + [0]
    }
    let text = "\n\(footer)\n"
    return try TimeZoneRules(
      block(UInt8(ascii: "2")) + block(UInt8(ascii: "2")) + Array(text.utf8), name: "test")
  }
}
