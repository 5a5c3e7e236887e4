internal import Codec
internal import History
internal import LinuxIO
internal import Money
internal import Serving
internal import Telemetry

/// Routes over what events add up to: traces, sessions, groups of errors.
extension Routes {
  var groups: [Route] {
    let services = services
    return [
      Route("GET", "/v1/traces", .read, tenancy: .narrowed, .query { Self.traces(services, $0) }),
      Route(
        "GET", "/v1/traces/:id", .read, tenancy: .narrowed, .query { Self.trace(services, $0) }),
      Route(
        "GET", "/v1/sessions", .read, tenancy: .narrowed, .query { Self.sessions(services, $0) }),
      Route(
        "GET", "/v1/sessions/:id", .read, tenancy: .narrowed,
        .query { Self.session(services, $0) }),
      Route("GET", "/v1/errors", .read, tenancy: .narrowed, .query { Self.errors(services, $0) }),
    ]
  }

  private struct Fault: Error {
    let field: String
    let expected: String

    func response(_ request: Request) -> Response {
      ErrorBody(400, "bad_filter", "\(field): expected \(expected)").response(id: request.id)
    }
  }

  private static func traces(_ services: Services, _ request: Request) -> Response {
    let page = ListPage(request, newest: .max)
    if let refusal = page.refusal { return refusal }
    var wanted = TraceFilter()
    var others: [(name: String, value: String)] = []
    do throws(Fault) {
      for (name, value) in request.asked {
        switch name {
        case "min_cost_usd", "min_cost":
          wanted.leastCost = try scaled(name, value, by: 1e12, "an amount in USD")
        case "min_duration_ms", "min_duration":
          wanted.leastDuration = try scaled(name, value, by: 1e6, "a number of milliseconds")
        default: others.append((name, value))
        }
      }
    } catch {
      return error.response(request)
    }
    return filtered(request, others) { filter in
      read(services, request) { (reader) throws(StoreError) in
        list(
          "traces",
          try reader.traces(
            filter, wanted, below: page.cursor, limit: page.limit, deadline: services.deadline()))
      }
    }
  }

  private static func scaled(
    _ name: String, _ value: String, by factor: Double, _ expected: String
  ) throws(Fault) -> Int64 {
    guard let number = Double(value), let scaled = Int64(exactly: (number * factor).rounded()),
      scaled >= 0
    else { throw Fault(field: name, expected: expected) }
    return scaled
  }

  private static func trace(_ services: Services, _ request: Request) -> Response {
    let given = request.captures["id"] ?? ""
    return read(services, request) { (reader) throws(StoreError) in
      guard let id = try traceID(given, reader, services) else {
        return ErrorBody(
          404, "not_found", "no stored event carries this id",
          hint: "a trace, span, request or response id"
        ).response(id: request.id)
      }
      let trace = try reader.trace(high: id.high, low: id.low, deadline: services.deadline())
      guard !trace.isEmpty else {
        return ErrorBody(404, "not_found", "no stored event carries this trace id")
          .response(id: request.id)
      }
      var digits: [UInt8] = []
      Hex.append(id.high, to: &digits)
      Hex.append(id.low, to: &digits)
      return Response(
        body: trace.json(traceID: String(decoding: digits, as: UTF8.self)) + [0x0A])
    }
  }

  /// The trace that `given` names: by its own id, or by that of a span, request or response.
  private static func traceID(
    _ given: String, _ reader: EventReader, _ services: Services
  ) throws(StoreError) -> (high: UInt64, low: UInt64)? {
    let digits = Hex.decode(Array(given.utf8.filter { $0 != UInt8(ascii: "-") })) ?? []
    func word(_ slice: ArraySlice<UInt8>) -> UInt64 { slice.reduce(0) { $0 << 8 | UInt64($1) } }
    if digits.count == 16 { return (word(digits[..<8]), word(digits[8...])) }
    let fields = digits.count == 8 ? ["span_id"] : ["request_id", "response_id"]
    for field in fields {
      let found = try reader.traceID(filter(field, given), deadline: services.deadline())
      if let found { return found }
    }
    return nil
  }

  private static func filter(_ field: String, _ value: String) -> EventFilter {
    do throws(EventFilter.Fault) {
      return try EventFilter([(field, value)])
    } catch {
      preconditionFailure("an id is a filter: \(error.message)")
    }
  }

  private static func sessions(_ services: Services, _ request: Request) -> Response {
    groups(
      services, request, "sessions",
      ["session": "v.session", "user": "v.user", "tenant": "t.tenant"]
    ) { (reader, filter, page) throws(StoreError) in
      try reader.sessions(filter, below: page.cursor, limit: page.limit)
    }
  }

  private static func errors(_ services: Services, _ request: Request) -> Response {
    groups(
      services, request, "errors",
      [
        "fingerprint": "g.fingerprint", "type": "g.type", "error_type": "g.type",
        "tenant": "t.tenant", "service": "s.service", "provider": "o.provider", "model": "o.model",
      ]
    ) { (reader, filter, page) throws(StoreError) in
      try reader.errors(filter, below: page.cursor, limit: page.limit)
    }
  }

  private static func groups(
    _ services: Services, _ request: Request, _ name: String, _ columns: [String: String],
    _ body: (EventReader, GroupFilter, ListPage) throws(StoreError) -> EventReader.Page
  ) -> Response {
    let page = ListPage(request, newest: .max)
    if let refusal = page.refusal { return refusal }
    var filter = GroupFilter()
    do throws(Fault) {
      for (field, value) in request.asked {
        if let column = columns[field] {
          filter.equal.append((column, value))
        } else if field == "active", name == "sessions" {
          guard ["true", "false"].contains(value) else {
            throw Fault(field: field, expected: "true or false")
          }
          filter.isActive = value == "true"
        } else if field == "from" {
          filter.from = try time(field, value)
        } else {
          let more = name == "sessions" ? ["active", "from"] : ["from"]
          let known = (columns.keys.sorted() + more).joined(separator: ", ")
          throw Fault(field: field, expected: "one of \(known)")
        }
      }
    } catch {
      return error.response(request)
    }
    services.settle()
    return read(services, request) { (reader) throws(StoreError) in
      list(name, try body(reader, filter, page))
    }
  }

  private static func time(_ name: String, _ value: String) throws(Fault) -> Int64 {
    guard let time = EventFilter.time(value) else {
      throw Fault(field: name, expected: "RFC 3339 or a number since 1970")
    }
    return time
  }

  /// A session's figures, and its events by pages.
  private static func session(_ services: Services, _ request: Request) -> Response {
    let page = ListPage(request, newest: .max)
    if let refusal = page.refusal { return refusal }
    let name = request.captures["id"] ?? ""
    let fields = [("session", name)] + request.asked
    services.settle()
    return filtered(request, fields) { filter in
      read(services, request) { (reader) throws(StoreError) in
        let found = try reader.session(name)
        guard let newest = found.first else {
          return ErrorBody(404, "not_found", "no stored event carries this session")
            .response(id: request.id)
        }
        let first = found.map(\.rows.lowerBound).min() ?? newest.rows.lowerBound
        let last = found.map(\.rows.upperBound).max() ?? newest.rows.upperBound
        let events = try reader.page(
          filter, below: min(page.cursor, last + 1), from: first, limit: page.limit,
          deadline: services.deadline())
        var json = JSONWriter()
        json.beginObject()
        json.key("session")
        json.value(json: newest.json)
        if found.count > 1 {
          // The same name under several tenants: each with its own figures.
          json.key("sessions")
          json.beginArray()
          for session in found { json.value(json: session.json) }
          json.endArray()
        }
        json.key("events")
        json.beginArray()
        for row in events.rows { json.value(json: row) }
        json.endArray()
        end(&json, next: events.next)
        return Response(body: json.bytes + [0x0A])
      }
    }
  }
}
