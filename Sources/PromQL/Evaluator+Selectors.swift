/// The samples a range function looks at, and where each of its windows lies.
struct RangeWindows {
  var series: [SeriesData]
  let grid: Grid
  /// Milliseconds of each window.
  var range: Int64
  let offset: Int64
  /// Where every window ends, before the offset, when `@` fixed it.
  let moment: Int64?

  /// The window of step `index`: samples after the first and up to the second time.
  func bounds(of index: Int) -> (after: Int64, through: Int64) {
    let end = (moment ?? grid.time(index)) - offset
    return (end - range, end)
  }

  /// Of the whole grid: where the first window begins and the last ends.
  var extent: (after: Int64, through: Int64) {
    (bounds(of: 0).after, bounds(of: grid.count - 1).through)
  }

  /// Windows that all are the same one.
  var isFixed: Bool { moment != nil }
}

extension Evaluator {
  /// Milliseconds of a duration, computed ones in the query's own step and range.
  func milliseconds(_ span: TimeSpan) throws(QueryError) -> Int64 {
    let exact = (seconds(span) * 1000).rounded(.toNearestOrAwayFromZero)
    guard let whole = Int64(exactly: exact), whole.magnitude < 1 << 53 else {
      throw .execution("duration out of range")
    }
    return whole
  }

  private func seconds(_ span: TimeSpan) -> Double {
    switch span {
    case .seconds(let seconds): return seconds
    case .step: return Double(outerStep) / 1000
    case .range: return Double(outerEnd - outer.start) / 1000
    case .negated(let inner): return -seconds(inner)
    case .parenthesis(let inner): return seconds(inner)
    case .combined(let operation, let left, let right):
      let left = seconds(left)
      let right = seconds(right)
      switch operation {
      case .add: return left + right
      case .subtract: return left - right
      case .multiply: return left * right
      case .divide: return left / right
      case .remainder: return RealMath.remainder(left, right)
      case .power: return RealMath.power(left, right)
      case .least: return min(left, right)
      case .greatest: return max(left, right)
      }
    }
  }

  private func offset(_ shift: TimeShift) throws(QueryError) -> Int64 {
    guard let span = shift.offset else { return 0 }
    return try milliseconds(span)
  }

  private func moment(_ shift: TimeShift) -> Int64? {
    switch shift.moment {
    case nil: nil
    case .milliseconds(let time): time
    case .start: outer.start
    case .end: outerEnd
    }
  }

  /// The latest sample of each series at each time.
  mutating func instantRows(_ selector: Selector, _ grid: Grid) throws(QueryError) -> [Row] {
    try picked(selector, grid, pick: .value)
  }

  /// What of the latest sample is wanted.
  enum Pick { case value, time }

  mutating func picked(
    _ selector: Selector, _ grid: Grid, pick: Pick
  ) throws(QueryError) -> [Row] {
    guard selector.edges == .plain else {
      throw .execution("\(selector.edges.rawValue) selectors are not supported")
    }
    var windows = RangeWindows(
      series: [], grid: grid, range: settings.lookback, offset: try offset(selector.shift),
      moment: moment(selector.shift))
    try read(selector, into: &windows, hintRange: 0)
    var rows: [Row] = []
    rows.reserveCapacity(windows.series.count)
    for data in windows.series {
      try budget.take(grid.count)
      if let row = latest(of: data, windows, pick) { rows.append(row) }
    }
    return rows
  }

  private func latest(of data: SeriesData, _ windows: RangeWindows, _ pick: Pick) -> Row? {
    let grid = windows.grid
    var row = Row(data.labels, count: grid.count)
    var isEmpty = true
    var float = -1
    var histogram = -1
    for index in 0..<grid.count {
      if windows.isFixed && index > 0 {
        row.set(index, row.sample(0))
        continue
      }
      let (after, through) = windows.bounds(of: index)
      while float + 1 < data.times.count, data.times[float + 1] <= through { float += 1 }
      let floatTime = float >= 0 ? data.times[float] : .min
      if !data.histograms.isEmpty {
        while histogram + 1 < data.histogramTimes.count,
          data.histogramTimes[histogram + 1] <= through
        {
          histogram += 1
        }
        if histogram >= 0, data.histogramTimes[histogram] > max(after, floatTime) {
          isEmpty = false
          row.set(
            index,
            pick == .value
              ? .histogram(data.histograms[histogram])
              : .float(Double(data.histogramTimes[histogram]) / 1000))
          continue
        }
      }
      guard floatTime > after, !StaleMarker.isStale(data.values[float]) else { continue }
      isEmpty = false
      row.values[index] = pick == .value ? data.values[float] : Double(floatTime) / 1000
    }
    return isEmpty ? nil : row
  }

  /// Reads the samples of all windows; coarse tiers widen them.
  private mutating func read(
    _ selector: Selector, into windows: inout RangeWindows, hintRange: Int64
  ) throws(QueryError) {
    let (after, through) = windows.extent
    let isOne = windows.isFixed || windows.grid.count == 1
    let hints = SelectHints(
      first: windows.bounds(of: 0).through, step: isOne ? 0 : windows.grid.step,
      range: hintRange, function: callName)
    let selection = try source.select(
      selector.matchers, after: after, through: through, hints: hints)
    for warning in selection.warnings { notes.warn(warning) }
    let least = 2 * selection.coarseStep
    if windows.range < least {
      windows.range = least
      notes.warn(
        "only samples \(DurationText.text(selection.coarseStep)) apart exist here: looked back "
          + DurationText.text(least))
    }
    windows.series = selection.series
    try budget.take(selection.series.reduce(0) { $0 + $1.sampleCount })
  }

  /// The windows of a range selector or subquery.
  mutating func ranges(_ expression: Expression, _ grid: Grid) throws(QueryError) -> RangeWindows {
    switch expression.stripped.node {
    case .range(let selector, let span):
      guard selector.edges == .plain else {
        throw .execution("\(selector.edges.rawValue) selectors are not supported")
      }
      var windows = RangeWindows(
        series: [], grid: grid, range: try positive(span), offset: try offset(selector.shift),
        moment: moment(selector.shift))
      try read(selector, into: &windows, hintRange: windows.range)
      for index in windows.series.indices { windows.series[index].dropStaleMarkers() }
      return windows
    case .subquery(let inner, let subquery):
      return try subqueryWindows(inner, subquery, grid)
    default: preconditionFailure("the checker wants a range")
    }
  }

  private func positive(_ span: TimeSpan) throws(QueryError) -> Int64 {
    let range = try milliseconds(span)
    guard range > 0 else { throw .execution("duration must be greater than 0") }
    return range
  }

  private mutating func subqueryWindows(
    _ inner: Expression, _ subquery: Subquery, _ grid: Grid
  ) throws(QueryError) -> RangeWindows {
    var windows = RangeWindows(
      series: [], grid: grid, range: try positive(subquery.range),
      offset: try offset(subquery.shift), moment: moment(subquery.shift))
    var step = settings.subqueryStep
    if let span = subquery.step { step = try positive(span) }
    let (after, through) = windows.extent
    // The first multiple of the step inside the first window.
    var start = after - after % step
    if start <= after { start += step }
    guard start <= through else { return windows }
    let count = (through - start) / step + 1
    guard count <= settings.limits.samples else {
      throw QueryError(.limit, "subquery would evaluate \(count) steps")
    }
    let inside = Grid(start: start, step: step, count: Int(count))
    let outerCall = callName
    callName = ""
    let rows = try evaluate(inner, inside).rows
    callName = outerCall
    windows.series = rows.map { SeriesData($0, inside) }
    return windows
  }
}

extension SeriesData {
  fileprivate mutating func dropStaleMarkers() {
    guard values.contains(where: StaleMarker.isStale) else { return }
    let kept = values.indices.filter { !StaleMarker.isStale(values[$0]) }
    times = kept.map { times[$0] }
    values = kept.map { values[$0] }
  }

  fileprivate init(_ row: Row, _ grid: Grid) {
    self.init(labels: row.labels, times: [], values: [])
    times.reserveCapacity(grid.count)
    values.reserveCapacity(grid.count)
    for index in 0..<grid.count {
      if row.hasFloat(index) {
        times.append(grid.time(index))
        values.append(row.values[index])
      } else if var histogram = row.histogram(index) {
        // Steps repeat and skip samples, so what was known of resets between them is void.
        if histogram.resetHint != .gauge { histogram.resetHint = .unknown }
        histogramTimes.append(grid.time(index))
        histograms.append(histogram)
      }
    }
  }
}
