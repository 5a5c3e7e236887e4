internal import PromQL

/// A time over which a series of alerts was there, as an annotation shows it.
struct AlertStretch: Equatable {
  /// Milliseconds since 1970 of the first sample and the last.
  let start: Int64
  let end: Int64
  let title: String
  let text: String
  let tags: [String]

  private static let name = "alertname"
  private static let state = "alertstate"
  /// Milliseconds between the points that are looked at, at least, and how many there are at most.
  private static let finest: Int64 = 5_000
  private static let points: Int64 = 1_000

  /// The stretches of alerts in a range that `query` names: all that fire where it is empty, those
  /// with some labels (`{severity="page"}`), or what any query gives; by rising start.
  static func all(
    _ query: String, from: Int64, to: Int64, _ queries: GrafanaQueries
  ) throws(QueryFault) -> [AlertStretch] {
    let step = max(finest, (to - from) / points)
    let first = from / step * step
    let text =
      query.isEmpty
      ? #"ALERTS{alertstate="firing"}"# : query.first == "{" ? "ALERTS" + query : query
    let found = try queries.range(text, from: first, to: max(first, to), step: step)
    return found.flatMap { stretches($0, step: step) }.sorted {
      ($0.start, $0.title, $0.text) < ($1.start, $1.title, $1.text)
    }
  }

  private static func stretches(_ series: QueryResult.Series, step: Int64) -> [AlertStretch] {
    var runs: [ClosedRange<Int64>] = []
    for point in series.points {
      if case .float(let value) = point.sample, value == 0 || value.isNaN { continue }
      if let last = runs.last, point.time - last.upperBound == step {
        runs[runs.count - 1] = last.lowerBound...point.time
      } else {
        runs.append(point.time...point.time)
      }
    }
    return runs.map { AlertStretch($0, series.labels) }
  }

  private init(_ run: ClosedRange<Int64>, _ labels: Labels) {
    start = run.lowerBound
    end = run.upperBound
    let others = labels.entries.filter {
      ![LabelName.metric, Self.name, Self.state].contains($0.name)
    }
    let name = labels[Self.name]
    title = name.isEmpty ? labels.metricName : name
    text = others.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    let state = labels[Self.state]
    tags = (state.isEmpty ? [] : [state]) + others.map { "\($0.name):\($0.value)" }
  }
}
