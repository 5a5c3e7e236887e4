import PromQL
import TestSupport
import Testing

@testable import Alerts

/// The whole of rules, routes and receivers: what is told after any kill, and after any reload, is
/// what an unbroken run tells.
@Suite struct AlertEngineTests {
  /// An engine with the series it reads and writes.
  private struct Run {
    var engine: AlertEngine
    var timeline: MemoryTimeline
    let files: [RuleFile]
    /// What the store holds: nothing newer survives a kill.
    private var saved: [String: [UInt8]] = [:]
    private(set) var sent: [Notification] = []
    private(set) var changes: [AlertChange] = []

    init(_ files: [RuleFile], _ timeline: MemoryTimeline, _ policy: AlertPolicy) {
      (self.files, self.timeline) = (files, timeline)
      engine = AlertEngine(AlertEngine.Settings(policy), remembering: AlertMemory(), at: 0)
      engine.follow(files, engine.settings, at: 0)
      save()
    }

    /// Takes the next step. It is saved when it brought something about, as the collector does, and
    /// else only if `saves`.
    mutating func step(saves: Bool) {
      var written: [(time: Int64, sample: RuleSample)] = []
      let step = engine.step(timeline) {
        written = $0
      } cause: { rule, alert, source in
        CauseFinder(source, settings: EvaluationSettings(), witnesses: { _ in [] })
          .cause(of: alert, rule: rule)
      }
      for (time, sample) in written { timeline.add([sample], at: time) }
      guard let step else { return }
      sent += step.notifications
      changes += step.changes
      if saves || !step.notifications.isEmpty || !step.changes.isEmpty { save() }
    }

    mutating func save() {
      for change in engine.takeMemoryChanges() { saved[change.key] = change.bytes }
    }

    /// Kills it and starts it again at `time`.
    mutating func restart(at time: Int64) {
      let memory = AlertMemory(saved: saved.map { (key: $0.key, bytes: $0.value) })
      engine = AlertEngine(engine.settings, remembering: memory, at: time)
      engine.follow(files, engine.settings, at: time)
    }

    mutating func reload(at time: Int64) { engine.follow(files, engine.settings, at: time) }
  }

  private static func policy() -> AlertPolicy {
    var policy = RouterScene.policy { route in
      route.repetition = 1_800_000
      var own = AlertRoute(receiver: "oncall")
      own.matchers = RouterScene.matchers("alertname=~\"High|Sum\"")
      own.escalations = [AlertRoute.Escalation(after: 300_000, receiver: "boss")]
      own.grouping = .each
      route.routes = [own]
    }
    policy.inhibitions = [
      Inhibition(
        source: RouterScene.matchers("alertname=Sum"),
        target: RouterScene.matchers("alertname=Odd"), equal: [])
    ]
    policy.externalURL = "https://baro.example.org"
    return policy
  }

  private static let end: Int64 = 70 * 60_000

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `what is told after any kill or reload is what an unbroken run tells`(seed: UInt64) throws {
    var random = Dice(seed: seed &+ 4_711)
    let (file, problems) = RuleFileReader.read(
      Array(RuleMemoryTests.text(&random).utf8), path: "r")
    try #require(problems == [])
    let timeline = try RuleMemoryTests.samples(&random, steps: 80, step: 60_000)
    var unbroken = Run([file], timeline, Self.policy())
    while let due = unbroken.engine.due, due <= Self.end { unbroken.step(saves: true) }
    try #require(unbroken.sent.count > 5)

    var killed = Run([file], timeline, Self.policy())
    var latest: Int64 = 0
    while let due = killed.engine.due, due <= Self.end {
      latest = max(latest, due)
      killed.step(saves: random.below(3) == 0)
      switch random.below(4) {
      case 0: killed.restart(at: latest)
      case 1: killed.reload(at: latest)
      default: break
      }
    }
    let first = zip(killed.sent, unbroken.sent).first { $0 != $1 }
    #expect(first.map { "\($0.0) instead of \($0.1)" } == nil, "seed \(seed)")
    #expect(killed.sent.count == unbroken.sent.count, "seed \(seed)")
    #expect(Set(killed.sent.map(\.key)).count == killed.sent.count, "seed \(seed)")
    #expect(Set(killed.changes.map { "\($0)" }) == Set(unbroken.changes.map { "\($0)" }))
    #expect(killed.engine.unreadable == 0)
  }

  @Test func `after a long absence nothing is made up for, and what is over is told`() throws {
    let (file, _) = RuleFileReader.read(
      Array(
        """
        groups: [{name: g, interval: 10s, rules: [{alert: High, expr: x > 1}]}]
        """.utf8), path: "r")
    var timeline = MemoryTimeline()
    for second in stride(from: Int64(0), to: 300, by: 10) {
      try timeline.set("x", 5, at: second * 1_000)
    }
    var run = Run([file], timeline, RouterScene.policy())
    while let due = run.engine.due, due <= 250_000 { run.step(saves: true) }
    run.restart(at: 40_000_000)
    run.engine.catchUp(to: 40_000_000)
    while let due = run.engine.due, due <= 40_200_000 { run.step(saves: true) }
    let told = run.sent.map { ($0.isFiring, $0.time > 40_000_000) }
    #expect(told.map(\.0) == [true, false] && told.map(\.1) == [false, true])
    #expect(run.engine.missed > 3_000)
  }

  private static func gist(_ message: Notification) -> String {
    "\(message.time) \(message.isFiring) \(message.alerts.map(\.startsAt))"
  }

  @Test func `a name that is written over is remembered nowhere, and nobody is told anew`() throws {
    let (file, _) = RuleFileReader.read(
      Array(
        """
        groups:
          - name: g
            interval: 10s
            rules:
              - {record: y, expr: x}
              - {alert: High, expr: x > 1, for: 20s, annotations: {summary: "{{ $labels.who }}"}}
              - {anomaly: Odd, expr: x, method: ewma, train: 10m, min_samples: 5}
        """.utf8), path: "r")
    func timeline(_ who: String) throws -> MemoryTimeline {
      var timeline = MemoryTimeline()
      for second in stride(from: Int64(0), to: 500, by: 10) {
        try timeline.set(#"x{who="\#(who)"}"#, second < 300 ? 5 : 0, at: second * 1_000)
        try timeline.set(#"x{who="annabel"}"#, second < 300 ? 5 : 0, at: second * 1_000)
      }
      return timeline
    }
    let policy = RouterScene.policy { $0.grouping = .each }
    let filler = AlertEngine.NameFiller(
      text: { $0 == Array("ann".utf8) ? Array("zzz".utf8) : nil },
      record: { record in
        let text = ErasedWords.replacing("ann", with: "zzz", in: record)
        return text == record ? nil : text
      })
    for time in stride(from: Int64(0), through: 400_000, by: 20_000) {
      var unbroken = Run([file], try timeline("ann"), policy)
      while let due = unbroken.engine.due, due <= 600_000 { unbroken.step(saves: true) }
      var run = Run([file], try timeline("ann"), policy)
      while let due = run.engine.due, due <= time { run.step(saves: true) }
      let firing = run.engine.router.firingCount(of: "ann")
      let renamed = run.engine.erase(filler, at: time)
      #expect(renamed?.count ?? 0 == firing, "at \(time)")
      run.timeline = try timeline("zzz")
      let memory = run.engine.memory
      for key in memory.keys("") {
        let words = ErasedWords.count("ann", in: Array(key.utf8) + [0x20] + (memory[key] ?? []))
        #expect(words == 0, "\(key) at \(time)")
      }
      while let due = run.engine.due, due <= 600_000 { run.step(saves: true) }
      let (told, wanted) = (run.sent.map(Self.gist), unbroken.sent.map(Self.gist))
      #expect(told == wanted, "at \(time)")
      #expect(run.engine.unreadable == 0)
    }
  }

  @Test func `rules that are gone end their alerts, and other files keep theirs`() throws {
    func file(_ path: String) -> RuleFile {
      RuleFileReader.read(
        Array("groups: [{name: g, interval: 10s, rules: [{alert: A, expr: x > 1}]}]".utf8),
        path: path
      ).file
    }
    var timeline = MemoryTimeline()
    for second in stride(from: Int64(0), to: 300, by: 10) {
      try timeline.set("x", 5, at: second * 1_000)
    }
    var run = Run([file("one"), file("two")], timeline, RouterScene.policy())
    while let due = run.engine.due, due <= 60_000 { run.step(saves: true) }
    run.engine.follow([file("two")], run.engine.settings, at: 61_000)
    while let due = run.engine.due, due <= 150_000 { run.step(saves: true) }
    // Both made the same alert, so it still fires.
    #expect(run.sent.map(\.isFiring) == [true])
    run.engine.follow([], run.engine.settings, at: 151_000)
    while let due = run.engine.due, due <= 300_000 { run.step(saves: true) }
    #expect(run.sent.map(\.isFiring) == [true, false])
    #expect(run.engine.memory.keys("").isEmpty)
  }
}

extension MemoryTimeline {
  /// Adds samples as the store does: what is there at their time or after it stays.
  fileprivate mutating func add(_ samples: [RuleSample], at time: Int64) {
    append(
      samples.filter { (points[$0.labels]?.last?.time ?? .min) < time }, at: time)
  }
}

/// Words, told apart by what is no letter.
private enum ErasedWords {
  static func places(_ word: String, in bytes: [UInt8]) -> [Int] {
    let name = Array(word.utf8)
    func isLetter(_ place: Int) -> Bool {
      bytes.indices.contains(place) && (bytes[place] | 0x20) &- 0x61 < 26
    }
    return bytes.indices.filter { place in
      bytes[place...].starts(with: name) && !isLetter(place - 1) && !isLetter(place + name.count)
    }
  }

  static func count(_ word: String, in bytes: [UInt8]) -> Int { places(word, in: bytes).count }

  static func replacing(_ word: String, with other: String, in bytes: [UInt8]) -> [UInt8] {
    var output = bytes
    for place in places(word, in: bytes) {
      output.replaceSubrange(place..<place + word.utf8.count, with: other.utf8)
    }
    return output
  }
}

extension AlertRouter {
  fileprivate func firingCount(of who: String) -> Int {
    alerts.filter { labels, byRule in
      labels["who"] == who && byRule.values.contains { $0.endsAt == nil }
    }.count
  }
}
