internal import Codec
internal import History
internal import LinuxIO
internal import Serving

/// Routes that read what is stored.
extension Routes {
  var history: [Route] {
    let services = services
    return [
      Route("GET", "/v1/events", .read, .query { Self.events(services, $0) }),
      Route("GET", "/v1/events/stream", .read, .stream { Self.stream(services, $0, $1) }),
      Route("GET", "/v1/traces/:id", .read, .query { Self.trace(services, $0) }),
      Route("POST", "/v1/sql", .read, .query { Self.sql(services, $0) }),
    ]
  }

  private static func events(_ services: Services, _ request: Request) -> Response {
    let page = ListPage(request, newest: .max)
    if let refusal = page.refusal { return refusal }
    return filtered(request) { filter in
      services.reads.read(.all) { reader in
        do throws(StoreError) {
          let found = try reader.page(
            filter, below: page.cursor, limit: page.limit, deadline: services.deadline())
          return Response(body: list(found))
        } catch {
          return unreadable(error, request)
        }
      } orElse: {
        unreadable($0, request)
      }
    }
  }

  private static func list(_ page: EventReader.Page) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("events")
    json.beginArray()
    for row in page.rows { json.value(json: row) }
    json.endArray()
    json.key("next")
    if let next = page.next { json.value(String(next)) } else { json.null() }
    json.endObject()
    return json.bytes + [0x0A]
  }

  private static func stream(
    _ services: Services, _ request: Request, _ sink: StreamSink
  ) -> Response? {
    do throws(EventFilter.Fault) {
      let filter = try EventFilter(request.fields)
      let newest = services.reads.read(.all) { reader in
        do throws(StoreError) { return try reader.newest() } catch { return Int64(0) }
      } orElse: { _ in
        Int64(0)
      }
      services.stream.follow(filter, in: .all, after: newest, sink)
      return nil
    } catch {
      return fault(error, request)
    }
  }

  private static func trace(_ services: Services, _ request: Request) -> Response {
    let given = request.captures["id"] ?? ""
    let digits = Hex.decode(Array(given.utf8.filter { $0 != UInt8(ascii: "-") }))
    guard let bytes = digits, bytes.count == 16 else {
      return ErrorBody(400, "bad_id", "a trace id has 32 hex digits").response(id: request.id)
    }
    func word(_ slice: ArraySlice<UInt8>) -> UInt64 { slice.reduce(0) { $0 << 8 | UInt64($1) } }
    return services.reads.read(.all) { reader in
      do throws(StoreError) {
        let trace = try reader.trace(
          high: word(bytes[..<8]), low: word(bytes[8...]), deadline: services.deadline())
        guard !trace.isEmpty else {
          return ErrorBody(404, "not_found", "no stored event carries this trace id")
            .response(id: request.id)
        }
        let id = String(decoding: Hex.encode(bytes), as: UTF8.self)
        return Response(body: trace.json(traceID: id) + [0x0A])
      } catch {
        return unreadable(error, request)
      }
    } orElse: {
      unreadable($0, request)
    }
  }

  /// The statement comes as `{"query": "SELECT …"}`, as a form field `query`, or as plain text.
  private static func sql(_ services: Services, _ request: Request) -> Response {
    guard let text = statement(request), !text.isEmpty else {
      return ErrorBody(
        400, "no_query", "the body holds no statement", hint: #"send {"query": "SELECT 1"}"#
      ).response(id: request.id)
    }
    return services.reads.read(.all) { reader in
      do throws(SQLReader.Refusal) {
        let answer = try SQLReader.run(text, on: reader, deadline: services.deadline())
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

  private static func filtered(
    _ request: Request, _ body: (EventFilter) -> Response
  ) -> Response {
    do throws(EventFilter.Fault) {
      return body(
        try EventFilter(request.fields.filter { $0.name != "limit" && $0.name != "cursor" }))
    } catch {
      return fault(error, request)
    }
  }

  private static func fault(_ fault: EventFilter.Fault, _ request: Request) -> Response {
    ErrorBody(400, "bad_filter", "\(fault.field): \(fault.message)").response(id: request.id)
  }

  private static func unreadable(_ error: StoreError, _ request: Request) -> Response {
    ErrorBody(
      503, "store_unreadable", "the store cannot be read just now", hint: "see /readyz",
      retryAfter: 1
    ).response(id: request.id)
  }
}
