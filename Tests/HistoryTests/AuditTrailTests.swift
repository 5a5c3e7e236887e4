import LinuxIO
import Telemetry
import Testing

@testable import History

@Suite struct AuditTrailTests {
  private static let day: Int64 = 86_400 * 1_000_000_000

  private func scene(_ count: Int) throws -> StoreScene {
    let scene = try StoreScene()
    for number in 0..<count {
      scene.now += 1_000_000_000
      let draft = AuditDraft(
        principal: "ops", act: "silence.add", target: "s\(number)", detail: "until tomorrow")
      _ = try scene.store.note(draft, now: scene.now)
    }
    return scene
  }

  private func verdict(_ scene: StoreScene, _ expected: String? = nil) throws
    -> AuditTrail.Verdict
  {
    try AuditTrail(path: "\(scene.directory)/\(Store.fileName)").verify(expecting: expected)
  }

  @Test func `a trail that nobody touched is whole, and so it is after a restart`() throws {
    let scene = try scene(5)
    try scene.reopen()
    let last = try scene.store.note(AuditDraft(principal: "ops", act: "reload"), now: scene.now)
    let found = try verdict(scene, last.digits)
    #expect(found.findings == [])
    #expect(found.rows == 6)
    #expect(found.hash == last.digits)
    #expect(try verdict(scene, String(last.digits.prefix(16))).findings == [])
  }

  @Test(arguments: ["principal", "act", "target", "outcome", "detail", "time"])
  func `a row with another value in any column is found`(column: String) throws {
    let scene = try scene(5)
    try scene.store.database.execute("UPDATE audit SET \(column) = 7 WHERE id = 3")
    #expect(
      try verdict(scene).findings
        == ["row 3 was altered or put in: its hash does not follow from row 2"])
  }

  @Test func `a long row that was made longer is found`() throws {
    let scene = try scene(2)
    let draft = AuditDraft(
      principal: "ops", act: "backup", target: String(repeating: "t", count: 2_000))
    _ = try scene.store.note(draft, now: scene.now)
    #expect(try verdict(scene).findings == [])
    try scene.store.database.execute("UPDATE audit SET target = target || ' and more' WHERE id = 3")
    #expect(try verdict(scene).findings.count == 1)
  }

  @Test func `an act without a collector goes on with the trail`() throws {
    let scene = try scene(2)
    let path = "\(scene.directory)/\(Store.fileName)"
    let draft = AuditDraft(principal: "command ana", act: "keys.add", target: "chat")
    let entry = try #require(try AuditTrail.note(draft, inStoreAt: path, now: scene.now))
    #expect(entry.id == 3)
    let found = try verdict(scene, entry.digits)
    #expect(found.findings == [] && found.rows == 3)
    try scene.store.database.execute("PRAGMA user_version = 3")
    #expect(try AuditTrail.note(draft, inStoreAt: path, now: scene.now) == nil)
    #expect(try verdict(scene).rows == 3)
  }

  @Test func `text moved from one column to the next is found`() throws {
    let scene = try scene(3)
    try scene.store.database.execute(
      "UPDATE audit SET act = 'silence.adds', target = '1' WHERE id = 2")
    #expect(try verdict(scene).findings.count == 1)
  }

  @Test func `removed rows are named, wherever they were`() throws {
    for (condition, finding) in [
      ("id = 3", "row 3 was removed"), ("id IN (2, 3)", "rows 2 to 3 were removed"),
      ("id = 1", "row 1 was removed"), ("id = 5", "row 5 was removed from the end"),
      ("id > 3", "rows 4 to 5 were removed from the end"),
      ("id > 0", "rows 1 to 5 were removed from the end"),
    ] {
      let scene = try scene(5)
      try scene.store.database.execute("DELETE FROM audit WHERE \(condition)")
      #expect(try verdict(scene).findings == [finding], "\(condition)")
    }
  }

  @Test func `a row that was put in is found`() throws {
    let scene = try scene(3)
    try scene.store.database.execute(
      "INSERT INTO audit SELECT 4, time, principal, act, target, outcome, detail, hash FROM audit"
        + " WHERE id = 3")
    #expect(
      try verdict(scene).findings == [
        "row 4 was altered or put in: its hash does not follow from row 3",
        "row 4 was put in at the end",
      ])
  }

  @Test func `a trail written anew is found by a hash from the log`() throws {
    let scene = try scene(4)
    var logged: [String] = []
    try AuditTrail(path: "\(scene.directory)/\(Store.fileName)").forEach {
      logged.append($0.digits)
    }
    try scene.store.database.execute("DELETE FROM audit; DELETE FROM meta WHERE key LIKE 'audit%'")
    for number in 0..<4 {
      let draft = AuditDraft(principal: "someone else", act: "silence.add", target: "s\(number)")
      _ = try scene.store.note(draft, now: scene.now)
    }
    #expect(try verdict(scene).findings == [])
    #expect(try verdict(scene, logged[2]).findings.count == 1)
  }

  @Test func `retention removes old rows and what is left is whole`() throws {
    var settings = StoreSettings()
    settings.retention.audit = Self.day * 2
    let scene = try StoreScene(settings)
    for _ in 0..<6 {
      scene.now += Self.day
      _ = try scene.store.note(AuditDraft(principal: "ops", act: "reload"), now: scene.now)
      while scene.store.upkeep(now: scene.now, isIdle: true) {}
    }
    let found = try verdict(scene)
    #expect(found.findings == [])
    #expect(found.first > 1)
    let removed = found.first - 1
    #expect(try scene.rows("SELECT id FROM audit_checkpoint") == ["\(removed)"])
    try scene.store.database.execute("DELETE FROM audit WHERE id = \(found.first)")
    #expect(try verdict(scene).findings.count == 1)
    try scene.store.database.execute("UPDATE audit_checkpoint SET id = \(found.first)")
    #expect(try verdict(scene).findings.count >= 1)
  }

  @Test func `parts that are too long are cut`() throws {
    let scene = try StoreScene()
    let long = String(repeating: "ü", count: 5_000)
    _ = try scene.store.note(
      AuditDraft(principal: long, act: "x", target: long, detail: long), now: scene.now)
    #expect(try verdict(scene).findings == [])
    #expect(try scene.rows("SELECT length(detail) BETWEEN 100 AND 512 FROM audit") == ["1"])
  }
}
