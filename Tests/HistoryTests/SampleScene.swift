import Codec
import LinuxIO
import Telemetry
import Testing

@testable import History

extension StoreScene {
  /// A batch with the samples that `fill` adds.
  func sampleBatch(_ fill: (inout MetricSamples) -> Void) -> EventBatch {
    let batch = batch([])
    fill(&batch.samples)
    return batch
  }

  /// Stores one batch of samples.
  func send(_ fill: (inout MetricSamples) -> Void) {
    let batch = sampleBatch(fill)
    store.append([batch])
    #expect(batch.outcome == .committed)
  }

  /// Upkeep as the writer does it when nothing else is to do.
  func keepUp() {
    var turns = 0
    while store.upkeep(now: now, isIdle: true) {
      turns += 1
      guard turns < 10_000 else {
        Issue.record("upkeep ends")
        return
      }
    }
    #expect(store.status.books.upkeepTrouble == nil)
  }

  func eventReader() throws -> EventReader {
    try EventReader(path: "\(directory)/\(Store.fileName)")
  }

  /// Every sample that the reader finds, by the series' name and labels.
  func stored(
    after: Int64 = .min / 4, through: Int64 = .max / 4
  ) throws -> [String: SamplePoints] {
    let reader = try eventReader()
    let series = try reader.series()
    let points = try reader.samples(
      of: series, after: after, through: through, deadline: .max)
    var found: [String: SamplePoints] = [:]
    for (series, points) in zip(series, points) { found[series.text] = points }
    return found
  }
}

extension StoredSeries {
  /// `name{label=value,…}`.
  var text: String {
    "\(name){\(labels.map { "\($0.name)=\($0.value)" }.joined(separator: ","))}"
  }
}

extension MetricSamples {
  /// Adds a series of a metric of its own.
  mutating func series(
    _ name: String, _ labels: [(String, String)] = [], _ kind: MetricKind = .gauge
  ) -> Int32 {
    add(metric: kind, unit: Array("s".utf8), help: Array("Help of \(name).".utf8))
    var identity = MetricIdentity()
    identity.begin(name)
    for (label, value) in labels { identity.add(label, value) }
    return add(&identity)
  }

  /// Adds one number of a series; times are seconds after the scene's start.
  mutating func put(
    _ series: Int32, at second: Double, from start: Double? = nil, _ value: Double,
    _ flags: MetricSample.Flags = []
  ) {
    add(
      MetricSample(
        series: series, time: Self.time(second), start: start.map(Self.time) ?? 0, value: value,
        flags: flags))
  }

  static func time(_ second: Double) -> Int64 {
    StoreScene.start + Int64((second * 1e9).rounded())
  }
}
