package import PromQL

/// Rules, routes and receivers over a past stretch of time: which alerts would have fired, for how
/// long, and what would have been told. It is the engine that runs live, from nothing at the start.
package struct Backtest<Source: SeriesSource> {
  private let files: [RuleFile]
  private let settings: AlertEngine.Settings
  private let source: Source
  private let witnesses: (CauseQuestion) -> [String]

  /// A test of `files` over what `source` has; `witnesses` names calls behind an alert.
  package init(
    _ files: [RuleFile], _ settings: AlertEngine.Settings, of source: Source,
    witnesses: @escaping (CauseQuestion) -> [String]
  ) {
    (self.files, self.settings, self.source, self.witnesses) = (files, settings, source, witnesses)
  }

  /// Runs from `start` through `end`, in milliseconds since 1970; `goesOn` is asked now and then.
  package func run(
    from start: Int64, through end: Int64, while goesOn: () -> Bool
  ) -> BacktestReport {
    var report = BacktestReport()
    var router = AlertRouter(settings.policy)
    var open: [String: Int] = [:]
    var seen: Set<String> = []
    // At the same time the engine takes groups by their names.
    let entries = files.flatMap { file in file.groups.map { (file: file.path, group: $0) } }
      .sorted { ($0.file, $0.group.name) < ($1.file, $1.group.name) }
    var replay = RuleReplay(
      entries.map { entry in
        RuleReplay<Source>.Entry(
          entry.group, interval: entry.group.interval ?? settings.interval)
      }, of: source, settings: settings.evaluation)
    let finder = CauseFinder(source, settings: settings.evaluation, witnesses: witnesses)
    replay.run(from: start, through: end) { time, place, evaluation in
      while let due = router.due, due < time { report.notifications += router.decide() }
      let file = entries[place].file
      let changes = router.take(evaluation, of: file, at: time) { finder.cause(of: $1, rule: $0) }
      for change in changes { report.note(change, &open) }
      for (rule, failure) in zip(evaluation.group.rules, evaluation.failures) {
        guard let failure, seen.insert("\(file)\n\(rule.name)").inserted else { continue }
        report.failures.append((rule.name, failure))
      }
      report.evaluations += 1
      report.isCut = report.evaluations % 64 == 0 && !goesOn()
      return !report.isCut
    }
    while let due = router.due, due <= end, !report.isCut {
      report.notifications += router.decide()
    }
    return report
  }
}

/// What would have come of rules over a past stretch of time.
package struct BacktestReport: Sendable {
  /// One time that an alert would have fired.
  package struct Firing: Sendable {
    package let alert: NotifiedAlert
    /// The file, group and name of the rule, a line each.
    package let rule: String
    /// When it would have been over; nil when it still fired at the end.
    package var endsAt: Int64?
  }

  /// In order of their beginning.
  package internal(set) var firings: [Firing] = []
  /// In order of their times.
  package internal(set) var notifications: [Notification] = []
  /// Evaluations of groups.
  package internal(set) var evaluations = 0
  /// Rules that failed, each with its first failure.
  package internal(set) var failures: [(rule: String, failure: RuleFailure)] = []
  /// Whether it was given up before the end.
  package internal(set) var isCut = false
}

extension BacktestReport {
  /// Notes that an alert began to fire, or was over.
  fileprivate mutating func note(_ change: AlertChange, _ open: inout [String: Int]) {
    let name = "\(change.rule)\n\(AlertIdentity.fingerprint(change.alert.labels))"
    guard let end = change.alert.endsAt else {
      open[name] = firings.count
      firings.append(Firing(alert: change.alert, rule: change.rule))
      return
    }
    if let place = open.removeValue(forKey: name) { firings[place].endsAt = end }
  }
}
