internal import Codec
package import History
internal import LinuxIO
package import Serving

/// What the routes of privacy stand on; the collector hands it in.
package struct PrivacyServices: Sendable {
  /// The path of the store.
  package let store: String
  /// The name under which something is stored, and every name under which it may be.
  package let stored: @Sendable (String) -> String
  package let names: @Sendable (String) -> [String]
  /// What the audit calls whoever has this name.
  package let mark: @Sendable (String) -> String
  /// Begins an erasure, and tells how the last one is going.
  package let erase: @Sendable (ErasureOrder) -> ErasureReport
  package let erasure: @Sendable () -> ErasureReport
  /// Places a hold on a name as it is stored.
  package let hold:
    @Sendable (Hold.Kind, _ value: String, _ reason: String, _ principal: String)
      -> Result<Hold, StoreError>
  /// Releases a hold; nil where there is none.
  package let release: @Sendable (Int64) -> Result<Hold?, StoreError>
  /// Waits until what the writer saves less often than it commits can be read.
  package let settle: @Sendable () -> Void
  /// Starts a thread that writes to a sink; false when it cannot.
  package let export: @Sendable (DataSubject, StreamSink) -> Bool
  /// Notes an act in the audit.
  package let note: @Sendable (AuditDraft) -> Void

  /// The services of one collector.
  package init(
    store: String, stored: @escaping @Sendable (String) -> String,
    names: @escaping @Sendable (String) -> [String],
    mark: @escaping @Sendable (String) -> String,
    erase: @escaping @Sendable (ErasureOrder) -> ErasureReport,
    erasure: @escaping @Sendable () -> ErasureReport,
    hold: @escaping @Sendable (Hold.Kind, String, String, String) -> Result<Hold, StoreError>,
    release: @escaping @Sendable (Int64) -> Result<Hold?, StoreError>,
    settle: @escaping @Sendable () -> Void,
    export: @escaping @Sendable (DataSubject, StreamSink) -> Bool,
    note: @escaping @Sendable (AuditDraft) -> Void
  ) {
    self.store = store
    self.stored = stored
    self.names = names
    self.mark = mark
    self.erase = erase
    self.erasure = erasure
    self.hold = hold
    self.release = release
    self.settle = settle
    self.export = export
    self.note = note
  }
}

/// The routes by which a person's data are handed out, erased or held, and the audit of all that is
/// administered.
package struct PrivacyRoutes: Sendable {
  private let services: PrivacyServices

  /// The routes over `services`.
  package init(_ services: PrivacyServices) { self.services = services }

  /// All of them.
  package var all: [Route] {
    [
      Route("POST", "/v1/erase", .admin, tenancy: .narrowed, .evaluation { erase($0) }),
      Route("GET", "/v1/erase", .admin, .query { _ in Response(body: services.erasure().json) }),
      Route("POST", "/v1/export", .admin, tenancy: .narrowed, .stream { export($0) }),
      Route("GET", "/v1/holds", .admin, .query { holds($0) }),
      Route("POST", "/v1/holds", .admin, .query { hold($0) }),
      Route("DELETE", "/v1/holds/:id", .admin, .query { release($0) }),
      Route("GET", "/v1/audit", .admin, .query { audit($0) }),
      Route("GET", "/v1/audit/verify", .admin, .evaluation { verify($0) }),
    ]
  }

  /// What one request names: a user or a session.
  private func subject(
    _ body: JSONBody
  ) -> (kind: DataSubject.Kind, name: String)? {
    let given = DataSubject.Kind.allCases.compactMap { kind in
      body.text(kind.rawValue).map { (kind, $0) }
    }
    guard given.count == 1, !given[0].1.isEmpty, given[0].1.utf8.count <= 1_024 else { return nil }
    return given[0]
  }

  private static func bad(_ message: String, _ request: Request) -> Response {
    ErrorBody(400, "bad_request", message).response(id: request.id)
  }

  private static func failed(_ error: StoreError, _ request: Request) -> Response {
    ErrorBody(503, "store_failed", "the store cannot do that just now", hint: "\(error.code ?? 0)")
      .response(id: request.id)
  }
}

// MARK: Erasing and handing out
extension PrivacyRoutes {
  private func erase(_ request: Request) -> Response {
    let body = JSONBody(request)
    guard let (kind, name) = subject(body) else {
      return Self.bad("expected {\"user\":\"ID\"} or {\"session\":\"ID\"}", request)
    }
    let words = ["remove": true, "keep": false]
    let mentions = body.text("mentions")
    guard mentions == nil || words[mentions ?? ""] != nil else {
      return Self.bad("mentions is remove or keep", request)
    }
    let report = services.erase(
      ErasureOrder(
        kind, name, tenant: request.principal.tenant, mentions: mentions.flatMap { words[$0] },
        removesCopies: body.text("remove_copies") == "true", principal: request.principal.name))
    switch report.phase {
    case .refused:
      return ErrorBody(409, "erasure_refused", report.message).response(id: request.id)
    case .failed:
      return ErrorBody(
        503, "erasure_failed", report.message, hint: "doing it again completes it",
        retryAfter: 5
      ).response(id: request.id)
    case .idle, .working: return Response(status: 202, body: report.json)
    case .done: return Response(body: report.json)
    }
  }

  private func export(_ request: Request) -> StreamAnswer {
    guard let (kind, name) = subject(JSONBody(request)) else {
      return .answered(
        Self.bad("expected {\"user\":\"ID\"} or {\"session\":\"ID\"}", request))
    }
    let subject = DataSubject(
      kind, names: services.names(name), tenant: request.principal.tenant)
    let mark = services.mark(name)
    services.note(
      AuditDraft(
        principal: request.principal.name, act: "export", target: "\(kind.rawValue) \(mark)"))
    services.settle()
    return .accepted(contentType: "application/x-ndjson") { sink in
      if !services.export(subject, sink) { sink.close(isBroken: true) }
    }
  }
}

// MARK: Holds
extension PrivacyRoutes {
  private func holds(_ request: Request) -> Response {
    do throws(StoreError) {
      var json = JSONWriter()
      json.beginObject()
      json.key("holds")
      json.beginArray()
      for hold in try Holds(path: services.store).all() { json.value(json: hold.json) }
      json.endArray()
      json.key("next")
      json.null()
      json.endObject()
      return Response(body: json.bytes + [0x0A])
    } catch {
      return Self.failed(error, request)
    }
  }

  private func hold(_ request: Request) -> Response {
    let body = JSONBody(request)
    let given = Hold.Kind.allCases.compactMap { kind in
      body.text(kind.rawValue).map { (kind, $0) }
    }
    guard given.count == 1, let (kind, name) = given.first, !name.isEmpty else {
      return Self.bad("expected one of user, session, tenant and trace", request)
    }
    guard let value = Self.value(kind, name, services.stored) else {
      return Self.bad("a trace is 32 hexadecimal digits", request)
    }
    switch services.hold(kind, value, body.text("reason") ?? "", request.principal.name) {
    case .success(let hold):
      note(request, "hold.add", hold)
      return Response(status: 201, body: hold.json + [0x0A])
    case .failure(let error): return Self.failed(error, request)
    }
  }

  /// The name as it is stored; nil of what is none.
  package static func value(
    _ kind: Hold.Kind, _ name: String, _ stored: (String) -> String
  ) -> String? {
    guard kind == .trace else { return stored(name) }
    let digits = name.lowercased().filter { $0 != "-" }
    let isTrace = digits.utf8.count == 32 && digits.allSatisfy(\.isHexDigit)
    return isTrace ? digits : nil
  }

  private func release(_ request: Request) -> Response {
    guard let id = Int64(request.captures["id"] ?? "") else {
      return Self.bad("the number of a hold, as GET /v1/holds lists them", request)
    }
    switch services.release(id) {
    case .success(let hold?):
      note(request, "hold.release", hold)
      return Response(body: hold.json + [0x0A])
    case .success(nil):
      return ErrorBody(404, "not_found", "there is no hold \(id)").response(id: request.id)
    case .failure(let error): return Self.failed(error, request)
    }
  }

  /// A person goes into the audit under their pseudonym.
  private func note(_ request: Request, _ act: String, _ hold: Hold) {
    let isPerson = hold.kind == .user || hold.kind == .session
    let value = isPerson ? services.mark(hold.value) : hold.value
    services.note(
      AuditDraft(
        principal: request.principal.name, act: act,
        target: "hold \(hold.id) \(hold.kind.rawValue) \(value)", detail: ""))
  }
}

// MARK: Audit
extension PrivacyRoutes {
  private func audit(_ request: Request) -> Response {
    var page = ListPage(request, newest: .max)
    if let refusal = page.refusal { return refusal }
    do throws(StoreError) {
      guard let from = Self.time(request["from"], .min), let to = Self.time(request["to"], .max)
      else { return Self.bad("from and to are times as 2026-11-21T00:00:00Z", request) }
      let trail = try AuditTrail(path: services.store)
      let entries = try trail.newest(
        below: page.cursor, from: from, to: to, limit: page.limit + 1)
      var json = JSONWriter()
      json.beginObject()
      json.key("audit")
      json.beginArray()
      for entry in entries.prefix(page.limit) {
        json.value(json: entry.json)
        page.last = entry.id
      }
      json.endArray()
      page.end(&json, hasMore: entries.count > page.limit)
      return Response(body: json.bytes + [0x0A])
    } catch {
      return Self.failed(error, request)
    }
  }

  private static func time(_ text: String?, _ absent: Int64) -> Int64? {
    guard let text else { return absent }
    return EventFilter.time(text)
  }

  private func verify(_ request: Request) -> Response {
    do throws(StoreError) {
      let verdict = try AuditTrail(path: services.store).verify(expecting: request["expect"])
      return Response(body: verdict.json)
    } catch {
      return Self.failed(error, request)
    }
  }
}
