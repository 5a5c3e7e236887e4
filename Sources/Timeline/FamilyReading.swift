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

/// What was counted of one metric name between the times asked for: the values at these times.
///
/// A value is the total less what became visible later, so the newest is what `/metrics` shows. A
/// counter never falls: where more is taken back than counted, it stands still.
struct CountedFamily {
  let reading: FamilyReading
  let times: SampleTimes
  let visitor: CounterVisitor

  private var mayFall: Bool { reading.family.group == .score }

  /// What became visible of a row between the time before `bin` and the one there.
  func added(_ row: Int, _ bin: Int) -> Int128 {
    let counted = Int128(visitor.bins[row * visitor.width + bin])
    let isSum = reading.part == .sum || reading.part == .native
    return mayFall && isSum ? counted : max(0, counted)
  }

  /// The total, where it is of the reader's scope; else all that was counted.
  func newest(_ row: Int) -> Int128 {
    guard !reading.isWhole else { return reading.total(row) }
    var total: Int128 = 0
    for bin in 0..<visitor.width { total += added(row, bin) }
    return total
  }

  /// The values of a row at the times from `begin` on.
  func values(_ row: Int, from begin: Int) -> [Int128] {
    let count = times.times.count
    var values = Array(repeating: Int128(0), count: count - begin)
    var value = newest(row)
    for index in stride(from: count - 1, through: begin, by: -1) {
      value -= added(row, index + 1)
      values[index - begin] = mayFall ? value : max(0, value)
    }
    return values
  }

  /// Whether a row is shown at all: pages leave some out until anything was counted.
  func isShown(_ row: Int) -> Bool {
    reading.isWhole ? reading.isShown(row) : newest(row) != 0 || reading.part == .bucket
  }

  /// The place of the first time at which a set of rows is there. One of which everything was
  /// counted after the first time is there when the first of it is; for a range, with a zero before.
  func begin(of rows: Range<Int>) -> Int {
    let count = times.times.count
    guard let first = times.times.firstIndex(where: { $0 >= reading.origin }) else { return count }
    var earliest = visitor.width
    for row in rows {
      var before = newest(row)
      for bin in stride(from: count, to: first, by: -1) {
        let added = added(row, bin)
        if added != 0 { earliest = min(earliest, bin) }
        before -= added
      }
      if before > 0 { return first }
    }
    guard earliest <= count else { return reading.isWhole ? first : count }
    guard earliest < count else { return count }
    return max(first, earliest - (times.isRange ? 1 : 0))
  }
}
