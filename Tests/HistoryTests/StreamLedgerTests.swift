import Codec
import Telemetry
import Testing

@testable import History

@Suite struct StreamLedgerTests {
  @Test func `every source has its books, by stream or by service and peer`() throws {
    let scene = try StoreScene()
    let batch = scene.batch([
      { forge in
        forge.set(.source, [.service: "a", .src: "p"])
        forge.event.sequence = 1
      },
      { forge in
        forge.set(.source, [.service: "a", .src: "p"])
        forge.event.sequence = 4
      },
      { $0.set(.source, [.service: "b"]) },
      { forge in
        forge.set(.source, [.service: "a", .src: "p"])
        forge.event.sequence = 4
      },
    ])
    batch.rejectedCount = 3
    scene.store.append([batch])
    let rows = """
      SELECT src, service, peer, door, stored, duplicate, rejected, shed, unidentified, resent,
        highest, gaps FROM streams ORDER BY src, service
      """
    #expect(
      try scene.rows(rows) == [
        "||192.0.2.1|0|0|0|3|0|0|0|-|[]", "|b|192.0.2.1|0|1|0|0|0|1|0|-|[]",
        "p|a||0|2|1|0|0|0|1|4|[[2,3]]",
      ])
    #expect(scene.store.status.streams.count == 3)
  }

  @Test func `books go on after a restart, gaps and all`() throws {
    let scene = try StoreScene()
    func send(_ counters: [Int64]) {
      _ = scene.append(
        counters.map { counter in
          { forge in
            forge.set(.source, [.service: "a", .src: "p"])
            forge.event.sequence = counter
          }
        })
    }
    send([2, 5, 9])
    let before = scene.store.status.streams
    try scene.reopen()
    #expect(scene.store.status.streams == before)
    send([3, 6, 10])
    let book = try #require(scene.store.status.streams.first?.book)
    #expect(book.gaps == [1...1, 4...4, 7...8])
    #expect(book.stored == 6)
    #expect(book.highest == 10)
    #expect(book.lost == 4)
  }

  @Test func `what was shed is in the books after the next commit`() throws {
    let scene = try StoreScene()
    scene.store.status.addShed(peer: Array("192.0.2.9".utf8), door: .udp, count: 5)
    scene.store.status.addShed(peer: Array("192.0.2.9".utf8), door: .udp, count: 2)
    #expect(scene.store.status.streams.isEmpty)
    scene.store.maintain()
    let stream = try #require(scene.store.status.streams.first)
    #expect(stream.book.shed == 7)
    #expect(stream.name.door == .udp)
    #expect(try scene.rows("SELECT peer, shed FROM streams") == ["192.0.2.9|7"])
  }

  @Test func `the coldest books leave when there are too many`() {
    var ledger = StreamLedger(limit: 10)
    for number in 0..<11 {
      let name = StreamBook.Name(
        src: [UInt8(number)], service: [], peer: [], door: .http, tenantScope: 0)
      let slot = ledger.slot(of: name)
      ledger.touch(slot, at: Int64(number))
    }
    let gone = ledger.keep()
    #expect(gone.map { $0.src } == [[1], [0]])
    #expect(ledger.entries.count == 9)
  }
}
