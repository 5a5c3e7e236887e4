package import Telemetry

extension MetricFamily {
  /// A histogram family with one series for each label set.
  package init(
    _ name: String, _ help: String,
    _ series: [(labels: [(name: String, value: String)], histogram: DurationHistogram)]
  ) {
    self.init(
      name, .histogram, help,
      series.flatMap { labels, histogram in
        Self.samples(
          labels, bounds: DurationHistogram.bounds, counts: histogram.buckets, sum: histogram.sum)
      })
  }

  /// The samples of one histogram: cumulative buckets, sum and count. `counts` has one entry more
  /// than `bounds`.
  package static func samples(
    _ labels: [(name: String, value: String)], bounds: [Double], counts: [Int64], sum: Double
  ) -> [Sample] {
    var total: Int64 = 0
    var samples: [Sample] = []
    for (index, count) in counts.enumerated() {
      total += count
      let bound = index < bounds.count ? MetricPage.bound(bounds[index]) : "+Inf"
      samples.append(
        Sample(Double(total), labels: labels + [("le", bound)], suffix: "_bucket"))
    }
    samples.append(Sample(sum, labels: labels, suffix: "_sum"))
    samples.append(Sample(Double(total), labels: labels, suffix: "_count"))
    return samples
  }
}
