internal import History
internal import LinuxIO

/// What is to be said of a store, and of what was set aside beside it.
enum StoreCheckup {
  /// How long the doctor may read the pages of a store.
  private static let patience: Int64 = 10_000_000_000

  /// What is found in a data directory. Pages are looked at where no collector uses the store.
  static func findings(in directory: String, isInUse: Bool) -> [InstallationFinding] {
    let path = "\(directory)/\(Store.fileName)"
    // What is not ours to write has been named.
    guard FileSystem.isWritable(directory), FileSystem.isWritable(path) else { return [] }
    var findings: [InstallationFinding] = []
    do throws(StoreError) {
      findings.append(try finding(try Upgrade(of: path), path, isInUse))
    } catch {
      findings.append(finding(error, path))
    }
    if let last = SetAside.names(beside: path).last {
      findings.append(
        .advice(
          "store", "a damaged file was set aside: \(last)",
          do: "\(SetAside.salvage(last)); or restore a backup; then remove it"))
    }
    return findings
  }

  private static func finding(
    _ upgrade: Upgrade, _ path: String, _ isInUse: Bool
  ) throws(StoreError) -> InstallationFinding {
    if upgrade.from == 0 { return .ok("store", "\(path) is empty: the next start makes it") }
    var whole = ""
    if !isInUse {
      do throws(StoreError) {
        whole = try wholeness(path)
      } catch .damaged(let what) {
        return .problem(
          "store", "\(path) has damaged pages: \(Self.line(what))",
          do: "`barograph restore --force FILE` with a backup; without one, the collector sets it"
            + " aside once a commit meets the damage, and begins a new file")
      }
    }
    guard upgrade.isNeeded else {
      return .ok("store", "schema version \(upgrade.to), \(upgrade.bytes >> 20) MiB\(whole)")
    }
    return .advice(
      "store", "\(path) is of schema version \(upgrade.from), this program's is \(upgrade.to)",
      do: "nothing: the next start upgrades it and keeps a copy;"
        + " `barograph upgrade --dry-run` says what that takes")
  }

  /// What SQLite found, without its heading.
  private static func line(_ finding: String) -> String {
    finding.split(separator: "\n").filter { !$0.hasPrefix("***") }.joined(separator: ", ")
  }

  /// Whether the pages are as they were written, as far as there is time to read them; throws the
  /// damage.
  private static func wholeness(_ path: String) throws(StoreError) -> String {
    let deadline = Clock.monotonic + patience
    do throws(BackupFile.Failure) {
      try StoreCheck.verify(path) { Clock.monotonic > deadline }
      return ", whole"
    } catch {
      switch error {
      case .stopped: return ", too large to be read whole here; `barograph backup` does that"
      case .notWhole(_, let finding): throw .damaged(finding)
      case .store(let cause): throw cause
      default: throw .file(path: path, cause: "\(error)")
      }
    }
  }

  private static func finding(_ error: StoreError, _ path: String) -> InstallationFinding {
    switch error {
    case .newerFile:
      .problem(
        "store", "\(error)",
        do: "install that newer version again, or `barograph restore --force FILE` with a backup of"
          + " this version: barograph.db.vN-before-upgrade beside it is one")
    case .foreignFile:
      .problem(
        "store", "\(error)", do: "name another directory with --data, or move \(path) away")
    case _ where error.isDamage:
      .problem(
        "store", "\(error)",
        do: "the next start sets it aside and begins a new file; or"
          + " `barograph restore --force FILE` with a backup")
    default:
      .problem("store", "\(error)", do: "run this as the user of the collector")
    }
  }
}
