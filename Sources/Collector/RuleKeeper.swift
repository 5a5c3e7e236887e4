internal import Alerts
internal import Exposition
internal import LinuxIO
internal import PromQL
internal import Serving
internal import Synchronization
internal import Telemetry

/// Evaluates the rules of the configuration, each group at its own times, on a thread of its own.
/// What they write is stored as series that queries read.
final class RuleKeeper: @unchecked Sendable {
  // @unchecked because all that changes is behind locks.

  /// The series that rules read, for one query within its limits.
  typealias Source = @Sendable (QueryLimits) -> any SeriesSource

  /// What was done so far.
  struct Book: Sendable {
    var evaluations: Int64 = 0
    var failures: Int64 = 0
    /// Evaluations that were left out because an earlier one took too long.
    var missed: Int64 = 0
    /// Samples that could not be stored.
    var lost: Int64 = 0
    var times = DurationHistogram()
  }

  /// Milliseconds between evaluations of a group that does not say.
  static let interval: Int64 = 60_000

  private struct Group: Sendable {
    var report: RuleReport
    /// Milliseconds since 1970.
    var next: Int64
  }

  private let source: Source
  private let direct: DirectIntake
  private let limits: QueryLimits
  private let log: Log
  private let groups = Mutex<[Group]>([])
  private let ledger = Mutex(Book())
  private let bell: EventNotifier
  private let isEnding = Atomic(false)
  private var thread: Thread?

  /// Rules over `source`, whose samples go through `direct`; each evaluation within `limits`, the
  /// deadline aside, and no longer than `time` ns.
  init(
    _ source: @escaping Source, direct: DirectIntake, limits: QueryLimits, log: Log
  ) throws(Errno) {
    (self.source, self.direct, self.limits, self.log) = (source, direct, limits, log)
    bell = try EventNotifier()
  }

  /// The groups as they stand.
  var reports: [RuleReport] { groups.withLock { $0.map(\.report) } }
  /// What was done so far.
  var book: Book { ledger.withLock { $0 } }

  /// Takes on the rules of these files; groups that were there go on where they stopped.
  func follow(_ files: [RuleFile]) {
    let now = Clock.wall / 1_000_000
    groups.withLock { groups in
      var old: [String: RuleReport] = [:]
      for group in groups { old[Self.name(group.report)] = group.report }
      groups = files.flatMap { file in
        file.groups.map { group in
          let interval = group.interval ?? Self.interval
          let fresh = RuleReport(group, file: file.path, interval: interval)
          let known = old[Self.name(fresh)]
          let report = known.map { RuleReport(group, interval: interval, resuming: $0) } ?? fresh
          return Group(report: report, next: Self.next(after: now - 1, of: report))
        }
      }
    }
    bell.signal()
  }

  func start() throws(Errno) {
    thread = try Thread(name: "rules") { [self] in run() }
  }

  func close() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    bell.signal()
    thread?.join()
  }

  private static func name(_ report: RuleReport) -> String {
    "\(report.file)\n\(report.evaluation.group.name)"
  }

  /// When a group is evaluated next: groups of one interval at different times, each always at the
  /// same within it.
  private static func next(after time: Int64, of report: RuleReport) -> Int64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name(report).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let offset = Int64(hash % UInt64(report.interval))
    return (time - offset) / report.interval * report.interval + report.interval + offset
  }
}

// MARK: On its thread
extension RuleKeeper {
  private func run() {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(bell.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      while true {
        let due = groups.withLock { $0.map(\.next).min() }
        let pause = due.map { min(max($0 - Clock.wall / 1_000_000, 0), 60_000) } ?? 60_000
        try epoll.wait(into: events, milliseconds: Int32(pause))
        bell.drain()
        if isEnding.load(ordering: .sequentiallyConsistent) { return }
        evaluateDue()
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
  }

  private func evaluateDue() {
    let now = Clock.wall / 1_000_000
    for var group in groups.withLock({ $0 }) where group.next <= now {
      let time = group.next
      let wasFailing = group.report.evaluation.failures
      evaluate(&group.report, at: time)
      let next = Self.next(after: max(time, Clock.wall / 1_000_000 - 1), of: group.report)
      let missed = (next - time) / group.report.interval - 1
      ledger.withLock { $0.missed += missed }
      report(group.report, before: wasFailing)
      groups.withLock { groups in
        // The files may have been read again meanwhile.
        guard
          let place = groups.firstIndex(where: {
            Self.name($0.report) == Self.name(group.report)
              && $0.report.evaluation.group == group.report.evaluation.group
          })
        else { return }
        groups[place] = Group(report: group.report, next: next)
      }
      if isEnding.load(ordering: .sequentiallyConsistent) { return }
    }
  }

  private func evaluate(_ report: inout RuleReport, at time: Int64) {
    let start = Clock.monotonic
    var settings = EvaluationSettings()
    settings.evaluator.limits = limits
    settings.evaluator.limits.now = { Clock.coarseMonotonic }
    settings.evaluator.limits.deadline = start + min(report.interval * 1_000_000, 30_000_000_000)
    var overlay = RuleOverlay(AnySource(base: source(settings.evaluator.limits)))
    var mark = start
    var seconds = report.ruleSeconds
    report.evaluation.evaluate(at: time, in: &overlay, settings: settings) { place in
      let now = Clock.monotonic
      seconds[place] = Double(now - mark) / 1e9
      mark = now
    }
    let lost = store(overlay.written)
    let took = Double(Clock.monotonic - start) / 1e9
    report.ruleSeconds = seconds
    report.seconds = took
    report.lastEvaluation = time
    let failures = Int64(report.evaluation.failures.count { $0 != nil })
    ledger.withLock { book in
      book.evaluations += Int64(seconds.count)
      book.failures += failures
      book.lost += Int64(lost)
      book.times.record(nanoseconds: Int64(took * 1e9), weight: 1)
    }
  }

  /// Stores what rules wrote; gives how many samples could not be stored.
  private func store(_ written: [(time: Int64, sample: RuleSample)]) -> Int {
    var samples = MetricSamples()
    var identity = MetricIdentity()
    var lost = 0
    samples.add(metric: .gauge)
    for (time, sample) in written {
      guard case .float(let value) = sample.value else {
        lost += 1
        continue
      }
      identity.begin(sample.labels.metricName)
      for label in sample.labels.entries where label.name != LabelName.metric {
        identity.add(label.name, label.value)
      }
      let first = samples.samples.count
      let isStale = StaleMarker.isStale(value)
      samples.add(
        MetricSample(
          series: samples.add(&identity), time: time * 1_000_000, value: isStale ? 0 : value,
          flags: isStale ? .stale : []))
      samples.addPoint(record: samples.points.count + 1, source: 0, samplesFrom: first)
    }
    guard !samples.isEmpty else { return lost }
    return direct.takeIn(samples) ? lost : written.count
  }

  /// Tells of rules that began to fail, or do so for another reason.
  private func report(_ report: RuleReport, before: [RuleFailure?]) {
    for (place, failure) in report.evaluation.failures.enumerated() {
      guard let failure, failure != before[place] else { continue }
      log.write(
        .warning, "cannot evaluate a rule: \(failure)",
        [
          "file": report.file, "group": report.evaluation.group.name,
          "rule": report.evaluation.group.rules[place].name,
        ])
    }
  }
}

/// A source of whatever kind.
private struct AnySource: SeriesSource {
  let base: any SeriesSource

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    try base.select(matchers, after: after, through: through, hints: hints)
  }
}

// MARK: What is shown
extension RuleKeeper {
  /// The present alerts, as `/metrics` shows them; queries read those that were stored.
  var alerts: MetricFamily {
    let samples = reports.flatMap(\.activeAlerts).map { alert in
      MetricFamily.Sample(
        1,
        labels: alert.labels.setting(AlertName.stateLabel, to: alert.state.rawValue).entries.map {
          (name: $0.name, value: $0.value)
        })
    }
    return MetricFamily(AlertName.series, .gauge, "Alerts that are pending or fire.", samples)
  }

  /// What the keeper says of itself.
  func families() -> [MetricFamily] {
    let book = book
    return [
      MetricFamily(
        "barograph_rule_evaluation_seconds", "How long evaluations of groups of rules took.",
        [([], book.times)]),
      MetricFamily(
        "barograph_rule_evaluations_total", .counter, "Rules evaluated.",
        value: Double(book.evaluations)),
      MetricFamily(
        "barograph_rule_failures_total", .counter, "Rules that could not be evaluated.",
        value: Double(book.failures)),
      MetricFamily(
        "barograph_rule_evaluations_missed_total", .counter,
        "Evaluations of groups left out because an earlier one took too long.",
        value: Double(book.missed)),
      MetricFamily(
        "barograph_rule_samples_lost_total", .counter, "Samples of rules that were not stored.",
        value: Double(book.lost)),
    ]
  }
}
