internal import API
internal import History
internal import LinuxIO
internal import Synchronization

/// One backup at a time: ordered by a route, copied by the writer, checked and named on a thread of
/// its own.
final class BackupJob: Sendable {
  private struct Work: Sendable {
    var report = BackupReport()
    var thread: Thread?
    var isClosed = false
  }

  /// Milliseconds between two looks at the copy.
  private static let pause: Int32 = 50
  /// Bytes copied before they are brought to disk, so that the last sync is short.
  private static let syncPages = 8_192

  let desk = BackupDesk()
  private let store: String
  private let log: Log
  private let work = Mutex(Work())
  private let bell: EventNotifier

  init(store: String, log: Log) throws(Errno) {
    self.store = store
    self.log = log
    bell = try EventNotifier()
  }

  var report: BackupReport {
    var report = work.withLock { $0.report }
    if report.phase == .copying, case .copying(let done, let total) = desk.state {
      (report.pagesDone, report.pagesTotal) = (done, total)
    }
    return report
  }

  /// Begins a backup to `path`; gives why it cannot, or nil.
  func begin(_ path: String, replacing: Bool) -> String? {
    let isFree = work.withLock { work in
      guard !work.isClosed, ![.copying, .checking].contains(work.report.phase) else { return false }
      work.report = BackupReport()
      work.report.phase = .copying
      work.report.file = path
      return true
    }
    guard isFree else { return "another backup is under way" }
    do throws(BackupFile.Failure) {
      let file = try BackupFile(path, bytes: storeBytes(), replaces: replacing)
      return start(file)
    } catch {
      end(.failed, "\(error)")
      return "\(error)"
    }
  }

  /// Ends what is under way. After the writer's end.
  func close() {
    let thread = work.withLock { work in
      work.isClosed = true
      return work.thread
    }
    bell.signal()
    thread?.join()
  }

  private func storeBytes() -> Int {
    do throws(Errno) {
      return try FileSystem.size(of: store)
    } catch {
      return 0
    }
  }

  private func start(_ file: BackupFile) -> String? {
    let before = work.withLock { $0.thread }
    before?.join()
    do throws(Errno) {
      let thread = try Thread(name: "backup") { [self] in run(file) }
      work.withLock { $0.thread = thread }
      return nil
    } catch {
      file.discard()
      end(.failed, error.text)
      return error.text
    }
  }

  private func run(_ file: BackupFile) {
    defer { desk.clear() }
    do throws(BackupFile.Failure) {
      try copy(to: file)
      end(.checking, "")
      try file.publish(isStopped: { [self] in work.withLock { $0.isClosed } })
      log.write(.info, "backup written to \(file.path)")
      end(.done, "")
    } catch {
      file.discard()
      log.write(.error, "cannot back up to \(file.path): \(error)")
      end(.failed, "\(error)")
    }
  }

  private func copy(to file: BackupFile) throws(BackupFile.Failure) {
    guard desk.order(file.draft) else { throw .stopped }
    var synced = 0
    while true {
      switch desk.state {
      case .copied: return
      case .failed(let error): throw .store(error)
      case .idle: throw .stopped
      case .copying(let done, let total):
        work.withLock { ($0.report.pagesDone, $0.report.pagesTotal) = (done, total) }
        do throws(Errno) {
          if done >= synced + Self.syncPages {
            try FileSystem.synchronize(file.draft)
            synced = done
          }
          try waitForNews()
        } catch {
          throw .file(path: file.path, cause: error.text)
        }
      }
    }
  }

  private func waitForNews() throws(Errno) {
    let epoll = try Epoll()
    try epoll.add(bell.raw, .read, token: 0)
    try epoll.wait(into: EpollEvents(capacity: 1), milliseconds: Self.pause)
    bell.drain()
  }

  private func end(_ phase: BackupReport.Phase, _ message: String) {
    work.withLock { work in
      work.report.phase = phase
      work.report.message = message
      if phase == .checking || phase == .done { work.report.pagesDone = work.report.pagesTotal }
    }
  }
}
