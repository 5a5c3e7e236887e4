import Alerts
import PromQL

/// Samples by series, in the order given.
struct MemoryTimeline: RuleTimeline {
  private(set) var points: [Labels: [(time: Int64, value: Double)]] = [:]

  mutating func set(_ series: String, _ value: Double, at time: Int64) throws {
    points[try Parser.parseLabels(series), default: []].append((time, value))
  }

  mutating func append(_ samples: [RuleSample], at time: Int64) {
    for case let sample in samples {
      guard case .float(let value) = sample.value else { continue }
      points[sample.labels, default: []].append((time, value))
    }
  }

  /// What is left without metrics of these names.
  func without(_ names: Set<String>) -> Self {
    var rest = self
    rest.points = points.filter { !names.contains($0.key.metricName) }
    return rest
  }

  /// All there is, each value by its bits.
  var contents: [Labels: [String]] {
    points.mapValues { points in points.map { "\($0.time)=\($0.value.bitPattern)" } }
  }

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    let tests = matchers.map { $0.test() }
    var found: [SeriesData] = []
    for (labels, points) in points where tests.allSatisfy({ $0.passes(labels) }) {
      let cut = points.filter { $0.time > after && $0.time <= through }
      if cut.isEmpty { continue }
      found.append(SeriesData(labels: labels, times: cut.map(\.time), values: cut.map(\.value)))
    }
    return Selection(found)
  }

  /// What a series holds, as `time=value` in seconds; `stale` where it ends.
  func text(_ series: String) throws -> String {
    let points = points[try Parser.parseLabels(series)] ?? []
    return points.map { point in
      let value = StaleMarker.isStale(point.value) ? "stale" : "\(point.value)"
      return "\(point.time / 1000)=\(value)"
    }.joined(separator: " ")
  }
}
