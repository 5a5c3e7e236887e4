internal import History
internal import LinuxIO
internal import Serving
internal import Synchronization
internal import Telemetry

/// The one thread that writes: takes what the intake threads hand over, stores it in one
/// transaction as large as what has gathered, gives the verdicts back, and looks after the store
/// when there is nothing to do.
final class WriterThread: @unchecked Sendable {
  // @unchecked because the store belongs to the thread this starts; the rest is thread-safe.

  /// Records of one transaction; what is over comes in the next one.
  static let transactionRecords = 50_000
  /// Milliseconds between two looks when nothing rings.
  static let pause: Int32 = 200

  private let keeper: StoreKeeper
  private let journals: [Journal]
  private let bell: WriterBell
  private let committed: CommitNotice
  private let backups: BackupDesk
  private let saving: SavingDesk
  private let alerts: AlertDesk
  private let desk: WriterDesk
  private let isEnding = Atomic(false)
  private var thread: Thread?

  init(
    keeper: StoreKeeper, journals: [Journal], bell: WriterBell, committed: CommitNotice,
    backups: BackupDesk, saving: SavingDesk, alerts: AlertDesk, desk: WriterDesk
  ) {
    self.keeper = keeper
    self.journals = journals
    self.bell = bell
    self.committed = committed
    self.backups = backups
    self.saving = saving
    self.alerts = alerts
    self.desk = desk
  }

  func start() throws(Errno) {
    thread = try Thread(name: "writer") { [self] in run() }
  }

  /// Stores what is left and ends the thread. After every journal's last push.
  func stop() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    bell.ring()
    thread?.join()
  }

  private func run() {
    while true {
      saving.serve { keeper.save() }
      alerts.serve(on: keeper.store)
      desk.serve(on: keeper.store)
      let entries = gather()
      if entries.isEmpty {
        if isEnding.load(ordering: .sequentiallyConsistent) { break }
        rest()
      } else {
        store(entries)
        _ = backups.advance(on: keeper.store, isIdle: false)
        _ = keeper.upkeep(now: Clock.coarseWall, isIdle: false)
      }
    }
    alerts.serve(on: keeper.store)
    alerts.close()
    desk.close()
    backups.close()
    keeper.close()
  }

  private func gather() -> [(journal: Journal, batch: EventBatch)] {
    var entries: [(journal: Journal, batch: EventBatch)] = []
    var records = 0
    for journal in journals {
      while records < Self.transactionRecords, let batch = journal.take() {
        entries.append((journal, batch))
        records += batch.count + batch.samples.samples.count
      }
    }
    return entries
  }

  private func store(_ entries: [(journal: Journal, batch: EventBatch)]) {
    keeper.append(entries.map(\.batch))
    for (journal, batch) in entries { journal.giveBack(batch) }
    for journal in journals where entries.contains(where: { $0.journal === journal }) {
      journal.ringBack()
    }
    committed.post()
  }

  private func rest() {
    if desk.hasOrders { return }
    keeper.maintain(now: Clock.coarseWall)
    if let notice = keeper.store.takeUnclaimed() { journals[journals.count - 1].tell(notice) }
    if backups.advance(on: keeper.store, isIdle: true) { return }
    if keeper.upkeep(now: Clock.coarseWall, isIdle: true) { return }
    if keeper.packPayloads() { return }
    do throws(Errno) {
      try bell.sleep(milliseconds: Self.pause) {
        journals.contains { $0.hasEntries } || saving.hasReaders || alerts.hasOrders
          || desk.hasOrders
          || isEnding.load(ordering: .sequentiallyConsistent)
      }
    } catch {
      preconditionFailure("an epoll of our own eventfd works: \(error)")
    }
  }
}

/// Tells those who follow the store that something was committed.
final class CommitNotice: Sendable {
  /// Released after a commit can be read, acquired before reading: who read a number later read all
  /// that was committed before it.
  private let number = Atomic(0)
  private let bells = Mutex<[@Sendable () -> Void]>([])

  func onCommit(_ bell: @escaping @Sendable () -> Void) {
    bells.withLock { $0.append(bell) }
  }

  /// How many commits there were.
  var count: Int { number.load(ordering: .acquiring) }

  func post() {
    number.add(1, ordering: .releasing)
    for bell in bells.withLock({ $0 }) { bell() }
  }
}
