import LinuxIO
import Telemetry
import Testing

@testable import History

@Suite struct TraceReaderTests {
  /// The ids of a trace's rows, spans first, as the reader finds them.
  private func found(_ scene: StoreScene, _ trace: UInt64) throws -> [String] {
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let rows = try reader.trace(high: 0, low: trace, deadline: .max)
    #expect(rows.isWhole)
    return (rows.spans + rows.logs).map { row in
      let text = String(decoding: row.json, as: UTF8.self)
      return String(text.prefix { $0 != "," }.dropFirst("{\"id\":".count))
    }
  }

  private func fill(
    _ scene: StoreScene, rows: ClosedRange<Int64>, traceOf: @escaping (Int64) -> UInt64
  ) {
    var rest = rows
    while true {
      let step = rest.prefix(5_000)
      let batch = scene.batch(
        step.map { row in
          { forge in
            forge.event.traceLow = traceOf(row)
            forge.event.type = row % 2 == 0 ? .span : .log
          }
        })
      scene.store.append([batch])
      #expect(batch.outcome == .committed)
      guard step.endIndex < rest.endIndex, let last = step.last else { return }
      rest = last + 1...rest.upperBound
    }
  }

  @Test func `a trace is found whole across full segments, the open one and a restart`() throws {
    let scene = try StoreScene()
    let last = TraceIndex.rows * 2 + 700
    let marked: Set<Int64> = [
      1, 2, TraceIndex.rows - 1, TraceIndex.rows, TraceIndex.rows + 1, TraceIndex.rows * 2 - 1,
      TraceIndex.rows * 2, last,
    ]
    fill(scene, rows: 1...last) { marked.contains($0) ? 0xFEED : UInt64($0 % 900) }
    #expect(try TraceIndexWriter.start(of: scene.store.database) == TraceIndex.rows * 2)
    let expected = marked.sorted { ($0 % 2, $0) < ($1 % 2, $1) }.map(String.init)
    #expect(try found(scene, 0xFEED) == expected)
    #expect(try found(scene, 0xFEEE) == [])

    try scene.reopen()
    #expect(try found(scene, 0xFEED) == expected)
    fill(scene, rows: last + 1...TraceIndex.rows * 3) { $0 % 5_000 == 0 ? 0xFEED : 3 }
    #expect(try TraceIndexWriter.start(of: scene.store.database) == TraceIndex.rows * 3)
    let added = stride(from: Int64(35_000), through: TraceIndex.rows * 3, by: 5_000)
    let all = marked.union(added).sorted { ($0 % 2, $0) < ($1 % 2, $1) }.map(String.init)
    #expect(try found(scene, 0xFEED) == all)
  }

  @Test func `a transaction that fails leaves no trace behind`() throws {
    let scene = try StoreScene()
    fill(scene, rows: 1...TraceIndex.rows - 10) { _ in 1 }
    let pages = try scene.store.database.integer("PRAGMA page_count") ?? 0
    try scene.store.database.execute("PRAGMA max_page_count = \(pages + 4)")
    let refused = scene.batch((0..<5_000).map { _ in { $0.event.traceLow = 2 } })
    scene.store.append([refused])
    #expect(refused.outcome == .refused(.diskFull))
    try scene.store.database.execute("PRAGMA max_page_count = 1000000")
    fill(scene, rows: TraceIndex.rows - 9...TraceIndex.rows + 9) { _ in 3 }
    #expect(try TraceIndexWriter.start(of: scene.store.database) == TraceIndex.rows)
    #expect(try found(scene, 1).count == Int(TraceIndex.rows) - 10)
    #expect(try found(scene, 2) == [])
    #expect(try found(scene, 3).count == 19)
  }

  @Test func `a file from before the index is indexed with the next events`() throws {
    let scene = try StoreScene()
    fill(scene, rows: 1...TraceIndex.rows + 5) { $0 == 9 ? 7 : 8 }
    let first = """
      'meta', 'sources', 'operations', 'tenants', 'events', 'event_extras', 'payloads', 'streams'
      """
    let later = try scene.rows(
      """
      SELECT 'DROP ' || type || ' ' || name FROM sqlite_schema
      WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%' AND name NOT IN (\(first))
      ORDER BY type DESC
      """)
    for statement in later { try scene.store.database.execute(statement) }
    try scene.store.database.execute(
      "DELETE FROM meta; ALTER TABLE events DROP COLUMN computed_cost;"
        + "ALTER TABLE events DROP COLUMN usage_rule; PRAGMA user_version = 1")
    try scene.reopen()
    #expect(try found(scene, 7) == ["9"])
    _ = scene.append([{ $0.event.traceLow = 7 }])
    #expect(try TraceIndexWriter.start(of: scene.store.database) == TraceIndex.rows)
    #expect(try found(scene, 7) == ["9", String(TraceIndex.rows + 6)])
  }

  @Test func `an entry gives back its row and only under its own hash`() {
    for row in [0, 1, TraceIndex.rows - 1, TraceIndex.rows, TraceIndex.rows * 999 + 77] {
      for hash: UInt32 in [0, 1, 0x3FF, 0x400, 0x7FFF] {
        let key = TraceIndex.key(
          bucket: TraceIndex.bucket(hash), segment: row / TraceIndex.rows)
        let entry = TraceIndex.entry(hash, row: row)
        #expect(TraceIndex.row(entry, key: key, hash: hash) == row)
        #expect(TraceIndex.row(entry, key: key, hash: hash ^ 1) == nil)
      }
    }
  }

  @Test func `a deadline that has passed says that the trace is not whole`() throws {
    let scene = try StoreScene()
    defer { withExtendedLifetime(scene) {} }
    _ = scene.append([{ $0.event.traceLow = 7 }])
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    #expect(try reader.trace(high: 0, low: 7, deadline: 0).isWhole == false)
  }
}
