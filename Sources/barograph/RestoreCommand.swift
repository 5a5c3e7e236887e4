internal import Codec
internal import Collector
internal import History
internal import LinuxIO

/// `barograph restore`: a backup takes the place of the store.
enum RestoreCommand {
  static let command = Command(
    name: "restore", summary: "put a backup in the place of the store, after checking it",
    usage: "FILE [options]",
    options: [
      .init("--data", value: "DIR", "the data directory (default: that of the configuration)"),
      .init("--dry-run", "check FILE and say what would happen; change nothing"),
      .init("--force", "move away a store that is damaged, foreign or newer"),
    ],
    examples: [
      "barograph restore --dry-run /backups/barograph-monday.db",
      "barograph restore --data /var/lib/barograph /backups/barograph-monday.db",
    ]
  ) { arguments in
    guard let file = arguments.positional.first, arguments.positional.count == 1 else {
      Console.complain("give one backup to restore")
      return .usage
    }
    guard let directory = DataDirectory.path(arguments) else { return .usage }
    do throws(BackupFile.Failure) {
      if arguments.has("--dry-run") {
        tell(try Restoration(file, to: directory), file, kept: nil, arguments)
      } else {
        let lock = try DataDirectory.claim(directory)
        defer { withExtendedLifetime(lock) {} }
        let restoration = try Restoration(file, to: directory)
        let progress = BackupProgress(isShown: Terminal.isTerminal(2) && !arguments.has("--json"))
        let kept = try restoration.run(force: arguments.has("--force"), now: Clock.wall) {
          progress.show($0, $1)
          return true
        }
        note(file, in: directory, arguments)
        tell(restoration, file, kept: kept, arguments)
      }
      return .ok
    } catch {
      Console.complain("cannot restore: \(error)")
      return .failed
    }
  }

  /// The restored store's own audit says from when on it is in use again.
  private static func note(_ file: String, in directory: String, _ arguments: Arguments) {
    Administration.withClaimedStore(directory, arguments) { store in
      store.note(act: "restore", target: file)
    }
  }

  private static func tell(
    _ restoration: Restoration, _ file: String, kept: String?, _ arguments: Arguments
  ) {
    let isDry = arguments.has("--dry-run")
    let (facts, replaced) = (restoration.facts, restoration.replaced)
    if arguments.has("--json") {
      var json = JSONWriter()
      json.beginObject()
      json.key("restored")
      json.value(!isDry)
      json.key("events")
      json.value(facts.events)
      json.key("schema")
      json.value(facts.version)
      json.key("replaced_events")
      if let replaced { json.value(replaced.events) } else { json.null() }
      json.key("kept")
      if let kept { json.value(kept) } else { json.null() }
      json.endObject()
      Console.print(String(decoding: json.bytes, as: UTF8.self) + "\n")
      return
    }
    let what = "\(file): whole, \(facts.events) events, schema version \(facts.version)\n"
    let before = replaced.map { "the store of \($0.events) events" } ?? "what is there, if anything"
    if isDry {
      Console.print(
        what + "it would take the place of \(before), which is kept; nothing was done\n")
    } else {
      Console.print(what + "restored" + (kept.map { "; the replaced store is \($0)" } ?? "") + "\n")
    }
  }
}
