internal import API
internal import Codec
internal import Exposition
internal import History
internal import Intake
internal import LinuxIO
internal import Pattern
internal import Redaction
internal import Serving
internal import Synchronization
internal import Telemetry
internal import Timeline
internal import Windows

/// What the collector is made of, in the order of making. Closed in the opposite order.
final class CollectorParts: @unchecked Sendable {
  // @unchecked because everything is set before the threads start and only its thread-safe parts
  // are used after; the lock file is only held.

  private static let journalCapacity = 1_024
  private static let queryThreads = 2
  private static let waitingQueries = 512
  private static let evaluationThreads = 2
  private static let waitingEvaluations = 128
  /// Bytes of finished calls that wait to be evaluated.
  private static let waitingCalls = 32 << 20
  /// Free bytes below which the store is called degraded before it is.
  static let lowSpace = 64 << 20

  let rejects = RejectStore()
  let direct: DirectIntake
  let reads: ReadPool
  let stream: EventStream
  let export: EventExport
  let windows: CollectorWindows
  let queries: QueryPool
  let evaluations: QueryPool
  let memory: MemoryGauge
  let queryTime: Int64
  private(set) var loops: [EventLoop] = []
  private(set) var listening: [String] = []

  let keys: KeyDesk
  let directory: String
  private let lock: LockFile
  let installation: Installation
  let dimensions: DimensionTable
  let status: StoreStatus
  let backups: BackupJob
  let saving: SavingDesk
  let alertDesk: AlertDesk
  /// Hands work to the thread that owns the store, and notes acts of administration there.
  let desk: WriterDesk
  let audit: AuditDesk
  let erasures: ErasureDesk
  /// Under which names persons are stored by the redaction in force.
  let policies: Mutex<Pseudonyms>
  /// Counts what is redacted, whatever rules are in force.
  let redactions: RedactionBook
  /// How many exports of a person are under way.
  let exports = Mutex(0)
  /// Looks at finished calls, and hands them to those who ask models about them.
  let evaluators: EvaluatorDesk
  let judges: JudgeDesk
  private let writer: WriterThread
  private let writerBell: WriterBell
  let journals: [Journal]
  let configuration: Configuration
  private let committed = CommitNotice()
  /// Answers queries; there from the end of `init` on.
  private(set) var service: QueryService?
  /// Bring messages about alerts to their receivers.
  let posts: ReceiverPosts
  /// Evaluates the rules and decides who is told; there from the end of `init` on.
  private(set) var alerts: AlertKeeper?

  init(_ configuration: Configuration, log: Log) throws(StartError) {
    self.configuration = configuration
    directory = configuration.data
    keys = try KeyDesk(configuration)
    lock = try Self.claim(directory)
    installation = try Self.secrets(of: directory, log)
    dimensions = DimensionTable(hashKey: HashKey(Random.word(), Random.word()))
    var store = try Self.openStore(configuration, dimensions, installation, log)
    memory = MemoryGauge(limit: configuration.memoryLimit)
    queryTime = configuration.limits.queryTime.nanoseconds
    redactions = RedactionBook()
    var settings = try Self.settings(configuration, installation)
    settings.intake.redactions = redactions
    policies = Mutex(Pseudonyms(settings.intake))
    let zone = try TimeZoneFiles.zone(configuration.timezone)
    do throws(Errno) {
      writerBell = try WriterBell()
      var journals: [Journal] = []
      for _ in 0...Thread.availableProcessors {
        journals.append(try Journal(capacity: Self.journalCapacity, writerBell: writerBell))
      }
      self.journals = journals
      windows = try CollectorWindows(
        configuration, threads: journals.count, dimensions: dimensions,
        start: CollectorWindows.horizon(Clock.wall), zone: zone)
      direct = try DirectIntake(
        journal: journals[0], dimensions: dimensions, windows: windows.shard(0),
        settings: settings)
      reads = ReadPool(path: "\(directory)/\(Store.fileName)")
      stream = try EventStream(reads)
      backups = try BackupJob(store: "\(directory)/\(Store.fileName)", log: log)
      export = try EventExport(reads)
      queries = try QueryPool("query", threads: Self.queryThreads, limit: Self.waitingQueries)
      evaluations = try QueryPool(
        "evaluation", threads: Self.evaluationThreads, limit: Self.waitingEvaluations)
      let judges = try JudgeDesk(direct: direct, reads: reads, log: log)
      self.judges = judges
      evaluators = try EvaluatorDesk(
        capacity: min(Self.waitingCalls, configuration.memoryLimit / 8), dimensions: dimensions,
        direct: direct, log: log
      ) { judges.offer($0, $1) }
    } catch {
      throw StartError("cannot start: \(error.text)")
    }
    try Self.rebuild(windows, from: &store, log)
    status = store.status
    let keeper = StoreKeeper(store, clock: { Clock.wall }) { [reads] notice in
      Self.report(notice, reads, log)
    }
    saving = SavingDesk(writer: writerBell)
    alertDesk = AlertDesk(writer: writerBell)
    desk = WriterDesk(writer: writerBell)
    audit = AuditDesk(desk, log: log)
    erasures = ErasureDesk(desk, audit, directory: directory)
    posts = ReceiverPosts(desk: alertDesk, log: log)
    writer = WriterThread(
      keeper: keeper, journals: journals, bell: writerBell, committed: committed,
      backups: backups.desk, saving: saving, alerts: alertDesk, desk: desk)
    do throws(Errno) {
      try writer.start()
      try windows.start(direct)
    } catch {
      throw StartError("cannot start: \(error.text)")
    }
    committed.onCommit { [stream] in stream.wake() }
    try beginQuality(prices: settings.intake.prices)
    let timeline = timeline()
    service = queryService(timeline, committed)
    try beginAlerts(timeline, log)
  }

  private func beginAlerts(_ timeline: SeriesTimeline, _ log: Log) throws(StartError) {
    let plan = try AlertPlan(configuration)
    do throws(Errno) {
      let keeper = try alertKeeper(plan, timeline, log)
      keeper.begin(plan.files, plan.settings)
      try keeper.start()
      alerts = keeper
    } catch {
      throw StartError("cannot start: \(error.text)")
    }
    connectErasures(timeline)
  }

  /// Makes the loops and opens the doors.
  func open(routes: [Route], log: Log) throws(StartError) {
    let shared = EventLoop.Surroundings(
      routes: routes, queries: queries, evaluations: evaluations, memory: memory,
      rejects: rejects, dimensions: dimensions, access: keys.access
    ) { note in
      log.write(note.isError ? .error : .warning, note.message, ["request_id": note.requestID])
    }
    var settings = try Self.settings(configuration, installation)
    settings.intake.redactions = redactions
    do throws(Errno) {
      for (index, journal) in journals.enumerated().dropFirst() {
        let sieve = evaluators.sieve()
        loops.append(
          try EventLoop(
            shared: shared, settings: settings, journal: journal, windows: windows.shard(index),
            connectionLimit: configuration.limits.connections / (journals.count - 1),
            sight: { sieve.see($0) }))
      }
    } catch {
      throw StartError("cannot start: \(error.text)")
    }
    try openDoors()
  }

  /// Notes an address that is listened on.
  func add(listening address: String) {
    listening.append(address)
  }

  /// Takes on what can change while running; gives what is wrong with it, or nil.
  func follow(_ configuration: Configuration) -> String? {
    do throws(StartError) {
      var settings = try Self.settings(configuration, installation)
      settings.intake.redactions = redactions
      let plan = try AlertPlan(configuration)
      let quality = try Self.qualityPlan(configuration)
      let access = try keys.prepare(configuration)
      _ = try TimeZoneFiles.zone(configuration.timezone)
      // The steps that can still fail come before all that change something.
      if let problem = try followJudges(configuration, settings.intake.prices) { return problem }
      if let problem = follow(plan) { return problem }
      evaluators.follow(quality)
      for loop in loops { loop.follow(settings) }
      access()
      direct.follow(settings)
      policies.withLock { $0 = Pseudonyms(settings.intake) }
      windows.follow(configuration)
      return nil
    } catch {
      return error.message
    }
  }

  /// Stores what is left and ends the threads. After the loops have ended.
  func close() {
    erasures.close()
    evaluators.close()
    judges.close()
    alerts?.close()
    posts.close()
    queries.close()
    evaluations.close()
    stream.close()
    export.close()
    windows.close()
    writer.stop()
    backups.close()
  }
}
