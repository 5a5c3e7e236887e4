extension Evaluator {
  mutating func call(
    _ function: Function, _ arguments: [Expression], _ grid: Grid
  ) throws(QueryError) -> Value {
    let name = function.name
    if let kernel = RangeKernel(rawValue: name) {
      return .rows(try ranged(kernel, arguments, grid))
    }
    if let operation = RealMath.named(name) {
      return .rows(try mapped(arguments[0], grid) { operation($0) })
    }
    if let field = CalendarField(rawValue: name) {
      return .rows(try calendar(field, arguments, grid))
    }
    switch name {
    case "pi": return .scalar(Array(repeating: .pi, count: grid.count))
    case "time": return .scalar((0..<grid.count).map { Double(grid.time($0)) / 1000 })
    case "start": return constant(Double(outer.start) / 1000, grid)
    case "end": return constant(Double(outerEnd) / 1000, grid)
    case "step": return constant(Double(outerStep) / 1000, grid)
    case "range": return constant(Double(outerEnd - outer.start) / 1000, grid)
    case "min_of", "max_of":
      let left = try evaluate(arguments[0], grid).scalar
      let right = try evaluate(arguments[1], grid).scalar
      return .scalar(
        zip(left, right).map { name == "min_of" ? Self.least($0, $1) : Self.greatest($0, $1) })
    case "vector":
      return .rows([Row(.none, values: try evaluate(arguments[0], grid).scalar)])
    case "scalar": return .scalar(single(try evaluate(arguments[0], grid).rows, grid))
    case "clamp", "clamp_min", "clamp_max", "round":
      return .rows(try bounded(name, arguments, grid))
    case "timestamp": return .rows(try timestamps(arguments[0], grid))
    case "sort", "sort_desc", "sort_by_label", "sort_by_label_desc":
      return .rows(try sorted(name, arguments, grid))
    case "absent": return .rows(try absent(arguments[0], grid))
    case "absent_over_time": return .rows(try absentOverTime(arguments[0], grid))
    case "label_replace": return .rows(try labelReplace(arguments, grid))
    case "label_join": return .rows(try labelJoin(arguments, grid))
    default: return .rows(try histogramCall(name, arguments, grid))
    }
  }

  private func constant(_ value: Double, _ grid: Grid) -> Value {
    .scalar(Array(repeating: value, count: grid.count))
  }

  // MARK: ranges

  private mutating func ranged(
    _ kernel: RangeKernel, _ arguments: [Expression], _ grid: Grid
  ) throws(QueryError) -> [Row] {
    var scalars: [[Double]] = []
    for argument in arguments where argument.type == .scalar {
      scalars.append(try evaluate(argument, grid).scalar)
    }
    guard let argument = arguments.first(where: { $0.type == .matrix }) else {
      preconditionFailure("a range function has a range")
    }
    let outerCall = callName
    callName = kernel.rawValue
    let windows = try ranges(argument, grid)
    callName = outerCall
    var rows: [Row] = []
    rows.reserveCapacity(windows.series.count)
    for data in windows.series {
      try budget.take(grid.count)
      let row = try row(of: kernel, data, windows, scalars)
      if row.isEmpty { continue }
      rows.append(row)
      if kernel == .rate || kernel == .increase { noteDoubtfulCounter(data) }
    }
    if !kernel.keepsName { try refuseRepeats(rows) }
    return rows
  }

  private mutating func noteDoubtfulCounter(_ data: SeriesData) {
    let name = data.labels.metricName
    let isCounter = ["_total", "_sum", "_count", "_bucket"].contains(where: name.hasSuffix)
    if isCounter || name.isEmpty || data.values.isEmpty { return }
    notes.inform(
      "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"\(name)\"")
  }

  private mutating func row(
    of kernel: RangeKernel, _ data: SeriesData, _ windows: RangeWindows, _ scalars: [[Double]]
  ) throws(QueryError) -> Row {
    let grid = windows.grid
    var row = Row(kernel.keepsName ? data.labels : data.labels.withoutMetadata, count: grid.count)
    var floats = 0..<0
    var histograms = 0..<0
    let isConstant = windows.isFixed && scalars.isEmpty && kernel != .predictLinear
    for index in 0..<grid.count {
      if isConstant && index > 0 {
        row.set(index, row.sample(0))
        continue
      }
      let (after, through) = windows.bounds(of: index)
      floats = Self.slide(floats, over: data.times, after, through)
      histograms = Self.slide(histograms, over: data.histogramTimes, after, through)
      guard !floats.isEmpty || !histograms.isEmpty else { continue }
      try budget.spend(floats.count + histograms.count)
      let window = Window(
        floats: floats, histograms: histograms, after: after, through: through,
        time: grid.time(index))
      let sample = try kernel.apply(
        data, window, scalars.isEmpty ? 0 : scalars[0][index],
        scalars.count < 2 ? 0 : scalars[1][index], &notes)
      row.set(index, sample)
    }
    return row
  }

  /// Moves a window forward over ascending times.
  private static func slide(
    _ window: Range<Int>, over times: [Int64], _ after: Int64, _ through: Int64
  ) -> Range<Int> {
    var low = window.lowerBound
    var high = window.upperBound
    while high < times.count, times[high] <= through { high += 1 }
    while low < high, times[low] <= after { low += 1 }
    return low..<high
  }

  // MARK: sample by sample

  /// Each float changed, histograms left out, names dropped.
  private mutating func mapped(
    _ argument: Expression, _ grid: Grid, _ change: (Double) -> Double
  ) throws(QueryError) -> [Row] {
    try changed(try evaluate(argument, grid).rows, grid) { value, _ in change(value) }
  }

  private func changed(
    _ rows: [Row], _ grid: Grid, _ change: (Double, Int) -> Double?
  ) throws(QueryError) -> [Row] {
    var result: [Row] = []
    result.reserveCapacity(rows.count)
    for row in rows {
      var output = Row(row.labels.withoutMetadata, count: grid.count)
      var isEmpty = true
      for index in 0..<grid.count where row.hasFloat(index) {
        guard let value = change(row.values[index], index) else { continue }
        output.values[index] = value
        isEmpty = false
      }
      if !isEmpty { result.append(output) }
    }
    return try merged(result)
  }

  private mutating func bounded(
    _ name: String, _ arguments: [Expression], _ grid: Grid
  ) throws(QueryError) -> [Row] {
    let rows = try evaluate(arguments[0], grid).rows
    var bounds: [[Double]] = []
    for argument in arguments.dropFirst() { bounds.append(try evaluate(argument, grid).scalar) }
    return try changed(rows, grid) { value, index in
      switch name {
      case "clamp_min": return Self.greatest(value, bounds[0][index])
      case "clamp_max": return Self.least(value, bounds[0][index])
      case "clamp":
        let (low, high) = (bounds[0][index], bounds[1][index])
        return low > high ? nil : Self.greatest(low, Self.least(high, value))
      default:
        let inverse = 1 / (bounds.first?[index] ?? 1)
        return (value * inverse + 0.5).rounded(.down) / inverse
      }
    }
  }

  /// The lesser number; NaN when either is.
  private static func least(_ left: Double, _ right: Double) -> Double {
    left.isNaN || right.isNaN ? .nan : min(left, right)
  }

  private static func greatest(_ left: Double, _ right: Double) -> Double {
    left.isNaN || right.isNaN ? .nan : max(left, right)
  }

  private func single(_ rows: [Row], _ grid: Grid) -> [Double] {
    (0..<grid.count).map { index in
      let floats = rows.filter { $0.hasFloat(index) }
      return floats.count == 1 ? floats[0].values[index] : .nan
    }
  }

  private mutating func timestamps(
    _ argument: Expression, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    if case .selector(let selector) = argument.stripped.node {
      var rows = try picked(selector, grid, pick: .time)
      for index in rows.indices { rows[index].labels = rows[index].labels.withoutMetadata }
      return try merged(rows)
    }
    var rows = try evaluate(argument, grid).rows
    for number in rows.indices {
      rows[number].labels = rows[number].labels.withoutMetadata
      for index in 0..<grid.count where rows[number].isPresent(index) {
        rows[number].clear(index)
        rows[number].values[index] = Double(grid.time(index)) / 1000
      }
    }
    return try merged(rows)
  }

  // MARK: order

  private mutating func sorted(
    _ name: String, _ arguments: [Expression], _ grid: Grid
  ) throws(QueryError) -> [Row] {
    let rows = try evaluate(arguments[0], grid).rows
    var names: [String] = []
    for argument in arguments.dropFirst() { names.append(try evaluate(argument, grid).string) }
    // Order means something only in an instant vector.
    guard grid.count == 1 else { return rows }
    switch name {
    case "sort":
      return rows.filter { $0.hasFloat(0) }
        .sorted { Self.precedes($0.values[0], $1.values[0], ascending: true) }
    case "sort_desc":
      return rows.filter { $0.hasFloat(0) }
        .sorted { Self.precedes($0.values[0], $1.values[0], ascending: false) }
    default:
      let isDescending = name == "sort_by_label_desc"
      return rows.sorted { left, right in
        for name in names {
          let first = left.labels[name]
          let second = right.labels[name]
          if first == second { continue }
          return NaturalOrder.precedes(first, second) != isDescending
        }
        return left.labels.precedes(right.labels) != isDescending
      }
    }
  }

  /// NaN comes last either way.
  private static func precedes(_ left: Double, _ right: Double, ascending: Bool) -> Bool {
    if left.isNaN || right.isNaN { return !left.isNaN && right.isNaN }
    return ascending ? left < right : left > right
  }

  // MARK: absence

  private mutating func absent(
    _ argument: Expression, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    let rows = try evaluate(argument, grid).rows
    var output = Row(Self.absentLabels(argument), count: grid.count)
    for index in 0..<grid.count where !rows.contains(where: { $0.isPresent(index) }) {
      output.values[index] = 1
    }
    return output.isEmpty ? [] : [output]
  }

  private mutating func absentOverTime(
    _ argument: Expression, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    let windows = try ranges(argument, grid)
    var flags = Array(repeating: false, count: grid.count)
    for data in windows.series {
      var floats = 0..<0
      var histograms = 0..<0
      for index in 0..<grid.count {
        let (after, through) = windows.bounds(of: index)
        floats = Self.slide(floats, over: data.times, after, through)
        histograms = Self.slide(histograms, over: data.histogramTimes, after, through)
        if !floats.isEmpty || !histograms.isEmpty { flags[index] = true }
      }
    }
    var output = Row(Self.absentLabels(argument), count: grid.count)
    for index in 0..<grid.count where !flags[index] { output.values[index] = 1 }
    return output.isEmpty ? [] : [output]
  }

  /// The labels that a selector fixes with `=`.
  private static func absentLabels(_ argument: Expression) -> Labels {
    let matchers: [LabelMatcher]
    switch argument.stripped.node {
    case .selector(let selector): matchers = selector.matchers
    case .range(let selector, _): matchers = selector.matchers
    default: return .none
    }
    var labels: [Label] = []
    for matcher in matchers where matcher.name != LabelName.metric {
      let isAlone = matchers.count { $0.name == matcher.name } == 1
      if matcher.operation == .equal && isAlone {
        labels.append(Label(matcher.name, matcher.value))
      }
    }
    return Labels(labels)
  }
}
