internal import Telemetry

/// Makes one verdict a point of those on its samples: one refused sample refuses the point, one
/// stored sample stores it.
struct PointVerdicts {
  private let points: [MetricSamples.Point]
  private var verdicts: [PointVerdict?]
  private var next = 0

  init(_ points: [MetricSamples.Point]) {
    self.points = points
    verdicts = Array(repeating: nil, count: points.count)
  }

  /// Takes the verdict on the sample at `index`; indices rise.
  mutating func note(_ verdict: PointVerdict, of index: Int) {
    while next < points.count, points[next].samples.upperBound <= index { next += 1 }
    guard next < points.count, points[next].samples.contains(Int32(index)) else { return }
    guard let before = verdicts[next] else { return verdicts[next] = verdict }
    if before.refusal == nil, verdict.refusal != nil || verdict == .stored {
      verdicts[next] = verdict
    }
  }

  /// The verdict on each point.
  var settled: [PointVerdict] { verdicts.map { $0 ?? .duplicate } }
}
