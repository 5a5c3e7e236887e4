internal import Codec
internal import Serving
internal import Telemetry

/// Routes about the collector itself.
extension Routes {
  var operations: [Route] {
    let services = services
    return [
      Route("GET", "/", .open, .query { _ in Self.index }),
      Route(
        "GET", "/livez", .open,
        .query { _ in Response(body: Array("{\"status\":\"ok\"}\n".utf8)) }),
      Route("GET", "/readyz", .open, .query { _ in Self.readiness(services.health()) }),
      Route("GET", "/healthz", .open, .query { _ in Self.readiness(services.health()) }),
      Route(
        "GET", "/metrics", .read,
        .stream { MetricStream.answer($0, services.metrics, resume: services.later) }),
      Route("POST", "/v1/reload", .admin, .query { Self.reload(services, $0) }),
      Route("GET", "/v1/rejects", .read, .query { Self.rejects(services, $0) }),
      Route("POST", "/v1/rejects/replay", .ingest, .query { Self.replay(services, $0) }),
      Route("GET", "/v1/sources", .read, .query { _ in Self.sources(services) }),
      Route("GET", "/v1/doctor", .read, .query { Self.doctor(services, $0) }),
    ]
  }

  /// Where to go from here, for one who opens the address.
  private static let index = Response(
    body: Array(
      """
      {"service":"barograph","routes":["POST /v1/events","GET /v1/events","GET /v1/events/stream",\
      "POST /v1/traces","POST /v1/logs","POST /v1/metrics","POST /api/public/otel/v1/traces",\
      "GET /v1/traces/{id}","GET /v1/windows","GET /v1/windows/stream","GET /v1/cardinality",\
      "POST /v1/sql","GET /v1/sources","GET /v1/doctor","GET /v1/rejects",\
      "POST /v1/rejects/replay","POST /v1/reload","GET /v1/backup","POST /v1/backup",\
      "POST /v1/erase","GET /v1/erase","POST /v1/export","GET /v1/holds","POST /v1/holds",\
      "GET /v1/audit","GET /v1/audit/verify","GET /metrics","GET /api/v1/query","GET /api/v1/query_range","GET /api/v1/series",\
      "GET /api/v1/labels","GET /api/v1/metadata","GET /api/v1/rules","GET /v1/alerts",\
      "GET /v1/alerts/history","GET /v1/silences","GET /v1/notifications","GET /v1/receivers",\
      "GET /v1/budgets","POST /v1/rules/backtest","GET /livez","GET /readyz",\
      "GET /healthz"]}

      """.utf8))

  private static func readiness(_ report: HealthReport) -> Response {
    Response(status: report.status == .ok ? 200 : 503, body: report.json)
  }

  private static func reload(_ services: Services, _ request: Request) -> Response {
    if let problem = services.reload() {
      return ErrorBody(
        400, "bad_configuration", problem, hint: "the old configuration stays in force"
      ).response(id: request.id)
    }
    return Response(body: Array("{\"status\":\"ok\"}\n".utf8))
  }

  private static func rejects(_ services: Services, _ request: Request) -> Response {
    var page = ListPage(request, newest: .max)
    if let refusal = page.refusal { return refusal }
    var json = JSONWriter()
    json.beginObject()
    json.key("rejects")
    json.beginArray()
    let entries = services.rejects.newest().filter { $0.number < page.cursor }
    for entry in entries.prefix(page.limit) {
      append(entry, to: &json)
      page.last = entry.number
    }
    json.endArray()
    page.end(&json, hasMore: entries.count > page.limit)
    return Response(body: json.bytes + [0x0A])
  }

  private static func append(_ entry: RejectStore.Entry, to json: inout JSONWriter) {
    json.beginObject()
    json.key("id")
    json.value(entry.number)
    json.key("received_at")
    json.value(Timestamp.text(entry.receivedAt))
    json.key("intake")
    json.value(entry.door.text)
    json.key("peer")
    json.value(utf8: entry.peer)
    json.key("line")
    json.value(entry.rejection.line)
    json.key("code")
    json.value(entry.rejection.code.text)
    json.key("field")
    json.value(utf8: entry.rejection.field)
    json.key("message")
    json.value(entry.rejection.message)
    json.key("text")
    json.value(utf8: printable(entry.rejection.text))
    json.endObject()
  }

  /// Rejected text may be cut within a character.
  private static func printable(_ text: [UInt8]) -> [UInt8] {
    Array(String(decoding: text, as: UTF8.self).utf8)
  }

  /// Takes every kept record in again; those refused once more are kept once more.
  private static func replay(_ services: Services, _ request: Request) -> Response {
    var accepted = 0
    var duplicates = 0
    var rejected = 0
    for entry in services.rejects.takeAll() {
      let batch = services.direct.takeIn(
        entry.rejection.text, peer: entry.peer, door: entry.door)
      guard batch.outcome == .committed else {
        services.rejects.putBack(entry)
        return ErrorBody(
          503, "store_failed", "the store takes nothing just now",
          hint: "what was not replayed is kept", retryAfter: 5
        ).response(id: request.id)
      }
      services.rejects.keep(batch)
      rejected += batch.rejectedCount
      for index in 0..<batch.count {
        if batch.verdict(index) == .duplicate { duplicates += 1 } else { accepted += 1 }
      }
    }
    let body = """
      {"accepted":\(accepted),"duplicates":\(duplicates),"rejected":\(rejected)}

      """
    return Response(body: Array(body.utf8))
  }
}
