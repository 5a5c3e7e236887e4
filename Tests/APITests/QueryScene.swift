import API
import History
import PromQL
import Serving
import Synchronization
import TestSupport
import Timeline

/// The routes over series in memory, asked as clients ask them.
struct QueryScene {
  /// 2026-11-21T02:29:40Z, in milliseconds.
  static let start: Int64 = 1_795_228_180_000

  let service: QueryService
  let routes: [Route]
  let revision = Revision()

  final class Revision: Sendable {
    let number = Atomic(0)
  }

  init(
    _ catalog: MemoryCatalog, _ settings: QueryService.Settings = QueryService.Settings()
  ) {
    let revision = revision
    service = QueryService(
      QuerySources(
        source: { _, _ in catalog },
        revision: { revision.number.load(ordering: .relaxed) },
        isUnchanged: { since, _ in revision.number.load(ordering: .relaxed) == since }),
      settings)
    routes = PrometheusRoutes(service, version: "0.1.0").all + GrafanaRoutes(service).all
  }

  /// What the fixtures of a real Prometheus were taken from, near enough.
  static func usual() throws -> QueryScene { QueryScene(try usualCatalog()) }

  static func usualCatalog() throws -> MemoryCatalog {
    var catalog = MemoryCatalog()
    let at = start
    try catalog.add(#"llm_requests_total{model="gpt-4o",status="200"}"#, "41x10", from: at)
    try catalog.add(#"llm_requests_total{model="gpt-4o",status="429"}"#, "3x10", from: at)
    try catalog.add(
      #"llm_requests_total{model="weird \"m\"\\x\nnl",status="200"}"#, "1x10", from: at)
    try catalog.add(#"llm_inflight_requests{job="llm"}"#, "7.5x10", from: at)
    try catalog.add(#"odd_values{k="big"}"#, "1234567890000000000x10", from: at)
    try catalog.add(#"odd_values{k="nan"}"#, "NaN NaN NaN NaN NaN NaN", from: at)
    try catalog.add(#"odd_values{k="ninf"}"#, "-Inf -Inf -Inf -Inf -Inf -Inf", from: at)
    try catalog.add(#"odd_values{k="pinf"}"#, "Inf Inf Inf Inf Inf Inf", from: at)
    try catalog.add(#"odd_values{k="small"}"#, "1.5e-9x10", from: at)
    try catalog.add(#"{"http.server.duration","service.name"="a"}"#, "1x10", from: at)
    catalog.families = [
      FamilyMetadata(name: "llm_inflight_requests", type: "gauge", help: "in flight", unit: ""),
      FamilyMetadata(
        name: "llm_requests_total", type: "counter", help: "with \"quotes\"\nsecond", unit: ""),
    ]
    return catalog
  }

  /// The answer to a request with these fields, which a form or an address brought.
  func ask(
    _ method: String, _ path: String, _ fields: [(name: String, value: String)] = [],
    body: String = "", cancellation: Cancellation = Cancellation()
  ) -> Response {
    for route in routes where route.method == method {
      guard let captures = route.match(path.split(separator: "/")) else { continue }
      let request = Request(
        method: method, path: path, captures: captures, fields: fields,
        body: Array(body.utf8), contentType: "", accept: "", id: "r",
        receivedAt: Self.start * 1_000_000, cancellation: cancellation)
      switch route.action {
      case .query(let answer), .evaluation(let answer): return answer(request)
      default: return Response(status: 500, body: [])
      }
    }
    return Response(status: 404, body: [])
  }

  /// The body of an answer.
  func text(
    _ method: String, _ path: String, _ fields: [(name: String, value: String)] = []
  ) -> String {
    String(decoding: ask(method, path, fields).body, as: UTF8.self)
  }
}
