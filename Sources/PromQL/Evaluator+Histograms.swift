/// The rows that make up one histogram: classic buckets, native samples, or both.
private struct HistogramRows {
  let labels: Labels
  var buckets: [(upper: Double, row: Int)] = []
  var native: Int?
}

extension Evaluator {
  mutating func histogramCall(
    _ name: String, _ arguments: [Expression], _ grid: Grid
  ) throws(QueryError) -> [Row] {
    switch name {
    case "histogram_quantile":
      let shares = try evaluate(arguments[0], grid).scalar
      let rows = try evaluate(arguments[1], grid).rows
      return try merged(quantiles(rows, shares, grid))
    case "histogram_quantiles": return try manyQuantiles(arguments, grid)
    case "histogram_fraction":
      let lower = try evaluate(arguments[0], grid).scalar
      let upper = try evaluate(arguments[1], grid).scalar
      let rows = try evaluate(arguments[2], grid).rows
      return try merged(
        histogramValues(
          rows, grid, classic: { $0.fraction(from: lower[$1], to: upper[$1]) },
          native: { $0.fraction(from: lower[$1], to: upper[$1]) }))
    default: return try parts(name, arguments[0], grid)
    }
  }

  private mutating func quantiles(
    _ rows: [Row], _ shares: [Double], _ grid: Grid
  ) throws(QueryError) -> [Row] {
    if !shares.allSatisfy(Quantile.isShare) { notes.warn(Quantile.warning) }
    return try histogramValues(
      rows, grid, classic: { $0.quantile(shares[$1]) }, native: { $0.quantile(shares[$1]) })
  }

  private mutating func manyQuantiles(
    _ arguments: [Expression], _ grid: Grid
  ) throws(QueryError) -> [Row] {
    let rows = try evaluate(arguments[0], grid).rows
    let label = try evaluate(arguments[1], grid).string
    guard !label.isEmpty else { throw .execution("invalid label name \"\"") }
    var result: [Row] = []
    for argument in arguments.dropFirst(2) {
      let shares = try evaluate(argument, grid).scalar
      for var row in try quantiles(rows, shares, grid) {
        if !row.labels[label].isEmpty {
          throw .execution("label \"\(label)\" is already there in histogram_quantiles()")
        }
        row.labels = row.labels.setting(label, to: NumberText.plain(shares[0]))
        result.append(row)
      }
    }
    return try merged(result)
  }

  /// One value a histogram and time.
  private mutating func histogramValues(
    _ rows: [Row], _ grid: Grid, classic: (ClassicHistogram, Int) -> Double,
    native: (NativeHistogram, Int) -> Double
  ) throws(QueryError) -> [Row] {
    var result: [Row] = []
    var sorted: [ClassicHistogram.Bucket] = []
    for histogram in histograms(of: rows) {
      try budget.take(grid.count)
      try budget.spend(histogram.buckets.count * grid.count)
      var output = Row(histogram.labels.withoutMetadata, count: grid.count)
      for index in 0..<grid.count {
        sorted.removeAll(keepingCapacity: true)
        for (upper, row) in histogram.buckets where rows[row].hasFloat(index) {
          sorted.append(ClassicHistogram.Bucket(upper: upper, count: rows[row].values[index]))
        }
        let sample = histogram.native.flatMap { rows[$0].histogram(index) }
        if let sample {
          if sorted.isEmpty {
            output.values[index] = native(sample, index)
          } else {
            notes.warn("vector contains a mix of classic and native histograms")
          }
        } else if !sorted.isEmpty {
          guard let value = ClassicHistogram(sorted: sorted) else {
            output.values[index] = .nan
            continue
          }
          if value.wasForced {
            notes.inform(
              "input to histogram_quantile needed to be fixed for monotonicity")
          }
          output.values[index] = classic(value, index)
        }
      }
      if !output.isEmpty { result.append(output) }
    }
    return result
  }

  private mutating func histograms(of rows: [Row]) -> [HistogramRows] {
    var result: [HistogramRows] = []
    var places: [Labels: Int] = [:]
    func place(_ labels: Labels) -> Int {
      if let known = places[labels] { return known }
      places[labels] = result.count
      result.append(HistogramRows(labels: labels))
      return result.count - 1
    }
    for (number, row) in rows.enumerated() {
      if !row.histograms.isEmpty { result[place(row.labels)].native = number }
      guard row.values.contains(where: { !StaleMarker.isStale($0) }) else { continue }
      let bound = row.labels[LabelName.bucket]
      guard let upper = Self.bound(bound) else {
        notes.warn("bucket label \"le\" is missing or has a malformed value of \"\(bound)\"")
        continue
      }
      result[place(row.labels.dropping([LabelName.bucket]))].buckets.append((upper, number))
    }
    for index in result.indices { result[index].buckets.sort { $0.upper < $1.upper } }
    return result
  }

  private static func bound(_ text: String) -> Double? {
    switch text {
    case "+Inf", "Inf", "inf", "+inf": .infinity
    case "-Inf", "-inf": -.infinity
    case "": nil
    default: Double(text)
    }
  }

  /// A number out of each native histogram.
  private mutating func parts(
    _ name: String, _ argument: Expression, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    let rows = try evaluate(argument, grid).rows
    var result: [Row] = []
    for row in rows where !row.histograms.isEmpty {
      var output = Row(row.labels.withoutMetadata, count: grid.count)
      for index in 0..<grid.count {
        guard let histogram = row.histogram(index) else { continue }
        output.values[index] =
          switch name {
          case "histogram_count": histogram.count
          case "histogram_sum": histogram.sum
          case "histogram_avg": histogram.sum / histogram.count
          case "histogram_stdvar": histogram.variance
          default: histogram.variance.squareRoot()
          }
      }
      if !output.isEmpty { result.append(output) }
    }
    return try merged(result)
  }
}
