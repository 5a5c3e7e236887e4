internal import Codec
internal import LinuxIO
internal import Serving
package import Windows

/// What the routes ask the windows with.
package struct WindowService: Sendable {
  package let reader: WindowReader
  /// What providers allow, as the configuration in force says.
  package let limits: @Sendable () -> [ProviderLimit]
  /// Seconds after which an announced call without an end counts no more.
  package let timeout: Int64
  package let stream: WindowStream

  /// The windows of one collector.
  package init(
    reader: WindowReader, limits: @escaping @Sendable () -> [ProviderLimit], timeout: Int64,
    stream: WindowStream
  ) {
    self.reader = reader
    self.limits = limits
    self.timeout = timeout
    self.stream = stream
  }

  /// The answer to a question as JSON.
  func answer(_ query: WindowQuery, now: Int64) throws(WindowQuery.Fault) -> [UInt8] {
    var query = query
    query.timeout = timeout
    let rows = try query.rows(of: reader, limits: limits(), now: now)
    return WindowAnswer.json(rows, query, now: now)
  }
}

/// Routes that read the windows.
extension Routes {
  var windows: [Route] {
    let services = services
    return [
      Route("GET", "/v1/windows", .read, .query { Self.windows(services, $0) }),
      Route("GET", "/v1/windows/stream", .read, .stream { Self.windowStream(services, $0) }),
      Route("GET", "/v1/cardinality", .read, .query { _ in Self.cardinality(services) }),
    ]
  }

  private static func windows(_ services: Services, _ request: Request) -> Response {
    do throws(WindowQuery.Fault) {
      let query = try WindowQuery(request.fields)
      let answer = try services.windows.answer(query, now: Clock.wall)
      return Response(body: answer + [0x0A])
    } catch {
      return ErrorBody(400, error.code, error.message, hint: error.hint).response(id: request.id)
    }
  }

  private static func windowStream(_ services: Services, _ request: Request) -> StreamAnswer {
    do throws(WindowQuery.Fault) {
      let query = try WindowQuery(request.fields)
      let windows = services.windows
      // Asked once here, so that a question without an answer is refused before the stream begins.
      _ = try windows.answer(query, now: Clock.wall)
      return .accepted(contentType: EventStream.contentType) { sink in
        services.windows.stream.follow(sink) {
          do throws(WindowQuery.Fault) {
            return try windows.answer(query, now: Clock.wall)
          } catch {
            return nil
          }
        }
      }
    } catch {
      return .answered(
        ErrorBody(400, error.code, error.message, hint: error.hint).response(id: request.id))
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
    for (name, value) in fields {
      switch name {
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
