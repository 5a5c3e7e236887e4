import Alerts
import PromQL
import TestSupport
import Testing

@Suite struct GroupEvaluationTests {
  static func group(_ text: String) throws -> GroupEvaluation {
    let (file, problems) = RuleFileReader.read(Array(text.utf8), path: "r")
    try #require(problems == [])
    return GroupEvaluation(try #require(file.groups.first))
  }

  static func alerts(_ group: GroupEvaluation) -> [ActiveAlert] {
    var alerts: [ActiveAlert] = []
    for case .alerting(let evaluation) in group.parts { alerts += evaluation.alerts }
    return alerts
  }

  @Test func `a rule sees what the rule before it wrote, and a series that went ends`() throws {
    var group = try Self.group(
      """
      groups:
        - name: g
          rules:
            - {record: double, expr: up * 2, labels: {from: rules, job: ""}}
            - {record: quadruple, expr: double * 2}
      """)
    var timeline = MemoryTimeline()
    try timeline.set("up{job=\"a\"}", 1, at: 0)
    try timeline.set("up{job=\"a\"}", 3, at: 60_000)
    try timeline.set("up{job=\"a\"}", StaleMarker.value, at: 120_000)
    for time in stride(from: Int64(0), through: 180_000, by: 60_000) {
      group.evaluate(at: time, in: &timeline, settings: EvaluationSettings())
    }
    #expect(group.failures.allSatisfy { $0 == nil })
    let double = try timeline.text("double{from=\"rules\"}")
    #expect(double == "0=2.0 60=6.0 120=stale")
    let quadruple = try timeline.text("quadruple{from=\"rules\"}")
    #expect(quadruple == "0=4.0 60=12.0 120=stale")
  }

  @Test func `a rule that fails writes nothing and says why`() throws {
    var group = try Self.group(
      """
      groups:
        - name: g
          limit: 1
          rules:
            - {record: same, expr: up, labels: {job: x}}
            - {record: many, expr: up}
            - {alert: Many, expr: up}
            - {alert: Same, expr: up, labels: {job: x}}
            - {record: fine, expr: "1"}
      """)
    var timeline = MemoryTimeline()
    try timeline.set("up{job=\"a\"}", 1, at: 0)
    try timeline.set("up{job=\"b\"}", 1, at: 0)
    group.evaluate(at: 0, in: &timeline, settings: EvaluationSettings())
    let failures = group.failures.map { $0?.message }
    #expect(
      failures == [
        "vector contains metrics with the same labelset after applying rule labels",
        "exceeded limit of 1 with 2 series", "exceeded limit of 1 with 2 alerts",
        "vector contains metrics with the same labelset after applying alert labels", nil,
      ])
    #expect(Self.alerts(group) == [])
    #expect(timeline.points.count == 3)
    let fine = try timeline.text("fine")
    #expect(fine == "0=1.0")
  }

  @Test func `an alert has its texts, its series and its times`() throws {
    var group = try Self.group(
      """
      groups:
        - name: g
          rules:
            - alert: Down
              expr: up == 0
              for: 1m
              labels: {severity: page, job: "{{ $labels.job }}-{{ $externalLabels.region }}"}
              annotations:
                summary: "{{ $labels.job }} is {{ $value }} at {{ $externalURL }}"
                broken: "{{ $value.Foo }}"
      """)
    var settings = EvaluationSettings()
    settings.externalLabels = ["region": "eu"]
    settings.externalURL = "https://baro"
    var timeline = MemoryTimeline()
    for time in stride(from: Int64(0), through: 240_000, by: 60_000) {
      try timeline.set("up{job=\"a\"}", time < 180_000 ? 0 : 1, at: time)
      group.evaluate(at: time, in: &timeline, settings: settings)
      let states = Self.alerts(group).map(\.state)
      #expect(states == [time == 0 ? .pending : time < 180_000 ? .firing : .resolved])
    }
    let alert = try #require(Self.alerts(group).first)
    let labels = try Parser.parseLabels(
      "{alertname=\"Down\", job=\"a-eu\", severity=\"page\"}")
    #expect(alert.labels == labels)
    #expect(
      alert.annotations == [
        Label(
          "broken",
          "<error expanding template: 1:4: can't evaluate field Foo in type float64>"),
        Label("summary", "a is 0 at https://baro"),
      ])
    #expect(alert.activeAt == 0 && alert.firedAt == 60_000 && alert.resolvedAt == 180_000)
    let common = "alertname=\"Down\", job=\"a-eu\", severity=\"page\""
    let pending = try timeline.text("ALERTS{alertstate=\"pending\", \(common)}")
    #expect(pending == "0=1.0 60=stale")
    let firing = try timeline.text("ALERTS{alertstate=\"firing\", \(common)}")
    #expect(firing == "60=1.0 120=1.0 180=stale")
    let since = try timeline.text("ALERTS_FOR_STATE{\(common)}")
    #expect(since == "0=0.0 60=0.0 120=0.0 180=stale")
    for time in stride(from: Int64(300_000), through: 1_140_000, by: 60_000) {
      try timeline.set("up{job=\"a\"}", 1, at: time)
      group.evaluate(at: time, in: &timeline, settings: settings)
      let kept = Self.alerts(group).count
      #expect(kept == (time <= 1_080_000 ? 1 : 0), "at \(time)")
    }
  }

  /// What an alert's state must be after evaluations at which it was there or not, found by looking
  /// back over all of them.
  static func state(
    _ presence: ArraySlice<Bool>, interval: Int64, hold: Int64, keep: Int64
  ) -> ActiveAlert.State? {
    var state: ActiveAlert.State?
    var begin = 0
    var gone = 0
    for (index, isThere) in presence.enumerated() {
      switch (state, isThere) {
      case (nil, true), (.resolved, true):
        begin = index
        state = .pending
      case (.firing, true): gone = 0
      case (.pending, false): state = nil
      case (.firing, false):
        gone += 1
        if Int64(gone - 1) * interval >= keep { state = .resolved }
      default: break
      }
      if state == .pending, Int64(index - begin) * interval >= hold {
        state = .firing
        gone = 0
      }
    }
    return state
  }

  @Test(arguments: 0..<60)
  func `for and keep_firing_for do what looking back over all evaluations says`(
    seed: UInt64
  ) throws {
    var random = Dice(seed: seed)
    let (hold, keep) = (Int64(random.below(6)), Int64(random.below(6)))
    var group = try Self.group(
      """
      groups:
        - name: g
          rules:
            - {alert: A, expr: up, for: \(hold)m, keep_firing_for: \(keep)m}
      """)
    var timeline = MemoryTimeline()
    var presence: [Bool] = []
    var isThere = false
    for step in 0..<60 {
      if random.below(4) == 0 { isThere.toggle() }
      presence.append(isThere)
      let time = Int64(step) * 60_000
      try timeline.set("up", isThere ? 1 : StaleMarker.value, at: time)
      group.evaluate(at: time, in: &timeline, settings: EvaluationSettings())
      let expected = Self.state(
        presence[...], interval: 60_000, hold: hold * 60_000, keep: keep * 60_000)
      let state = Self.alerts(group).first?.state
      let isForgotten = expected == .resolved && state == nil
      #expect(state == expected || isForgotten, "seed \(seed), step \(step)")
    }
  }

  @Test func `rules that are read again go on where they were`() throws {
    let text = """
      groups:
        - name: g
          rules:
            - {record: gone, expr: up}
            - {record: changed, expr: up, labels: {a: ""}}
            - {record: moved, expr: up}
            - {alert: A, expr: up, for: 2m, labels: {severity: page}}
            - {alert: Other, expr: up, for: 2m}
      """
    var group = try Self.group(text)
    var timeline = MemoryTimeline()
    for minute in Int64(0)...3 {
      try timeline.set("up", 1, at: minute * 60_000)
      if minute == 2 {
        let again = try Self.group(
          """
          groups:
            - name: g
              rules:
                - {alert: A, expr: up > 0, for: 2m, labels: {severity: page}}
                - {alert: Other, expr: up, for: 2m, labels: {new: label}}
                - {record: moved, expr: up}
                - {record: changed, expr: up}
          """)
        group = GroupEvaluation(again.group, resuming: group)
      }
      group.evaluate(at: minute * 60_000, in: &timeline, settings: EvaluationSettings())
    }
    let alerts = Self.alerts(group)
    #expect(alerts.map(\.labels.entries.first?.value) == ["A", "Other"])
    #expect(alerts.map(\.state) == [.firing, .pending])
    #expect(alerts.map(\.activeAt) == [0, 120_000])
    let gone = try timeline.text("gone")
    #expect(gone == "0=1.0 60=1.0 120=stale")
    let changed = try timeline.text("changed")
    #expect(changed == "0=1.0 60=1.0 120=1.0 180=1.0")
    let moved = try timeline.text("moved")
    #expect(moved == "0=1.0 60=1.0 120=1.0 180=1.0")
    let other = try timeline.text("ALERTS{alertname=\"Other\", alertstate=\"pending\"}")
    #expect(other == "0=1.0 60=1.0 120=stale")
  }

  @Test func `an offset moves what is read and what is written`() throws {
    var group = try Self.group(
      """
      groups:
        - {name: g, query_offset: 1m, rules: [{record: a, expr: up}]}
      """)
    var timeline = MemoryTimeline()
    try timeline.set("up", 1, at: 0)
    try timeline.set("up", 2, at: 60_000)
    group.evaluate(at: 60_000, in: &timeline, settings: EvaluationSettings())
    let written = try timeline.text("a")
    #expect(written == "0=1.0")
  }
}
