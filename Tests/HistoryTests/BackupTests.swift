import Codec
import LinuxIO
import Telemetry
import TestSupport
import Testing

@testable import History

/// Copies of a store, and stores made of copies.
@Suite struct BackupTests {
  private func fills(_ range: ClosedRange<Int>) -> [(EventForge) -> Void] {
    range.map { n in
      { forge in
        forge.set(.source, [.service: "s", .src: "p"])
        forge.event.sequence = Int64(n)
        forge.event.message = forge.text(String(repeating: "m\(n) ", count: 300))
      }
    }
  }

  private func scene(_ count: Int) throws -> StoreScene {
    let scene = try StoreScene()
    #expect(scene.append(fills(1...count)) != nil)
    return scene
  }

  private func path(_ scene: StoreScene) -> String { "\(scene.directory)/\(Store.fileName)" }

  private func events(_ path: String) throws -> Int64 {
    try StoreCheck.verify(path)
    return try StoreCheck.facts(path).events
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func `a copy ordered under load holds all that was stored when it ended`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let scene = try scene(2_000)
    let desk = BackupDesk()
    let file = try BackupFile("\(scene.directory)/copy", bytes: 1, replaces: false)
    #expect(desk.order(file.draft))
    #expect(!desk.order(file.draft))
    var next = 2_001
    while desk.advance(on: scene.store, nanoseconds: 0) {
      let count = Int.random(in: 1...20, using: &dice)
      #expect(scene.append(fills(next - 5...next + count)) != nil)
      next += count + 1
      if Int.random(in: 0..<4, using: &dice) == 0 { scene.store.maintain() }
      if Bool.random(using: &dice) {
        try scene.store.database.execute(
          "DELETE FROM events WHERE id % 40 = \(Int.random(in: 0..<40, using: &dice));"
            + " PRAGMA incremental_vacuum(\(Int.random(in: 0...30, using: &dice)))")
      }
      try #require(next < 9_000, "the copy never ends")
    }
    #expect(desk.state == .copied)
    desk.clear()
    let stored = try scene.rows("SELECT count(*) FROM events")
    try file.publish()
    #expect(next > 2_001)
    #expect([String(try events(file.path))] == stored)
    #expect(try FileSystem.mode(of: file.path) == 0o600)
    let names = try FileSystem.names(in: scene.directory)
    #expect(names == ["barograph.db", "barograph.db-shm", "barograph.db-wal", "copy"])
  }

  @Test func `an order that is given up leaves the desk free, one without a writer fails`() throws {
    let scene = try scene(300)
    let desk = BackupDesk()
    let first = try BackupFile("\(scene.directory)/a", bytes: 1, replaces: false)
    #expect(desk.order(first.draft))
    #expect(desk.advance(on: scene.store, nanoseconds: 0))
    desk.clear()
    let second = try BackupFile("\(scene.directory)/b", bytes: 1, replaces: false)
    #expect(desk.order(second.draft))
    while desk.advance(on: scene.store, nanoseconds: 0) {}
    #expect(desk.state == .copied)
    desk.clear()
    #expect(desk.order(second.draft))
    desk.close()
    guard case .failed = desk.state else { return #expect(Bool(false), "\(desk.state)") }
    first.discard()
    second.discard()
  }

  @Test func `nothing is replaced unasked, and room is asked for first`() throws {
    let scene = try scene(3)
    let copy = "\(scene.directory)/copy"
    try FileSystem.writeAtomically([1], to: copy)
    #expect(throws: BackupFile.Failure.taken(copy)) {
      try BackupFile(copy, bytes: 1, replaces: false)
    }
    let late = try BackupFile("\(scene.directory)/late", bytes: 1, replaces: false)
    try late.fill(from: path(scene)) { _, _ in true }
    try FileSystem.writeAtomically([2], to: late.path)
    #expect(throws: BackupFile.Failure.taken(late.path)) { try late.publish() }
    #expect(try FileSystem.read(late.path, limit: 9) == [2])
    late.discard()
    let file = try BackupFile(copy, bytes: 1, replaces: true)
    try file.fill(from: path(scene)) { _, _ in true }
    #expect(try FileSystem.read(copy, limit: 9) == [1])
    try file.publish()
    #expect(try events(copy) == 3)
    #expect(throws: BackupFile.Failure.self) {
      try BackupFile("\(scene.directory)/huge", bytes: 1 << 50, replaces: false)
    }
  }

  @Test func `a copy of what is damaged gets no name`() throws {
    let scene = try scene(200)
    scene.store.close()
    try DamagedFile(path: path(scene)).scramble(page: 20, seed: 1)
    let file = try BackupFile("\(scene.directory)/copy", bytes: 1, replaces: false)
    try file.fill(from: path(scene)) { _, _ in true }
    #expect(throws: BackupFile.Failure.self) { try file.publish() }
    #expect(!FileSystem.exists(file.path))
    file.discard()
    #expect(try FileSystem.names(in: scene.directory).filter { $0.contains("partial") } == [])
  }

  /// A directory with a store of so many events, which nobody has open, its log not folded in.
  private func left(_ count: Int, at directory: String) throws -> String {
    try FileSystem.createDirectory(directory)
    let scene = try scene(count)
    for name in ["barograph.db", "barograph.db-wal"] {
      try FileSystem.writeAtomically(
        FileSystem.read("\(scene.directory)/\(name)", limit: 1 << 24), to: "\(directory)/\(name)")
    }
    return "\(directory)/barograph.db"
  }

  private func withLeft(_ count: Int, _ body: (_ directory: String, _ path: String) throws -> Void)
    throws
  {
    let directory = "/tmp/barograph-restore-\(Random.word())"
    defer { Directories.removeAll(directory) }
    try body(directory, try left(count, at: directory))
  }

  private func backup(_ count: Int, in directory: String) throws -> String {
    let scene = try scene(count)
    let file = try BackupFile("\(directory)/backup", bytes: 1, replaces: true)
    try file.fill(from: path(scene)) { _, _ in true }
    try file.publish()
    return file.path
  }

  @Test func `a restored store takes the place of the old one, which is kept with its log`() throws
  {
    try withLeft(50) { directory, path in
      let backup = try backup(7, in: directory)
      let restoration = try Restoration(backup, to: directory)
      #expect(restoration.facts.events == 7)
      #expect(restoration.replaced?.events == 50)
      let kept = try restoration.run(force: false, now: StoreScene.start) { _, _ in true }
      #expect(kept == path + ".before-restore-20261121T022640Z")
      #expect(try events(path) == 7)
      #expect(try events(path + ".before-restore-20261121T022640Z") == 50)
      #expect(try FileSystem.mode(of: path) == 0o600)
      for companion in ["-wal", "-shm"] { #expect(!FileSystem.exists(path + companion)) }
    }
  }

  @Test func `a store in use by another program is not taken away`() throws {
    try withLeft(5) { directory, path in
      let backup = try backup(7, in: directory)
      let other = try Database(path: path, access: .readOnly)
      let rows = try other.prepare("SELECT id FROM events")
      #expect(try rows.step())
      let restoration = try Restoration(backup, to: directory)
      #expect(throws: BackupFile.Failure.self) {
        try restoration.run(force: true, now: 0) { _, _ in true }
      }
      #expect(try events(path) == 5)
      #expect(try FileSystem.names(in: directory).filter { $0.contains("partial") } == [])
    }
  }

  @Test(arguments: ["damaged", "foreign", "newer"])
  func `what cannot be used makes room only by force`(kind: String) throws {
    try withLeft(50) { directory, path in
      let backup = try backup(7, in: directory)
      try spoil(path, kind)
      let restoration = try Restoration(backup, to: directory)
      #expect(restoration.replaced == nil)
      #expect(throws: BackupFile.Failure.self) {
        try restoration.run(force: false, now: 0) { _, _ in true }
      }
      #expect(throws: BackupFile.Failure.self) { try StoreCheck.facts(path) }
      let kept = try restoration.run(force: true, now: 0) { _, _ in true }
      #expect(kept == path + ".before-restore-19700101T000000Z")
      #expect(try events(path) == 7)
    }
  }

  private func spoil(_ path: String, _ kind: String) throws {
    try StoreCheck.makeSingle(path)
    let database = try Database(path: path, access: .readWrite)
    switch kind {
    case "damaged": try DamagedFile(path: path).scramble(page: 0, seed: 9)
    case "foreign": try database.execute("PRAGMA application_id = 7")
    default: try database.execute("PRAGMA user_version = 99")
    }
  }

  @Test(arguments: ["damaged", "foreign", "newer", "cut", "absent", "itself"])
  func `a backup that is not good is refused before anything happens`(kind: String) throws {
    try withLeft(5) { directory, path in
      let backup = try backup(200, in: directory)
      let names = try FileSystem.names(in: directory)
      switch kind {
      case "cut":
        let bytes = try FileSystem.read(backup, limit: 1 << 24)
        try FileSystem.writeAtomically(Array(bytes[..<(bytes.count / 2)]), to: backup)
      case "absent": try FileSystem.remove(backup)
      case "itself": break
      default: try spoil(backup, kind)
      }
      #expect(throws: BackupFile.Failure.self) {
        try Restoration(kind == "itself" ? path : backup, to: directory)
      }
      #expect(
        try FileSystem.names(in: directory).filter { $0 != "barograph.db-shm" }
          == names.filter { kind != "absent" || $0 != "backup" })
      #expect(try events(path) == 5)
    }
  }
}
