internal import LinuxIO
internal import PromQL

/// Queries alone: counters in memory, one thread.
enum QueryBench {
  private struct Measure {
    let title: String
    let query: String
    let series: Int
    let interval: Int64
    let hours: Int64
    /// Milliseconds between steps; 0 for an instant query.
    let step: Int64
  }

  private static let measures = [
    Measure(
      title: "instant, 10,000 series", query: "sum by (model) (requests_total)", series: 10_000,
      interval: 15_000, hours: 1, step: 0),
    Measure(
      title: "instant rate, 10,000 series", query: "sum by (model) (rate(requests_total[5m]))",
      series: 10_000, interval: 15_000, hours: 1, step: 0),
    Measure(
      title: "1 h by 15 s, 1,000 series", query: "sum by (model) (rate(requests_total[5m]))",
      series: 1000, interval: 15_000, hours: 1, step: 15_000),
    Measure(
      title: "1 h by 15 s, 1,000 series by 1,000",
      query: "requests_total / on (model, instance) requests_total", series: 1000,
      interval: 15_000, hours: 1, step: 15_000),
    Measure(
      title: "30 d by 1 h, 50 series", query: "sum by (model) (rate(requests_total[2h]))",
      series: 50, interval: 60_000, hours: 720, step: 3_600_000),
  ]

  static func run(smoke: Bool) {
    for measure in measures {
      let source = CounterSeries(measure.series, every: measure.interval, hours: measure.hours)
      var samples: [Double] = []
      for _ in 0..<(smoke ? 2 : 20) {
        let before = Clock.threadCPU
        do { try ask(measure, source) } catch {
          print("cannot run \(measure.title): \(error)")
          return
        }
        samples.append(Double(Clock.threadCPU - before) / 1e6)
      }
      samples.sort()
      let middle = (samples[samples.count / 2] * 10).rounded() / 10
      print("query: \(measure.title): \(middle) ms, \(measure.query)")
    }
  }

  private static func ask(_ measure: Measure, _ source: CounterSeries) throws(QueryError) {
    let expression = try Parser.parse(measure.query)
    let end = measure.hours * 3_600_000
    guard measure.step > 0 else {
      _ = try Evaluator.instant(expression, at: end, of: source)
      return
    }
    _ = try Evaluator.range(
      expression, start: measure.step, end: end, step: measure.step, of: source)
  }
}

/// Counters that rise at different speeds.
private struct CounterSeries: SeriesSource {
  private let series: [SeriesData]

  init(_ count: Int, every interval: Int64, hours: Int64) {
    let times = Array(stride(from: 0, through: hours * 3_600_000, by: Int64.Stride(interval)))
    series = (0..<count).map { number in
      let labels = Labels([
        Label(LabelName.metric, "requests_total"), Label("instance", "instance-\(number)"),
        Label("model", "model-\(number % 10)"), Label("service", "service-\(number % 7)"),
      ])
      return SeriesData(
        labels: labels, times: times,
        values: times.indices.map { Double($0 * (number + 1)) })
    }
  }

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    Selection(
      series.map { data in
        let low = data.times.partitioningIndex { $0 > after }
        let high = data.times.partitioningIndex { $0 > through }
        return SeriesData(
          labels: data.labels, times: Array(data.times[low..<high]),
          values: Array(data.values[low..<high]))
      })
  }
}

extension [Int64] {
  /// The first place from which `isBehind` holds on.
  fileprivate func partitioningIndex(_ isBehind: (Int64) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
