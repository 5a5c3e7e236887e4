internal import API
package import History
internal import Intake
internal import Codec
internal import LinuxIO
internal import Serving
internal import Telemetry

/// A data directory whose collector is stopped, for the commands that erase, hold or hand out. The
/// caller holds the directory's lock.
package final class OfflineStore {
  private let store: Store
  private let directory: String
  private let pseudonyms: Pseudonyms
  private let log: Log
  private let principal: String

  /// Opens the store of a directory by the rules of a configuration; `principal` is who does it.
  package init(
    _ configuration: Configuration, directory: String, principal: String
  ) throws(StartError) {
    self.directory = directory
    self.principal = principal
    guard FileSystem.exists("\(directory)/\(Store.fileName)") else {
      throw StartError("cannot use \(directory): there is no store in it")
    }
    var configuration = configuration
    configuration.data = directory
    log = Log(configuration.log)
    let installation = try Installation(directory: directory)
    pseudonyms = Pseudonyms(try CollectorParts.settings(configuration, installation).intake)
    store = try CollectorParts.openStore(
      configuration, DimensionTable(hashKey: HashKey(Random.word(), Random.word())), installation,
      log)
  }

  /// Erases; gives the receipt as JSON and whether nothing is left, or why nothing was done.
  package func erase(
    _ kind: DataSubject.Kind, _ name: String, mentions: Bool?, removesCopies: Bool
  ) -> Result<(receipt: [UInt8], isComplete: Bool), Erasure.Refusal> {
    // The store belongs to this thread, and the steps run on it too.
    nonisolated(unsafe) let store = store
    let erasure = Erasure(
      of: DataSubject(kind, names: pseudonyms.names(of: name)), in: directory,
      salt: Random.word(), mentions: mentions, removesCopies: removesCopies,
      write: { (body) throws(StoreError) in try unsafe body(store) })
    let mark = pseudonyms.mark(of: name)
    do throws(Erasure.Refusal) {
      let receipt = try erasure.run { Clock.wall }
      let (json, hash) = receipt.json(subject: mark)
      note(
        "erase", "\(kind.rawValue) \(mark)", receipt.isComplete ? "ok" : "incomplete",
        "receipt \(hash)")
      return .success((json, receipt.isComplete))
    } catch {
      note("erase", "\(kind.rawValue) \(mark)", "\(error)")
      return .failure(error)
    }
  }

  /// Hands everything on a person or a session to `body`, some lines at a time.
  package func export(
    _ kind: DataSubject.Kind, _ name: String, to body: ([UInt8]) -> Void
  ) throws(StoreError) {
    note("export", "\(kind.rawValue) \(pseudonyms.mark(of: name))", "ok")
    store.save()
    let subject = DataSubject(kind, names: pseudonyms.names(of: name))
    var reader = try SubjectReader(path: "\(directory)/\(Store.fileName)", subject)
    while let lines = try reader.next() { body(lines) }
  }

  /// Holds what goes by this name; nil of a trace that is none.
  package func hold(
    _ kind: Hold.Kind, _ name: String, reason: String
  ) throws(StoreError) -> Hold? {
    guard let value = PrivacyRoutes.value(kind, name, pseudonyms.stored) else { return nil }
    let hold = try store.hold(
      kind, value, reason: pseudonyms.cleaned(reason), by: principal, now: Clock.wall)
    note("hold.add", target(of: hold), "ok")
    return hold
  }

  /// Releases a hold; nil where there is none of this number.
  package func release(hold id: Int64) throws(StoreError) -> Hold? {
    let hold = try store.release(hold: id)
    if let hold { note("hold.release", target(of: hold), "ok") }
    return hold
  }

  /// Notes what else was done to the store.
  package func note(act: String, target: String) {
    note(act, pseudonyms.cleaned(target), "ok")
  }

  /// Ends the use of the store.
  package func close() { store.close() }

  private func target(of hold: Hold) -> String {
    let isPerson = hold.kind == .user || hold.kind == .session
    let value = isPerson ? pseudonyms.mark(of: hold.value) : hold.value
    return "hold \(hold.id) \(hold.kind.rawValue) \(value)"
  }

  private func note(_ act: String, _ target: String, _ outcome: String, _ detail: String = "") {
    let draft = AuditDraft(
      principal: principal, act: act, target: target, outcome: outcome, detail: detail)
    do throws(StoreError) {
      AuditDesk.write(try store.note(draft, now: Clock.wall), to: log)
    } catch {
      log.write(.error, "the act \(act) could not be noted in the audit: \(error)")
    }
  }
}
