internal import Codec
internal import Serving
internal import Telemetry

/// Routes about the collector itself.
extension Routes {
  var operations: [Route] {
    let services = services
    return [
      Route(
        "GET", "/livez", .open,
        .query { _ in Response(body: Array("{\"status\":\"ok\"}\n".utf8)) }),
      Route("GET", "/readyz", .open, .query { Self.readiness(services, $0) }),
      Route("GET", "/healthz", .open, .query { Self.readiness(services, $0) }),
      Route(
        "GET", "/metrics", .read, tenancy: .narrowed,
        .stream { request in
          MetricStream.answer(
            request, { services.metrics($0, request.principal.tenant) }, resume: services.later)
        }),
      Route("POST", "/v1/reload", .admin, .query { Self.reload(services, $0) }),
      Route("GET", "/v1/rejects", .read, tenancy: .narrowed, .query { Self.rejects(services, $0) }),
      Route(
        "POST", "/v1/rejects/replay", .ingest, tenancy: .narrowed,
        .query { Self.replay(services, $0) }),
      Route("GET", "/v1/sources", .read, tenancy: .narrowed, .query { Self.sources(services, $0) }),
      Route("GET", "/v1/doctor", .read, tenancy: .narrowed, .query { Self.doctor(services, $0) }),
    ]
  }

  /// Everybody may ask how the collector is; what is wrong in words, which may name rules,
  /// receivers and files, is for those who may read all.
  private static func readiness(_ services: Services, _ request: Request) -> Response {
    let report = services.health()
    let principal = request.principal
    let mayKnow = principal.roles.contains(.read) && principal.tenant == nil
    return Response(
      status: report.status == .ok ? 200 : 503, body: report.json(withMessages: mayKnow))
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
    let entries = services.rejects.newest().filter {
      $0.number < page.cursor && $0.concerns(request.principal)
    }
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
    let principal = request.principal
    for entry in services.rejects.takeAll(where: { $0.concerns(principal) }) {
      let batch = services.direct.takeIn(
        entry.rejection.text, peer: entry.peer, door: entry.door, tenant: entry.tenant,
        scope: entry.tenantScope)
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

extension RejectStore.Entry {
  /// Whether somebody may know of it: everybody of all, those bound to a tenant of what was sent by
  /// a key that is bound to the same.
  fileprivate func concerns(_ principal: Principal) -> Bool {
    principal.tenant.map { Array($0.utf8) == tenant } ?? true
  }
}
