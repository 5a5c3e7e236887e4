import Telemetry
import TestSupport
import Testing
import Windows

@Suite struct RecentCountsTests {
  private static let second: Int64 = 1_000_000_000

  private static func span(end: Int64) -> EventFacts {
    var event = Event()
    event.type = .span
    event.time = end
    event.duration = 5_000_000
    event.status = .ok
    return EventFacts(event, measures: [], receivedAt: end)
  }

  @Test(arguments: 1...UInt64(Scenarios.count(10)))
  func `each second holds what ended in it, however late it came`(seed: UInt64) {
    var dice = Dice(seed: seed)
    let board = SeriesBoard()
    var now: Int64 = 1_795_228_003 * Self.second
    board.recent.begin(after: now)
    var expected: [UInt32: [Int64: Int64]] = [:]
    for _ in 0..<6_000 {
      now += Int64.random(in: 0...2, using: &dice) * Self.second / 4
      let late = Int.random(in: 0..<5, using: &dice) == 0 ? 200 * Self.second : 0
      let end = now - Int64.random(in: 0...late, using: &dice)
      let group = UInt32.random(in: 1...5, using: &dice)
      let facts = Self.span(end: end)
      board.recent.count(end: end, group: group, name: { [UInt8(group)] }) {
        $0.count(facts, group: group, takingBack: false)
      }
      expected[group, default: [:]][end / Self.second, default: 0] += EventFacts.unit
    }
    let recent = board.picture.recent
    let first = recent.firstSecond(at: now / Self.second)
    #expect(first <= now / Self.second - 320 && first % 10 == 0)
    var found: [UInt32: [Int64: Int64]] = [:]
    recent.forEach { group, second, rollup in
      guard second >= first else { return }
      found[group, default: [:]][second, default: 0] += rollup[.finished]
      #expect(recent.name(group) == [UInt8(group)])
    }
    for group in expected.keys {
      expected[group] = expected[group]?.filter { $0.key >= first }
      found[group] = found[group]?.filter { $0.value != 0 }
    }
    #expect(found == expected, "seed \(seed)")
  }

  @Test func `nothing is held of the seconds before it began`() {
    let board = SeriesBoard()
    #expect(board.picture.recent.firstSecond(at: 5_000) == .max)
    board.recent.begin(after: 5_000 * Self.second)
    #expect(board.picture.recent.firstSecond(at: 5_003) == 5_010)
    #expect(board.picture.recent.firstSecond(at: 6_003) == 5_680)
  }
}
