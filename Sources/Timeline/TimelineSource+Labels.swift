internal import History
package import PromQL
internal import Telemetry
internal import Windows

/// A list of what there is.
package struct LabelAnswer<Element: Sendable>: Sendable {
  /// In order of bytes.
  package let values: [Element]
  /// Whether the limit left some out.
  package let isTruncated: Bool

  /// A list, cut or whole.
  package init(values: [Element], isTruncated: Bool) {
    self.values = values
    self.isTruncated = isTruncated
  }
}

/// What is known of a metric beside its series.
package struct FamilyMetadata: Equatable, Sendable {
  package let name: String
  /// As Prometheus says it: `counter`, `gauge`, `histogram`, `summary`.
  package let type: String
  package let help: String
  package let unit: String

  /// What is known of the metric of this name.
  package init(name: String, type: String, help: String, unit: String) {
    self.name = name
    self.type = type
    self.help = help
    self.unit = unit
  }
}

extension TimelineSource {
  /// The series that pass one of `selectors`, or all where there is none, and that may have samples
  /// from `from` through `through` (ms). At most `limit` where that is not 0.
  package func series(
    _ selectors: [[LabelMatcher]], from: Int64, through: Int64, limit: Int
  ) throws(QueryError) -> LabelAnswer<Labels> {
    var found: Set<Labels> = []
    try forEachSeries(selectors, from: from, through: through) { found.insert($0) }
    let sorted = found.sorted { $0.precedes($1) }
    return Self.answer(sorted, limit)
  }

  /// The names of labels that such series have.
  package func labelNames(
    _ selectors: [[LabelMatcher]], from: Int64, through: Int64, limit: Int
  ) throws(QueryError) -> LabelAnswer<String> {
    var found: Set<String> = []
    try forEachSeries(selectors, from: from, through: through) { labels in
      for label in labels.entries { found.insert(label.name) }
    }
    return Self.answer(Self.sorted(found), limit)
  }

  /// The values that such series have of a label.
  package func labelValues(
    _ name: String, _ selectors: [[LabelMatcher]], from: Int64, through: Int64, limit: Int
  ) throws(QueryError) -> LabelAnswer<String> {
    var found: Set<String> = []
    try forEachSeries(selectors, from: from, through: through) { labels in
      let value = labels[name]
      if !value.isEmpty { found.insert(value) }
    }
    return Self.answer(Self.sorted(found), limit)
  }

  /// What is known of the metric, or of all, by rising name. At most `limit` where that is not 0.
  package func metadata(
    _ metric: String?, limit: Int
  ) throws(QueryError) -> [FamilyMetadata] {
    var found: [String: FamilyMetadata] = [:]
    func add(_ metadata: FamilyMetadata) {
      guard metric == nil || metadata.name == metric, found[metadata.name] == nil else { return }
      found[metadata.name] = metadata
    }
    for family in SeriesFamily.all {
      add(
        FamilyMetadata(
          name: family.name, type: family.kind.rawValue, help: family.help, unit: ""))
    }
    if scope == .all {
      for family in present {
        add(FamilyMetadata(name: family.name, type: family.type, help: family.help, unit: ""))
      }
    }
    _ = try read { (reader) throws(StoreError) in
      try reader.series { series in
        add(Self.metadata(of: series))
        return false
      }
    }
    let sorted = found.values.sorted { Self.precedes($0.name, $1.name) }
    return limit > 0 ? Array(sorted.prefix(limit)) : sorted
  }

  private static func metadata(of series: StoredSeries) -> FamilyMetadata {
    var name = series.name
    var type = series.type
    let suffixes: [String]
    switch type {
    case MetricKind.histogram.text: suffixes = ["_bucket", "_sum", "_count"]
    case MetricKind.summary.text: suffixes = ["_sum", "_count"]
    default: suffixes = []
    }
    if let suffix = suffixes.first(where: { name.hasSuffix($0) }) {
      name = String(name.dropLast(suffix.count))
    }
    if type == MetricKind.exponentialHistogram.text { type = MetricKind.histogram.text }
    return FamilyMetadata(name: name, type: type, help: series.help, unit: series.unit)
  }

  private static func answer<Element>(
    _ sorted: [Element], _ limit: Int
  ) -> LabelAnswer<Element> {
    let isTruncated = limit > 0 && sorted.count > limit
    return LabelAnswer(
      values: isTruncated ? Array(sorted.prefix(limit)) : sorted, isTruncated: isTruncated)
  }

  private static func sorted(_ texts: Set<String>) -> [String] { texts.sorted(by: precedes) }

  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  private func forEachSeries(
    _ selectors: [[LabelMatcher]], from: Int64, through: Int64, _ body: (Labels) -> Void
  ) throws(QueryError) {
    let picture = try picture(through: through)
    for matchers in selectors.isEmpty ? [[]] : selectors {
      let tests = matchers.map { $0.test() }
      if through >= picture.tiers.origin * 1_000 {
        try forEachCounter(tests, picture, from: from, through: through, body)
      }
      if scope == .all, through > picture.tiers.now - Self.presentReach, from <= picture.tiers.now {
        for family in present {
          for sample in family.samples where Self.names(family.name + sample.suffix, pass: tests) {
            let labels = Self.labels(family.name + sample.suffix, sample)
            if Self.pass(labels, tests) { body(labels) }
          }
        }
      }
      for stored in try storedSeries(matchers, tests) { body(stored.labels) }
    }
  }

  private func forEachCounter(
    _ tests: [LabelTest], _ picture: Picture, from: Int64, through: Int64,
    _ body: (Labels) -> Void
  ) throws(QueryError) {
    let range = max(1, through - max(from, picture.tiers.origin * 1_000))
    let hints = SelectHints(first: through, step: 0, range: range, function: "increase")
    let times = try SampleTimes(
      hints, after: through - range, through: through, picture.tiers, limit: limits.samples)
    for part in FamilyPart.all where Self.names(part.name, pass: tests) {
      try look()
      guard let reading = reading(part, tests, picture) else { continue }
      // Where the totals are not the scope's own, what was counted tells whose a series is.
      let counted = reading.isWhole ? nil : try counted(reading, times, picture)
      for (row, passes) in reading.passing.enumerated() where passes {
        let isThere = counted.map { $0.newest(row) != 0 } ?? reading.isShown(row)
        if isThere { body(reading.rows.labels[row]) }
      }
    }
  }
}
