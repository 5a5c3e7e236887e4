import HTTP
import LinuxIO
import Outbound
import Synchronization
import TestSupport
import Testing

/// The promise: what was answered 200 is kept, once, whatever happens to the process.
@Suite struct KillTests {
  /// What senders have sent, and of that what was answered.
  private struct Ledger {
    var sent: [String] = []
    var acknowledged: [String] = []
  }

  private static let senders = 3
  private static let rounds = 5

  @Test(arguments: [UInt64(0x5EED)]) func whatWasAcknowledgedIsThereOnceAfterAnyKill(
    seed: UInt64
  ) throws {
    var random = Dice(seed: seed)
    let ledger = Mutex(Ledger())
    try RunningCollector.use { collector in
      for round in 0..<Self.rounds {
        let acknowledgedBefore = ledger.withLock { $0.acknowledged.count }
        let url = collector.url
        let threads = try (0..<Self.senders).map { sender in
          try Thread(name: "sender") { Self.send(to: url, "\(round)-\(sender)", ledger) }
        }
        let wanted = acknowledgedBefore + 10 + Int(random.next() % 60)
        let deadline = Clock.monotonic + 20_000_000_000
        while ledger.withLock({ $0.acknowledged.count }) < wanted, Clock.monotonic < deadline {
          _ = try collector.get("/livez")
        }
        #expect(try collector.stop(ChildProcess.killNow) == .signal(9))
        for thread in threads { thread.join() }
        #expect(ledger.withLock { $0.acknowledged.count } >= wanted)
        try collector.start()
        try Self.expectKept(ledger.withLock { $0.acknowledged }, collector)
      }
      let all = ledger.withLock { $0.sent }
      let rows = try Self.stored(collector)
      for id in all { try collector.post(Self.lines(id)) }
      let after = try Self.stored(collector)
      #expect(after == Set(all.flatMap(Self.ids)), "seed \(seed)")
      #expect(after.isSuperset(of: rows))
      for id in all { try collector.post(Self.lines(id), duplicates: 3) }
      #expect(try collector.rowCount() == 3 * all.count, "seed \(seed)")
    }
  }

  private static func ids(_ id: String) -> [String] { (0..<3).map { "\(id)-\($0)" } }

  private static func lines(_ id: String) -> String {
    ids(id).map { #"{"type":"llm","event_id":"\#($0)","model":"m","input_tokens":3}"# }
      .joined(separator: "\n")
  }

  /// Sends requests of three events one after the other until the collector is gone.
  private static func send(to url: String, _ name: String, _ ledger: borrowing Mutex<Ledger>) {
    do {
      let client = try HTTPClient(url: url)
      for number in 0..<100_000 {
        let id = "\(name)-\(number)"
        ledger.withLock { $0.sent.append(id) }
        let answer = try client.request(
          .post, "/v1/events", body: Array(lines(id).utf8))
        if answer.status == 200 { ledger.withLock { $0.acknowledged.append(id) } }
      }
    } catch {
      // The kill: what was not answered may be there or not.
    }
  }

  private static func stored(_ collector: RunningCollector) throws -> Set<String> {
    let answer = try collector.value("SELECT event_id FROM events")
    let found = answer.matches(of: /\["([0-9-]+)"\]/).map { String($0.output.1) }
    let unique = Set(found)
    #expect(unique.count == found.count, "an event is there twice")
    #expect(try collector.rowCount() == found.count)
    return unique
  }

  private static func expectKept(
    _ acknowledged: [String], _ collector: RunningCollector
  ) throws {
    let stored = try stored(collector)
    let missing = acknowledged.flatMap(ids).filter { !stored.contains($0) }
    #expect(missing.isEmpty)
    // All or nothing: a request that was not answered is there whole or not at all.
    let requests = Set(stored.map { $0.dropLast(2) })
    #expect(requests.count * 3 == stored.count)
  }
}
