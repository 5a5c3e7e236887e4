import Codec
import LinuxIO
import Telemetry
import Testing
import Windows

@testable import History

@Suite struct ErasureTests {
  private static let user = "user-4711-canary"

  /// Events of the user and of others who name them, payloads long enough to be deflated.
  private func filled(_ scene: StoreScene, from first: Int = 0, count: Int = 400) {
    for start in stride(from: first, to: first + count, by: 100) {
      _ = scene.append((start..<start + 100).map { number in { Self.fill($0, number) } })
      scene.now += 1_000_000
    }
    scene.store.save()
    while scene.store.packPayloads() {}
  }

  private static func fill(_ forge: EventForge, _ number: Int) {
    forge.call(trace: UInt64(number / 4 + 1), span: UInt64(number + 1))
    forge.event.session = forge.text("session-\(number / 4)")
    forge.set(.source, [.service: "chat"])
    let long = String(repeating: "lorem ipsum \(number) ", count: 40)
    if number % 4 == 0 {
      forge.event.user = forge.text(user)
      forge.event.session = forge.text("session-of-\(user)-\(number / 40)")
      forge.event.input = forge.text("\(long) I am \(user). \(long)")
      forge.event.message = forge.text("hello")
      forge.event.attributes = forge.text(#"{"who":"\#(user)"}"#)
    } else if number % 4 == 1 {
      // Another user, whose name begins alike.
      forge.event.user = forge.text(user + "2")
      forge.event.message = forge.text("told \(user) so")
      forge.event.output = forge.text("\(long) dear \(user), \(long)")
    } else if number % 4 == 2 {
      forge.event.user = forge.text("somebody")
      forge.event.attributes = forge.text(#"{"peer":"\u0075ser-4711-canary","n":1}"#)
      forge.event.status = .error
      forge.event.details = forge.text(#"{"error":"no such user: \#(user)"}"#)
    } else {
      forge.event.input = forge.text(long)
    }
  }

  private func erase(
    _ scene: StoreScene, _ subject: DataSubject = DataSubject(.user, names: [user]),
    mentions: Bool? = nil, removesCopies: Bool = false,
    during: @escaping @Sendable () -> Void = {}
  ) throws -> ErasureReceipt {
    // The store belongs to this thread, on which the steps run too.
    nonisolated(unsafe) let store = scene.store
    let erasure = Erasure(
      of: subject, in: scene.directory, salt: 0xABCD_EF01, mentions: mentions,
      removesCopies: removesCopies,
      write: { (body) throws(StoreError) in
        during()
        try unsafe body(store)
      })
    return try erasure.run { scene.now }
  }

  /// The files in which a text stands, also within deflated payloads.
  private func places(of text: String, in scene: StoreScene) throws -> [String] {
    var found: [String] = []
    let name = Array(text.utf8)
    for file in try FileSystem.names(in: scene.directory) {
      let bytes = try FileSystem.read("\(scene.directory)/\(file)", limit: 1 << 28)
      // The other's name, of which this one is a part, stays.
      let isHit = ErasureText.places(of: name, in: bytes[...]).contains {
        $0 + name.count == bytes.count || bytes[$0 + name.count] != 0x32
      }
      if isHit { found.append(file) }
    }
    let deflated = try scene.rows(
      "SELECT count(*) FROM payload_texts WHERE instr(ifnull(input, '') || ifnull(output, '')"
        + " || ifnull(stack, ''), '\(text)') > 0")
    if deflated != ["0"] { found.append("payloads") }
    return found
  }

  @Test func `after it the name is in no file, and others keep what is theirs`() throws {
    let scene = try StoreScene()
    filled(scene)
    let calls = try scene.rows("SELECT sum(events) FROM sessions")
    #expect(calls == ["400"])
    let receipt = try erase(scene)
    #expect(receipt.left == [])
    #expect(receipt.tally.deleted["events"] == 100)
    #expect(receipt.tally.rewritten["events"] == 200)
    #expect(receipt.tally.rewritten["payloads"] == 100)
    #expect(receipt.scanned.map(\.file).contains(Store.fileName))
    #expect(try scene.rows("SELECT count(*) FROM events") == ["300"])
    #expect(
      try scene.rows("SELECT count(*) FROM events WHERE user = '\(Self.user)2'") == ["100"])
    #expect(
      try scene.rows("SELECT DISTINCT message FROM events WHERE message IS NOT NULL")
        == ["told [erased] so"])
    #expect(
      try scene.rows("SELECT DISTINCT attrs FROM events WHERE attrs IS NOT NULL")
        == [#"{"peer":"[erased]","n":1}"#])
    #expect(
      try scene.rows("SELECT DISTINCT message FROM errors WHERE instr(message, '4711') > 0") == [])
    #expect(try scene.rows("PRAGMA integrity_check") == ["ok"])
    #expect(try places(of: Self.user, in: scene) == [])
    let json = receipt.json(subject: "hmac:00")
    #expect(String(decoding: json.text, as: UTF8.self).contains(#""complete":true"#))
    #expect(!String(decoding: json.text, as: UTF8.self).contains(Self.user))
  }

  @Test func `counters keep what was counted, also over a restart`() throws {
    let scene = try StoreScene()
    filled(scene)
    func counted() -> Int64 {
      let calls = scene.store.status.totals.snapshot[.call]
      return (0..<calls.count).reduce(0) { $0 + calls.saved($1).counters[0] }
    }
    let before = counted()
    _ = try erase(scene)
    #expect(counted() == before)
    try scene.reopen()
    #expect(counted() == before)
  }

  @Test func `what comes later is stored again`() throws {
    let scene = try StoreScene()
    filled(scene)
    _ = try erase(scene)
    filled(scene, from: 1_000, count: 100)
    #expect(
      try scene.rows("SELECT count(*) FROM events WHERE user = '\(Self.user)'") == ["25"])
    #expect(
      try scene.rows("SELECT count(*) > 0 FROM sessions WHERE user = '\(Self.user)'") == ["1"])
    #expect(try erase(scene).left == [])
  }

  @Test func `numbers of rows are not given again, and a resent event is stored again`() throws {
    let scene = try StoreScene()
    func send(_ name: String) -> [Verdict]? {
      scene.append([
        { forge in
          forge.call(trace: 1, span: 1)
          forge.event.user = forge.text(name)
          forge.event.eventID = forge.text("e-1")
        }
      ])
    }
    #expect(send(Self.user) == [.stored])
    #expect(send(Self.user) == [.duplicate])
    #expect(try erase(scene).isComplete)
    try scene.reopen()
    #expect(send(Self.user) == [.stored])
    #expect(try scene.rows("SELECT id FROM events") == ["2"])
  }

  @Test func `a session goes with all of its rows`() throws {
    let scene = try StoreScene()
    filled(scene)
    let receipt = try erase(scene, DataSubject(.session, names: ["session-3"]))
    #expect(receipt.left == [])
    #expect(receipt.tally.deleted["events"] == 3)
    #expect(try scene.rows("SELECT count(*) FROM sessions WHERE session = 'session-3'") == ["0"])
    #expect(try scene.rows("SELECT count(*) FROM sessions WHERE session = 'session-33'") == ["1"])
  }

  @Test func `what is held refuses, and nothing has gone`() throws {
    let scene = try StoreScene()
    filled(scene)
    for (kind, value) in [
      (Hold.Kind.user, Self.user), (.session, "session-of-\(Self.user)-3"),
      (.trace, String(repeating: "0", count: 31) + "1"), (.user, "somebody"),
    ] {
      let hold = try scene.store.hold(kind, value, reason: "case 7", by: "ops", now: scene.now)
      #expect(throws: Erasure.Refusal.self) { try erase(scene) }
      #expect(try scene.rows("SELECT count(*) FROM events") == ["400"])
      _ = try scene.store.release(hold: hold.id)
    }
    #expect(try erase(scene).left == [])
  }

  @Test func `one that was ended anywhere is completed by the next`() throws {
    for steps in 1...7 {
      let scene = try StoreScene()
      filled(scene)
      // The store belongs to this thread, on which the steps run too.
      nonisolated(unsafe) let store = scene.store
      let left = Counter(steps)
      let erasure = Erasure(
        of: DataSubject(.user, names: [Self.user]), in: scene.directory, salt: 1, mentions: nil,
        removesCopies: false,
        write: { (body) throws(StoreError) in
          guard left.takeOne() else { throw .damaged("killed") }
          try unsafe body(store)
        })
      #expect(throws: Erasure.Refusal.store(.damaged("killed"))) { try erasure.run { 0 } }
      try scene.reopen()
      #expect(try erase(scene).left == [])
    }
  }

  @Test func `an everyday word is taken out of what others said only when asked`() throws {
    let scene = try StoreScene()
    _ = scene.append([
      { forge in
        forge.call(trace: 1, span: 1)
        forge.event.user = forge.text("system")
      },
      { forge in
        forge.call(trace: 1, span: 2)
        forge.event.message = forge.text("the system is up")
      },
    ])
    let kept = try erase(scene, DataSubject(.user, names: ["system"]))
    #expect(kept.isComplete)
    #expect(!kept.takesMentions)
    #expect(try scene.rows("SELECT message FROM events") == ["the system is up"])
    let taken = try erase(scene, DataSubject(.user, names: ["system"]), mentions: true)
    #expect(taken.isComplete)
    #expect(try scene.rows("SELECT message FROM events") == ["the [erased] is up"])
  }

  @Test func `within a tenant others keep theirs`() throws {
    let scene = try StoreScene()
    _ = scene.append(
      ["acme", "globex"].enumerated().map { index, tenant in
        { forge in
          forge.call(trace: 1, span: UInt64(index + 1))
          forge.set(.tenant, [.tenant: tenant])
          forge.event.user = forge.text(Self.user)
          forge.event.session = forge.text("s-\(tenant)")
        }
      })
    scene.store.save()
    let receipt = try erase(scene, DataSubject(.user, names: [Self.user], tenant: "acme"))
    #expect(receipt.isComplete)
    #expect(try scene.rows("SELECT tenant FROM event_rows") == ["globex"])
    #expect(try scene.rows("SELECT session FROM sessions") == ["s-globex"])
  }

  @Test func `copies beside the store are named, and removed when asked`() throws {
    let scene = try StoreScene()
    filled(scene, count: 100)
    let copy = "\(scene.directory)/\(Store.fileName).v9-before-upgrade"
    try FileSystem.writeAtomically(Array("… \(Self.user) …".utf8), to: copy)
    let receipt = try erase(scene)
    #expect(receipt.left.map(\.file) == ["\(Store.fileName).v9-before-upgrade"])
    #expect(try erase(scene, removesCopies: true).left == [])
    #expect(!FileSystem.exists(copy))
  }

  @Test func `every table is known to erasure`() throws {
    let scene = try StoreScene()
    let tables = try scene.rows(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    let known = Store.tablesWithoutNames.union(Store.erasureRules.map(\.table))
    #expect(Set(tables) == known)
    for (table, rule) in Store.erasureRules {
      guard case .rewrite(let columns, _) = rule else { continue }
      let all = try scene.rows("SELECT name FROM pragma_table_info('\(table)')")
      #expect(Set(columns).isSubset(of: all), "\(table)")
    }
  }

  @Test func `bytes that no row uses are cleared`() throws {
    let scene = try StoreScene()
    filled(scene)
    #expect(try erase(scene).left == [])
    // What a page held before its rows moved, put there as SQLite would have left it.
    #expect(try scene.store.truncateLog())
    let path = "\(scene.directory)/\(Store.fileName)"
    let root = try #require(
      try scene.store.database.integer("SELECT rootpage FROM sqlite_schema WHERE name = 'holds'"))
    let start = (Int(root) - 1) * StoreFile.pageSize + 2_000
    try DamagedFile(path: path).overwrite(at: start, with: Array(Self.user.utf8))
    let receipt = try erase(scene)
    #expect(receipt.left == [])
    #expect(receipt.clearedPages == 1)
    #expect(try scene.rows("PRAGMA integrity_check") == ["ok"])
    let after = try FileSystem.read(path, limit: 1 << 28)
    #expect(ErasureText.places(of: Array("\(Self.user) ".utf8), in: after[...]).isEmpty)
    #expect(after[start] == 0)
  }
}

/// Counts down to nothing.
private final class Counter: Sendable {
  private let left: Guarded<Int>

  init(_ count: Int) { left = Guarded(count) }

  func takeOne() -> Bool {
    left.withLock { left in
      left -= 1
      return left >= 0
    }
  }
}
