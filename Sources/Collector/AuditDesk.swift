internal import History
internal import LinuxIO
internal import Telemetry

/// Notes what administrators do: in the store, and with the row's hash in the log, so that a trail
/// that was cut can be told from the log.
final class AuditDesk: Sendable {
  private let desk: WriterDesk
  private let log: Log

  init(_ desk: WriterDesk, log: Log) {
    self.desk = desk
    self.log = log
  }

  /// Notes an act; waits until it is on disk. Where it cannot be, the log has it alone.
  func note(_ draft: AuditDraft) {
    do throws(StoreError) {
      let noted = Guarded<AuditEntry?>(nil)
      try desk.run { (store) throws(StoreError) in
        let entry = try store.note(draft, now: Clock.wall)
        noted.withLock { $0 = entry }
      }
      // Here and not on the writer's thread, which must not wait for who reads the log.
      if let entry = noted.withLock({ $0 }) { Self.write(entry, to: log) }
    } catch {
      log.audit(
        "an act of administration could not be noted in the audit: \(error)", Self.facts(draft))
    }
  }

  static func write(_ entry: AuditEntry, to log: Log) {
    log.audit(
      "audit", [("audit_row", "\(entry.id)")] + facts(entry.draft) + [("audit_hash", entry.digits)])
  }

  private static func facts(_ draft: AuditDraft) -> [(name: StaticString, value: String)] {
    [
      ("principal", draft.principal), ("act", draft.act), ("target", draft.target),
      ("outcome", draft.outcome),
    ]
  }
}
