internal import Alerts
internal import PromQL
internal import Serving
internal import Telemetry

/// What rules write, as series of the store.
enum RuleSamples {
  /// Stores samples; gives how many could not be stored.
  static func store(
    _ written: [(time: Int64, sample: RuleSample)], through direct: DirectIntake
  ) -> Int {
    var samples = MetricSamples()
    var identity = MetricIdentity()
    var lost = 0
    samples.add(metric: .gauge)
    for (time, sample) in written {
      guard case .float(let value) = sample.value else {
        lost += 1
        continue
      }
      identity.begin(sample.labels.metricName)
      for label in sample.labels.entries where label.name != LabelName.metric {
        identity.add(label.name, label.value)
      }
      let first = samples.samples.count
      let isStale = StaleMarker.isStale(value)
      samples.add(
        MetricSample(
          series: samples.add(&identity), time: time * 1_000_000, value: isStale ? 0 : value,
          flags: isStale ? .stale : []))
      samples.addPoint(record: samples.points.count + 1, source: 0, samplesFrom: first)
    }
    guard !samples.isEmpty else { return lost }
    return direct.takeIn(samples) ? lost : written.count
  }
}
