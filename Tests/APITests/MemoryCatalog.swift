import API
import History
import PromQL
import Serving
import Timeline

/// Series held in memory behind the routes of Prometheus' API.
struct MemoryCatalog: SeriesCatalog {
  private var series: [SeriesData] = []
  var families: [FamilyMetadata] = []
  /// What reading fails with, where it is to fail.
  var failure: QueryError?

  /// Adds samples in rule-test notation, the first at `start`, `interval` milliseconds apart.
  mutating func add(
    _ name: String, _ values: String, from start: Int64 = 0, every interval: Int64 = 1_000
  ) throws {
    var data = SeriesData(labels: try Parser.parseLabels(name), times: [], values: [])
    for (index, item) in try SeriesNotation.items(values).enumerated() {
      let time = start + Int64(index) * interval
      switch item {
      case .missing: break
      case .float(let value):
        data.times.append(time)
        data.values.append(value)
      case .histogram(let histogram):
        data.histogramTimes.append(time)
        data.histograms.append(histogram)
      }
    }
    series.append(data)
  }

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    if let failure { throw failure }
    let tests = matchers.map { $0.test() }
    return Selection(
      series.filter { data in
        tests.allSatisfy { $0.passes(data.labels) }
          && (data.times + data.histogramTimes).contains { $0 > after && $0 <= through }
      })
  }

  func series(
    _ selectors: [[LabelMatcher]], from: Int64, through: Int64, limit: Int
  ) throws(QueryError) -> LabelAnswer<Labels> {
    var found: Set<Labels> = []
    let hints = SelectHints(first: from, step: 0, range: 0, function: "series")
    for matchers in selectors.isEmpty ? [[]] : selectors {
      let selection = try select(matchers, after: from - 1, through: through, hints: hints)
      found.formUnion(selection.series.map(\.labels))
    }
    return cut(found.sorted { $0.precedes($1) }, limit)
  }

  func labelNames(
    _ selectors: [[LabelMatcher]], from: Int64, through: Int64, limit: Int
  ) throws(QueryError) -> LabelAnswer<String> {
    let all = try series(selectors, from: from, through: through, limit: 0).values
    return cut(Set(all.flatMap { $0.entries.map(\.name) }).sorted(), limit)
  }

  func labelValues(
    _ name: String, _ selectors: [[LabelMatcher]], from: Int64, through: Int64, limit: Int
  ) throws(QueryError) -> LabelAnswer<String> {
    let all = try series(selectors, from: from, through: through, limit: 0).values
    return cut(Set(all.map { $0[name] }.filter { !$0.isEmpty }).sorted(), limit)
  }

  func metadata(_ metric: String?, limit: Int) throws(QueryError) -> [FamilyMetadata] {
    let wanted = families.filter { metric == nil || $0.name == metric }
    return cut(wanted, limit).values
  }

  private func cut<Element>(_ all: [Element], _ limit: Int) -> LabelAnswer<Element> {
    let kept = limit == 0 ? all : Array(all.prefix(limit))
    return LabelAnswer(values: kept, isTruncated: kept.count < all.count)
  }
}
