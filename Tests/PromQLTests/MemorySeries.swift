import PromQL

/// Series held in memory, each test's own.
struct MemorySeries: SeriesSource {
  private(set) var series: [SeriesData] = []
  private var places: [Labels: Int] = [:]
  var coarseStep: Int64 = 0

  init() {}

  /// Adds samples in rule-test notation, the first at time 0.
  mutating func add(_ name: String, _ values: String, every interval: Int64) throws {
    let labels = try Parser.parseLabels(name)
    let place = places[labels] ?? series.count
    if place == series.count {
      places[labels] = place
      series.append(SeriesData(labels: labels, times: [], values: []))
    }
    for (index, item) in try SeriesNotation.items(values).enumerated() {
      let time = Int64(index) * interval
      switch item {
      case .missing: break
      case .float(let value):
        series[place].times.append(time)
        series[place].values.append(value)
      case .histogram(let histogram):
        series[place].histogramTimes.append(time)
        series[place].histograms.append(histogram)
      }
    }
    series[place].deriveResetHints()
  }

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    let tests = matchers.map { $0.test() }
    let from = coarseStep == 0 ? after : after - 2 * coarseStep
    var found: [SeriesData] = []
    for data in series where tests.allSatisfy({ $0.passes(data.labels) }) {
      var cut = data
      let floats = data.times.indices.filter {
        data.times[$0] > from && data.times[$0] <= through
      }
      cut.times = floats.map { data.times[$0] }
      cut.values = floats.map { data.values[$0] }
      let histograms = data.histogramTimes.indices.filter {
        data.histogramTimes[$0] > from && data.histogramTimes[$0] <= through
      }
      cut.histogramTimes = histograms.map { data.histogramTimes[$0] }
      cut.histograms = histograms.map { data.histograms[$0] }
      if !cut.times.isEmpty || !cut.histogramTimes.isEmpty { found.append(cut) }
    }
    return Selection(found, coarseStep: coarseStep)
  }
}
