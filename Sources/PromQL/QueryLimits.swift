/// What a query may cost; a query that needs more ends in an error that says so.
package struct QueryLimits: Sendable {
  /// Steps of a range query.
  package var pointsPerSeries = 11_000
  /// Samples held at one time.
  package var samples = 50_000_000
  /// Bytes of a query's text.
  package var textBytes = 262_144
  /// Bytes of a label value that a function builds.
  package var labelBytes = 16_384
  /// Expressions inside expressions.
  package var depth = 200
  /// When the query has to be done, by `now`; nil for no such time.
  package var deadline: Int64?
  /// The clock of `deadline`, in any unit.
  package var now: @Sendable () -> Int64 = { 0 }
  /// Whether nobody waits for the answer any more.
  package var isCanceled: @Sendable () -> Bool = { false }

  /// The default bounds, without a deadline.
  package init() {}
}

/// Keeps a running query inside its limits.
struct Budget {
  private let limits: QueryLimits
  private(set) var samples = 0
  private(set) var peakSamples = 0
  private var work = 0

  init(_ limits: QueryLimits) { self.limits = limits }

  mutating func take(_ count: Int) throws(QueryError) {
    samples += count
    peakSamples = max(peakSamples, samples)
    if samples > limits.samples {
      throw QueryError(
        .limit, "query processing would load too many samples into memory in query execution")
    }
    try spend(count)
  }

  mutating func release(_ count: Int) { samples -= count }

  /// Notes `count` steps of work and looks at the clock now and then.
  mutating func spend(_ count: Int) throws(QueryError) {
    work += count
    guard work > 65_536 else { return }
    work = 0
    try look()
  }

  func look() throws(QueryError) {
    if limits.isCanceled() { throw QueryError(.canceled, "query was canceled in query execution") }
    if let deadline = limits.deadline, limits.now() > deadline {
      throw QueryError(.timeout, "query timed out in expression evaluation")
    }
  }
}
