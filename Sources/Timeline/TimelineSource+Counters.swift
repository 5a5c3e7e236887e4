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
    let sets = reading.wanted.count { $0 }
    guard sets * reading.rows.columnCount * (times.times.count + 1) <= limits.samples else {
      throw Self.tooMany
    }
    var visitor = CounterVisitor(
      reading.rows, reading.table, wanted: reading.wanted, times.times, now: picture.tiers.now,
      end: picture.tiers.seconds)
    // Without totals of the scope, a value is all that was counted up to its time.
    let isLevel = !reading.isWhole && !times.isDifference
    let first = isLevel ? reading.origin - 1 : times.times.first ?? picture.tiers.now
    let family = reading.family
    var labels = family.historyLabels
    if case .label(let label, _, _) = family.history { labels.append(label) }
    let reach = Reach(
      type: family.type, labels: labels, times: times.times, hasHours: reading.isWhole)
    var places = scope == .all ? timeline.memory.places(of: family, reading.table) : StretchPlaces()
    try visit(reach, &visitor, &places, after: first, picture)
    if scope == .all { timeline.memory.remember(places, of: family, reading.table) }
    return CountedFamily(reading: reading, times: times, visitor: visitor)
  }

  /// A family without history: the correction of a counter, which goes with each of its values, or
  /// what is known at present only.
  private func appendUnchanging(
    _ reading: FamilyReading, _ times: SampleTimes, _ picture: Picture,
    to selection: inout Selection
  ) {
    guard reading.isWhole else { return }
    let known = times.shown.filter { $0 >= reading.origin }
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
    let (reading, columns) = (counted.reading, counted.reading.rows.columnCount)
    for set in 0..<reading.rows.setCount where reading.wanted[set] {
      if set & 255 == 0 { try look() }
      let rows = set * columns..<(set + 1) * columns
      let begin = counted.begin(of: rows)
      let first = counted.firstShown(from: begin)
      guard first < counted.times.shown.count else { continue }
      let times = first == 0 ? counted.times.shown : Array(counted.times.shown[first...])
      let empty = Array(repeating: 0.0, count: counted.times.times.count - begin)
      var values = empty
      for row in rows {
        // A bucket counts all that the ones below it hold too.
        let isBucket = reading.part == .bucket
        let isWanted = reading.passing[row] && counted.isShown(row)
        guard isWanted || isBucket else { continue }
        if !isBucket { values = empty }
        counted.add(row, from: begin, to: &values)
        guard isWanted else { continue }
        var data = SeriesData(
          labels: reading.rows.labels[row], times: times,
          values: shown(values, counted, from: begin, first))
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

  /// The values of the samples from place `first` on.
  private func shown(
    _ values: [Double], _ counted: CountedFamily, from begin: Int, _ first: Int
  ) -> [Double] {
    let divisor = counted.reading.divisor
    guard counted.times.isDifference else {
      return divisor == 1 ? values : values.map { $0 / divisor }
    }
    return counted.times.places[first...].map { values[$0 - begin] / divisor }
  }

  /// Whether history knows a row: of some words it knows nothing, which are shown at present only,
  /// lest they seem to stand still.
  private func isKnown(_ row: Int, _ reading: FamilyReading) -> Bool {
    guard case .fields(let fields) = reading.family.history else { return true }
    return fields[row % reading.rows.columnCount] != nil
  }
}
