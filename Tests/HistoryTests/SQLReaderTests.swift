import LinuxIO
import Telemetry
import Testing

@testable import History

@Suite struct SQLReaderTests {
  private func answer(_ sql: String, deadline: Int64 = .max) throws -> String {
    let scene = try StoreScene()
    defer { withExtendedLifetime(scene) {} }
    _ = scene.append([{ $0.event.attributes = $0.text(#"{"a":[1,2]}"#) }])
    let reader = try EventReader(path: "\(scene.directory)/\(Store.fileName)")
    let answer = Self.run(sql, reader, deadline)
    // The connection serves lists again afterwards.
    #expect(try reader.newest() == 1)
    return answer
  }

  private static func run(_ sql: String, _ reader: EventReader, _ deadline: Int64) -> String {
    do throws(SQLReader.Refusal) {
      let answer = try SQLReader.run(sql, on: reader, deadline: deadline)
      return String(decoding: answer, as: UTF8.self)
    } catch {
      switch error {
      case .notAllowed: return "not allowed"
      case .timeout: return "timeout"
      case .wrong(let reason): return reason
      }
    }
  }

  @Test(arguments: [
    (
      "SELECT 1 AS one, NULL AS n, 'x' AS t, 1.5 AS r, x'0AFF' AS b",
      #"{"columns":["one","n","t","r","b"],"rows":[[1,null,"x",1.5,"0aff"]],"truncated":false}"#
    ),
    ("SELECT id FROM events;\n", #"{"columns":["id"],"rows":[[1]],"truncated":false}"#),
    (
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
        + "SELECT sum(i) AS s FROM n", #"{"columns":["s"],"rows":[[6]],"truncated":false}"#
    ),
    (
      "SELECT value FROM events, json_each(attrs, '$.a')",
      #"{"columns":["value"],"rows":[[1],[2]],"truncated":false}"#
    ),
  ])
  func `a statement that reads is answered`(_ sql: String, _ expected: String) throws {
    let answer = try answer(sql)
    #expect(answer == expected)
  }

  @Test(arguments: [
    "DELETE FROM events", "UPDATE events SET time = 0", "INSERT INTO tenants VALUES (1, 'x')",
    "DROP TABLE events", "CREATE TABLE t (a)", "CREATE TEMP TABLE t (a)", "VACUUM",
    "VACUUM INTO '/tmp/barograph-copy.db'", "ATTACH '/tmp/barograph-other.db' AS o",
    "PRAGMA journal_mode = DELETE", "PRAGMA query_only = 0", "BEGIN", "REINDEX",
    "SELECT 1; DELETE FROM events", "SELECT 1; SELECT 2", "EXPLAIN DELETE FROM events",
    "REPLACE INTO meta VALUES ('k', 1)", "ANALYZE", "SAVEPOINT s", "DETACH main",
  ])
  func `a statement that does anything else is refused`(_ sql: String) throws {
    let answer = try answer(sql)
    #expect(answer == "not allowed")
  }

  @Test(arguments: [
    ("", "the text holds no statement"),
    ("-- nothing", "the text holds no statement"),
    ("SELEKT 1", #"near "SELEKT": syntax error"#),
    ("SELECT nope FROM events", "no such column: nope"),
    ("SELECT load_extension('x')", "not authorized"),
    ("SELECT zeroblob(1000000000)", "string or blob too big"),
    ("SELECT hex(zeroblob(4000000))", "string or blob too big"),
  ])
  func `what cannot be run is refused with the reason`(_ sql: String, _ reason: String) throws {
    #expect(try answer(sql) == reason)
  }

  @Test func `a statement that takes too long is interrupted`() throws {
    let endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"
    #expect(try answer(endless, deadline: Clock.coarseMonotonic) == "timeout")
  }

  @Test func `an answer that grows too long is cut and says so`() throws {
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    let text = try answer(many)
    #expect(text.hasSuffix(#"[9999],[10000]],"truncated":true}"#))
  }
}
