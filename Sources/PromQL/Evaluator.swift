/// Runs queries over a source of series; one query an instance, on one thread.
package struct Evaluator {
  /// How queries are evaluated beside their text.
  package struct Settings: Sendable {
    /// Milliseconds an instant selector looks back, the edge left out.
    package var lookback: Int64 = 300_000
    /// Milliseconds between a subquery's evaluations where it does not say.
    package var subqueryStep: Int64 = 60_000
    /// What a query may cost.
    package var limits = QueryLimits()

    /// Prometheus' defaults.
    package init() {}
  }

  let source: any SeriesSource
  let settings: Settings
  /// The whole query's times, which `start()`, `end()` and `@` mean.
  let outer: Grid
  /// Between outer evaluations; 0 for an instant query.
  let outerStep: Int64
  /// When the query ends, which need not be one of its steps.
  let outerEnd: Int64
  var budget: Budget
  var notes = Annotations()
  /// The function directly around the selector that is read next.
  var callName = ""

  private init(
    _ source: any SeriesSource, _ settings: Settings, _ grid: Grid, step: Int64, end: Int64
  ) {
    self.source = source
    self.settings = settings
    outer = grid
    outerStep = step
    outerEnd = end
    budget = Budget(settings.limits)
  }

  /// The value of `expression` at `time` (milliseconds since 1970).
  package static func instant(
    _ expression: Expression, at time: Int64, of source: any SeriesSource,
    settings: Settings = Settings()
  ) throws(QueryError) -> QueryResult {
    try checkTimes(time, time)
    let grid = Grid(start: time, step: 1, count: 1)
    var evaluator = Self(source, settings, grid, step: 0, end: time)
    try evaluator.check(expression)
    if expression.type == .matrix { return try evaluator.matrix(expression.stripped) }
    let value = try evaluator.evaluate(expression, grid)
    let answer: QueryResult.Value
    switch value {
    case .scalar(let values): answer = .scalar(time: time, values[0])
    case .string(let text): answer = .string(time: time, text)
    case .rows(let rows):
      var series = Self.series(of: rows, grid)
      try Self.checkUnique(series)
      if !Self.keepsOrder(expression) { series.sort { $0.labels.precedes($1.labels) } }
      answer = .vector(series)
    }
    return evaluator.result(answer)
  }

  /// The values of `expression` from `start` through `end`, `step` milliseconds apart.
  package static func range(
    _ expression: Expression, start: Int64, end: Int64, step: Int64,
    of source: any SeriesSource, settings: Settings = Settings()
  ) throws(QueryError) -> QueryResult {
    guard step > 0 else { throw QueryError(.badData, "zero or negative query resolution step") }
    guard end >= start else { throw QueryError(.badData, "end timestamp must not be before start") }
    try checkTimes(start, end)
    let steps = (end - start) / step
    guard steps < settings.limits.pointsPerSeries else {
      throw QueryError(
        .limit,
        "exceeded maximum resolution of \(settings.limits.pointsPerSeries) points per timeseries")
    }
    guard expression.type == .scalar || expression.type == .vector else {
      throw QueryError(
        .badData,
        "invalid expression type \"\(expression.type.words)\" for range query, must be scalar or "
          + "instant vector")
    }
    let grid = Grid(start: start, step: step, count: Int(steps) + 1)
    var evaluator = Self(source, settings, grid, step: step, end: end)
    try evaluator.check(expression)
    var series: [QueryResult.Series]
    switch try evaluator.evaluate(expression, grid) {
    case .scalar(let values): series = Self.series(of: [Row(.none, values: values)], grid)
    case .rows(let rows): series = Self.series(of: rows, grid)
    case .string: preconditionFailure("the type was checked above")
    }
    try checkUnique(series)
    series.sort { $0.labels.precedes($1.labels) }
    return evaluator.result(.matrix(series))
  }

  private static func checkTimes(_ start: Int64, _ end: Int64) throws(QueryError) {
    // Ranges and offsets are bounded too, so that no sum of times passes 64 bits.
    guard start.magnitude < 1 << 60, end.magnitude < 1 << 60 else {
      throw QueryError(.badData, "timestamp out of bounds")
    }
  }

  private func check(_ expression: Expression) throws(QueryError) {
    guard expression.depth <= settings.limits.depth * 10 else {
      throw QueryError(.limit, "expression nested too deep")
    }
    try budget.look()
  }

  private func result(_ value: QueryResult.Value) -> QueryResult {
    QueryResult(
      value: value, warnings: notes.warnings, infos: notes.infos,
      peakSamples: budget.peakSamples)
  }

  private static func series(of rows: [Row], _ grid: Grid) -> [QueryResult.Series] {
    var series: [QueryResult.Series] = []
    series.reserveCapacity(rows.count)
    for row in rows {
      var points: [QueryResult.Point] = []
      points.reserveCapacity(grid.count)
      for index in 0..<grid.count {
        switch row.sample(index) {
        case .none: continue
        case .float(let value):
          points.append(QueryResult.Point(time: grid.time(index), sample: .float(value)))
        case .histogram(let histogram):
          points.append(QueryResult.Point(time: grid.time(index), sample: .histogram(histogram)))
        }
      }
      if !points.isEmpty { series.append(QueryResult.Series(labels: row.labels, points: points)) }
    }
    return series
  }

  private static func checkUnique(_ series: [QueryResult.Series]) throws(QueryError) {
    if Set(series.map(\.labels)).count != series.count {
      throw .execution("vector cannot contain metrics with the same labelset")
    }
  }

  private static func keepsOrder(_ expression: Expression) -> Bool {
    switch expression.stripped.node {
    case .call(let function, _):
      ["sort", "sort_desc", "sort_by_label", "sort_by_label_desc"].contains(function.name)
    case .aggregation(let aggregation):
      aggregation.operation == .topk || aggregation.operation == .bottomk
    default: false
    }
  }

  private mutating func matrix(_ expression: Expression) throws(QueryError) -> QueryResult {
    let windows = try ranges(expression, outer)
    var series: [QueryResult.Series] = []
    let (after, through) = windows.bounds(of: 0)
    for data in windows.series {
      var points: [QueryResult.Point] = []
      for (time, value) in zip(data.times, data.values) where time > after && time <= through {
        points.append(QueryResult.Point(time: time, sample: .float(value)))
      }
      for (time, value) in zip(data.histogramTimes, data.histograms)
      where time > after && time <= through {
        points.append(QueryResult.Point(time: time, sample: .histogram(value)))
      }
      points.sort { $0.time < $1.time }
      if !points.isEmpty { series.append(QueryResult.Series(labels: data.labels, points: points)) }
    }
    series.sort { $0.labels.precedes($1.labels) }
    return result(.matrix(series))
  }
}

extension Evaluator {
  /// The value of an expression at each time of `grid`, charged to the budget.
  mutating func evaluate(_ expression: Expression, _ grid: Grid) throws(QueryError) -> Value {
    try budget.look()
    let before = budget.samples
    let value = try computed(expression, grid)
    // Whatever the parts held is gone; what counts from here on is the result.
    budget.release(budget.samples - before)
    try budget.take(value.cost)
    return value
  }

  private mutating func computed(
    _ expression: Expression, _ grid: Grid
  ) throws(QueryError) -> Value {
    switch expression.node {
    case .number(let value):
      try budget.take(grid.count)
      return .scalar(Array(repeating: value, count: grid.count))
    case .string(let text): return .string(text)
    case .parenthesis(let inner): return try evaluate(inner, grid)
    case .selector(let selector): return .rows(try instantRows(selector, grid))
    case .range, .subquery: preconditionFailure("only functions read ranges")
    case .sign(let isNegative, let inner): return try signed(isNegative, inner, grid)
    case .binary(let operation): return try binary(operation, grid)
    case .aggregation(let aggregation): return .rows(try aggregate(aggregation, grid))
    case .call(let function, let arguments): return try call(function, arguments, grid)
    }
  }

  private mutating func signed(
    _ isNegative: Bool, _ inner: Expression, _ grid: Grid
  ) throws(QueryError) -> Value {
    let value = try evaluate(inner, grid)
    guard isNegative else { return value }
    switch value {
    case .scalar(let values): return .scalar(values.map { -$0 })
    case .string: preconditionFailure("the checker refuses a sign before a string")
    case .rows(var rows):
      for index in rows.indices {
        rows[index].labels = rows[index].labels.withoutMetadata
        rows[index].negate()
      }
      try refuseRepeats(rows)
      return .rows(rows)
    }
  }

  /// Refuses two series with the same labels, whatever their times.
  func refuseRepeats(_ rows: [Row]) throws(QueryError) {
    if Set(rows.map(\.labels)).count != rows.count {
      throw .execution("vector cannot contain metrics with the same labelset")
    }
  }

  /// Joins series that came to have the same labels; refuses two samples at one time.
  func merged(_ rows: [Row]) throws(QueryError) -> [Row] {
    var places: [Labels: Int] = [:]
    places.reserveCapacity(rows.count)
    var result: [Row] = []
    result.reserveCapacity(rows.count)
    for row in rows {
      guard let place = places[row.labels] else {
        places[row.labels] = result.count
        result.append(row)
        continue
      }
      for index in row.values.indices where row.isPresent(index) {
        if result[place].isPresent(index) {
          throw .execution("vector cannot contain metrics with the same labelset")
        }
        result[place].set(index, row.sample(index))
      }
    }
    return result
  }
}

extension Row {
  fileprivate mutating func negate() {
    for index in values.indices where hasFloat(index) { values[index] = -values[index] }
    for index in histograms.indices {
      histograms[index] = histograms[index]?.scaled(by: -1)
    }
  }
}
