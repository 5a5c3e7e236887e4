internal import API
internal import Codec
internal import History
internal import Judging
internal import LinuxIO
internal import Money
internal import Quality
internal import Serving
internal import Synchronization
internal import Telemetry

/// Asks the judges about finished calls that others pick, on threads of its own, and takes their
/// scores and their own calls in as events.
final class JudgeDesk: Sendable {
  private struct Judge: Sendable {
    let settings: JudgeSettings
    let queue: JudgeQueue
    /// What today's calls before a restart have cost is known, so that it may spend.
    var isRecalled = false
  }

  private struct State: Sendable {
    var bench: JudgeBench?
    var judges: [Judge] = []
    var calibrated: Set<String> = []
    var zone = TimeZoneRules.utc
    var lostLines: Int64 = 0
    var isEnding = false
    var isRecallDue = false
  }

  /// Milliseconds between two looks whether people have given scores as well.
  private static let round: Int32 = 60_000
  /// Bytes of texts that may wait for all judges together.
  private static let bytes = 64 << 20
  private static let ownService = "barograph"

  private let lines: OwnLines
  private let reads: ReadPool
  private let log: Log
  private let state = Mutex(State())
  private let bell: WriterBell
  private let thread = Mutex<Thread?>(nil)

  /// A desk without judges.
  init(direct: DirectIntake, reads: ReadPool, log: Log) throws(Errno) {
    (self.reads, self.log) = (reads, log)
    lines = OwnLines(direct)
    bell = try WriterBell()
  }

  /// Takes on the judges there are now, reads their keys, and warns of those that cannot be asked;
  /// gives what is wrong, or nil. Calls that wait for a judge that is still there wait on.
  func follow(_ settings: [JudgeSettings], prices: PriceBook, zone: TimeZoneRules) -> String? {
    let keys = JudgeKeys(environment: Environment.current())
    let known = state.withLock { state in
      state.zone = zone
      return (bench: state.bench, judges: state.judges)
    }
    if known.bench == nil, settings.isEmpty { return nil }
    do {
      let bench: JudgeBench
      if let old = known.bench {
        old.follow(settings, keys: keys, prices: prices)
        bench = old
      } else {
        bench = try makeBench(settings, keys, prices)
      }
      try take(settings, known.judges, bench)
    } catch {
      return "cannot start the judges: \(error)"
    }
    warn()
    return nil
  }

  private func makeBench(
    _ settings: [JudgeSettings], _ keys: JudgeKeys, _ prices: PriceBook
  ) throws(JudgeBenchError) -> JudgeBench {
    try JudgeBench(settings, keys: keys, prices: prices) { [weak self] time in
      let zone = self?.state.withLock { $0.zone } ?? .utc
      return time + zone.offset(at: time / 1_000_000_000) * 1_000_000_000
    }
  }

  private func take(
    _ settings: [JudgeSettings], _ old: [Judge], _ bench: JudgeBench
  ) throws(Errno) {
    var judges: [Judge] = []
    for one in settings {
      let known = old.first { $0.settings.name == one.name }
      let name = one.name
      let queue: JudgeQueue
      if let known {
        queue = known.queue
      } else {
        queue = try JudgeQueue { [weak self] job in self?.judge(job, by: name) }
      }
      judges.append(
        Judge(settings: one, queue: queue, isRecalled: known?.isRecalled ?? false))
    }
    let taken = judges
    state.withLock { state in
      (state.bench, state.judges) = (bench, taken)
      state.isRecallDue = true
    }
    for judge in old where !settings.contains(where: { $0.name == judge.settings.name }) {
      judge.queue.end()
    }
    for judge in taken where judge.isRecalled {
      judge.queue.follow(threads: judge.settings.concurrency, bytes: Self.bytes / taken.count)
    }
    bell.ring()
    try thread.withLock { thread throws(Errno) in
      if thread == nil { thread = try Thread(name: "judges") { [self] in run() } }
    }
  }

  private func warn() {
    guard let report else { return }
    for endpoint in report.endpoints {
      guard let lack = endpoint.lack else { continue }
      log.write(
        .warning, "cannot ask a judge's model: \(lack)", ["model": endpoint.endpoint.model])
    }
  }

  /// How judges and their models are doing; nil where there are none.
  var report: JudgeReport? { state.withLock { $0.bench }?.report() }

  /// What is shown besides: how the queues stand, which judges can be compared with people, and the
  /// lines that could not be stored.
  var desk:
    (
      queues: [(name: String, length: Int, losses: [JudgeQueue.Loss: Int64])],
      calibrated: Set<String>, lost: Int64
    )
  {
    let (judges, calibrated, lost) = state.withLock { ($0.judges, $0.calibrated, $0.lostLines) }
    return (
      judges.map { judge in
        let report = judge.queue.report
        return (judge.settings.name, report.length, report.losses)
      }, calibrated, lost
    )
  }

  /// Ends every question within about a second, gives up what waits, and ends the threads.
  func close() {
    let (bench, judges) = state.withLock { state in
      state.isEnding = true
      return (state.bench, state.judges)
    }
    bench?.close()
    var left = 0
    for judge in judges {
      left += judge.queue.report.length
      judge.queue.end()
    }
    if left > 0 { log.write(.warning, "\(left) calls were not judged before the end") }
    for judge in judges { judge.queue.join() }
    bell.ring()
    thread.withLock { $0 }?.join()
  }
}

// MARK: From others
extension JudgeDesk {
  /// Hands a call, as much of it as may leave the machine, to every judge whose `when` and sample
  /// take it. Never waits. Calls of the collector itself are not judged, or there would be no end.
  func offer(_ call: FinishedCall, _ target: CallTarget) {
    guard call.words["service"] != Self.ownService else { return }
    let job = JudgeQueue.Job(call: call, target: target, offered: Clock.monotonic)
    for judge in state.withLock({ $0.judges }) where judge.settings.accepts(call) {
      judge.queue.add(job)
    }
  }
}

// MARK: On its threads
extension JudgeDesk {
  private func judge(_ job: JudgeQueue.Job, by name: String) {
    let (bench, settings, isCalibrated) = state.withLock { state in
      (
        state.bench, state.judges.first { $0.settings.name == name }?.settings,
        state.calibrated.contains(name)
      )
    }
    guard let bench, let settings else { return }
    let queued = Clock.monotonic - job.offered
    let outcome = bench.ask(name, about: job.call)
    let lines = JudgeLines(settings: settings, isUncalibrated: !isCalibrated)
    let own = lines.calls(outcome.calls, about: job.target, queued: queued)
    var score: [UInt8] = []
    if case .success(let answer) = outcome.result {
      score = lines.score(answer, by: outcome.calls.last, of: job.target)
    }
    // The judge's own calls are the collector's, whosever the judged call was.
    if job.target.tenantScope == 0 {
      store(own + score, scope: 0)
    } else {
      store(own, scope: 0)
      store(score, scope: job.target.tenantScope)
    }
  }

  private func store(_ lines: [UInt8], scope: UInt32) {
    guard !self.lines.store(lines, scope: scope) else { return }
    let count = lines.count { $0 == 0x0A }
    state.withLock { $0.lostLines += Int64(count) }
  }

  /// The housekeeping: recalls what was spent before a restart, and looks now and then whether
  /// people have given scores as well.
  private func run() {
    while !state.withLock({ $0.isEnding }) {
      recall()
      let names = reads.read(.all) { reader in
        do throws(StoreError) {
          return try reader.humanScores()
        } catch {
          return nil
        }
      } orElse: { _ in
        nil as Set<String>?
      }
      if let names { state.withLock { $0.calibrated = names } }
      do throws(Errno) {
        try bell.sleep(milliseconds: Self.round) {
          state.withLock { $0.isEnding || $0.isRecallDue }
        }
      } catch {
        preconditionFailure("an epoll of our own eventfd works: \(error)")
      }
    }
  }

  /// Lets judges begin that wait for what today has cost already.
  private func recall() {
    let (bench, judges, zone) = state.withLock { state in
      state.isRecallDue = false
      return (state.bench, state.judges.filter { !$0.isRecalled }, state.zone)
    }
    guard let bench, !judges.isEmpty else { return }
    let today = CalendarPeriod.day.bounds(around: Clock.wall / 1_000_000, in: zone).start
    let spent = reads.read(.all) { reader -> Result<[String: Int64], StoreError> in
      do throws(StoreError) {
        return .success(try reader.judgeSpending(since: today * 1_000_000))
      } catch {
        return .failure(error)
      }
    } orElse: { error in
      .failure(error)
    }
    if case .failure(let error) = spent {
      log.write(
        .error, "cannot read what judges have spent today, which counts as nothing: \(error)")
    }
    for judge in judges {
      let name = judge.settings.name
      if case .success(let sums) = spent, let sum = sums[name] { bench.recall(name, spent: sum) }
      let (threads, count) = state.withLock { state -> (Int, Int) in
        guard let index = state.judges.firstIndex(where: { $0.settings.name == name }) else {
          return (0, state.judges.count)
        }
        state.judges[index].isRecalled = true
        return (state.judges[index].settings.concurrency, state.judges.count)
      }
      judge.queue.follow(threads: threads, bytes: Self.bytes / max(1, count))
    }
  }
}
