import LinuxIO
import Telemetry
import TestSupport
import Testing
import Windows

@testable import History

@Suite struct RetentionTests {
  private static let day: Int64 = 86_400 * 1_000_000_000

  private func settings(_ change: (inout RetentionPolicy) -> Void) -> StoreSettings {
    var settings = StoreSettings()
    change(&settings.retention)
    return settings
  }

  /// Upkeep as the writer does it when nothing else is to do.
  private func keep(_ scene: StoreScene) {
    var turns = 0
    while scene.store.upkeep(now: scene.now, isIdle: true) {
      turns += 1
      if turns > 100_000 { Issue.record("upkeep ends") }
    }
    #expect(scene.store.status.books.upkeepTrouble == nil)
  }

  private func fill(
    _ type: EventType, _ span: UInt64, tenant: String = "", payload: Bool = false
  ) -> (EventForge) -> Void {
    { forge in
      forge.call(trace: span, span: span)
      forge.event.type = type
      if type == .log { forge.event.level = .info }
      if !tenant.isEmpty { forge.set(.tenant, [.tenant: tenant]) }
      forge.event.session = forge.text("s\(span)")
      if payload {
        forge.event.input = forge.text("question \(span)")
        forge.event.warnings.insert(.truncated)
      }
    }
  }

  @Test func `each kind and tenant goes at its own age`() throws {
    let scene = try StoreScene(
      settings { policy in
        policy.events = Self.day * 5
        policy.logs = Self.day * 2
        policy.payloads = Self.day
        var own = RetentionPolicy.Tenant("acme")
        own.events = Self.day * 9
        own.payloads = Self.day * 4
        policy.tenants = [own]
      })
    for day in 0..<12 {
      let first = UInt64(day) * 10 + 1
      _ = scene.append([
        fill(.llm, first, payload: true), fill(.log, first + 1),
        fill(.llm, first + 2, tenant: "acme", payload: true), fill(.log, first + 3, tenant: "acme"),
      ])
      scene.now += Self.day
      keep(scene)
    }
    let log = EventType.log.rawValue
    func count(_ condition: String, _ of: String = "*") throws -> [String] {
      try scene.rows(
        """
        SELECT count(\(of)) FROM events e LEFT JOIN payloads p ON p.id = e.id
        WHERE \(condition)
        """)
    }
    let isOwn = "e.tenant IN (SELECT id FROM tenants WHERE tenant = 'acme')"
    #expect(try count("NOT \(isOwn) AND e.type <> \(log)") == ["5"])
    #expect(try count("NOT \(isOwn) AND e.type = \(log)") == ["2"])
    #expect(try count("NOT \(isOwn)", "p.input") == ["1"])
    #expect(try count("\(isOwn) AND e.type <> \(log)") == ["9"])
    #expect(try count("\(isOwn) AND e.type = \(log)") == ["2"])
    #expect(try count(isOwn, "p.input") == ["4"])
    #expect(
      try scene.rows("SELECT count(*) FROM event_extras WHERE id NOT IN (SELECT id FROM events)")
        == ["0"])
    #expect(try scene.rows("SELECT count(*) FROM session_visits WHERE last < 1") == ["0"])
    #expect(scene.store.status.books.expired == 48 - 5 - 2 - 9 - 2)
    #expect(try scene.rows("PRAGMA integrity_check") == ["ok"])
  }

  @Test func `what is beyond the bound on size goes, the oldest first`() throws {
    let scene = try StoreScene(settings { $0.bytes = 3 << 20 })
    for step in 0..<40 {
      _ = scene.append(
        (0..<100).map { index in
          { forge in
            forge.call(trace: 1, span: UInt64(step * 100 + index + 1))
            forge.event.message = forge.text(String(repeating: "x", count: 2_000))
          }
        })
      scene.now += 61_000_000_000
      keep(scene)
      let used = try scene.store.database.integer(
        "SELECT (SELECT page_count FROM pragma_page_count) - freelist_count FROM "
          + "pragma_freelist_count")
      #expect(used ?? 0 <= (3 << 20) / 4_096)
    }
    let rows = try scene.rows("SELECT min(id) > 1, max(id), count(*) > 500 FROM events")
    #expect(rows == ["1|4000|1"])
  }

  @Test func `the file keeps its size over a month`() throws {
    let scene = try StoreScene(
      settings { policy in
        policy.events = Self.day * 3
        policy.logs = Self.day * 3
        policy.payloads = Self.day * 3
        policy.minutes = Self.day * 4
        policy.hours = Self.day * 4
      })
    var sizes: [Int64] = []
    for day in 0..<30 {
      for hour in 0..<8 {
        scene.store.totals.saveNow()
        _ = scene.append(
          (0..<60).map { index in fill(.llm, UInt64(day * 1_000 + hour * 60 + index + 1)) })
        scene.now += Self.day / 8
        scene.store.nextFold = 0
        keep(scene)
      }
      sizes.append(try scene.store.database.integer("PRAGMA page_count") ?? 0)
    }
    let early = sizes[6...12].max() ?? 0
    let late = sizes[23...29].max() ?? 0
    #expect(late <= early * 6 / 5, "\(sizes)")
    #expect(try scene.rows("SELECT count(*) BETWEEN 1 AND 1600 FROM events") == ["1"])
    #expect(try scene.rows("SELECT count(*) > 80 FROM rollup_hours") == ["1"])
    let oldest = (scene.now - Self.day * 4) / 1_000_000_000 - 7_200
    #expect(
      try scene.rows("SELECT count(*) FROM rollup_blocks WHERE hour < \(oldest)") == ["0"])
    #expect(try scene.rows("SELECT count(*) <= 1600 FROM session_visits") == ["1"])
  }

  @Test func `a step that fails is tried again and costs nothing`() throws {
    let scene = try StoreScene(settings { $0.events = Self.day })
    _ = scene.append([fill(.llm, 1)])
    scene.now += Self.day * 2
    _ = scene.append([fill(.llm, 2)])
    try scene.store.database.execute("PRAGMA query_only = 1")
    while scene.store.upkeep(now: scene.now, isIdle: true) {}
    #expect(scene.store.status.books.upkeepFailures == 1)
    #expect(scene.store.status.books.upkeepTrouble != nil)
    try scene.store.database.execute("PRAGMA query_only = 0")
    scene.store.upkeepPause = 0
    scene.store.hasUpkeepFailed = false
    scene.now += 61_000_000_000
    keep(scene)
    #expect(try scene.rows("SELECT id FROM events") == ["2"])
    #expect(scene.append([fill(.llm, 3)]) == [.stored])
  }
}
