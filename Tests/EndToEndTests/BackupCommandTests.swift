import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// `barograph backup` and `barograph restore` as people run them, and as they are killed.
@Suite struct BackupCommandTests {
  /// Runs the program to its end, at most a minute, or kills it after `milliseconds`.
  private static func run(
    _ words: [String], through shell: String? = nil, killAfter milliseconds: Int32? = nil
  ) throws -> (end: ChildProcess.End, said: String) {
    let process =
      if let shell {
        try ChildProcess(
          "/bin/sh", ["-c", shell + #"; exec "$0" "$@""#, RunningCollector.program] + words)
      } else {
        try ChildProcess(RunningCollector.program, words)
      }
    return try process.finish(within: milliseconds ?? 60_000)
  }

  /// Some megabytes of events, so that a kill finds something under way.
  private static func fill(_ collector: RunningCollector, _ range: Range<Int>) throws {
    let text = String(repeating: "0123456789abcdef", count: 120)
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 500) {
      let lines = (start..<min(range.upperBound, start + 500)).map {
        #"{"type":"llm","event_id":"e\#($0)","model":"m","input":"\#($0) \#(text)"}"#
      }
      try collector.post(lines.joined(separator: "\n"), accepted: lines.count)
    }
  }

  /// Whether a file is a whole store; nothing is left of drafts beside it.
  static func isWhole(_ path: String) throws -> Bool {
    let check = try run(["restore", "--dry-run", path, "--data", path + ".none"])
    return check.end == .exit(0)
  }

  @Test func aBackupIsTakenWhileEventsComeAndIsRestored() throws {
    try RunningCollector.use { collector in
      try Self.fill(collector, 0..<2_000)
      let backup = "\(collector.directory)/backup.db"
      let words = ["backup", backup, "--data", collector.data]
      #expect(try Self.run(words).end == .exit(0))
      let again = try Self.run(words)
      #expect(again.end == .exit(1))
      #expect(again.said.contains("is there already; --force replaces it"))
      try Self.fill(collector, 2_000..<2_100)
      #expect(try Self.run(words + ["--force"]).end == .exit(0))
      #expect(try FileSystem.mode(of: backup) == 0o600)

      try Self.fill(collector, 2_100..<2_300)
      let refused = try Self.run(["restore", backup, "--data", collector.data])
      #expect(refused.end == .exit(1))
      #expect(refused.said.contains("uses it; stop it first"))
      try collector.stop(ChildProcess.killNow)
      let restored = try Self.run(["restore", backup, "--data", collector.data])
      #expect(restored.end == .exit(0), "\(restored.said)")
      try collector.start()
      #expect(try collector.rowCount() == 2_100)
      try collector.post(#"{"type":"llm","event_id":"e3","model":"m"}"#, duplicates: 1)
      let names = try FileSystem.names(in: collector.data).filter { $0.contains("before-restore") }
      #expect(names.count == 1)
      #expect(try Self.isWhole("\(collector.data)/\(names[0])"))
    }
  }

  @Test func onlyTheAdministrationSocketTakesOrders() throws {
    try RunningCollector.use { collector in
      let body = Array(#"{"file":"/tmp/never"}"#.utf8)
      #expect(try collector.request(.post, "/v1/backup", body: body).status == 403)
      #expect(try collector.get("/v1/backup").status == 403)
      let client = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
      let relative = Array(#"{"file":"never"}"#.utf8)
      #expect(try client.request(.post, "/v1/backup", body: relative).status == 400)
      let idle = try client.request(.get, "/v1/backup")
      #expect(idle.text.hasPrefix(#"{"phase":"idle","#))
    }
  }

  @Test(arguments: [true, false])
  func aBackupThatCannotBeWrittenFailsAlone(isRunning: Bool) throws {
    // The limit on the size of files stands for the disk; it is that of whoever writes the copy.
    try RunningCollector.use { collector in
      try Self.fill(collector, 0..<1_000)
      if !isRunning { try collector.stop() }
      let backup = "\(collector.directory)/backup.db"
      if isRunning {
        let full = try Self.run(["backup", "/dev/full/backup.db", "--data", collector.data])
        #expect(full.end == .exit(1), "\(full.said)")
        try Self.fill(collector, 1_000..<1_100)
        #expect(try collector.rowCount() == 1_100)
      } else {
        let failed = try Self.run(
          ["backup", backup, "--data", collector.data],
          through: "trap '' XFSZ; ulimit -f 1000")
        #expect(failed.end == .exit(1), "\(failed.said)")
        #expect(failed.said.contains("cannot back up: "))
      }
      #expect(!FileSystem.exists(backup))
      let left = try FileSystem.names(in: collector.directory)
      #expect(left.filter { $0.contains("partial") } == [])
    }
  }

  @Test(arguments: [UInt64(0xB0C4)]) func aKilledBackupLeavesNoHalfOne(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    try RunningCollector.use { collector in
      try Self.fill(collector, 0..<4_000)
      let backup = "\(collector.directory)/backup.db"
      for round in 0..<6 {
        let words = ["backup", backup, "--force", "--data", collector.data]
        if round == 3 { try collector.stop() }
        _ = try Self.run(words, killAfter: Int32(dice.next() % 60) + 1)
        let isThere = FileSystem.exists(backup)
        if isThere { #expect(try Self.isWhole(backup), "seed \(seed) round \(round)") }
      }
    }
  }

  @Test(arguments: [UInt64(0x4E57)]) func aKilledCollectorLeavesNoHalfBackup(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    try RunningCollector.use { collector in
      try Self.fill(collector, 0..<4_000)
      let backup = "\(collector.directory)/backup.db"
      for round in 0..<4 {
        let client = try HTTPClient(url: "unix:\(collector.data)/admin.sock")
        let order = Array(#"{"file":"\#(backup)","replace":true}"#.utf8)
        #expect(try client.request(.post, "/v1/backup", body: order).status == 202)
        for _ in 0..<(dice.next() % 40) { _ = try client.request(.get, "/v1/backup") }
        #expect(try collector.stop(ChildProcess.killNow) == .signal(9))
        let isThere = FileSystem.exists(backup)
        if isThere { #expect(try Self.isWhole(backup), "seed \(seed) round \(round)") }
        try collector.start()
        #expect(try collector.rowCount() == 4_000)
      }
    }
  }

  @Test(arguments: [UInt64(0x5EED), 7]) func aKilledRestoreLeavesTheOldOrTheNewStore(
    seed: UInt64
  ) throws {
    var dice = Dice(seed: seed)
    try RunningCollector.use { collector in
      try Self.fill(collector, 0..<3_000)
      let backup = "\(collector.directory)/backup.db"
      #expect(try Self.run(["backup", backup, "--data", collector.data]).end == .exit(0))
      try Self.fill(collector, 3_000..<3_100)
      for round in 0..<6 {
        // Killed, so that a log is left beside the file.
        try collector.stop(ChildProcess.killNow)
        let words = ["restore", backup, "--data", collector.data]
        _ = try Self.run(words, killAfter: Int32(dice.next() % 120) + 1)
        #expect(try Self.isWhole("\(collector.data)/barograph.db"), "seed \(seed) round \(round)")
        try collector.start()
        let count = try collector.rowCount()
        #expect(count == 3_000 || count == 3_100, "seed \(seed) round \(round)")
        if count == 3_000 { try Self.fill(collector, 3_000..<3_100) }
      }
      #expect(
        try FileSystem.names(in: collector.data).allSatisfy { !$0.contains(".corrupt-") })
    }
  }
}
