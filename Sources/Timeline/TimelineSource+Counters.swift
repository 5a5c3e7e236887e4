internal import History
internal import PromQL
internal import Telemetry
internal import Windows

/// The families of counters.
extension TimelineSource {
  /// Appends the series of one metric name that pass.
  func append(
    _ part: FamilyPart, _ tests: [LabelTest], _ times: SampleTimes, _ picture: Picture,
    to selection: inout Selection
  ) throws(QueryError) {
    guard let reading = reading(part, tests, picture) else { return }
    if case .none = part.family.history {
      return appendUnchanging(reading, times, picture, to: &selection)
    }
    let counted = try counted(reading, times, picture)
    selection.coarseStep = max(selection.coarseStep, times.coarseStep)
    if part.part == .native {
      try appendNative(counted, to: &selection)
    } else {
      try appendFloats(counted, picture, to: &selection)
    }
  }

  /// What is to be read of a metric name; nil when nothing passes.
  func reading(
    _ part: FamilyPart, _ tests: [LabelTest], _ picture: Picture
  ) -> FamilyReading? {
    let table = picture.totals[part.family.group]
    let rows = timeline.memory.rows(of: part, table)
    let isAll = tests.allSatisfy { $0.matcher.name == LabelName.metric } && scope == .all
    let passing =
      isAll
      ? Array(repeating: true, count: rows.labels.count)
      : rows.labels.map { isInScope($0, part.family) && Self.pass($0, tests) }
    guard passing.contains(true) else { return nil }
    var wanted = Array(repeating: false, count: rows.setCount)
    for (row, passes) in passing.enumerated() where passes { wanted[row / rows.columnCount] = true }
    return FamilyReading(
      rows: rows, table: table, passing: passing, wanted: wanted,
      origin: picture.tiers.origin * 1_000, isWhole: scope == .all || part.family.group == .tenant)
  }

  /// A tenant's own series, and those that tell no tenants apart.
  private func isInScope(_ labels: Labels, _ family: SeriesFamily) -> Bool {
    guard family.group == .tenant, case .only(let tenants) = scope else { return true }
    return tenants.contains(labels[Dimension.tenant.name])
  }

  /// Reads what was counted.
  func counted(
    _ reading: FamilyReading, _ times: SampleTimes, _ picture: Picture
  ) throws(QueryError) -> CountedFamily {
    guard reading.rows.labels.count * (times.times.count + 1) <= limits.samples else {
      throw Self.tooMany
    }
    var visitor = CounterVisitor(
      reading.rows, reading.table, wanted: reading.wanted, times.times, now: picture.tiers.now,
      end: picture.tiers.seconds)
    // Without totals of the scope, a value is all that was counted up to its time.
    let isLevel = !reading.isWhole && !times.isDifference
    let first = isLevel ? reading.origin - 1 : times.times.first ?? picture.tiers.now
    try visit(reading.family, &visitor, after: first, picture)
    return CountedFamily(reading: reading, times: times, visitor: visitor)
  }

  /// A family without history: the correction of a counter, which goes with each of its values, or
  /// what is known at present only.
  private func appendUnchanging(
    _ reading: FamilyReading, _ times: SampleTimes, _ picture: Picture,
    to selection: inout Selection
  ) {
    guard reading.isWhole else { return }
    let known = times.times.filter { $0 >= reading.origin }
    guard let last = known.last, reading.isOwed || last > picture.tiers.now - Self.presentReach
    else { return }
    let shown = reading.isOwed ? known : [last]
    for (row, passes) in reading.passing.enumerated() where passes && reading.isShown(row) {
      let value = Double(reading.total(row)) / reading.divisor
      selection.series.append(
        SeriesData(
          labels: reading.rows.labels[row], times: shown,
          values: Array(repeating: value, count: shown.count)))
    }
  }

  private func appendFloats(
    _ counted: CountedFamily, _ picture: Picture, to selection: inout Selection
  ) throws(QueryError) {
    let (reading, all) = (counted.reading, counted.times.times)
    let columns = reading.rows.columnCount
    for set in 0..<reading.rows.setCount where reading.wanted[set] {
      if set & 255 == 0 { try look() }
      let rows = set * columns..<(set + 1) * columns
      let begin = counted.begin(of: rows)
      guard begin < all.count else { continue }
      let times = begin == 0 ? all : Array(all[begin...])
      var below: [Int128] = []
      for row in rows {
        var values = counted.values(row, from: begin)
        if reading.part == .bucket {
          // A bucket counts all that the ones below it hold.
          if !below.isEmpty { for index in values.indices { values[index] += below[index] } }
          below = values
        }
        guard reading.passing[row], counted.isShown(row) else { continue }
        let divisor = reading.divisor
        var data = SeriesData(
          labels: reading.rows.labels[row], times: times,
          values: values.map { Double($0) / divisor })
        data.hasEnds = counted.times.isDifference
        if !isKnown(row, reading) {
          guard times.last ?? 0 > picture.tiers.now - Self.presentReach else { continue }
          data.times.removeFirst(times.count - 1)
          data.values.removeFirst(times.count - 1)
        }
        selection.series.append(data)
      }
    }
  }

  /// Whether history knows a row: of some words it knows nothing, which are shown at present only,
  /// lest they seem to stand still.
  private func isKnown(_ row: Int, _ reading: FamilyReading) -> Bool {
    guard case .fields(let fields) = reading.family.history else { return true }
    return fields[row % reading.rows.columnCount] != nil
  }
}
