internal import Exposition
internal import History
internal import PromQL

/// A query as it was asked, read and inside its limits.
struct Query {
  static let standardLookback: Int64 = 300_000

  let text: String
  let expression: Expression
  let times: QueryService.Times
  /// Milliseconds an instant selector looks back.
  let lookback: Int64
  /// Nanoseconds the asker is ready to wait.
  let timeout: Int64
  /// Series that are wanted; nil for all.
  let limit: Int?

  /// The instant query of a request that came at `now`, in ns.
  static func instant(_ parameters: QueryParameters, now: Int64) throws(QueryFault) -> Query {
    let limit = try parameters.limit()
    let time = try parameters.time("time") ?? now / 1_000_000
    return try Query(parameters, .instant(time), limit)
  }

  /// The range query of a request, of no more than `steps` steps.
  static func range(_ parameters: QueryParameters, steps: Int64) throws(QueryFault) -> Query {
    let limit = try parameters.limit()
    let start = try parameters.neededTime("start")
    let end = try parameters.neededTime("end")
    guard end >= start else {
      throw QueryFault("end", "end timestamp must not be before start time")
    }
    guard let span = try parameters.span("step") else {
      throw QueryFault("step", "cannot parse \"\" to a valid duration")
    }
    guard span >= 1 else {
      throw QueryFault(
        "step",
        "zero or negative query resolution step widths are not accepted. Try a positive integer")
    }
    let step = Int64(span)
    guard (end - start) / step <= steps else {
      var fault = QueryFault(
        "exceeded maximum resolution of \(grouped(steps)) points per timeseries. Try decreasing "
          + "the query resolution (?step=XX)")
      fault.limit = "query_points"
      throw fault
    }
    return try Query(parameters, .range(start: start, end: end, step: step), limit)
  }

  private init(
    _ parameters: QueryParameters, _ times: QueryService.Times, _ limit: Int?
  ) throws(QueryFault) {
    self.times = times
    self.limit = limit
    timeout = try parameters.span("timeout").map { Int64($0) * 1_000_000 } ?? .max / 2
    lookback = try parameters.span("lookback_delta").map { Int64($0) } ?? Self.standardLookback
    guard lookback > 0 else { throw QueryFault("lookback_delta", "must be positive") }
    text = parameters["query"] ?? ""
    expression = try Self.parse(text)
  }

  /// The parsed text of a parameter `query`.
  static func parse(_ text: String) throws(QueryFault) -> Expression {
    do throws(QueryError) {
      return try Parser.parse(text)
    } catch {
      throw QueryFault(parsing: error, of: "query")
    }
  }

  /// What the answer depends on.
  func key(_ scope: TenantScope) -> QueryCache.Key {
    var (start, step): (Int64, Int64) = (times.end, 0)
    if case .range(let first, _, let width) = times { (start, step) = (first, width) }
    var tenants = ""
    if case .only(let names) = scope {
      // Lengths keep two names apart from one that holds the sign between them.
      tenants = names.sorted().map { "\($0.utf8.count):\($0)" }.joined(separator: ",")
    }
    return QueryCache.Key(
      text: text, start: start, end: times.end, step: step, lookback: lookback, limit: limit,
      scope: tenants)
  }

  /// A result cut to the limit.
  func answer(_ result: QueryResult) -> QueryCache.Answer {
    var value = result.value
    var warnings = result.warnings
    if let limit {
      switch value {
      case .vector(let series) where series.count > limit:
        value = .vector(Array(series.prefix(limit)))
        warnings.append(Self.truncated)
      case .matrix(let series) where series.count > limit:
        value = .matrix(Array(series.prefix(limit)))
        warnings.append(Self.truncated)
      default: break
      }
    }
    return QueryCache.Answer(
      data: PrometheusAnswer.result(value), warnings: warnings, infos: result.infos,
      peakSamples: result.peakSamples)
  }

  /// What is said where a limit cut an answer.
  static let truncated = "results truncated due to limit"

  /// 11000 as `11,000`.
  private static func grouped(_ number: Int64) -> String {
    number < 1_000
      ? "\(number)" : "\(number / 1_000)," + String("\(number % 1_000 + 1_000)".dropFirst())
  }
}
