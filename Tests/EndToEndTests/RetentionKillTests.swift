import HTTP
import LinuxIO
import Outbound
import TestSupport
import Testing

/// Removal goes on where a kill left it, and takes nothing that is to be kept.
@Suite struct RetentionKillTests {
  private static let rounds = 6
  private static let events = 1_500
  private static let configuration = "retention: {size: 16MiB}\ndurability: commit\n"

  private static func body(_ round: Int) -> [UInt8] {
    let text = String(repeating: "x", count: 2_500)
    let lines = (0..<events).map { index in
      #"{"type":"llm","event_id":"\#(round)-\#(index)","session":"s\#(round)","model":"m","#
        + #""message":"\#(text)"}"#
    }
    return Array(lines.joined(separator: "\n").utf8)
  }

  @Test(arguments: [UInt64(0xA6E)]) func aKillWhileEventsAreRemovedCostsNothing(
    seed: UInt64
  ) throws {
    var random = Dice(seed: seed)
    try RunningCollector.use(configuration: Self.configuration) { collector in
      for round in 0..<Self.rounds * 3 {
        let answer = try collector.request(.post, "/v1/events", body: Self.body(round))
        #expect(answer.status == 200)
        guard round % 3 == 2 else { continue }
        // A few questions' time, in which the writer removes and folds.
        for _ in 0..<random.next() % 30 { _ = try collector.get("/livez") }
        #expect(try collector.stop(ChildProcess.killNow) == .signal(9))
        #expect(try BackupCommandTests.isWhole("\(collector.data)/barograph.db"))
        try collector.start()
        let newest = try collector.value(
          "SELECT count(*) FROM events WHERE event_id LIKE '\(round)-%'")
        #expect(newest.contains("[[\(Self.events)]]"), "\(newest), seed \(seed)")
        let orphans = try collector.value(
          "SELECT count(*) FROM event_extras WHERE id NOT IN (SELECT id FROM events)")
        #expect(orphans.contains("[[0]]"))
      }
      // Freed pages are given back but for a few thousand, which the next events use.
      let deadline = Clock.monotonic + 60_000_000_000
      var size = Double.infinity
      while size > Double(30 << 20), Clock.monotonic < deadline {
        size = try collector.metrics()["barograph_store_bytes"] ?? size
      }
      #expect(size <= Double(30 << 20))
    }
  }
}
