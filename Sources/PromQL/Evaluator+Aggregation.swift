/// What a group has gathered at one time.
private struct Cell {
  var floats = 0.0
  var histograms = 0.0
  var value = 0.0
  var compensation = 0.0
  var second = 0.0
  var secondCompensation = 0.0
}

/// The groups of an aggregation.
struct AggregationGroups {
  private(set) var labels: [Labels] = []
  private(set) var numbers: [Int] = []

  init(_ rows: [Row], _ aggregation: Aggregation) {
    var places: [Labels: Int] = [:]
    numbers.reserveCapacity(rows.count)
    let dropped = aggregation.labels + [LabelName.metric]
    for row in rows {
      let key: Labels
      if aggregation.isWithout {
        key = row.labels.dropping(dropped)
      } else {
        key = aggregation.labels.isEmpty ? .none : row.labels.keeping(aggregation.labels)
      }
      if let known = places[key] {
        numbers.append(known)
      } else {
        places[key] = labels.count
        numbers.append(labels.count)
        labels.append(key)
      }
    }
  }
}

extension Evaluator {
  mutating func aggregate(
    _ aggregation: Aggregation, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    var parameter: Value?
    if let expression = aggregation.parameter { parameter = try evaluate(expression, grid) }
    let rows = try evaluate(aggregation.operand, grid).rows
    let groups = AggregationGroups(rows, aggregation)
    try budget.take(groups.labels.count * grid.count)
    switch aggregation.operation {
    case .sum, .avg: return try sums(aggregation, rows, groups, grid)
    case .min, .max, .count, .group, .stddev, .stdvar:
      return try folded(aggregation, rows, groups, grid)
    case .quantile:
      return try quantiles(parameter?.scalar ?? [], rows, groups, grid)
    case .countValues:
      return try valueCounts(parameter?.string ?? "", rows, groups, grid)
    case .topk, .bottomk, .limitk, .limitRatio:
      return try chosen(aggregation.operation, parameter?.scalar ?? [], rows, groups, grid)
    }
  }

  // MARK: sum and avg

  private mutating func sums(
    _ aggregation: Aggregation, _ rows: [Row], _ groups: AggregationGroups, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    let isMean = aggregation.operation == .avg
    var output = groups.labels.map { Row($0, count: grid.count) }
    var members = Array(repeating: [Int](), count: groups.labels.count)
    for (row, group) in groups.numbers.enumerated() { members[group].append(row) }
    for (group, rowNumbers) in members.enumerated() {
      try budget.spend(rowNumbers.count * grid.count)
      var sums = Array(repeating: Cell(), count: grid.count)
      var means = isMean ? Array(repeating: KahanSum.Mean(), count: grid.count) : []
      var totals: [HistogramTotal?] = []
      for number in rowNumbers {
        for index in 0..<grid.count {
          if rows[number].hasFloat(index) {
            let value = rows[number].values[index]
            sums[index].floats += 1
            if isMean {
              means[index].add(value)
            } else {
              sums[index].sum(value)
            }
          } else if let histogram = rows[number].histogram(index) {
            if totals.isEmpty { totals = Array(repeating: nil, count: grid.count) }
            sums[index].histograms += 1
            totals[index] = totals[index] ?? HistogramTotal()
            totals[index]?.add(histogram, &notes)
          }
        }
      }
      for index in 0..<grid.count {
        if sums[index].floats > 0 && sums[index].histograms > 0 {
          notes.warn(
            "encountered a mix of histograms and floats for \"\(aggregation.operation)\""
          )
        } else if sums[index].floats > 0 {
          output[group].values[index] =
            isMean ? means[index].value : sums[index].value + sums[index].compensation
        } else if sums[index].histograms > 0,
          let result = isMean ? totals[index]?.mean : totals[index]?.sum
        {
          output[group].set(index, .histogram(result))
        }
      }
    }
    return output.filter { !$0.isEmpty }
  }

  // MARK: min, max, count, group, stddev, stdvar

  private mutating func folded(
    _ aggregation: Aggregation, _ rows: [Row], _ groups: AggregationGroups, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    let operation = aggregation.operation
    var cells = Array(repeating: Cell(), count: groups.labels.count * grid.count)
    for (row, group) in zip(rows, groups.numbers) {
      try budget.spend(grid.count)
      for index in 0..<grid.count {
        if row.hasFloat(index) {
          cells[group * grid.count + index].fold(row.values[index], operation)
        } else if !row.histograms.isEmpty, row.histograms[index] != nil {
          cells[group * grid.count + index].histograms += 1
          if operation != .count && operation != .group {
            notes.inform("ignored histogram in \(operation.rawValue) aggregation")
          }
        }
      }
    }
    var output = groups.labels.map { Row($0, count: grid.count) }
    for group in output.indices {
      for index in 0..<grid.count {
        if let value = cells[group * grid.count + index].result(operation) {
          output[group].values[index] = value
        }
      }
    }
    return output.filter { !$0.isEmpty }
  }

  // MARK: quantile and count_values

  private mutating func quantiles(
    _ shares: [Double], _ rows: [Row], _ groups: AggregationGroups, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    var output = groups.labels.map { Row($0, count: grid.count) }
    var members = Array(repeating: [Int](), count: groups.labels.count)
    for (row, group) in groups.numbers.enumerated() { members[group].append(row) }
    var values: [Double] = []
    for (group, rowNumbers) in members.enumerated() {
      for index in 0..<grid.count {
        try budget.spend(rowNumbers.count)
        values.removeAll(keepingCapacity: true)
        for number in rowNumbers {
          if rows[number].hasFloat(index) {
            values.append(rows[number].values[index])
          } else if rows[number].histogram(index) != nil {
            notes.inform("ignored histogram in quantile aggregation")
          }
        }
        if !Quantile.isShare(shares[index]) { notes.warn(Quantile.warning) }
        if !values.isEmpty {
          output[group].values[index] = Quantile.of(&values, shares[index])
        }
      }
    }
    return output.filter { !$0.isEmpty }
  }

  private mutating func valueCounts(
    _ label: String, _ rows: [Row], _ groups: AggregationGroups, _ grid: Grid
  ) throws(QueryError) -> [Row] {
    guard !label.isEmpty else { throw .execution("invalid label name \"\(label)\"") }
    var output: [Row] = []
    var places: [Labels: Int] = [:]
    for (row, group) in zip(rows, groups.numbers) {
      for index in 0..<grid.count where row.isPresent(index) {
        let text =
          row.hasFloat(index)
          ? NumberText.plain(row.values[index])
          : row.histogram(index).map { $0.description } ?? ""
        let labels = groups.labels[group].setting(label, to: text)
        let place = places[labels] ?? output.count
        if place == output.count {
          try budget.take(grid.count)
          places[labels] = place
          output.append(Row(labels, count: grid.count))
        }
        let seen = output[place].hasFloat(index) ? output[place].values[index] : 0
        output[place].values[index] = seen + 1
      }
    }
    return output
  }
}

extension Cell {
  @inline(__always)
  fileprivate mutating func sum(_ value: Double) {
    KahanSum.add(value, to: &self.value, &compensation)
  }

  @inline(__always)
  fileprivate mutating func fold(_ value: Double, _ operation: Aggregation.Operator) {
    floats += 1
    switch operation {
    case .min: if floats == 1 || value < self.value || self.value.isNaN { self.value = value }
    case .max: if floats == 1 || value > self.value || self.value.isNaN { self.value = value }
    case .stddev, .stdvar:
      let delta = value - (self.value + compensation)
      KahanSum.add(delta / floats, to: &self.value, &compensation)
      KahanSum.add(
        delta * (value - (self.value + compensation)), to: &second, &secondCompensation)
    default: break
    }
  }

  fileprivate func result(_ operation: Aggregation.Operator) -> Double? {
    switch operation {
    case .count: return floats + histograms > 0 ? floats + histograms : nil
    case .group: return floats + histograms > 0 ? 1 : nil
    default: break
    }
    guard floats > 0 else { return nil }
    switch operation {
    case .stdvar: return (second + secondCompensation) / floats
    case .stddev: return ((second + secondCompensation) / floats).squareRoot()
    default: return value
    }
  }
}

/// A running sum of histograms.
struct HistogramTotal {
  private var total: NativeHistogram?
  private var count = 0.0
  private var isMixed = false
  private var countMean = KahanSum.Mean()
  private var sumMean = KahanSum.Mean()
  private var exactSum = 0.0
  private var compensation = 0.0

  mutating func add(_ histogram: NativeHistogram, _ notes: inout Annotations) {
    count += 1
    KahanSum.add(histogram.sum, to: &exactSum, &compensation)
    countMean.add(histogram.count)
    sumMean.add(histogram.sum)
    guard total != nil else {
      total = histogram
      return
    }
    guard let merge = total?.merge(histogram, times: 1) else {
      if !isMixed {
        notes.warn(
          "vector contains a mix of histograms with exponential and custom buckets schemas")
      }
      isMixed = true
      return
    }
    merge.report(to: &notes)
  }

  /// The sum; nil when exponential and custom buckets met.
  var sum: NativeHistogram? {
    guard !isMixed, var result = total?.compacted else { return nil }
    result.sum = exactSum + compensation
    return result
  }

  /// The mean; nil when exponential and custom buckets met.
  var mean: NativeHistogram? {
    guard var result = sum?.divided(by: count) else { return nil }
    // These two have means even where their sums pass the largest number.
    result.count = countMean.value
    result.sum = sumMean.value
    return result
  }
}

/// Quantiles of plain numbers.
enum Quantile {
  static let warning = "quantile value should be between 0 and 1"

  static func isShare(_ share: Double) -> Bool { share >= 0 && share <= 1 }

  /// The interpolated quantile; sorts `values`, NaN before all.
  static func of(_ values: inout [Double], _ share: Double) -> Double {
    if values.isEmpty || share.isNaN { return .nan }
    if share < 0 { return -.infinity }
    if share > 1 { return .infinity }
    values.sort { $0.isNaN ? !$1.isNaN : $0 < $1 }
    let rank = share * Double(values.count - 1)
    let lower = max(0, Int(rank))
    let upper = min(values.count - 1, lower + 1)
    let weight = rank - rank.rounded(.down)
    return values[lower] * (1 - weight) + values[upper] * weight
  }
}
