internal import Codec
internal import History
internal import LinuxIO

/// `barograph upgrade`: bring the store of an older program up to date, or say what that takes.
enum UpgradeCommand {
  static let command = Command(
    name: "upgrade", summary: "bring the store of an older version up to date, as serve does",
    usage: "[options]",
    options: [
      .init("--data", value: "DIR", "the data directory (default: that of the configuration)"),
      .init("--dry-run", "say from which version to which, by which steps; change nothing"),
      .init("--no-copy", "keep no copy of the store as it is"),
    ],
    examples: [
      "barograph upgrade --dry-run --data /var/lib/barograph",
      "barograph upgrade --data /var/lib/barograph",
    ]
  ) { arguments in
    guard arguments.positional.isEmpty else {
      Console.complain("the store is named by --data DIR")
      return .usage
    }
    guard let directory = DataDirectory.path(arguments) else { return .usage }
    let path = "\(directory)/\(Store.fileName)"
    do throws(BackupFile.Failure) {
      tell(try upgrade(path, directory, arguments), arguments)
      return .ok
    } catch {
      Console.complain("\(error)")
      return .failed
    }
  }

  private static func upgrade(
    _ path: String, _ directory: String, _ arguments: Arguments
  ) throws(BackupFile.Failure) -> Upgrade {
    guard !arguments.has("--dry-run") else { return try plan(path) }
    let lock = try DataDirectory.claim(directory)
    defer { withExtendedLifetime(lock) {} }
    let upgrade = try plan(path)
    guard upgrade.isNeeded else { return upgrade }
    do throws(StoreError) {
      try upgrade.run(copying: !arguments.has("--no-copy"))
    } catch {
      throw .store(error)
    }
    return upgrade
  }

  private static func plan(_ path: String) throws(BackupFile.Failure) -> Upgrade {
    do throws(StoreError) {
      return try Upgrade(of: path)
    } catch {
      throw .store(error)
    }
  }

  private static func tell(_ upgrade: Upgrade, _ arguments: Arguments) {
    let isDry = arguments.has("--dry-run")
    let copy = arguments.has("--no-copy") ? nil : upgrade.copy
    if arguments.has("--json") {
      Console.print(json(upgrade, copy, isDone: upgrade.isNeeded && !isDry))
      return
    }
    let (from, to) = (upgrade.from, upgrade.to)
    guard upgrade.isNeeded else {
      Console.print("the store is of schema version \(to): there is nothing to do\n")
      return
    }
    guard isDry else {
      let tail = copy.map { "; as it was, it is kept as \($0)" } ?? ""
      Console.print("upgraded from schema version \(from) to \(to)\(tail)\n")
      return
    }
    var text = "from schema version \(from) to \(to): \(upgrade.events) events, "
    text += "\(upgrade.bytes >> 10) KiB, \(upgrade.free >> 20) MiB free\n"
    if let copy { text += "a copy is kept as \(copy)\n" }
    for (index, step) in upgrade.steps.enumerated() {
      text += "\nstep to version \(Int(from) + index + 1):\n\(step)\n"
    }
    Console.print(text + "\nnothing was done\n")
  }

  private static func json(_ upgrade: Upgrade, _ copy: String?, isDone: Bool) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.key("from")
    json.value(upgrade.from)
    json.key("to")
    json.value(upgrade.to)
    json.key("events")
    json.value(upgrade.events)
    json.key("bytes")
    json.value(upgrade.bytes)
    json.key("free_bytes")
    json.value(upgrade.free)
    json.key("copy")
    if let copy { json.value(copy) } else { json.null() }
    json.key("steps")
    json.beginArray()
    for step in upgrade.steps { json.value(step) }
    json.endArray()
    json.key("done")
    json.value(isDone)
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self) + "\n"
  }
}
