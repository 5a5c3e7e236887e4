internal import History
internal import Intake
internal import LinuxIO
internal import Serving
internal import Telemetry

/// The audit of a data directory whose collector is stopped, for commands that need nothing else of
/// its store. The caller holds the directory's lock.
package enum OfflineAudit {
  /// Notes an act of `principal` by the rules of a configuration. Nothing where there is no store
  /// yet; a store of another version says that it cannot be noted.
  package static func note(
    _ act: String, target: String, principal: String, _ configuration: Configuration,
    directory: String
  ) throws(StartError) {
    let path = "\(directory)/\(Store.fileName)"
    guard FileSystem.exists(path) else { return }
    let installation = try Installation(directory: directory)
    let names = Pseudonyms(try CollectorParts.settings(configuration, installation).intake)
    let draft = AuditDraft(principal: principal, act: act, target: names.cleaned(target))
    let entry: AuditEntry?
    do throws(StoreError) {
      entry = try AuditTrail.note(draft, inStoreAt: path, now: Clock.wall)
    } catch {
      throw StartError("cannot note \(act) in the audit: \(error)")
    }
    guard let entry else {
      throw StartError("cannot note \(act) in the audit: the store is of another version")
    }
    AuditDesk.write(entry, to: Log(configuration.log))
  }
}
