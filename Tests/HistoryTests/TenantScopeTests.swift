import LinuxIO
import Telemetry
import Testing

@testable import History

@Suite struct TenantScopeTests {
  /// Rows 1 to 4 of one trace: acme's, nobody's, globex's, and a log of acme's.
  private func scene() throws -> StoreScene {
    let scene = try StoreScene()
    let tenants: [String?] = ["acme", nil, "globex", "acme"]
    _ = scene.append(
      tenants.enumerated().map { index, tenant in
        { forge in
          if let tenant { forge.set(.tenant, [.tenant: tenant]) }
          forge.set(.operation, [.model: "m1"])
          forge.event.traceLow = 0xA1
          forge.event.type = index == 3 ? .log : .span
          forge.event.output = forge.text("payload \(index + 1)")
        }
      })
    return scene
  }

  private func pool(_ scene: StoreScene) -> ReadPool {
    ReadPool(path: "\(scene.directory)/\(Store.fileName)")
  }

  private func ask<Answer>(
    _ pool: ReadPool, _ scope: TenantScope, _ body: (EventReader) throws -> Answer
  ) throws -> Answer {
    try pool.read(scope, body) { throw $0 }
  }

  private func listed(
    _ pool: ReadPool, _ scope: TenantScope, _ filter: EventFilter = EventFilter()
  ) throws -> [Int] {
    try ask(pool, scope) { reader in
      try ids(of: reader.page(filter, below: .max, limit: 10, deadline: .max).rows)
    }
  }

  private func ids(of rows: [[UInt8]]) -> [Int] {
    rows.compactMap { row in
      Int(String(decoding: row, as: UTF8.self).dropFirst("{\"id\":".count).prefix { $0 != "," })
    }
  }

  @Test(arguments: [
    (TenantScope.all, [4, 3, 2, 1]), (.only(["acme"]), [4, 1]), (.only(["globex"]), [3]),
    (.only(["acme", "globex"]), [4, 3, 1]), (.only([]), []), (.only(["Acme", "acm", "%"]), []),
    (.only(["')) OR 1 --", "x\0y", "globex"]), [3]), (.only([""]), []),
  ])
  func `a reader sees what carries its tenants in lists, live rows and traces`(
    _ scope: TenantScope, _ seen: [Int]
  ) throws {
    let scene = try scene()
    defer { withExtendedLifetime(scene) {} }
    let pool = pool(scene)
    #expect(try listed(pool, scope) == seen)
    #expect(try listed(pool, scope, EventFilter([("model", "m1")])) == seen)
    try ask(pool, scope) { reader in
      let live = try reader.rows(EventFilter(), after: 0, limit: 10)
      #expect(ids(of: live.rows) == seen.reversed())
      #expect(live.last == 4)
      let trace = try reader.trace(high: 0, low: 0xA1, deadline: .max)
      #expect(ids(of: (trace.spans + trace.logs).map(\.json)).sorted() == seen.reversed())
    }
  }

  @Test func `a filter for another tenant finds nothing`() throws {
    let scene = try scene()
    defer { withExtendedLifetime(scene) {} }
    let filter = try EventFilter([("tenant", "globex")])
    #expect(try listed(pool(scene), .only(["acme"]), filter) == [])
  }

  @Test func `a pooled reader takes on each reader's scope in turn`() throws {
    let scene = try scene()
    defer { withExtendedLifetime(scene) {} }
    let pool = pool(scene)
    let turns: [(TenantScope, [Int])] = [
      (.only(["acme"]), [4, 1]), (.all, [4, 3, 2, 1]), (.only(["globex"]), [3]),
      (.only(["acme"]), [4, 1]), (.only([]), []), (.all, [4, 3, 2, 1]),
    ]
    for (scope, seen) in turns { #expect(try listed(pool, scope) == seen) }
  }

  @Test func `a tenant that comes later, also under a new id, is seen by a bound reader`() throws {
    let scene = try scene()
    let pool = pool(scene)
    #expect(try listed(pool, .only(["initech"])) == [])
    let newcomer: (EventForge) -> Void = { $0.set(.tenant, [.tenant: "initech"]) }
    _ = scene.append([newcomer, newcomer])
    try scene.store.database.execute(
      "INSERT INTO tenants VALUES (99, 'initech'); UPDATE events SET tenant = 99 WHERE id = 6")
    #expect(try listed(pool, .only(["initech"])) == [6, 5])
  }

  @Test func `people's SQL is refused to a bound reader and runs again once it is not`() throws {
    let scene = try scene()
    defer { withExtendedLifetime(scene) {} }
    let pool = pool(scene)
    func count(_ scope: TenantScope) throws -> String {
      try ask(pool, scope) { reader in
        do throws(SQLReader.Refusal) {
          let sql = "SELECT count(*) AS n FROM events"
          return String(
            decoding: try SQLReader.run(sql, on: reader, deadline: .max), as: UTF8.self)
        } catch {
          guard case .notAllowed(let reason) = error else { return "another refusal" }
          return reason
        }
      }
    }
    let refusal = "SQL reads every tenant's rows; this reader is bound to some"
    #expect(try count(.only(["acme"])) == refusal)
    #expect(try count(.all) == #"{"columns":["n"],"rows":[[4]],"truncated":false}"#)
    #expect(try count(.only([])) == refusal)
  }

  @Test func `a bound reader still cannot write`() throws {
    let scene = try scene()
    defer { withExtendedLifetime(scene) {} }
    try ask(pool(scene), .only(["acme"])) { reader in
      for sql in ["DELETE FROM main.events", "CREATE TEMP TABLE t (a)", "CREATE TABLE t (a)"] {
        #expect(throws: StoreError.self) { try reader.database.execute(sql) }
      }
    }
  }

  @Test func `the wall costs no scan: rows are still looked up by their range`() throws {
    let scene = try scene()
    defer { withExtendedLifetime(scene) {} }
    try ask(pool(scene), .only(["acme"])) { reader in
      let plan = try reader.database.prepare(
        "EXPLAIN QUERY PLAN SELECT e.id, e.start FROM event_columns e WHERE e.id BETWEEN 1 AND 9",
        isPersistent: false)
      #expect(try plan.step())
      #expect(plan.text(3) == "SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)")
    }
  }
}
