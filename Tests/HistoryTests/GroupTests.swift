import LinuxIO
import Telemetry
import TestSupport
import Testing

@testable import History

/// Sessions and groups of errors, against what the rows themselves say.
@Suite struct GroupTests {
  private static func fill(_ dice: inout Dice, _ span: UInt64, _ now: Int64) -> (EventForge) -> Void
  {
    let session = "s\(Int.random(in: 0..<6, using: &dice))"
    let tenant = Bool.random(using: &dice) ? "acme" : ""
    let type = Int.random(in: 0..<5, using: &dice)
    let duration = Int64.random(in: 1...9_000_000_000, using: &dice)
    let number = Int.random(in: 0...99, using: &dice)
    let hasFailed = Int.random(in: 0..<3, using: &dice) == 0
    let isLate = Int.random(in: 0..<9, using: &dice) == 0
    let hasSession = Int.random(in: 0..<5, using: &dice) != 0
    return { forge in
      forge.call(trace: 3, span: span)
      if !tenant.isEmpty { forge.set(.tenant, [.tenant: tenant]) }
      forge.set(.source, [.service: "chat"])
      forge.set(.operation, [.model: "m"])
      if hasSession { forge.event.session = forge.text(session) }
      forge.event.time = isLate ? now - 3_000_000_000_000 : now
      switch type {
      case 0:
        forge.event.type = .log
        forge.event.level = hasFailed ? .error : .info
        forge.event.message = forge.text("lost \(number) of them")
      case 1:
        forge.event.type = .span
        fallthrough
      default:
        forge.event.duration = duration
        forge.event.leaves.input = duration % 1_000
        forge.event.leaves.output = duration % 77
        forge.event.cost = duration % 5_000
        guard hasFailed else { return }
        (forge.event.status, forge.event.errorType) = (.error, .timeout)
        forge.event.details = forge.text(#"{"error":"no answer in \#(number) ms"}"#)
      }
    }
  }

  @Test(arguments: 1...UInt64(Scenarios.count(40)))
  func `what is kept of sessions and errors is what the rows say`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let scene = try StoreScene()
    var span: UInt64 = 1
    for _ in 0..<80 {
      scene.now += Int64.random(in: 0...9_000_000_000, using: &dice)
      var fills: [(EventForge) -> Void] = []
      for _ in 0..<Int.random(in: 1...5, using: &dice) {
        fills.append(Self.fill(&dice, span, scene.now))
        span += Int.random(in: 0..<5, using: &dice) == 0 ? 0 : 1
      }
      _ = scene.append(fills)
      if Int.random(in: 0..<20, using: &dice) == 0 { try scene.reopen() }
    }
    scene.store.close()
    let sessions = """
      SELECT session, ifnull(tenant, ''), %@ FROM %@ GROUP BY session, tenant ORDER BY 1, 2
      """
    func sessionRows(_ columns: String, _ table: String) throws -> [String] {
      let parts = sessions.split(separator: "%@", omittingEmptySubsequences: false)
      return try scene.rows("\(parts[0])\(columns)\(parts[1])\(table)\(parts[2])")
    }
    let kept = try sessionRows(
      "sum(events), cast(sum(calls) AS INTEGER), cast(sum(errors) AS INTEGER), "
        + "sum(input_tokens), sum(output_tokens)", "sessions")
    let told = try sessionRows(
      "count(*), sum(type = 'llm'), sum(ifnull(status = 'error', 0)), "
        + "sum(iif(type = 'llm', input_uncached, 0)), "
        + "sum(iif(type = 'llm', output_text, 0))",
      "(SELECT * FROM event_rows WHERE session IS NOT NULL)")
    #expect(kept == told, "seed \(seed)")
    let errors = try scene.rows(
      """
      SELECT type, message, ifnull(tenant, ''), cast(sum(count) AS INTEGER)
      FROM errors WHERE count > 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      """)
    let failed = try scene.rows(
      """
      SELECT ifnull(error_type, level),
        iif(type = 'log', 'lost <n> of them', 'no answer in <n> ms'), ifnull(tenant, ''), count(*)
      FROM event_rows WHERE status = 'error' OR level = 'error' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      """)
    #expect(errors == failed, "seed \(seed)")
  }

  @Test func `a session lasts from its first start to its last end`() throws {
    let scene = try StoreScene()
    for (span, end, length) in [(1, 50, 7), (2, 60, 30), (3, 55, 1)] as [(UInt64, Int64, Int64)] {
      _ = scene.append([
        { forge in
          forge.call(trace: 1, span: span)
          forge.event.session = forge.text("s")
          forge.event.user = forge.text("u")
          forge.event.time = StoreScene.start - 100_000_000_000 + end * 1_000_000_000
          forge.event.duration = length * 1_000_000_000
        }
      ])
    }
    scene.store.close()
    #expect(
      try scene.rows("SELECT user, started, ended, length_s FROM sessions")
        == ["u|2026-11-21T02:25:30.000000000Z|2026-11-21T02:26:00.000000000Z|30.0"])
  }

  @Test func `a session that went on after it was forgotten is one session still`() throws {
    let scene = try StoreScene()
    func call(_ session: String, _ span: UInt64) {
      _ = scene.append([
        { forge in
          forge.call(trace: 1, span: span)
          forge.event.session = forge.text(session)
        }
      ])
    }
    call("long", 1)
    scene.store.close()
    scene.now += 1_000_000_000
    scene.store.sessions.forget(before: scene.now)
    call("long", 2)
    scene.store.close()
    #expect(try scene.rows("SELECT count(*) FROM session_visits") == ["2"])
    #expect(try scene.rows("SELECT session, events FROM sessions") == ["long|2"])
  }

  @Test func `a transaction that fails leaves sessions and errors as they were`() throws {
    let scene = try StoreScene()
    let fails: (EventForge) -> Void = { forge in
      forge.call(trace: 1, span: 9)
      forge.event.session = forge.text("s")
      (forge.event.status, forge.event.errorType) = (.error, .network)
    }
    let refused = scene.batch([fails])
    try scene.store.database.execute("PRAGMA query_only = 1")
    scene.store.append([refused])
    #expect(refused.outcome == .refused(.readOnly))
    try scene.store.database.execute("PRAGMA query_only = 0")
    _ = scene.append([fails])
    scene.store.close()
    #expect(try scene.rows("SELECT id, events FROM session_visits") == ["1|1"])
    #expect(try scene.rows("SELECT id, cast(count AS INTEGER) FROM error_groups") == ["1|1"])
  }
}
