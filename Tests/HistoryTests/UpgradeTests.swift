import Codec
import LinuxIO
import Telemetry
import TestSupport
import Testing
import Windows

@testable import History

/// Files as older versions of the program wrote them, given the same six events.
@Suite struct UpgradeTests {
  static let versions = Fixtures.names(in: "history").compactMap {
    Int64($0.dropFirst().prefix { $0.isNumber })
  }

  /// A directory with the file that a version left, and more payloads if asked.
  private func withFile(
    _ version: Int64, payloads: Int = 0,
    _ body: (_ directory: String, _ path: String) throws -> Void
  ) throws {
    let directory = "/tmp/barograph-upgrade-\(Random.word())"
    try FileSystem.createDirectory(directory)
    defer { Directories.removeAll(directory) }
    let path = "\(directory)/\(Store.fileName)"
    try makeFile(path, version, payloads)
    try body(directory, path)
  }

  private func makeFile(_ path: String, _ version: Int64, _ payloads: Int) throws {
    let dump = Fixtures.bytes("history/v\(version).sql")
    let database = try Database(path: path, access: .readWrite)
    try database.execute(String(decoding: dump, as: UTF8.self))
    try database.execute(
      """
      WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 99 + \(payloads))
      INSERT INTO payloads (id, input) SELECT i, hex(randomblob(2000)) FROM n WHERE \(payloads) > 0
      """)
    #expect(try database.integer("PRAGMA user_version") == version)
  }

  private func open(_ directory: String) throws -> Store {
    try Store.open(
      directory: directory, dimensions: DimensionTable(hashKey: HashKey(5, 6)),
      identityKey: StoreScene.key, now: 1_795_255_500_000_000_000)
  }

  private func rows(_ database: Database, _ sql: String) throws -> [String] {
    let statement = try database.prepare(sql, isPersistent: false)
    var rows: [String] = []
    while try statement.step() {
      rows.append(
        (0..<statement.columnCount).map { statement.text($0) ?? "-" }
          .joined(separator: "|"))
    }
    return rows
  }

  private static let events = [
    "llm|chat|acme|openai|gpt-4o|ok|812.5|call-1|-",
    "llm|chat|-|anthropic|claude-sonnet-4|error|15.0|call-2|-",
    "span|chat|-|-|-|ok|30.0|-|-", "log|chat|-|-|-|-|-|-|cannot reach \"db\": refused",
    "log|chat|-|-|-|-|-|-|ready",
  ]

  @Test func `a file of every version that was given out is kept`() {
    #expect(Self.versions.sorted() == [1, 2, 3, 4, 10])
  }

  @Test(arguments: versions)
  func `the file of an older version is upgraded with all it holds`(version: Int64) throws {
    try withFile(version) { directory, path in
      let store = try open(directory)
      let database = store.database
      #expect(try database.integer("PRAGMA user_version") == Schema.version)
      let select = """
        SELECT type, service, tenant, provider, model, status, duration_ms, event_id, message
        FROM event_rows WHERE type <> 'score' ORDER BY id
        """
      #expect(try rows(database, select) == Self.events)
      #expect(
        try rows(database, "SELECT id, length(input), output, length(stack) FROM payload_texts")
          == ["1|275|Rain. A coat.|-", "4|-|-|59"])
      #expect(try rows(database, "PRAGMA integrity_check") == ["ok"])
      let calls = store.status.totals.snapshot[.tenant]
      let total = (0..<calls.count).reduce(0) { $0 + calls.saved($1).counters[0] }
      #expect(total / EventFacts.unit == 2)
      let known = StoreKnowledge(store)
      #expect(known.verdict(ofEventID: "call-1") == .duplicate)
      #expect(known.verdict(ofEventID: "call-9") == .stored)

      let upgrade = try #require(store.upgrade)
      #expect(upgrade.from == version)
      #expect(upgrade.copy == path + ".v\(version)-before-upgrade")
      try StoreCheck.verify(path + ".v\(version)-before-upgrade")
      let facts = try StoreCheck.facts(path + ".v\(version)-before-upgrade")
      #expect(facts.version == version)
      #expect(facts.events == 6)
    }
  }

  @Test(arguments: versions)
  func `a plan changes nothing and tells each step`(version: Int64) throws {
    try withFile(version) { _, path in
      let before = try FileSystem.read(path, limit: 1 << 24)
      let upgrade = try Upgrade(of: path)
      #expect(upgrade.isNeeded)
      #expect(upgrade.steps == Array(Schema.migrations[Int(version)...]))
      #expect(upgrade.events == 6)
      #expect(upgrade.bytes == before.count)
      #expect(try FileSystem.read(path, limit: 1 << 24) == before)
      try upgrade.run(copying: false)
      #expect(!FileSystem.exists(path + ".v\(version)-before-upgrade"))
      #expect(try !Upgrade(of: path).isNeeded)
    }
  }

  @Test(arguments: [UInt64(3), 4, 5])
  func `an upgrade that is killed is completed by the next start`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let program =
      ChildProcess.ownPath.split(separator: "/").dropLast().map { "/\($0)" }.joined()
      + "/barograph"
    for version in Self.versions {
      try withFile(version, payloads: 2_000) { directory, path in
        for _ in 0..<3 {
          let process = try ChildProcess(program, ["upgrade", "--data", directory])
          let output = FileDescriptor(owning: process.standardError)
          let milliseconds = Int32.random(in: 1...60, using: &dice)
          _ = try output.wait(for: .read, milliseconds: milliseconds)
          process.send(signal: ChildProcess.killNow)
          _ = process.wait()
          let copy = path + ".v\(version)-before-upgrade"
          if FileSystem.exists(copy) { try StoreCheck.verify(copy) }
          try StoreCheck.verify(path)
        }
        let store = try open(directory)
        #expect(store.setAside == nil)
        #expect(try rows(store.database, "SELECT count(*) FROM payloads") == ["2002"])
        #expect(try rows(store.database, "PRAGMA integrity_check") == ["ok"])
      }
    }
  }

  @Test func `what a killed upgrade or restoration left is removed, and nothing else`() throws {
    try withFile(4) { directory, path in
      let mine = [".partial-1", ".v4-before-upgrade.partial-23", ".v3-before-upgrade.partial-4"]
      let others = [".backup", ".backup.partial-5", ".v3-before-upgrade", ".vault.partial-6"]
      for name in mine + others { try FileSystem.writeAtomically([1], to: path + name) }
      let store = try open(directory)
      withExtendedLifetime(store) {
        for name in mine { #expect(!FileSystem.exists(path + name), "\(name)") }
        for name in others { #expect(FileSystem.exists(path + name), "\(name)") }
      }
    }
  }

  @Test func `an empty file needs no copy`() throws {
    let scene = try StoreScene()
    #expect(scene.store.upgrade == nil)
    #expect(try FileSystem.names(in: scene.directory).allSatisfy { !$0.contains("before") })
  }
}

/// Asks a store whether it knows an event.
private struct StoreKnowledge {
  private let store: Store

  init(_ store: Store) { self.store = store }

  func verdict(ofEventID id: String) -> Verdict? {
    let batch = EventBatch(body: ByteSlab(capacity: 64))
    batch.receivedAt = 1_795_255_500_000_000_000
    let forge = EventForge(batch, store.dimensions)
    forge.event.eventID = forge.text(id)
    batch.append(forge.finished())
    store.append([batch])
    return batch.outcome == .committed ? batch.verdict(0) : nil
  }
}
