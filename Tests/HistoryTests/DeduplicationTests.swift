import Codec
import Telemetry
import TestSupport
import Testing

@testable import History

@Suite struct DeduplicationTests {
  private typealias Fill = (EventForge) -> Void

  /// One way of having an identity, as a maker of the event of number n.
  enum Way: String, CaseIterable, Sendable {
    case eventID, redactedEventID, stream, redactedStream, span, attempt, score, bytes

    func fill(_ forge: EventForge, _ n: UInt64) {
      switch self {
      case .eventID: forge.event.eventID = forge.text("e-\(n)")
      case .redactedEventID:
        forge.event.eventID = forge.text("pseudonym-\(n)")
        forge.event.identity = Hash128(high: n &* 0x9E37_79B9_7F4A_7C15, low: n)
      case .stream, .redactedStream:
        forge.set(.source, [.service: "s", .src: self == .stream ? "p1" : "p2"])
        forge.event.sequence = Int64(n)
      case .span: forge.call(trace: 5, span: n)
      case .attempt:
        forge.call(trace: 5, span: 1)
        forge.event.attempt = Int64(n)
      case .score:
        forge.event.type = .score
        forge.event.identity = Hash128(high: n &* 0xC2B2_AE3D_27D4_EB4F, low: n)
      case .bytes:
        forge.event.identity = Hash128(high: n &* 0xD6E8_FEB8_6659_FD93, low: n)
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `the same identity counts once, in a batch, across batches and across a restart`(
    way: Way
  ) throws {
    let scene = try StoreScene()
    func fills(_ numbers: [UInt64]) -> [(EventForge) -> Void] {
      numbers.map { n in { way.fill($0, n) } }
    }
    #expect(scene.append(fills([1, 2, 1])) == [.stored, .stored, .duplicate])
    #expect(scene.append(fills([2, 3])) == [.duplicate, .stored])
    try scene.reopen()
    #expect(scene.append(fills([3, 1, 4])) == [.duplicate, .duplicate, .stored])
    #expect(try scene.rows("SELECT count(*) FROM events") == ["4"])
  }

  @Test func `what has no identity is stored as often as it comes`() throws {
    let scene = try StoreScene()
    #expect(scene.append([{ _ in }, { _ in }]) == [.stored, .stored])
  }

  @Test func `the same id under another scope is another event`() throws {
    let scene = try StoreScene()
    for scope in [UInt32(0), 1] {
      let batch = EventBatch(body: ByteSlab(capacity: 0))
      batch.tenantScope = scope
      batch.receivedAt = scene.now
      let forge = EventForge(batch, scene.dimensions)
      forge.call(trace: 1, span: 1)
      batch.append(forge.finished())
      scene.store.append([batch])
      #expect(batch.verdict(0) == .stored)
    }
  }

  @Test func `an identity is forgotten when the window has passed`() throws {
    var settings = StoreSettings()
    settings.dedupWindow = 60_000_000_000
    let scene = try StoreScene(settings)
    func send(after seconds: Int64, _ span: UInt64) -> [Verdict]? {
      scene.now = StoreScene.start + seconds * 1_000_000_000
      return scene.append([{ $0.call(trace: 1, span: span) }])
    }
    #expect(send(after: 0, 1) == [.stored])
    #expect(send(after: 30, 2) == [.stored])
    #expect(send(after: 59, 1) == [.duplicate])
    #expect(send(after: 89, 2) == [.duplicate])
    #expect(send(after: 95, 9) == [.stored])
    #expect(send(after: 96, 1) == [.stored])
    #expect(send(after: 200, 8) == [.stored])
    #expect(scene.store.status.books.dedupEntries < 5)
  }

  @Test func `the bound on entries lets the oldest go and says how short the window became`()
    throws
  {
    var settings = StoreSettings()
    settings.dedupEntries = 640
    let scene = try StoreScene(settings)
    for step in 0..<200 {
      scene.now += 1_000_000_000
      let fills = (0..<10).map { n in
        { (forge: EventForge) in forge.call(trace: 1, span: UInt64(step * 10 + n + 1)) }
      }
      _ = scene.append(fills)
    }
    let books = scene.store.status.books
    #expect(500...650 ~= books.dedupEntries)
    #expect(50...65 ~= books.dedupWindowSeconds)
    #expect(scene.append([{ $0.call(trace: 1, span: 2_000) }]) == [.duplicate])
    #expect(scene.append([{ $0.call(trace: 1, span: 1) }]) == [.stored])
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6])
  func `a random life with restarts gives what a dictionary gives`(seed: UInt64) throws {
    var dice = Dice(seed: seed &* 0x9E37_79B9_7F4A_7C15)
    var settings = StoreSettings()
    settings.dedupWindow = 1 << 60
    let scene = try StoreScene(settings)
    var seen: Set<String> = []
    var ids: UInt64 = 0
    for step in 0..<60 {
      if Int.random(in: 0..<8, using: &dice) == 0 { try scene.reopen() }
      let picks = (0..<Int.random(in: 1...60, using: &dice)).map { _ -> (Way, UInt64) in
        let way = Way.allCases.randomElement(using: &dice) ?? .span
        if Bool.random(using: &dice) { ids += 1 }
        return (way, Bool.random(using: &dice) ? ids : UInt64.random(in: 1...ids + 1, using: &dice))
      }
      let expected = picks.map { way, n -> Verdict in
        // A first try and a call without a number of tries are different identities.
        seen.insert("\(way)-\(n)").inserted ? .stored : .duplicate
      }
      let verdicts = scene.append(picks.map { way, n in { way.fill($0, n + 1) } })
      #expect(verdicts == expected, "seed \(seed) step \(step)")
    }
    #expect(try scene.rows("SELECT count(*) FROM events") == ["\(seen.count)"])
  }
}

@Suite struct DeduplicatorTests {
  @Test(arguments: [1, 2, 3])
  func `finds what a dictionary finds while it grows, forgets, sweeps and undoes`(
    seed: UInt64
  ) {
    var dice = Dice(seed: seed &* 0xC2B2_AE3D_27D4_EB4F)
    var table = Deduplicator(entries: 8_000)
    var rows: [UInt64: Int64] = [:]
    var row: Int64 = 1 << 33
    var oldest: Int64 = 0
    func find(_ n: UInt64) -> Bool {
      var candidates = table.candidates(for: hash(n))
      while let found = table.next(&candidates) { if found == rows[n] { return true } }
      return false
    }
    var next: UInt64 = 1
    for step in 0..<400 {
      let (first, firstNumber) = (row, next)
      for _ in 0..<Int.random(in: 1...200, using: &dice) {
        table.insert(hash(next), row: row)
        rows[next] = row
        next += 1
        row += Int64.random(in: 1...3, using: &dice)
      }
      if Int.random(in: 0..<5, using: &dice) == 0 {
        table.undo()
        for number in firstNumber..<next { rows[number] = nil }
        (row, next) = (first, firstNumber)
      } else {
        table.keep()
      }
      oldest = max(oldest, row - 8_000)
      table.forget(before: oldest)
      for _ in 0..<50 {
        let n = UInt64.random(in: 1...next + 10, using: &dice)
        let isKnown = (rows[n] ?? -1) >= oldest
        #expect(find(n) == isKnown, "seed \(seed) step \(step) number \(n)")
      }
    }
    #expect(table.byteCount <= 1 << 17)
  }

  private func hash(_ n: UInt64) -> Hash128 { HashKey(1, 2).hash(n, n, salt: 0) }
}
