internal import API
internal import History
internal import Intake
internal import LinuxIO
internal import Synchronization

/// One erasure at a time: ordered by a route, run on a thread of its own, its receipt kept until
/// the next one.
final class ErasureDesk: Sendable {
  private struct Work: Sendable {
    var report = ErasureReport()
    var thread: Thread?
    var isClosed = false
  }

  /// What else holds a subject, and what still names it.
  struct Elsewhere: Sendable {
    var forget: @Sendable (ErasureText) -> [String: Int64]
    var named: @Sendable (ErasureText) -> [String]
  }

  /// ms that the order of an erasure waits for its end, and between two looks.
  private static let patience: Int64 = 10_000
  private static let pause: Int32 = 20

  private let desk: WriterDesk
  private let audit: AuditDesk
  private let directory: String
  private let work = Mutex(Work())
  private let elsewhere = Mutex<Elsewhere?>(nil)

  init(_ desk: WriterDesk, _ audit: AuditDesk, directory: String) {
    self.desk = desk
    self.audit = audit
    self.directory = directory
  }

  var report: ErasureReport { work.withLock { $0.report } }

  /// Says what else is to be told, once all of it is there.
  func connect(_ elsewhere: Elsewhere) {
    self.elsewhere.withLock { $0 = elsewhere }
  }

  /// Begins an erasure of what goes by `name`; gives how far it is after some seconds, or why it
  /// cannot begin.
  func begin(_ order: ErasureOrder, _ pseudonyms: Pseudonyms) -> ErasureReport {
    let isFree = work.withLock { work in
      guard !work.isClosed, work.report.phase != .working else { return false }
      work.report = ErasureReport()
      work.report.phase = .working
      return true
    }
    guard isFree else {
      var busy = ErasureReport()
      (busy.phase, busy.message) = (.refused, "another erasure is under way")
      return busy
    }
    work.withLock { $0.thread }?.join()
    do throws(Errno) {
      let thread = try Thread(name: "erasure") { [self] in run(order, pseudonyms) }
      work.withLock { $0.thread = thread }
      try wait()
    } catch {
      end(.failed, error.text)
    }
    return report
  }

  private func wait() throws(Errno) {
    let epoll = try Epoll()
    let end = Clock.monotonic + Self.patience * 1_000_000
    while report.phase == .working, Clock.monotonic < end {
      try epoll.wait(into: EpollEvents(capacity: 1), milliseconds: Self.pause)
    }
  }

  /// Ends what is under way at its next step. Before the writer's end.
  func close() {
    let thread = work.withLock { work in
      work.isClosed = true
      return work.thread
    }
    thread?.join()
  }

  private func run(_ order: ErasureOrder, _ pseudonyms: Pseudonyms) {
    let target = "\(order.kind.rawValue) \(pseudonyms.mark(of: order.name))"
    let (outcome, detail) = erase(order, pseudonyms)
    audit.note(
      AuditDraft(
        principal: order.principal, act: "erase", target: target, outcome: outcome, detail: detail))
  }

  /// The outcome and the receipt's hash, for the audit.
  private func erase(_ order: ErasureOrder, _ pseudonyms: Pseudonyms) -> (String, String) {
    let desk = desk
    let elsewhere = elsewhere.withLock { $0 }
    let erasure = Erasure(
      of: DataSubject(
        order.kind, names: pseudonyms.names(of: order.name), tenant: order.tenant),
      in: directory, salt: Random.word(), mentions: order.mentions,
      removesCopies: order.removesCopies,
      write: { (body) throws(StoreError) in try desk.run(body) },
      forgetElsewhere: { elsewhere?.forget($0) ?? [:] },
      namedElsewhere: { elsewhere?.named($0) ?? [] },
      isStopped: { [self] in work.withLock { $0.isClosed } })
    do throws(Erasure.Refusal) {
      let receipt = try erasure.run { Clock.wall }
      let (json, hash) = receipt.json(subject: pseudonyms.mark(of: order.name))
      work.withLock { work in
        work.report.phase = .done
        work.report.isComplete = receipt.isComplete
        work.report.receipt = json
      }
      return (receipt.isComplete ? "ok" : "incomplete", "receipt \(hash)")
    } catch {
      if case .held = error { end(.refused, "\(error)") } else { end(.failed, "\(error)") }
      return ("\(error)", "")
    }
  }

  private func end(_ phase: ErasureReport.Phase, _ message: String) {
    work.withLock { work in
      work.report.phase = phase
      work.report.message = message
    }
  }
}
