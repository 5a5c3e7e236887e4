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
      add(Self.unreadable(error, file))
    }
    guard let configuration else { return }
    look(at: configuration, file)
    look(atData: configuration.data)
    findings += StoreCheckup.findings(in: configuration.data, isInUse: holder != nil)
    if holder == nil, !isServed { look(atDoors: configuration) }
    findings += MachineCheck.findings(configuration, collector: holder)
  }

  /// Whether nothing keeps the collector from its work.
  var isWell: Bool { !findings.contains { $0.grade == .problem } }

  private mutating func add(_ finding: InstallationFinding) {
    findings.append(finding)
  }

  private static func unreadable(
    _ error: ConfigurationError, _ file: String?
  ) -> InstallationFinding {
    let remedy =
      if let file, !FileSystem.exists(file) {
        "name a file that is there with --config; without it the defaults hold"
      } else {
        "mend the file; `barograph config check \(file ?? "FILE")` reads it again"
      }
    return .problem("configuration", "\(error)", do: remedy)
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
    look(atKeyIn: path)
  }

  /// Looks at the secrets that identities and pseudonyms are made with.
  private mutating func look(atKeyIn directory: String) {
    let path = "\(directory)/installation.key"
    let back =
      "put installation.key back from your backup: without it, what is sent again is not"
      + " recognised and pseudonyms change"
    if let problem = StartCheck.keyProblem(directory) {
      return add(.problem("key", problem, do: "\(back); to go on all the same, move it away"))
    }
    guard FileSystem.exists(path) else {
      guard FileSystem.exists("\(directory)/\(Store.fileName)") else { return }
      return add(
        .problem(
          "key", "\(path) is not there, and the store made with it is",
          do: "\(back); to go on all the same, start the collector: it makes another"))
    }
    do throws(Errno) {
      guard try FileSystem.mode(of: path) & 0o077 != 0 else { return }
      add(
        .advice(
          "key", "\(path) may be read by others: with it pseudonyms can be traced to names",
          do: "chmod 600 \(path)"))
    } catch {
      add(.problem("key", "\(path): \(error.text)", do: "run this as its owner"))
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
      do: "install -d -m 700 -o \(myWord) \(path), or name another directory with --data")
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
      do: "run the collector, and this, as its owner; or chown -R \(myWord) \(path); a disk that is"
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
        add(
          .problem(
            "lock", "\(path)/lock: \(cause.text)", do: "chown \(Self.myWord) \(path)/lock"))
      }
    }
  }

  /// Whether the ports could be had.
  private mutating func look(atDoors configuration: Configuration) {
    findings += DoorCheck.findings("listen", configuration.listen.description) {
      address throws(Errno) in try Listener.probe(address)
    }
    guard let udp = configuration.udp else { return }
    findings += DoorCheck.findings("udp", udp.description) { address throws(Errno) in
      try DatagramSocket.probe(address)
    }
  }

  private static var me: String { UserName.of(ProcessFacts.user) }
  private static var myWord: String { UserName.word(of: ProcessFacts.user) }
}
