internal import Codec
internal import PromQL
internal import Serving

/// Tables as a list of flat objects or as CSV, every row with the same columns: what the Infinity
/// data source and spreadsheets read without a setting.
struct PlainTables: Sendable {
  private static let standardPoints: Int64 = 250
  private let service: QueryService

  init(_ service: QueryService) {
    self.service = service
  }

  var all: [Route] {
    route("series", TableQuestion.series) + route("table", TableQuestion.table)
      + route("calls", TableQuestion.calls)
  }

  private func route(
    _ name: String,
    _ answer: @escaping @Sendable (TableQuestion) -> () throws(QueryFault) -> PlainTable
  ) -> [Route] {
    let service = service
    return ["GET", "POST"].map { method in
      Route(
        method, "/grafana/\(name)", .read, tenancy: .narrowed,
        .evaluation { request in
          do throws(QueryFault) {
            let question = try TableQuestion(service, request)
            return try answer(question)().response(isCSV: question.isCSV)
          } catch {
            return error.grafanaResponse(request)
          }
        })
    }
  }
}

/// What a table is asked for.
struct TableQuestion {
  private static let points: Int64 = 250
  private static let callLabels = ["service", "provider", "model", "operation"]

  private let parameters: QueryParameters
  private let queries: GrafanaQueries
  private let filters: [LabelMatcher]
  private let from: Int64
  private let to: Int64
  /// Milliseconds; nil where none was given.
  private let step: Int64?
  let isCSV: Bool

  init(_ service: QueryService, _ request: Request) throws(QueryFault) {
    parameters = QueryParameters(request)
    queries = GrafanaQueries(service, request)
    let format = parameters["format"] ?? "json"
    guard ["json", "csv"].contains(format) else { throw QueryFault("format", "it is json or csv") }
    isCSV = format == "csv"
    let now = request.receivedAt / 1_000_000
    let end = try Self.time(parameters, "to")
    let time = try Self.time(parameters, "time")
    to = end ?? time ?? now
    from = try Self.time(parameters, "from") ?? to - GrafanaCall.hour
    guard from <= to else { throw QueryFault("to", "it is before from") }
    if let text = parameters["step"] {
      guard let span = Int64(text) ?? DurationText.milliseconds(text.utf8).map({ Int64($0) }),
        span > 0
      else { throw QueryFault("step", "it is milliseconds, or a duration such as 30s") }
      guard (to - from) / span <= service.settings.steps else {
        throw QueryFault("step", "there would be more than \(service.settings.steps) points")
      }
      step = span
    } else {
      step = nil
    }
    var filters: [LabelMatcher] = []
    for label in Self.callLabels {
      let values = parameters.all(label).filter { !$0.isEmpty }
      guard !values.isEmpty else { continue }
      filters.append(try Self.matcher(label, values))
    }
    self.filters = filters
  }

  /// One row a series and point of a range query.
  func series() throws(QueryFault) -> PlainTable {
    let width = step ?? max(1_000, (to - from) / Self.points)
    let first = from / width * width
    let found = try queries.range(
      neededQuery(), from: first, to: max(first, to / width * width), step: width)
    return PlainTable(found)
  }

  /// One row a series of an instant query.
  func table() throws(QueryFault) -> PlainTable {
    PlainTable(try queries.instant(neededQuery(), at: to))
  }

  private func neededQuery() throws(QueryFault) -> String {
    guard let text = parameters["query"] else { throw QueryFault("query", "there is none") }
    return text
  }

  /// What calls there were, a row a label set, of every step or of the whole range.
  func calls() throws(QueryFault) -> PlainTable {
    let by = parameters.all("by").flatMap { $0.split(separator: ",").map(String.init) }
    if let unknown = by.first(where: { !Self.callLabels.contains($0) }) {
      throw QueryFault("by", "\(unknown) is none of \(Self.callLabels.joined(separator: ", "))")
    }
    var table = PlainTable(labels: by, columns: CallFigure.allCases.map(\.rawValue))
    let width = step ?? max(1_000, to - from)
    for (place, figure) in CallFigure.allCases.enumerated() {
      let text = figure.query(by: by, filters, over: "\(width)ms")
      // Whole steps only: the one that is not over would look like a fall.
      let first = (from / width + 1) * width
      let found =
        step == nil
        ? try queries.instant(text, at: to)
        : try queries.range(text, from: first, to: max(first, to / width * width), step: width)
      table.add(found, in: place)
    }
    return table
  }

  private static func matcher(_ label: String, _ values: [String]) throws(QueryFault)
    -> LabelMatcher
  {
    do throws(QueryError) {
      return try values.count == 1
        ? LabelMatcher(label, .equal, values[0])
        : LabelMatcher(label, .matches, values.map(PatternText.quoted).joined(separator: "|"))
    } catch {
      throw QueryFault(parsing: error, of: label)
    }
  }

  private static func time(
    _ parameters: QueryParameters, _ name: String
  ) throws(QueryFault) -> Int64? {
    guard let text = parameters[name] else { return nil }
    guard let time = GrafanaTime.milliseconds(text) else {
      throw QueryFault(name, "cannot parse \"\(text)\" to a valid timestamp")
    }
    return time
  }
}

/// What a table of calls shows.
enum CallFigure: String, CaseIterable {
  case requests, errors, tokens
  case cost = "cost_usd"
  case coverage
  case p50 = "p50_ms"
  case p95 = "p95_ms"

  /// Its query by some labels of calls that pass the filters.
  func query(by labels: [String], _ filters: [LabelMatcher], over window: String) -> String {
    let sum = "sum by (\(labels.joined(separator: ", ")))"
    let inner = filters.map { "\($0.name)\($0.operation.rawValue)\(Self.quoted($0.value))" }
    func increase(_ name: String, _ more: [String] = []) -> String {
      "\(sum) (increase(\(name){\((inner + more).joined(separator: ","))}[\(window)]))"
    }
    func percentile(_ share: String) -> String {
      "1000 * histogram_quantile(\(share), \(increase("llm_request_duration_seconds")))"
    }
    return switch self {
    case .requests: increase("llm_requests_total")
    case .errors: increase("llm_requests_total", [#"status="error""#])
    case .tokens: increase("llm_tokens_total")
    case .cost: increase("llm_cost_usd_total")
    case .coverage:
      "1 - \(increase("llm_unpriced_tokens_total")) / \(increase("llm_tokens_total"))"
    case .p50: percentile("0.5")
    case .p95: percentile("0.95")
    }
  }

  private static func quoted(_ text: String) -> String {
    "\""
      + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n") + "\""
  }
}
