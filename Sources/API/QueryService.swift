internal import Exposition
internal import History
internal import LinuxIO
internal import PromQL
internal import Serving
internal import Synchronization

/// Runs queries inside their limits and keeps what can be used again.
package final class QueryService: Sendable {
  /// What queries may cost.
  package struct Settings: Sendable {
    /// Nanoseconds.
    package var time: Int64 = 30_000_000_000
    /// Samples held at one time.
    package var samples = 50_000_000
    /// Steps between the first and the last evaluation.
    package var steps: Int64 = 11_000
    /// Bytes of answers kept.
    package var cache = 32 << 20

    /// The default bounds.
    package init() {}
  }

  /// What became of queries.
  package struct Report: Equatable, Sendable {
    /// Queries by outcome: `success` or the API's type of error.
    package var outcomes: [String: Int] = [:]
    /// How often a limit was met, by its name below `limits`.
    package var limits: [String: Int] = [:]
    /// Their times in seconds, all added.
    package var seconds = 0.0
    /// The cache's own report.
    package var cache = QueryCache.Report()

    /// Nothing asked yet.
    package init() {}
  }

  /// When a query is evaluated, in milliseconds since 1970.
  enum Times: Sendable {
    case instant(Int64)
    case range(start: Int64, end: Int64, step: Int64)

    var end: Int64 {
      switch self {
      case .instant(let time): time
      case .range(_, let end, _): end
      }
    }
  }

  /// An answer and how it came about.
  struct Outcome {
    let answer: QueryCache.Answer
    var statistics: QueryStatistics
  }

  /// Nanoseconds after which a query is not finished for a client that sends no more: before, it
  /// may have closed only its half and still wait.
  private static let grace: Int64 = 1_000_000_000

  let sources: QuerySources
  let settings: Settings
  /// Answers that are kept.
  package let cache: QueryCache
  private let book = Mutex(Report())

  /// A service over `sources`.
  package init(_ sources: QuerySources, _ settings: Settings = Settings()) {
    self.sources = sources
    self.settings = settings
    cache = QueryCache(limit: settings.cache, isUnchanged: sources.isUnchanged)
  }

  /// What became of queries so far.
  package var report: Report {
    var report = book.withLock { $0 }
    report.cache = cache.report(at: Clock.coarseMonotonic)
    return report
  }

  /// Counts a query that ended with `fault`, or well.
  func count(_ fault: QueryFault?, nanoseconds: Int64) {
    book.withLock { book in
      if let limit = fault?.limit { book.limits[limit, default: 0] += 1 }
      book.outcomes[fault?.type.rawValue ?? "success", default: 0] += 1
      book.seconds += Double(nanoseconds) / 1e9
    }
  }

  /// The answer to `query`, out of the cache where that still holds.
  func run(
    _ query: Query, in scope: TenantScope, for request: Request
  ) throws(QueryFault) -> Outcome {
    let start = Clock.monotonic
    var statistics = QueryStatistics()
    statistics.queue = Double(max(0, Clock.wall - request.receivedAt)) / 1e9
    let key = query.key(scope)
    let isSettled = query.times.end <= Clock.wall / 1_000_000 - QueryCache.settling
    if isSettled, let kept = cache.find(key, at: start) {
      statistics.isCached = true
      return Outcome(answer: kept, statistics: statistics)
    }
    // Before anything is read: what is committed meanwhile must void the answer.
    let revision = sources.revision()
    statistics.preparation = Double(Clock.monotonic - start) / 1e9
    let result = try evaluated(query, scope, request)
    statistics.evaluation = Double(Clock.monotonic - start) / 1e9 - statistics.preparation
    statistics.peakSamples = result.peakSamples
    let answer = query.answer(result)
    if isSettled { cache.keep(answer, as: key, revision: revision, at: start) }
    return Outcome(answer: answer, statistics: statistics)
  }

  private func evaluated(
    _ query: Query, _ scope: TenantScope, _ request: Request
  ) throws(QueryFault) -> QueryResult {
    var evaluation = Evaluator.Settings()
    evaluation.lookback = query.lookback
    evaluation.limits = limits(request, within: query.timeout)
    let source = sources.source(scope, evaluation.limits)
    do throws(QueryError) {
      switch query.times {
      case .instant(let time):
        return try Evaluator.instant(
          query.expression, at: time, of: source, settings: evaluation)
      case .range(let start, let end, let step):
        return try Evaluator.range(
          query.expression, start: start, end: end, step: step, of: source, settings: evaluation)
      }
    } catch {
      throw QueryFault(running: error)
    }
  }

  /// The bounds of one query, which ends with its time or when its client goes.
  func limits(_ request: Request, within timeout: Int64 = .max) -> QueryLimits {
    var limits = QueryLimits()
    limits.samples = settings.samples
    // The steps between this many points were counted before.
    limits.pointsPerSeries = Int(settings.steps) + 1
    limits.now = { Clock.coarseMonotonic }
    limits.deadline = Clock.coarseMonotonic + min(timeout, settings.time)
    let (cancellation, arrival) = (request.cancellation, request.receivedAt)
    limits.isCanceled = { cancellation.isCanceled && Clock.coarseWall - arrival > Self.grace }
    return limits
  }
}
