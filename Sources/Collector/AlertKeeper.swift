internal import Alerts
internal import Exposition
internal import History
internal import LinuxIO
internal import PromQL
internal import Serving
internal import Synchronization
internal import Telemetry

/// Keeps the alert engine going on a thread of its own: each thing at its time, saved with what it
/// brought about before anybody is told. What rules write is stored as series that queries read.
final class AlertKeeper: @unchecked Sendable {
  // @unchecked because the engine belongs to the thread once it runs; all else is behind locks.

  /// The series that rules read, for one query within its limits.
  typealias Source = @Sendable (QueryLimits) -> any SeriesSource
  /// Looks for calls behind an alert: by labels that their events must have, among those received
  /// up to a time.
  typealias Witnesses = @Sendable (CauseQuestion) -> [String]

  /// What was done so far.
  struct Book: Sendable {
    var evaluations: Int64 = 0
    var failures: Int64 = 0
    /// Evaluations that were left out because nobody was there, or an earlier one took too long.
    var missed: Int64 = 0
    /// Samples that could not be stored.
    var lost: Int64 = 0
    /// Times that changes could not be saved.
    var unsaved: Int64 = 0
    var times = DurationHistogram()
  }

  /// What is shown: a copy of the engine's state after its last step.
  struct Look: Sendable {
    var reports: [RuleReport]
    var router: AlertRouter
    var settings: AlertEngine.Settings

    init(_ engine: AlertEngine) {
      reports = engine.reports
      router = engine.router
      settings = engine.settings
    }
  }

  /// What came of something that somebody asked for.
  struct Outcome: Sendable {
    var messages: [Notification] = []
    var records: [AlertRecord] = []
    /// Whether all that is remembered is to be saved, and what was saved is not to stay.
    var replacesMemory = false
  }

  /// Something that somebody asks the engine for, at a time.
  typealias Wish = @Sendable (inout AlertEngine, _ time: Int64) -> Outcome

  private final class Order: Sendable {
    let body: Wish
    let bell: WriterBell
    let isDone = Atomic(false)

    init(_ body: @escaping Wish) throws(Errno) {
      self.body = body
      bell = try WriterBell()
    }
  }

  /// How long after its time an evaluation is made, in milliseconds: events of that time that come
  /// within it are in.
  static let settling: Int64 = 1_000
  /// Milliseconds after which what changed is saved even if it brought nothing about.
  private static let savePause: Int64 = 10_000
  private static let patience: Int32 = 1_000
  /// ns that the evaluation of a group may take.
  private static let longestEvaluation: Int64 = 30_000_000_000

  let source: Source
  let witnesses: Witnesses
  private let direct: DirectIntake
  private let desk: AlertDesk
  private let posts: ReceiverPosts
  let limits: QueryLimits
  private let log: Log
  private let look: Mutex<Look>
  private let ledger = Mutex(Book())
  private let orders = Mutex<[Order]>([])
  private let bell: EventNotifier
  private let isEnding = Atomic(false)
  private var engine: AlertEngine
  private var unsaved = UnsavedAlerts()
  private var thread: Thread?

  /// An engine that goes on with what `memory` holds; it reads `source`, stores samples through
  /// `direct`, saves at `desk` and hands messages to `posts`. Each evaluation is within `limits`.
  init(
    _ engine: AlertEngine, source: @escaping Source, witnesses: @escaping Witnesses,
    direct: DirectIntake, desk: AlertDesk, posts: ReceiverPosts, limits: QueryLimits, log: Log
  ) throws(Errno) {
    self.engine = engine
    (self.source, self.witnesses, self.direct) = (source, witnesses, direct)
    (self.desk, self.posts, self.limits, self.log) = (desk, posts, limits, log)
    look = Mutex(Look(engine))
    bell = try EventNotifier()
  }

  /// The engine's state as it is shown.
  var state: Look { look.withLock { $0 } }
  /// How rules are evaluated, and who hears of their alerts.
  var settings: AlertEngine.Settings { look.withLock { $0.settings } }
  /// What was done so far.
  var book: Book { ledger.withLock { $0 } }

  /// Takes on the first rules, before the thread is there.
  func begin(_ files: [RuleFile], _ settings: AlertEngine.Settings) {
    engine.follow(files, settings, at: Clock.wall / 1_000_000)
    save()
    look.withLock { $0 = Look(engine) }
  }

  func start() throws(Errno) {
    thread = try Thread(name: "alerts") { [self] in run() }
  }

  func close() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    bell.signal()
    thread?.join()
  }

  /// Has `body` change the engine at the present time, saves that, and tells whom it says; waits
  /// until that is done.
  func perform(_ body: @escaping Wish) {
    do throws(Errno) {
      let order = try Order(body)
      orders.withLock { $0.append(order) }
      bell.signal()
      while !order.isDone.load(ordering: .acquiring) {
        try order.bell.sleep(milliseconds: Self.patience) {
          order.isDone.load(ordering: .acquiring)
        }
      }
    } catch {
      log.write(.error, "cannot reach the alerts: \(error.text)")
    }
  }

  /// Takes on rules and settings; groups that were there go on where they stopped.
  func follow(_ files: [RuleFile], _ settings: AlertEngine.Settings) {
    perform { engine, now in
      engine.follow(files, settings, at: now)
      return Outcome()
    }
  }
}

// MARK: On its thread
extension AlertKeeper {
  private func run() {
    do throws(Errno) {
      let epoll = try Epoll()
      try epoll.add(bell.raw, .read, token: 0)
      let events = EpollEvents(capacity: 1)
      while true {
        serve()
        if isEnding.load(ordering: .sequentiallyConsistent) { break }
        let now = Clock.wall / 1_000_000
        if let due = engine.due, due + Self.settling <= now {
          engine.catchUp(to: now)
          step()
          continue
        }
        if unsaved.isDue(at: now) { save() }
        let pause = min((engine.due ?? .max - Self.settling) + Self.settling - now, 5_000)
        try epoll.wait(into: events, milliseconds: Int32(max(pause, 1)))
        bell.drain()
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
    save()
    serve()
  }

  /// Does what was asked for.
  private func serve() {
    let waiting = orders.withLock { orders in
      defer { orders = [] }
      return orders
    }
    for order in waiting {
      let outcome = order.body(&engine, Clock.wall / 1_000_000)
      engine.remember()
      if outcome.replacesMemory { unsaved.add(whole: engine.memory) }
      unsaved.add(records: outcome.records, messages: outcome.messages)
      finish(isUrgent: true, outcome.messages)
      order.isDone.store(true, ordering: .releasing)
      order.bell.ring()
    }
  }

  /// The series as they are now, and how they are asked within the limits.
  func ask() -> (source: any SeriesSource, settings: EvaluationSettings) {
    var settings = self.settings.evaluation
    settings.evaluator.limits = limits
    settings.evaluator.limits.now = { Clock.coarseMonotonic }
    settings.evaluator.limits.deadline = Clock.monotonic + Self.longestEvaluation
    return (source(settings.evaluator.limits), settings)
  }

  private func step() {
    let start = Clock.monotonic
    let (source, settings) = ask()
    engine.settings.evaluation = settings
    let before = engine.reports
    var marks: [(group: Int, time: Int64)] = []
    var lost = 0
    let step = engine.step(AnySource(base: source)) { group in
      marks.append((group, Clock.monotonic))
    } written: { written in
      lost = RuleSamples.store(written, through: direct)
    } cause: { rule, alert, source in
      CauseFinder(source, settings: settings, witnesses: witnesses)
        .cause(of: alert, rule: rule)
    }
    guard let step else { return }
    var begin = start
    for place in step.groups {
      let own = marks.filter { $0.group == place }.map(\.time)
      note(place, own, from: begin, before: before)
      begin = own.last ?? begin
    }
    if lost > 0 { ledger.withLock { $0.lost += Int64(lost) } }
    unsaved.add(
      records: step.changes.map(AlertRecord.init), messages: step.notifications)
    finish(
      isUrgent: !step.changes.isEmpty || !step.notifications.isEmpty, step.notifications)
  }

  /// Saves what changed, if there is reason to, and hands messages on.
  private func finish(isUrgent: Bool, _ messages: [Notification]) {
    unsaved.add(memory: engine.takeMemoryChanges())
    if isUrgent || unsaved.isDue(at: Clock.wall / 1_000_000) { save() }
    let fresh = Look(engine)
    look.withLock { $0 = fresh }
    posts.post(messages)
  }

  private func save() {
    unsaved.add(memory: engine.takeMemoryChanges())
    guard let saving = unsaved.saving else { return }
    switch desk.save(saving) {
    case .saved: unsaved.keep(at: Clock.wall / 1_000_000)
    case .savedInNewFile:
      unsaved.keep(at: Clock.wall / 1_000_000)
      unsaved.add(whole: engine.memory)
    case .failed(let error):
      ledger.withLock { $0.unsaved += 1 }
      if unsaved.fail(at: Clock.wall / 1_000_000) {
        log.write(.error, "cannot save alerts, which go on without: \(error)")
      }
    }
  }

  private func note(
    _ place: Int, _ marks: [Int64], from start: Int64, before: [RuleReport]
  ) {
    let took = Double((marks.last ?? start) - start) / 1e9
    var mark = start
    let parts = marks.map { time in
      defer { mark = time }
      return Double(time - mark) / 1e9
    }
    engine.note(place, seconds: took, ruleSeconds: parts)
    let report = engine.reports[place]
    let failures = Int64(report.evaluation.failures.count { $0 != nil })
    let missed = engine.missed
    ledger.withLock { book in
      book.evaluations += Int64(parts.count)
      book.failures += failures
      book.missed = missed
      book.times.record(nanoseconds: Int64(took * 1e9), weight: 1)
    }
    for (rule, failure) in report.evaluation.failures.enumerated() {
      guard let failure, failure != before[place].evaluation.failures[rule] else { continue }
      log.write(
        .warning, "cannot evaluate a rule: \(failure)",
        [
          "file": report.file, "group": report.evaluation.group.name,
          "rule": report.evaluation.group.rules[rule].name,
        ])
    }
  }
}
