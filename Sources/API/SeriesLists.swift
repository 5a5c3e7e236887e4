internal import Codec
internal import Exposition
internal import History
internal import PromQL
internal import Serving
internal import Timeline

/// The lists of Prometheus' API: series, names of labels, their values, metrics.
struct SeriesLists: Sendable {
  private let service: QueryService

  init(_ service: QueryService) {
    self.service = service
  }

  func series(_ request: Request) -> Response {
    answer(request) { (asked) throws(QueryFault) in
      guard !asked.selectors.isEmpty else { throw QueryFault("no match[] parameter provided") }
      let found = try asked.read { (source) throws(QueryError) in
        try source.series(
          asked.selectors, from: asked.start, through: asked.end, limit: asked.limit)
      }
      let sorted = found.values.sorted { $0.precedes($1) }
      return (PrometheusAnswer.list(sorted), found.isTruncated)
    }
  }

  func labels(_ request: Request) -> Response {
    answer(request) { (asked) throws(QueryFault) in
      let found = try asked.read { (source) throws(QueryError) in
        try source.labelNames(
          asked.selectors, from: asked.start, through: asked.end, limit: asked.limit)
      }
      return (PrometheusAnswer.list(Self.sorted(found.values)), found.isTruncated)
    }
  }

  func values(_ request: Request) -> Response {
    answer(request) { (asked) throws(QueryFault) in
      let given = request.captures["name"] ?? ""
      let name = LabelEscape.decoded(given)
      let found = try asked.read { (source) throws(QueryError) in
        try source.labelValues(
          name, asked.selectors, from: asked.start, through: asked.end, limit: asked.limit)
      }
      // Any text may be a name, so an odd one is called wrong only where nothing has it.
      guard !found.values.isEmpty || LabelName.isPlain(name) || given.hasPrefix("U__") else {
        throw QueryFault("invalid label name: \"\(name)\"")
      }
      return (PrometheusAnswer.list(Self.sorted(found.values)), found.isTruncated)
    }
  }

  func metadata(_ request: Request) -> Response {
    answer(request) { (asked) throws(QueryFault) in
      let metric = asked.parameters["metric"]
      // Every metric is known by one line, so any limit a metric holds.
      _ = try asked.parameters.limit("limit_per_metric")
      let found = try asked.read { (source) throws(QueryError) in
        try source.metadata(metric, limit: asked.limit)
      }
      return (Self.json(found), false)
    }
  }

  private static func json(_ metrics: [FamilyMetadata]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for metric in metrics {
      json.key(metric.name)
      json.beginArray()
      json.beginObject()
      json.key("type")
      json.value(metric.type)
      json.key("help")
      json.value(metric.help)
      json.key("unit")
      json.value(metric.unit)
      json.endObject()
      json.endArray()
    }
    json.endObject()
    return json.bytes
  }

  private func answer(
    _ request: Request,
    _ body: (ListRequest) throws(QueryFault) -> (data: [UInt8], isTruncated: Bool)
  ) -> Response {
    do throws(QueryFault) {
      let (data, isTruncated) = try body(ListRequest(request, service))
      return Response(
        body: PrometheusAnswer.success(data, warnings: isTruncated ? [Query.truncated] : []))
    } catch {
      return error.response
    }
  }

  private static func sorted(_ texts: [String]) -> [String] {
    texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// What a list is asked for: of which series, of which time, how much.
private struct ListRequest {
  /// Milliseconds since 1970 between which every sample lies; in ns they still fit.
  private static let everything: ClosedRange<Int64> = 0...9_000_000_000_000

  let parameters: QueryParameters
  let selectors: [[LabelMatcher]]
  let start: Int64
  let end: Int64
  /// 0 for all.
  let limit: Int
  private let source: any SeriesCatalog

  init(_ request: Request, _ service: QueryService) throws(QueryFault) {
    parameters = QueryParameters(request)
    limit = try parameters.limit() ?? 0
    let start = try parameters.time("start") ?? Self.everything.lowerBound
    let end = try parameters.time("end") ?? Self.everything.upperBound
    guard end >= start else {
      throw QueryFault("end", "end timestamp must not be before start time")
    }
    self.start = min(max(start, Self.everything.lowerBound), Self.everything.upperBound)
    self.end = min(max(end, Self.everything.lowerBound), Self.everything.upperBound)
    var selectors: [[LabelMatcher]] = []
    for text in parameters.all("match[]") { selectors.append(try Self.selector(text)) }
    self.selectors = selectors
    source = service.sources.source(request.scope, service.limits(request))
  }

  private static func selector(_ text: String) throws(QueryFault) -> [LabelMatcher] {
    do throws(QueryError) {
      return try Parser.parseSelector(text).matchers
    } catch {
      throw QueryFault(parsing: error, of: "match[]")
    }
  }

  /// What the series in scope say.
  func read<Answer>(
    _ body: (any SeriesCatalog) throws(QueryError) -> Answer
  ) throws(QueryFault) -> Answer {
    do throws(QueryError) {
      return try body(source)
    } catch {
      throw QueryFault(running: error)
    }
  }
}
