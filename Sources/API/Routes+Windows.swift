internal import Codec
internal import History
internal import LinuxIO
internal import Serving
internal import Telemetry
package import Windows

/// What the routes ask the windows with.
package struct WindowService: Sendable {
  package let reader: WindowReader
  /// What providers allow, as the configuration in force says.
  package let limits: @Sendable () -> [ProviderLimit]
  /// Seconds after which an announced call without an end counts no more.
  package let timeout: Int64
  package let stream: WindowStream
  /// What was spent since a day began.
  package let spend: SpendBook

  /// The windows of one collector.
  package init(
    reader: WindowReader, limits: @escaping @Sendable () -> [ProviderLimit], timeout: Int64,
    stream: WindowStream, spend: SpendBook
  ) {
    self.reader = reader
    self.limits = limits
    self.timeout = timeout
    self.stream = stream
    self.spend = spend
  }

  /// The answer to a question as JSON, for whom it is.
  func answer(
    _ query: WindowQuery, for principal: Principal, now: Int64
  ) throws(WindowQuery.Fault) -> [UInt8] {
    var query = query
    query.timeout = timeout
    // What others leave of a limit tells what they do.
    let limits = principal.tenant == nil ? limits() : []
    let page = try query.page(of: reader, limits: limits, now: now)
    return WindowAnswer.json(page, query, now: now)
  }
}

/// Routes that read the windows.
extension Routes {
  var windows: [Route] {
    let services = services
    return [
      Route("GET", "/v1/windows", .read, tenancy: .narrowed, .query { Self.windows(services, $0) }),
      Route(
        "GET", "/v1/windows/stream", .read, tenancy: .narrowed,
        .stream { Self.windowStream(services, $0) }),
      Route("GET", "/v1/cardinality", .read, .query { _ in Self.cardinality(services) }),
    ]
  }

  private static func windows(_ services: Services, _ request: Request) -> Response {
    do throws(WindowQuery.Fault) {
      var fields = request.fields
      let at = try moment(taking: "at", from: &fields)
      let query = try WindowQuery(fields).bound(to: request.principal)
      if let at { return past(services, request, query, at: at) }
      let answer = try services.windows.answer(
        query, for: request.principal, now: Clock.wall)
      return Response(body: answer + [0x0A])
    } catch {
      return refusal(error, request)
    }
  }

  private static func refusal(_ fault: WindowQuery.Fault, _ request: Request) -> Response {
    guard fault.code == "unknown_breakdown", request.principal.tenant != nil else {
      return ErrorBody(400, fault.code, fault.message, hint: fault.hint).response(id: request.id)
    }
    return ErrorBody(
      403, "forbidden_tenant",
      "a key that is bound to a tenant sees what is broken down by tenant: \(fault.message)",
      hint: fault.hint
    ).response(id: request.id)
  }

  /// A moment of the past in seconds since 1970, taken out of the fields; nil without the field.
  static func moment(
    taking name: String, from fields: inout [(name: String, value: String)]
  ) throws(WindowQuery.Fault) -> Int64? {
    guard let place = fields.firstIndex(where: { $0.name == name }) else { return nil }
    let text = fields.remove(at: place).value
    guard let time = EventFilter.time(text), time >= 0, time <= Clock.wall else {
      throw WindowQuery.Fault(
        code: "bad_\(name)", message: "\(name) is RFC 3339 or a number since 1970, and not ahead",
        hint: "")
    }
    return time / 1_000_000_000
  }

  private static func past(
    _ services: Services, _ request: Request, _ query: WindowQuery, at second: Int64
  ) -> Response {
    services.settle()
    return services.reads.read(request.scope) { reader in
      let past = PastWindows(
        reader: reader, windows: services.windows.reader, deadline: services.deadline())
      do throws(PastWindows.Failure) {
        let answer = try past.answer(query, at: second)
        let json = WindowAnswer.json(
          answer.page, answer.query, now: answer.end * 1_000_000_000, step: answer.step)
        return Response(body: json + [0x0A])
      } catch {
        return refusal(error, request)
      }
    } orElse: {
      unreadable($0, request)
    }
  }

  static func refusal(_ failure: PastWindows.Failure, _ request: Request) -> Response {
    switch failure {
    case .fault(let fault): refusal(fault, request)
    case .store(let error): unreadable(error, request)
    case .timeout:
      ErrorBody(503, "timeout", "reading history took too long", retryAfter: 1)
        .response(id: request.id)
    }
  }

  private static func windowStream(_ services: Services, _ request: Request) -> StreamAnswer {
    do throws(WindowQuery.Fault) {
      let query = try WindowQuery(request.fields).bound(to: request.principal)
      let (windows, principal) = (services.windows, request.principal)
      // Asked once here, so that a question without an answer is refused before the stream begins.
      _ = try windows.answer(query, for: principal, now: Clock.wall)
      return .accepted(contentType: EventStream.contentType) { sink in
        services.windows.stream.follow(sink) {
          do throws(WindowQuery.Fault) {
            return try windows.answer(query, for: principal, now: Clock.wall)
          } catch {
            return nil
          }
        }
      }
    } catch {
      return .answered(refusal(error, request))
    }
  }

  private static func cardinality(_ services: Services) -> Response {
    let memory = services.windows.reader.memory
    var json = JSONWriter()
    json.beginObject()
    json.key("windows_memory")
    json.beginObject()
    json.key("bytes")
    json.value(memory.bytes)
    json.key("limit")
    json.value(memory.limit)
    json.endObject()
    json.key("breakdowns")
    json.beginArray()
    for part in services.windows.reader.cardinality { append(part, to: &json) }
    json.endArray()
    json.key("counters")
    json.beginArray()
    let totals = services.totals.snapshot
    for group in SeriesGroup.allCases {
      append(totals[group], joined: totals.joined(group), to: &json)
    }
    json.endArray()
    json.endObject()
    return Response(body: json.bytes + [0x0A])
  }

  /// The label sets of one group of counters; `joined` counts events.
  private static func append(_ table: SeriesTable, joined: Int64, to json: inout JSONWriter) {
    json.beginObject()
    json.key("by")
    json.beginArray()
    for name in table.group.labels { json.value(name) }
    json.endArray()
    json.key("series")
    json.value(table.count)
    json.key("limit")
    json.value(table.limit)
    json.key("joined")
    json.value(joined)
    json.key("last_joined")
    json.beginArray()
    for values in table.lastJoined {
      json.beginObject()
      for case (let name, let value?) in zip(table.group.labels, values) {
        json.key(name)
        json.value(utf8: value)
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  private static func append(_ part: GroupTable.Cardinality, to json: inout JSONWriter) {
    let names = part.breakdown.labels.map(\.name)
    json.beginObject()
    json.key("by")
    json.beginArray()
    for name in names { json.value(name) }
    json.endArray()
    json.key("groups")
    json.value(part.groups)
    json.key("limit")
    json.value(part.limit)
    json.key("joined")
    json.value(part.joined)
    json.key("last_joined")
    json.beginArray()
    for values in part.lastJoined {
      json.beginObject()
      for (name, value) in zip(names, values) {
        json.key(name)
        json.value(value)
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }
}

extension WindowQuery {
  /// The question that the fields of a request ask.
  init(_ fields: [(name: String, value: String)]) throws(Fault) {
    self.init()
    var condition: String?
    for (name, value) in fields {
      switch name {
      case "where": condition = value
      case "fields": try readMembers(value)
      case "by": by += value.split(separator: ",").map(String.init)
      case "window": try readSpans(value)
      case "filter": try readFilter(value)
      case "sort": try readSort(value)
      case "limit": try readLimit(value)
      case "spark":
        guard let figure = WindowFigure(rawValue: value) else {
          throw Self.fault("bad_spark", "spark is a figure of a window, such as rpm")
        }
        spark = figure
      default: throw Self.fault("unknown_parameter", "\(name) is no parameter of windows")
      }
    }
    if let condition { self.condition = try WindowCondition(condition, labels: by) }
  }

  /// The same question about what the caller may see: its tenant's alone, where it is bound to one.
  fileprivate func bound(to principal: Principal) -> WindowQuery {
    guard let tenant = principal.tenant else { return self }
    var query = self
    query.filter.append((Dimension.tenant.name, tenant))
    return query
  }

  private mutating func readMembers(_ text: String) throws(Fault) {
    members = []
    for name in text.split(separator: ",") {
      guard let member = Member(name: String(name)) else {
        throw Self.fault("bad_fields", "\(name) is no figure of a window, such as rpm")
      }
      members?.append(member)
    }
  }

  private mutating func readSpans(_ text: String) throws(Fault) {
    spans = []
    for name in text.split(separator: ",") {
      guard let span = WindowSpan(name: name) else {
        let all = WindowSpan.allCases.map(\.name).joined(separator: ", ")
        throw Self.fault("bad_window", "windows are \(all)")
      }
      if !spans.contains(span) { spans.append(span) }
    }
  }

  /// Pairs of label and value, by commas; a value may hold colons, and commas where no further
  /// pair begins.
  private mutating func readFilter(_ text: String) throws(Fault) {
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      if let colon = part.firstIndex(of: ":"),
        WindowLabel(name: String(part[..<colon])) != nil
      {
        filter.append((String(part[..<colon]), String(part[part.index(after: colon)...])))
      } else if let last = filter.popLast() {
        filter.append((last.label, "\(last.value),\(part)"))
      } else {
        throw Self.fault("bad_filter", "a filter is label:value, such as service:chat")
      }
    }
  }

  private mutating func readSort(_ text: String) throws(Fault) {
    isAscending = text.hasPrefix("-")
    let name = isAscending ? String(text.dropFirst()) : text
    if let figure = WindowFigure(rawValue: name) {
      sort = .figure(figure)
    } else if WindowLabel(name: name) != nil {
      sort = .label(name)
      isAscending.toggle()
    } else {
      throw Self.fault("bad_sort", "sort is a figure or a label, such as cost_usd or model")
    }
  }

  private mutating func readLimit(_ text: String) throws(Fault) {
    guard let given = Int(text), (1...ListPage.most).contains(given) else {
      throw Self.fault("bad_limit", "limit is a number from 1 to \(ListPage.most)")
    }
    limit = given
  }

  private static func fault(_ code: String, _ message: String) -> Fault {
    Fault(code: code, message: message, hint: "")
  }
}
