import Codec
import Telemetry
import TestSupport
import Testing

@testable import History

@Suite struct RollbackTests {
  /// Calls of one numbered stream that fill pages quickly.
  private func fills(_ range: ClosedRange<Int>) -> [(EventForge) -> Void] {
    range.map { n in
      { forge in
        forge.set(.source, [.service: "s", .src: "p", .release: "r\(n / 100)"])
        forge.event.sequence = Int64(n)
        forge.event.message = forge.text(String(repeating: "x", count: 900))
      }
    }
  }

  private func limit(_ scene: StoreScene, pages: Int64?) throws {
    let used = try scene.store.database.integer("PRAGMA page_count") ?? 0
    _ = try scene.store.database.integer(
      "PRAGMA max_page_count = \(pages.map { used + $0 } ?? 1_073_741_823)")
  }

  @Test func `a full disk refuses the whole batch, and the next try stores it once`() throws {
    let scene = try StoreScene()
    _ = scene.append(fills(1...3))
    let before = try scene.rows("SELECT * FROM streams")
    let published = scene.store.status.streams
    try limit(scene, pages: 20)
    let large = scene.batch(fills(2...400))
    scene.store.append([large])
    #expect(large.outcome == .refused(.diskFull))
    #expect(large.amendments.isEmpty)
    #expect(scene.store.status.books.trouble == .diskFull)
    #expect(scene.store.status.books.stored == 3)
    #expect(try scene.rows("SELECT count(*), max(id) FROM events") == ["3|3"])
    #expect(try scene.rows("SELECT * FROM streams") == before)
    #expect(scene.store.status.streams == published)

    try limit(scene, pages: nil)
    scene.store.append([large])
    #expect(large.outcome == .committed)
    let verdicts = try #require(scene.verdicts(large))
    #expect(verdicts == [.duplicate, .duplicate] + Array(repeating: .stored, count: 397))
    #expect(scene.store.status.books.trouble == nil)
    #expect(
      try scene.rows("SELECT stored, duplicate, resent, highest, gaps FROM streams")
        == ["400|2|2|400|[]"])
    #expect(try scene.rows("SELECT count(*) FROM sources") == ["5"])
    #expect(try scene.rows("SELECT count(DISTINCT seq), max(id) FROM events") == ["400|400"])
    try scene.reopen()
    #expect(scene.append(fills(1...400)) == Array(repeating: .duplicate, count: 400))
  }

  @Test func `a full disk takes back amendments too`() throws {
    let scene = try StoreScene()
    _ = scene.append([AmendmentTests.Version.start.fill])
    try limit(scene, pages: 20)
    let batch = scene.batch([AmendmentTests.Version.end.fill] + fills(1...400))
    scene.store.append([batch])
    #expect(batch.outcome == .refused(.diskFull))
    #expect(batch.amendments.isEmpty)
    #expect(try scene.rows("SELECT is_open, status FROM event_columns") == ["1|-"])
    try limit(scene, pages: nil)
    scene.store.append([batch])
    #expect(batch.verdict(0) == .amended)
    #expect(try scene.rows("SELECT is_open, status FROM event_columns LIMIT 1") == ["-|0"])
  }

  @Test func `a batch that cannot be stored costs its neighbours nothing`() throws {
    let scene = try StoreScene()
    try scene.store.database.execute(
      """
      CREATE TEMP TRIGGER poison BEFORE INSERT ON events WHEN NEW.message = 'poison'
      BEGIN SELECT RAISE(ROLLBACK, 'poisoned'); END
      """)
    let good = scene.batch([{ $0.call(trace: 1, span: 1) }])
    let bad = scene.batch([
      { $0.call(trace: 1, span: 2) }, { $0.event.message = $0.text("poison") },
    ])
    let alsoGood = scene.batch([{ $0.call(trace: 1, span: 3) }])
    scene.store.append([good, bad, alsoGood])
    #expect(good.outcome == .committed)
    #expect(bad.outcome == .refused(.failed))
    #expect(alsoGood.outcome == .committed)
    #expect(try scene.rows("SELECT id FROM events") == ["1", "2"])
    #expect(scene.store.status.books.rollbacks == 2)
    #expect(scene.append([{ $0.call(trace: 1, span: 2) }]) == [.stored])
  }

  @Test(arguments: [1, 2, 3, 4])
  func `random failures never lose or double an event`(seed: UInt64) throws {
    var dice = Dice(seed: seed &* 0x1656_67B1_9E37_79F9)
    let scene = try StoreScene()
    var stored: Set<Int> = []
    for step in 0..<40 {
      if Int.random(in: 0..<6, using: &dice) == 0 { try scene.reopen() }
      let first = Int.random(in: 1...900, using: &dice)
      let range = first...first + Int.random(in: 0...90, using: &dice)
      try limit(scene, pages: Bool.random(using: &dice) ? 8 : nil)
      guard let verdicts = scene.append(fills(range)) else { continue }
      for (n, verdict) in zip(range, verdicts) {
        let expected: Verdict = stored.insert(n).inserted ? .stored : .duplicate
        #expect(verdict == expected, "seed \(seed) step \(step) number \(n)")
      }
    }
    let rows = try scene.rows("SELECT seq FROM events ORDER BY seq")
    #expect(rows == stored.sorted().map(String.init))
    let books = try scene.rows("SELECT stored FROM streams")
    #expect(books == [String(stored.count)])
  }
}
