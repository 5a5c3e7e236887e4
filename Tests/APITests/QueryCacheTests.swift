import API
import PromQL
import Serving
import Synchronization
import Testing

/// Answers are used again only while they are what a new evaluation would give.
@Suite struct QueryCacheTests {
  private static let fields = [
    ("query", "llm_inflight_requests"), ("start", "1795228181"), ("end", "1795228184"),
    ("step", "1"),
  ].map { (name: $0.0, value: $0.1) }

  private static func counts(_ scene: QueryScene) -> [Int] {
    let report = scene.service.report.cache
    return [report.hits, report.misses, report.entries, report.valid]
  }

  @Test func `the same question is answered from the cache until something changes`() throws {
    let scene = try QueryScene.usual()
    let first = scene.text("GET", "/api/v1/query_range", Self.fields)
    #expect(Self.counts(scene) == [0, 1, 1, 1])
    #expect(scene.text("POST", "/api/v1/query_range", Self.fields) == first)
    #expect(Self.counts(scene) == [1, 1, 1, 1])
    #expect(
      scene.text("GET", "/api/v1/query_range", Self.fields + [("stats", "1")])
        .contains(#""cached":true"#))
    scene.revision.number.add(1, ordering: .relaxed)
    #expect(Self.counts(scene) == [2, 1, 1, 0])
    #expect(scene.text("GET", "/api/v1/query_range", Self.fields) == first)
    #expect(Self.counts(scene) == [2, 2, 1, 1])
  }

  @Test func `another limit, look-back or step is another question`() throws {
    let scene = try QueryScene.usual()
    for more in [[], [("limit", "1")], [("lookback_delta", "1m")]] {
      _ = scene.text(
        "GET", "/api/v1/query_range", Self.fields + more.map { (name: $0.0, value: $0.1) })
    }
    #expect(Self.counts(scene) == [0, 3, 3, 3])
  }

  @Test func `an answer up to now is not kept`() throws {
    let scene = try QueryScene.usual()
    _ = scene.text("GET", "/api/v1/query", [("query", "1"), ("time", "9000000000")])
    #expect(Self.counts(scene) == [0, 0, 0, 0])
  }

  @Test func `the cache keeps to its bytes`() throws {
    var settings = QueryService.Settings()
    settings.cache = 8_192
    let scene = QueryScene(try QueryScene.usualCatalog(), settings)
    for second in 0..<100 {
      _ = scene.text(
        "GET", "/api/v1/query", [("query", "vector(1)"), ("time", "17952280\(second % 90 + 10)")])
    }
    let report = scene.service.report.cache
    #expect(report.bytes <= 8_192 && report.entries > 4)
  }

  @Test func `the cache is reported and emptied`() throws {
    let scene = try QueryScene.usual()
    _ = scene.text("GET", "/api/v1/query_range", Self.fields)
    #expect(
      scene.text("GET", "/v1/cache").hasPrefix(
        #"{"total_entries":1,"valid_entries":1,"expired_entries":0,"cache_ttl_seconds":30,"#
          + #""hits":0,"misses":1,"bytes":"#))
    #expect(
      scene.text("DELETE", "/v1/cache").hasPrefix(
        #"{"total_entries":0,"valid_entries":0,"expired_entries":0,"#))
  }
}
