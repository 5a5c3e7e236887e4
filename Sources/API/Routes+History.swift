internal import Codec
internal import History
internal import LinuxIO
internal import Serving

/// Routes that read what is stored.
extension Routes {
  var history: [Route] {
    let services = services
    return [
      Route("GET", "/v1/events", .read, tenancy: .narrowed, .stream { Self.events(services, $0) }),
      Route(
        "GET", "/v1/events/stream", .read, tenancy: .narrowed, .stream { Self.stream(services, $0) }
      ),
      Route("POST", "/v1/sql", .read, .query { Self.sql(services, $0) }),
    ]
  }

  /// A page as JSON, or everything as it is asked for by `format`.
  private static func events(_ services: Services, _ request: Request) -> StreamAnswer {
    guard let name = request["format"], name != "json" else {
      return .answered(page(services, request))
    }
    guard let format = EventExport.Format(rawValue: name) else {
      return .answered(
        ErrorBody(400, "bad_format", "format is json, ndjson or csv").response(id: request.id))
    }
    // A page has a bound, an export has none unless one is asked for.
    let limit = request["limit"].map { Int($0) ?? 0 } ?? .max
    let cursor = request["cursor"].map { Int64($0) ?? 0 } ?? .max
    guard limit > 0, cursor > 0 else {
      return .answered(
        ErrorBody(400, "bad_limit", "limit and cursor are numbers from 1").response(id: request.id))
    }
    do throws(EventFilter.Fault) {
      let order = EventExport.Order(
        filter: try filter(request), fields: try fields(request), format: format,
        cursor: cursor, limit: limit)
      return .accepted(contentType: format.contentType) { sink in
        services.export.send(order, in: request.scope, to: sink)
      }
    } catch {
      return .answered(fault(error, request))
    }
  }

  private static func page(_ services: Services, _ request: Request) -> Response {
    let page = ListPage(request, newest: .max)
    if let refusal = page.refusal { return refusal }
    do throws(EventFilter.Fault) {
      let (filter, fields) = (try filter(request), try fields(request))
      return read(services, request) { (reader) throws(StoreError) in
        list(
          "events",
          try reader.page(
            filter, fields: fields, below: page.cursor, limit: page.limit,
            deadline: services.deadline()))
      }
    } catch {
      return fault(error, request)
    }
  }

  private static func filter(_ request: Request) throws(EventFilter.Fault) -> EventFilter {
    try EventFilter(request.asked.filter { $0.name != "fields" })
  }

  /// The members that `fields=a,b,c` asks for; nil for all.
  private static func fields(_ request: Request) throws(EventFilter.Fault) -> EventFields? {
    guard let names = request["fields"] else { return nil }
    return try EventFields(names.split(separator: ",").map(String.init))
  }

  /// `{"<name>":[…],"next":"…"}`
  static func list(_ name: String, _ page: EventReader.Page) -> Response {
    var json = JSONWriter()
    json.beginObject()
    json.key(name)
    json.beginArray()
    for row in page.rows { json.value(json: row) }
    json.endArray()
    end(&json, next: page.next)
    return Response(body: json.bytes + [0x0A])
  }

  static func end(_ json: inout JSONWriter, next: Int64?) {
    json.key("next")
    if let next { json.value(String(next)) } else { json.null() }
    json.endObject()
  }

  private static func stream(_ services: Services, _ request: Request) -> StreamAnswer {
    do throws(EventFilter.Fault) {
      let filter = try EventFilter(request.fields)
      return .accepted(contentType: EventStream.contentType) { sink in
        let newest = services.reads.read(.all) { reader in
          do throws(StoreError) { return try reader.newest() } catch { return Int64(0) }
        } orElse: { _ in
          Int64(0)
        }
        services.stream.follow(filter, in: request.scope, after: newest, sink)
      }
    } catch {
      return .answered(fault(error, request))
    }
  }

  /// The statement comes as `{"query": "SELECT …"}`, as a form field `query`, or as plain text.
  private static func sql(_ services: Services, _ request: Request) -> Response {
    guard let text = statement(request), !text.isEmpty else {
      return ErrorBody(
        400, "no_query", "the body holds no statement", hint: #"send {"query": "SELECT 1"}"#
      ).response(id: request.id)
    }
    services.settle()
    return services.reads.read(request.scope) { reader in
      do throws(SQLReader.Refusal) {
        let answer = try SQLReader.run(
          text, on: reader, deadline: services.deadline(),
          forAdministrator: request.principal.roles.contains(.admin))
        return Response(body: answer + [0x0A])
      } catch {
        return refused(error, request)
      }
    } orElse: {
      unreadable($0, request)
    }
  }

  private static func statement(_ request: Request) -> String? {
    if let field = request["query"] { return field }
    let body = String(decoding: request.body, as: UTF8.self)
    guard body.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return body }
    do throws(ConfigSyntaxError) {
      return try ConfigReader.read(request.body).first?["query"]?.text
    } catch {
      return nil
    }
  }

  private static func refused(_ refusal: SQLReader.Refusal, _ request: Request) -> Response {
    let error =
      switch refusal {
      case .notAllowed(let reason): ErrorBody(403, "not_allowed", reason)
      case .wrong(let reason): ErrorBody(400, "bad_sql", reason)
      case .timeout:
        ErrorBody(503, "timeout", "the statement took too long", retryAfter: 1)
      }
    return error.response(id: request.id)
  }

  static func filtered(_ request: Request, _ body: (EventFilter) -> Response) -> Response {
    filtered(request, request.asked, body)
  }

  static func filtered(
    _ request: Request, _ fields: [(name: String, value: String)], _ body: (EventFilter) -> Response
  ) -> Response {
    do throws(EventFilter.Fault) {
      return body(try EventFilter(fields))
    } catch {
      return fault(error, request)
    }
  }

  /// Answers from the store, or says that it cannot be read.
  static func read(
    _ services: Services, _ request: Request,
    _ body: (EventReader) throws(StoreError) -> Response
  ) -> Response {
    services.reads.read(request.scope) { reader in
      do throws(StoreError) {
        return try body(reader)
      } catch {
        return unreadable(error, request)
      }
    } orElse: {
      unreadable($0, request)
    }
  }

  private static func fault(_ fault: EventFilter.Fault, _ request: Request) -> Response {
    ErrorBody(400, "bad_filter", "\(fault.field): \(fault.message)").response(id: request.id)
  }

  static func unreadable(_ error: StoreError, _ request: Request) -> Response {
    ErrorBody(
      503, "store_unreadable", "the store cannot be read just now", hint: "see /readyz",
      retryAfter: 1
    ).response(id: request.id)
  }
}
