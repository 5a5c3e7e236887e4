internal import PromQL

/// A month's series as queries read them: the totals at the ends of ranges, as the collector tells
/// them.
struct StudySource: SeriesSource {
  private let start: Int64
  private let step: Int64
  private let count: Int
  private let series: [(labels: Labels, values: [Double])]
  private let names: [String: [Int]]

  init(_ month: StudyMonth) {
    (start, step, count) = (month.start, month.step, month.count)
    series = month.series.map { series in
      let labels = series.labels.map { Label($0.name, $0.value) }
      return (Labels([Label(LabelName.metric, series.name)] + labels), series.values)
    }
    var names: [String: [Int]] = [:]
    for (place, series) in series.enumerated() {
      names[series.labels.metricName, default: []].append(place)
    }
    self.names = names
  }

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    let tests = matchers.map { $0.test() }
    let name = matchers.first { $0.name == LabelName.metric && $0.operation == .equal }?.value
    let candidates = name.map { names[$0] ?? [] } ?? Array(series.indices)
    let isDifference = hints.range > 0 && ["rate", "increase", "delta"].contains(hints.function)
    let ends = places(from: isDifference ? hints.first - 1 : after, through)
    let edges = isDifference ? places(from: after - 1, through - hints.range) : 0..<0
    var found: [SeriesData] = []
    for place in candidates {
      let (labels, values) = series[place]
      guard tests.allSatisfy({ $0.passes(labels) }) else { continue }
      var data = SeriesData(labels: labels, times: [], values: [])
      if isDifference {
        data = difference(labels, values, edges: edges, ends: ends)
      } else {
        for index in ends where !values[index].isNaN {
          data.times.append(time(index))
          data.values.append(values[index])
        }
      }
      if !data.times.isEmpty { found.append(data) }
    }
    return Selection(found)
  }

  private func time(_ place: Int) -> Int64 { start + Int64(place) * step }

  /// The samples after one time and up to another.
  private func places(from after: Int64, _ through: Int64) -> Range<Int> {
    func first(above time: Int64) -> Int {
      guard time >= start else { return 0 }
      return min(count, Int((time - start) / step) + 1)
    }
    let low = first(above: after)
    return low..<max(low, first(above: through))
  }

  /// The value at each end, and at each edge as it stands just behind it.
  private func difference(
    _ labels: Labels, _ values: [Double], edges: Range<Int>, ends: Range<Int>
  ) -> SeriesData {
    var data = SeriesData(labels: labels, times: [], values: [])
    guard let last = ends.last ?? edges.last else { return data }
    let first = min(edges.first ?? last, ends.first ?? last)
    data.times.reserveCapacity(edges.count + ends.count)
    data.values.reserveCapacity(edges.count + ends.count)
    for place in first...last where !values[place].isNaN {
      if ends.contains(place) {
        data.times.append(time(place))
        data.values.append(values[place])
      }
      if edges.contains(place) {
        data.times.append(time(place) + 1)
        data.values.append(values[place])
      }
    }
    data.hasEnds = true
    return data
  }
}
