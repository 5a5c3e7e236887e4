internal import PromQL
internal import Windows

/// What is to be read of one metric name.
struct FamilyReading {
  let rows: FamilyRows
  let table: SeriesTable
  /// The rows that are asked for, and the sets that have one.
  let passing: [Bool]
  let wanted: [Bool]
  /// Before this (ms) nothing is known.
  let origin: Int64
  /// Whether the totals are those of the reader's scope.
  let isWhole: Bool

  var family: SeriesFamily { rows.part.family }
  var part: FamilyPart.Part { rows.part.part }

  var isOwed: Bool {
    if case .owed = family.place { true } else { false }
  }

  /// Counts of histograms are whole; sums and counters are of the family's unit.
  var divisor: Double { part == .bucket || part == .count ? 1 : family.divisor }

  /// What `/metrics` shows of a row; of a bucket, what it alone holds.
  func total(_ row: Int) -> Int128 {
    let (set, column) = row.quotientAndRemainder(dividingBy: rows.columnCount)
    var total: Int128 = 0
    for series in rows.members[set] { total += self.total(series: series, column) }
    return total
  }

  private func total(series: Int, _ column: Int) -> Int128 {
    let group = family.group
    switch family.place {
    case .counters(let first):
      return Int128(table.counters[series * group.counters + first + column])
    case .amounts(let first): return table.amounts[series * group.amounts + first + column]
    case .owed(let index): return -(table.owedAmounts[series * group.amounts + index] ?? 0)
    case .histogram(let index, let bounds):
      return total(
        table.histograms[series * group.histograms + index], bounds, column)
    }
  }

  private func total(
    _ histogram: SeriesHistogram, _ bounds: HistogramBounds, _ column: Int
  ) -> Int128 {
    guard part == .bucket else {
      return part == .count ? Int128(histogram.count) : histogram.sum
    }
    var total: Int64 = 0
    for (place, count) in histogram.doublings.enumerated()
    where bounds.place(ofDoubling: histogram.firstDoubling + place) == column {
      total += count
    }
    return Int128(total)
  }

  /// How many observations the histogram of a set holds.
  func observations(_ set: Int) -> Int128 {
    guard case .histogram(let index, _) = family.place else { return 0 }
    return rows.members[set].reduce(0) { total, series in
      total + Int128(table.histograms[series * family.group.histograms + index].count)
    }
  }

  /// Whether `/metrics` shows a row.
  func isShown(_ row: Int) -> Bool {
    guard case .histogram(let index, _) = family.place else {
      return family.keepsZeros || total(row) != 0
    }
    return rows.members[row / rows.columnCount].contains { series in
      !table.histograms[series * family.group.histograms + index].counts.isEmpty
    }
  }
}
