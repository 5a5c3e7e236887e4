internal import Codec
package import PromQL

/// Rules, their alerts, and who is told: the whole of it as one value. It goes on from event to
/// event, each at its own time, in milliseconds since 1970; it reads no clock and sends nothing.
/// What it has to remember is in `memory`; an engine restored from that decides what this one would
/// have decided.
package struct AlertEngine: Sendable {
  /// How rules are evaluated, and who hears of their alerts.
  package struct Settings: Sendable {
    package var policy: AlertPolicy
    package var evaluation = EvaluationSettings()
    /// Milliseconds between evaluations of a group that does not say.
    package var interval: Int64 = 60_000
    /// How far back evaluations that were missed are made up for.
    package var patience: Int64 = 300_000

    /// These receivers, and else the defaults.
    package init(_ policy: AlertPolicy) { self.policy = policy }
  }

  /// What an event brought about.
  package struct Step: Sendable {
    package let time: Int64
    /// The places of the groups of rules that were evaluated; none where receivers were told.
    package internal(set) var groups: [Int] = []
    /// Alerts that began to fire then, or were over.
    package internal(set) var changes: [AlertChange] = []
    package internal(set) var notifications: [Notification] = []
  }

  private struct Group: Sendable {
    var report: RuleReport
    var next: Int64
  }

  /// How rules are evaluated, and who hears of their alerts.
  package var settings: Settings
  /// Who is told of what.
  package var router: AlertRouter
  /// What is to be remembered.
  package private(set) var memory: AlertMemory
  private var groups: [Group] = []
  private var files: [RuleFile] = []
  /// Records that were saved and could not be read.
  package private(set) var unreadable = 0
  /// Evaluations that were left out because nobody was there to make them.
  package private(set) var missed: Int64 = 0

  /// An engine without rules that remembers what was saved, at `time`.
  package init(_ settings: Settings, remembering memory: AlertMemory, at time: Int64) {
    self.settings = settings
    self.memory = memory
    router = AlertRouter(settings.policy, restoring: memory, at: time)
  }

  /// The groups of rules as they stand.
  package var reports: [RuleReport] { groups.map(\.report) }

  /// When there is something to do next.
  package var due: Int64? {
    [groups.lazy.map(\.next).min(), router.due].compactMap(\.self).min()
  }

  /// Takes on the rules of these files, and other settings, at `time`; groups that were there go on
  /// where they stopped, those that were there before a restart where it was saved.
  package mutating func follow(_ files: [RuleFile], _ settings: Settings, at time: Int64) {
    let isFirst = groups.isEmpty
    self.settings = settings
    self.files = files
    let old = Dictionary(groups.map { (Self.name($0.report), $0) }, uniquingKeysWith: { $1 })
    groups = files.flatMap { file in
      file.groups.map { group in
        let interval = group.interval ?? settings.interval
        let fresh = RuleReport(group, file: file.path, interval: interval)
        guard let known = old[Self.name(fresh)] else { return restored(fresh, at: time) }
        let report = RuleReport(group, interval: interval, resuming: known.report)
        let next =
          known.report.interval == interval ? known.next : Self.next(after: time - 1, of: report)
        return Group(report: report, next: next)
      }
    }
    forgetGroups(keeping: Set(groups.map { Self.name($0.report) }))
    if settings.policy != router.policy { router.follow(settings.policy, at: time) }
    if isFirst { catchUp(to: time) }
    endOrphans(at: time)
    router.save(into: &memory)
  }

  /// Begins again with other memories, as after a restart.
  mutating func restart(remembering memory: AlertMemory, at time: Int64) {
    let (files, missed) = (files, missed)
    self = AlertEngine(settings, remembering: memory, at: time)
    self.missed = missed
    follow(files, settings, at: time)
  }

  /// Whatever is due next, at its own time: all groups of that time, which share what they read, or
  /// else what receivers are told. `source` gives the series as they were then, `cause`
  /// looks into an alert that begins to fire, `done` hears of
  /// each rule of a group.
  package mutating func step<Source: SeriesSource>(
    _ source: Source, done: (_ group: Int) -> Void = { _ in },
    written: (_ samples: [(time: Int64, sample: RuleSample)]) -> Void,
    cause: (AlertingRule, ActiveAlert, Source) -> AlertCause?
  ) -> Step? {
    guard let time = due else { return nil }
    var step = Step(time: time)
    step.groups = groups.indices.filter { groups[$0].next <= time }.sorted {
      Self.name(groups[$0].report) < Self.name(groups[$1].report)
    }
    if step.groups.isEmpty { step.notifications = router.decide() }
    var overlay = RuleOverlay(source)
    for place in step.groups {
      groups[place].report.evaluation.evaluate(
        at: time, in: &overlay, settings: settings.evaluation
      ) { _ in
        done(place)
      }
      step.changes += router.take(
        groups[place].report.evaluation, of: groups[place].report.file, at: time
      ) { cause($0, $1, source) }
      remember(place, at: time)
    }
    if !overlay.written.isEmpty { written(overlay.written) }
    router.save(into: &memory)
    return step
  }

  /// Notes how long the evaluation of a group took, and each rule's part of it.
  package mutating func note(_ place: Int, seconds: Double, ruleSeconds: [Double]) {
    groups[place].report.seconds = seconds
    groups[place].report.ruleSeconds = ruleSeconds
  }

  /// Lets evaluations go that are older than the engine is patient for, when it is `time`.
  package mutating func catchUp(to time: Int64) {
    let horizon = time - settings.patience
    for place in groups.indices where groups[place].next < horizon {
      let next = Self.next(after: time - 1, of: groups[place].report)
      missed += (next - groups[place].next) / groups[place].report.interval
      groups[place].next = next
    }
    // Until rules were evaluated once, nobody knows what is still so.
    if let due = router.due, due < horizon {
      router.skip(to: time + (groups.lazy.map(\.report.interval).max() ?? 0))
    }
  }

  /// Writes what was changed about routing from outside into `memory`.
  package mutating func remember() { router.save(into: &memory) }

  /// The changes of what is to be remembered since the last time, by key.
  package mutating func takeMemoryChanges() -> [AlertMemory.Change] { memory.takeChanges() }
}

// MARK: Groups of rules
extension AlertEngine {
  private static func name(_ report: RuleReport) -> String {
    "\(report.file)\n\(report.evaluation.group.name)"
  }

  /// When a group is evaluated next: at whole intervals, so that groups share what they read, and
  /// what is known of the past by stretches tells what was known at the time.
  private static func next(after time: Int64, of report: RuleReport) -> Int64 {
    let rest = time % report.interval
    return time - (rest < 0 ? rest + report.interval : rest) + report.interval
  }

  private static let timePrefix = "time/"

  private mutating func restored(_ report: RuleReport, at time: Int64) -> Group {
    var report = report
    let name = Self.name(report)
    let saved = memory[Self.timePrefix + name].flatMap {
      Int64(String(decoding: $0, as: UTF8.self))
    }
    guard let saved, saved <= time else {
      memory[Self.timePrefix + name] = Array("\(time - 1)".utf8)
      return Group(report: report, next: Self.next(after: time - 1, of: report))
    }
    let found = GroupEvaluation.restored(
      report.evaluation.group, from: memory, prefix: Self.prefix(name))
    report.evaluation = found.evaluation
    unreadable += found.unreadable
    report.lastEvaluation = saved
    return Group(report: report, next: Self.next(after: saved, of: report))
  }

  private static func prefix(_ name: String) -> String { "rules/\(name)" }

  private mutating func remember(_ place: Int, at time: Int64) {
    let name = Self.name(groups[place].report)
    groups[place].report.evaluation.save(into: &memory, prefix: Self.prefix(name))
    groups[place].report.lastEvaluation = time
    groups[place].next = Self.next(after: time, of: groups[place].report)
    memory[Self.timePrefix + name] = Array("\(time)".utf8)
  }

  private mutating func forgetGroups(keeping names: Set<String>) {
    for key in memory.keys(Self.timePrefix) {
      let name = String(key.dropFirst(Self.timePrefix.count))
      guard !names.contains(name) else { continue }
      memory[key] = nil
      for key in memory.keys(Self.prefix(name) + "/") { memory[key] = nil }
    }
  }
}

// MARK: Alerts
extension AlertEngine {
  /// Ends alerts of rules that are gone.
  private mutating func endOrphans(at time: Int64) {
    let names = Set(groups.flatMap { $0.report.evaluation.alertNames(of: $0.report.file).values })
    for rule in Set(router.alerts.values.flatMap(\.keys)).subtracting(names) {
      router.take([], of: rule, at: time)
    }
  }
}
