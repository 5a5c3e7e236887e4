import Codec
import LinuxIO
import Synchronization
import Telemetry
import TestSupport
import Testing
import Windows

@testable import History

/// A file that is not as SQLite wrote it goes aside, and intake goes on with a new one.
@Suite struct DamageTests {
  private func fills(_ range: ClosedRange<Int>) -> [(EventForge) -> Void] {
    range.map { n in
      { forge in
        forge.set(.source, [.service: "s", .src: "p"])
        forge.set(.operation, [.model: "m\(n % 3)"])
        forge.event.type = .llm
        forge.event.status = .ok
        forge.event.sequence = Int64(n)
        forge.event.traceLow = UInt64(n)
        forge.event.message = forge.text(String(repeating: "x", count: 700))
        forge.event.input = forge.text(String(repeating: "payload \(n) ", count: 60))
      }
    }
  }

  /// A scene whose file holds events and no log, closed.
  private func filled() throws -> (scene: StoreScene, file: DamagedFile) {
    let scene = try StoreScene()
    #expect(scene.append(fills(1...60)) != nil)
    scene.store.close()
    return (scene, DamagedFile(path: "\(scene.directory)/\(Store.fileName)"))
  }

  private func aside(_ scene: StoreScene) -> [String] {
    SetAside.names(beside: "\(scene.directory)/\(Store.fileName)")
  }

  @Test(arguments: [UInt64(1), 2])
  func `whichever page is damaged, the store opens and stores`(seed: UInt64) throws {
    let (first, _) = try filled()
    let pages = try FileSystem.size(of: "\(first.directory)/\(Store.fileName)") / 4_096
    try #require(pages > 30)
    var moved = 0
    for page in 0..<pages {
      let (scene, file) = try filled()
      try file.scramble(page: page, seed: seed)
      try scene.reopen()
      let keeper = StoreKeeper(scene.store, clock: { StoreScene.start }, notify: { _ in })
      let batches = [scene.batch(fills(1_001...1_040)), scene.batch(fills(1_041...1_080))]
      keeper.append(batches)
      keeper.maintain(now: scene.now)
      #expect(batches.map(\.outcome) == [.committed, .committed], "page \(page)")
      #expect(keeper.store.status.books.trouble == nil, "page \(page)")
      moved += aside(scene).count
      #expect(aside(scene).count == (keeper.store.setAside == nil ? 0 : 1), "page \(page)")
      let found = try keeper.store.database.integer(
        "SELECT count(*) FROM events WHERE seq > 1000")
      #expect(found == 80, "page \(page)")
    }
    #expect(moved > 5)
  }

  @Test(arguments: [0, 1, 99, 100, 4_095, 4_096, 5_000, 40_960])
  func `a file that was cut short does not stop the store`(length: Int) throws {
    let (scene, file) = try filled()
    let whole = try FileSystem.read(file.path, limit: 1 << 24)
    let directory = "\(scene.directory)-cut"
    try FileSystem.createDirectory(directory)
    defer { Directories.removeAll(directory) }
    try FileSystem.writeAtomically(
      Array(whole[..<length]), to: "\(directory)/\(Store.fileName)")
    let store = try Store.open(
      directory: directory, dimensions: DimensionTable(hashKey: HashKey(3, 4)),
      identityKey: StoreScene.key, now: scene.now)
    let keeper = StoreKeeper(store, clock: { StoreScene.start }, notify: { _ in })
    let batch = scene.batch(fills(1_001...1_040))
    keeper.append([batch])
    #expect(batch.outcome == .committed)
    #expect((keeper.store.setAside == nil) == (length <= 1))
  }

  @Test func `what was set aside is as it was, for its owner only, and is told`() throws {
    let (scene, file) = try filled()
    try file.scramble(page: 0, seed: 3)
    let before = try FileSystem.read(file.path, limit: 1 << 24)
    try scene.reopen()
    let setAside = try #require(scene.store.setAside)
    #expect(setAside.path == "\(file.path).corrupt-20261121T022640Z")
    #expect(setAside.cause == "file is not a database")
    #expect(try FileSystem.read(setAside.path, limit: 1 << 24) == before)
    #expect(try FileSystem.mode(of: setAside.path) == 0o600)
    #expect(try FileSystem.mode(of: file.path) == 0o600)
    #expect(aside(scene) == [setAside.path])
    #expect(setAside.notice.contains("sqlite3 \(setAside.path) .dump | sed "))
    try scene.reopen()
    #expect(scene.store.setAside == nil)
    scene.store.close()
    try file.scramble(page: 0, seed: 4)
    try scene.reopen()
    #expect(aside(scene) == [setAside.path, setAside.path + "-2"])
  }

  @Test func `a newer file and a foreign one are refused and stay where they are`() throws {
    let (scene, _) = try filled()
    try scene.store.database.execute("PRAGMA user_version = 99")
    #expect(throws: StoreError.newerFile(version: 99, known: Schema.version)) {
      try scene.reopen()
    }
    try scene.store.database.execute("PRAGMA application_id = 7")
    #expect(throws: StoreError.foreignFile) { try scene.reopen() }
    #expect(aside(scene) == [])
  }

  @Test func `damage met while running costs no batch, and books and counters go on`() throws {
    let (scene, file) = try filled()
    let pages = try FileSystem.size(of: file.path) / 4_096
    try scene.reopen()
    let notices = Mutex<[SetAside]>([])
    let keeper = StoreKeeper(scene.store, clock: { StoreScene.start }) { notice in
      if case .replaced(let setAside) = notice { notices.withLock { $0.append(setAside) } }
    }
    let pool = ReadPool(path: file.path)
    #expect(pool.isReadable)
    for page in 1..<pages { try file.scramble(page: page, seed: 5) }
    try keeper.store.database.execute("PRAGMA shrink_memory")
    let batches = [scene.batch(fills(61...80)), scene.batch(fills(81...90))]
    keeper.append(batches)
    #expect(batches.map(\.outcome) == [.committed, .committed])
    let setAside = try #require(keeper.store.setAside)
    #expect(notices.withLock { $0 } == [setAside])
    let rows = try keeper.store.database.prepare("SELECT min(id), max(id), count(*) FROM events")
    #expect(try rows.step())
    #expect([rows.integer(0), rows.integer(1), rows.integer(2)] == [61, 90, 30])
    rows.reset()
    #expect(keeper.store.status.streams.map(\.book.stored) == [90])
    #expect(calls(keeper.store) == 90)
    pool.renew()
    pool.read(.all) { reader in
      #expect(throws: Never.self) { try #expect(reader.newest() == 90) }
    } orElse: { error in
      Issue.record("\(error)")
    }

    keeper.close()
    try scene.reopen()
    #expect(calls(scene.store) == 90)
    #expect(scene.store.status.streams.map(\.book.stored) == [90])
    #expect(try scene.rows("SELECT count(*) FROM event_rows WHERE model IS NULL") == ["0"])
    #expect(
      scene.append(fills(85...92)) == Array(repeating: .duplicate, count: 6) + [.stored, .stored])
  }

  private func calls(_ store: Store) -> Int64 {
    let table = store.status.totals.snapshot[.tenant]
    return (0..<table.count).reduce(0) { $0 + table.saved($1).counters[0] } / EventFacts.unit
  }

  @Test func `a log that lost its file goes with the file that was set aside`() throws {
    let (scene, file) = try filled()
    try scene.reopen()
    #expect(scene.append(fills(100...110)) != nil)
    let log = try FileSystem.read(file.path + "-wal", limit: 1 << 24)
    try #require(!log.isEmpty)
    let target = file.path + ".corrupt-20261121T000000Z"
    try FileSystem.rename(file.path, to: target)
    try scene.reopen()
    #expect(try FileSystem.read(target + "-wal", limit: 1 << 24) == log)
    #expect(try scene.rows("SELECT count(*) FROM events") == ["0"])
    #expect(scene.store.setAside == nil)
  }
}
