import Codec
import LinuxIO
import Telemetry
import Testing

@testable import History

@Suite struct WriteAheadLogTests {
  private func fills(_ step: Int) -> [(EventForge) -> Void] {
    (0..<20).map { n in
      { forge in
        forge.call(trace: UInt64(step + 1), span: UInt64(n + 1))
        forge.event.message = forge.text(String(repeating: "x", count: 2_000))
      }
    }
  }

  private func settings() -> StoreSettings {
    var settings = StoreSettings()
    settings.checkpointBytes = 100_000
    settings.walBytes = 200_000
    settings.walLimit = 1_000_000
    return settings
  }

  @Test(arguments: [true, false])
  func `the log stays small, whether or not the owner finds time to look after it`(
    isMaintained: Bool
  ) throws {
    let scene = try StoreScene(settings())
    for step in 0..<60 {
      #expect(scene.append(fills(step)) != nil)
      if isMaintained { scene.store.maintain() }
    }
    let size = try FileSystem.size(of: "\(scene.directory)/\(Store.fileName)-wal")
    #expect(size < (isMaintained ? 250_000 : 350_000))
    #expect(try scene.rows("SELECT count(*) FROM events") == ["1200"])
  }

  @Test func `a reader that keeps the log too long has intake refused until it lets go`() throws {
    let scene = try StoreScene(settings())
    _ = scene.append(fills(0))
    let foreign = try Database(path: "\(scene.directory)/\(Store.fileName)", access: .readOnly)
    let snapshot = try foreign.prepare("SELECT id FROM events")
    #expect(try snapshot.step())
    var step = 1
    while scene.append(fills(step)) != nil {
      step += 1
      try #require(step < 100)
    }
    #expect(scene.store.status.books.trouble == .writeAheadLogLimit)
    snapshot.reset()
    #expect(scene.append(fills(step)) == Array(repeating: .stored, count: 20))
    #expect(scene.store.status.books.trouble == nil)
  }

  @Test func `a file locked by another writer refuses all at once and works again afterwards`()
    throws
  {
    let scene = try StoreScene()
    scene.store.database.waitForLocks(milliseconds: 1)
    let foreign = try Database(path: "\(scene.directory)/\(Store.fileName)", access: .readWrite)
    try foreign.execute("BEGIN IMMEDIATE")
    let batches = (0..<3).map { scene.batch(fills($0)) }
    scene.store.append(batches)
    #expect(batches.map(\.outcome) == Array(repeating: .refused(.failed), count: 3))
    #expect(scene.store.status.books.rollbacks == 1)
    try foreign.execute("COMMIT")
    scene.store.append(batches)
    #expect(batches.map(\.outcome) == Array(repeating: .committed, count: 3))
  }

  @Test func `what is closed is whole without its log`() throws {
    let scene = try StoreScene()
    _ = scene.append(fills(0))
    scene.store.close()
    let other = try Database(path: "\(scene.directory)/\(Store.fileName)", access: .readOnly)
    #expect(try other.integer("SELECT count(*) FROM events") == 20)
  }
}
