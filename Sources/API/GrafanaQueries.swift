internal import Exposition
internal import History
internal import LinuxIO
internal import PromQL
internal import Serving
internal import Timeline

/// Queries on behalf of Grafana's JSON data sources and of plain tables.
struct GrafanaQueries {
  private let service: QueryService
  private let request: Request
  private let filters: [LabelMatcher]

  init(_ service: QueryService, _ request: Request, filters: [LabelMatcher] = []) {
    self.service = service
    self.request = request
    self.filters = filters
  }

  /// The series of a query over a range, in milliseconds.
  func range(
    _ text: String, from: Int64, to: Int64, step: Int64
  ) throws(QueryFault) -> [QueryResult.Series] {
    try counted { (source, settings) throws(QueryFault) in
      let expression = try Query.parse(text)
      let result = try Self.run { () throws(QueryError) in
        try Evaluator.range(
          expression, start: from, end: to, step: step, of: source, settings: settings)
      }
      guard case .matrix(let series) = result.value else { return [] }
      return series
    }
  }

  /// The series of a query at a time, each with one point.
  func instant(_ text: String, at time: Int64) throws(QueryFault) -> [QueryResult.Series] {
    try counted { (source, settings) throws(QueryFault) in
      let expression = try Query.parse(text)
      let result = try Self.run { () throws(QueryError) in
        try Evaluator.instant(expression, at: time, of: source, settings: settings)
      }
      return switch result.value {
      case .vector(let series): series
      case .scalar(let time, let number):
        [.init(labels: .none, points: [.init(time: time, sample: .float(number))])]
      case .matrix, .string:
        throw QueryFault("a table is made of an instant vector or a scalar")
      }
    }
  }

  /// Asks for names and values of labels.
  func list<Answer>(
    _ body: (any SeriesCatalog) throws(QueryError) -> Answer
  ) throws(QueryFault) -> Answer {
    let source = service.sources.source(request.scope, service.limits(request))
    return try Self.run { () throws(QueryError) in try body(source) }
  }

  private func counted<Answer>(
    _ body: (FilteredSeries, Evaluator.Settings) throws(QueryFault) -> Answer
  ) throws(QueryFault) -> Answer {
    let start = Clock.monotonic
    var settings = Evaluator.Settings()
    settings.limits = service.limits(request)
    let source = FilteredSeries(
      source: service.sources.source(request.scope, settings.limits), filters: filters)
    do throws(QueryFault) {
      let answer = try body(source, settings)
      service.count(nil, nanoseconds: Clock.monotonic - start)
      return answer
    } catch {
      service.count(error, nanoseconds: Clock.monotonic - start)
      throw error
    }
  }

  private static func run<Answer>(
    _ body: () throws(QueryError) -> Answer
  ) throws(QueryFault) -> Answer {
    do throws(QueryError) {
      return try body()
    } catch {
      throw QueryFault(running: error)
    }
  }
}

/// The series that a dashboard's filters let pass.
private struct FilteredSeries: SeriesSource {
  let source: any SeriesCatalog
  let filters: [LabelMatcher]

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    try source.select(matchers + filters, after: after, through: through, hints: hints)
  }
}
