internal import Collector
internal import History
internal import LinuxIO

/// Looks at what a collector needs on this machine: configuration, data directory, store, disk,
/// ports, limits. Changes nothing.
struct InstallationCheck {
  /// Where packages keep the configuration.
  static let usualFile = "/etc/barograph/barograph.yaml"

  private(set) var findings: [InstallationFinding] = []
  /// The collector that holds the data directory, if one does.
  private(set) var holder: Int?
  private(set) var configuration: Configuration?

  /// Whether a collector answers, so that what this user may not see is no problem.
  private let isServed: Bool

  /// Looks at the installation of a configuration file, or the usual one; `data` goes over what the
  /// file says.
  init(file: String?, data: String?, isServed: Bool) {
    self.isServed = isServed
    let file = file ?? (FileSystem.exists(Self.usualFile) ? Self.usualFile : nil)
    let flags = data.map { [(name: "--data", value: $0)] } ?? []
    do throws(ConfigurationError) {
      configuration = try ConfigurationSource(file: file, flags: flags).load()
    } catch {
      add(
        .problem(
          "configuration", "\(error)",
          do: "mend the file; `barograph config check \(file ?? "FILE")` reads it again"))
    }
    guard let configuration else { return }
    look(at: configuration, file)
    look(atData: configuration.data)
    look(atStore: configuration.data)
    if holder == nil, !isServed { look(atDoors: configuration) }
    findings += MachineCheck.findings(configuration, collector: holder)
  }

  /// Whether nothing keeps the collector from its work.
  var isWell: Bool { !findings.contains { $0.grade == .problem } }

  private mutating func add(_ finding: InstallationFinding) {
    findings.append(finding)
  }

  private mutating func look(at configuration: Configuration, _ file: String?) {
    let problems = StartCheck.problems(configuration)
    for problem in problems {
      add(
        .problem(
          "configuration", problem, do: "mend what \(file ?? "the environment") names, or the name")
      )
    }
    if problems.isEmpty { add(.ok("configuration", file ?? "the defaults, from no file")) }
    if let problem = StartCheck.accessProblem(configuration) {
      add(
        .problem(
          "keys", problem,
          do: "`barograph keys add --name NAME --role ROLE` makes one, keys_file names the file; or"
            + " put the file back from your backup, chmod 600"))
    }
    let unreachable = StartCheck.unreachable(configuration)
    for (receiver, cause) in unreachable {
      add(
        .problem(
          "receivers", "nothing can be sent to \(receiver): \(cause)",
          do: "apt-get install libcurl4 ca-certificates, then restart the collector"))
    }
  }

  private mutating func look(atData path: String) {
    do throws(Errno) {
      _ = try FileSystem.owner(of: path)
    } catch {
      return add(Self.absent(path, error, isServed))
    }
    guard FileSystem.isDirectory(path) else {
      return add(
        .problem("data", "\(path) is no directory", do: "move it away, or name another with --data")
      )
    }
    guard FileSystem.isWritable(path) else {
      let finding = Self.unwritable(path)
      return add(
        isServed ? .ok("data", "\(path) is not open to \(Self.me), who looks no further") : finding)
    }
    add(.ok("data", path))
    look(atDisk: path)
    look(atLock: path)
    for name in ["installation.key", Store.fileName, Store.fileName + "-wal"] {
      let file = "\(path)/\(name)"
      if FileSystem.exists(file), !FileSystem.isWritable(file) { add(Self.unwritable(file)) }
    }
    if let problem = StartCheck.keyProblem(path) {
      add(
        .problem(
          "key", problem,
          do: "put installation.key back from your backup: without it, what is sent again is not"
            + " recognised and pseudonyms change; to go on all the same, move it away"))
    }
  }

  /// A data directory that cannot be looked at.
  private static func absent(
    _ path: String, _ cause: Errno, _ isServed: Bool
  ) -> InstallationFinding {
    let parent = FileSystem.directory(of: path)
    if cause == .noEntry, FileSystem.isWritable(parent) {
      return .ok("data", "\(path) is not there yet, and will be made at the first start")
    }
    if isServed { return .ok("data", "\(path) is not open to \(me), who looks no further") }
    guard cause == .noEntry else {
      return .problem(
        "data", "\(path) cannot be looked at by \(me): \(cause.text)",
        do: "run the collector, and this, as its owner")
    }
    return .problem(
      "data", "\(path) is not there and \(parent) cannot be written by \(me)",
      do: "install -d -m 700 -o \(me) \(path), or name another directory with --data")
  }

  private static func unwritable(_ path: String) -> InstallationFinding {
    let owner: String
    do throws(Errno) {
      owner = "belongs to \(UserName.of(try FileSystem.owner(of: path)))"
    } catch {
      owner = error.text
    }
    return .problem(
      "data", "\(path) cannot be written by \(me): it \(owner)",
      do: "run the collector, and this, as its owner; or chown -R \(me) \(path); a disk that is"
        + " mounted read-only shows in `findmnt -T \(path)`")
  }

  private mutating func look(atDisk path: String) {
    do throws(Errno) {
      let free = try FileSystem.freeSpace(at: path)
      let mebibytes = free >> 20
      if let files = try FileSystem.freeFiles(at: path), files < 100 {
        add(
          .problem(
            "disk", "no more files can be made on the disk of \(path)", do: "free inodes there"))
      } else if mebibytes < 64 {
        add(
          .problem(
            "disk", "\(mebibytes) MiB are free for \(path): intake answers 503 when none are",
            do: "free space, or lower retention.size and the ages of retention"))
      } else if mebibytes < 1_024 {
        add(
          .advice(
            "disk", "\(mebibytes) MiB are free for \(path)",
            do: "give it more, or lower retention.size"))
      } else {
        add(.ok("disk", "\(free >> 30) GiB are free"))
      }
    } catch {
      add(.problem("disk", "\(path): \(error.text)", do: "look at the disk"))
    }
  }

  private mutating func look(atLock path: String) {
    guard FileSystem.exists("\(path)/lock") else { return }
    do throws(LockFile.Failure) {
      let lock = try LockFile("\(path)/lock")
      withExtendedLifetime(lock) {}
    } catch {
      switch error {
      case .held(let process):
        holder = process ?? 0
        add(.ok("lock", "process \(process.map(String.init) ?? "?") serves this directory"))
      case .unusable(let cause):
        add(.problem("lock", "\(path)/lock: \(cause.text)", do: "chown it to \(Self.me)"))
      }
    }
  }

  private mutating func look(atStore directory: String) {
    let path = "\(directory)/\(Store.fileName)"
    guard FileSystem.exists(path), FileSystem.isWritable(directory) else { return }
    do throws(StoreError) {
      let upgrade = try Upgrade(of: path)
      add(
        upgrade.isNeeded
          ? .advice(
            "store",
            "\(path) is of schema version \(upgrade.from), this program's is \(upgrade.to)",
            do: "nothing: the next start upgrades it and keeps a copy;"
              + " `barograph upgrade --dry-run` says what that takes")
          : .ok("store", "schema version \(upgrade.to), \(upgrade.bytes >> 20) MiB"))
    } catch {
      add(Self.finding(error, path))
    }
    let damaged = SetAside.names(beside: path)
    if let last = damaged.last {
      add(
        .advice(
          "store", "a damaged file was set aside: \(last)",
          do: "sqlite3 \(last) .recover | sqlite3 recovered.db; or restore a backup; then remove it"
        ))
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

  /// Whether the ports could be had.
  private mutating func look(atDoors configuration: Configuration) {
    let listen = configuration.listen.description
    if let cause = DoorCheck.problem(stream: listen) { add(Self.taken("listen", listen, cause)) }
    if let udp = configuration.udp?.description, let cause = DoorCheck.problem(datagrams: udp) {
      add(Self.taken("udp", udp, cause))
    }
  }

  private static func taken(
    _ key: String, _ address: String, _ cause: String
  ) -> InstallationFinding {
    let port = address.split(separator: ":").last.map(String.init) ?? ""
    return .problem(
      key, "\(address): \(cause)",
      do: "`ss -lpn 'sport = :\(port)'` as root names who has it, perhaps an OpenTelemetry"
        + " collector; stop that, or choose another address with `\(key)`")
  }

  private static var me: String { UserName.of(ProcessFacts.user) }
}

/// Names of users, from the system's list.
enum UserName {
  /// The name of a user, or the number where nobody has it.
  static func of(_ number: UInt32) -> String {
    do throws(Errno) {
      let list = try FileSystem.read("/etc/passwd", limit: 1 << 20)
      for line in String(decoding: list, as: UTF8.self).split(separator: "\n") {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        if fields.count > 2, fields[2] == "\(number)" { return String(fields[0]) }
      }
    } catch {
      // The number says as much.
    }
    return "user \(number)"
  }
}

/// Whether an address could be listened on.
enum DoorCheck {
  static func problem(stream address: String) -> String? {
    do throws(SocketAddress.ParseError) {
      let address = try SocketAddress(address)
      guard address.path == nil, address.port != 0 else { return nil }
      return attempt { () throws(Errno) in try Listener.probe(address) }
    } catch {
      return "\(error)"
    }
  }

  static func problem(datagrams address: String) -> String? {
    do throws(SocketAddress.ParseError) {
      let address = try SocketAddress(address)
      guard address.port != 0 else { return nil }
      return attempt { () throws(Errno) in try DatagramSocket.probe(address) }
    } catch {
      return "\(error)"
    }
  }

  private static func attempt(_ probe: () throws(Errno) -> Void) -> String? {
    do throws(Errno) {
      try probe()
      return nil
    } catch {
      return error == .addressInUse ? "another program has the port" : error.text
    }
  }
}
