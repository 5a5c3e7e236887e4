import Testing

@testable import Windows

@Suite struct GroupCapTests {
  private static let now: Int64 = 1_800_000_000_000_000_000

  private static func finished(_ lab: WindowLab, _ breakdown: Int, now: Int64) -> Double {
    lab.reader.groups(of: breakdown).reduce(0) { total, row in
      total
        + lab.reader.view(of: row.groups, now: now).sums(of: .hour).events(.finished)
    }
  }

  private static func call(_ model: Int, at end: Int64) -> Call {
    var call = Call()
    call.model = "model-\(model)"
    call.end = end
    return call
  }

  @Test("what finds no room joins other, and the sum stays")
  func joining() {
    let lab = WindowLab(now: Self.now, groupLimit: 10)
    lab.record((0..<50).map { Self.call($0, at: Self.now) }, now: Self.now)
    #expect(lab.reader.groups(of: 2).count == 11)
    #expect(Self.finished(lab, 2, now: Self.now) == 50)
    let other = lab.sums(2, Array(repeating: "other", count: 4), .hour, now: Self.now)
    #expect(other.events(.finished) == 40)
    #expect(lab.reader.cardinality[2].joined == 40)
    #expect(lab.reader.cardinality[2].lastJoined.last == ["chat", "", "model-49", ""])
  }

  @Test("where memory is full the coldest groups join other, with all they hold")
  func cold() {
    let lab = WindowLab(now: Self.now, memoryLimit: 64 << 10)
    lab.record((0..<20).map { Self.call($0, at: Self.now) }, now: Self.now)
    #expect(lab.table.memory.isFull)
    let later = Self.now + 700_000_000_000
    lab.record([Self.call(3, at: later)], now: later)
    let cold = later / 1_000_000_000 - 600
    lab.table.tend { lab.reader.view(of: [$0], now: later).lastSecond < cold }
    // Between the decision and each shard's move, readers find the figures where they will be.
    #expect(Self.finished(lab, 2, now: later) == 21)
    lab.record([Self.call(3, at: later)], now: later)
    #expect(Self.finished(lab, 2, now: later) == 22)
    #expect(lab.sums(2, ["chat", "", "model-3", ""], .hour, now: later).events(.finished) == 3)
    #expect(lab.reader.groups(of: 2).count == 2)
  }

  @Test("idle groups give their memory back")
  func idle() {
    let lab = WindowLab(now: Self.now)
    lab.record((0..<100).map { Self.call($0, at: Self.now) }, now: Self.now)
    let later = Self.now + 8_000_000_000_000
    for _ in 0..<100 { lab.shards[0].tend(now: later) }
    lab.table.tend { _ in false }
    #expect(lab.reader.memory.bytes == 0)
    #expect(lab.reader.groups(of: 2).isEmpty)
  }
}
