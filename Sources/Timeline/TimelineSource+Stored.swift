internal import History
internal import PromQL
internal import Telemetry

/// Metrics that were sent, as they came.
extension TimelineSource {
  /// Series that label queries and selectors of a metric may name, at most.
  static let mostStored = 100_000

  func storedSeries(
    _ matchers: [LabelMatcher], _ tests: [LabelTest], after: Int64, through: Int64
  ) throws(QueryError) -> [SeriesData] {
    let stored = try storedSeries(matchers, tests)
    guard !stored.isEmpty else { return [] }
    try look()
    let (deadline, limit) = (deadline, limits.samples)
    let points = try timeline.reads.read(scope) { (reader) throws(QueryError) -> [SamplePoints] in
      do throws(SampleRefusal) {
        return try reader.samples(
          of: stored.map(\.series), after: after, through: through, limit: limit,
          deadline: deadline)
      } catch {
        throw Self.refused(error)
      }
    } orElse: { (error) throws(QueryError) -> [SamplePoints] in
      throw Self.unreadable(error)
    }
    var found: [SeriesData] = []
    for (series, points) in zip(stored, points) where !points.isEmpty {
      var data = SeriesData(
        labels: series.labels, times: points.times, values: points.values,
        histogramTimes: points.histogramTimes,
        histograms: points.histograms.map { NativeHistogram($0) })
      data.deriveResetHints()
      found.append(data)
    }
    return found
  }

  /// The stored series that pass, with their labels. A name of our own families is not theirs.
  func storedSeries(
    _ matchers: [LabelMatcher], _ tests: [LabelTest]
  ) throws(QueryError) -> [(series: StoredSeries, labels: Labels)] {
    let name = matchers.first {
      $0.name == LabelName.metric && $0.operation == .equal
    }?.value
    var found: [(series: StoredSeries, labels: Labels)] = []
    var isTooMany = false
    _ = try read { (reader) throws(StoreError) in
      try reader.series(of: name) { series in
        guard !FamilyPart.names.contains(series.name), Self.names(series.name, pass: tests),
          !isTooMany
        else { return false }
        let labels = Self.labels(of: series)
        guard Self.pass(labels, tests) else { return false }
        isTooMany = found.count >= Self.mostStored
        if !isTooMany { found.append((series, labels)) }
        return false
      }
    }
    guard !isTooMany else { throw Self.tooMany }
    return found
  }

  private static func labels(of series: StoredSeries) -> Labels {
    Labels(
      [Label(LabelName.metric, series.name)] + series.labels.map { Label($0.name, $0.value) })
  }

  private static func refused(_ refusal: SampleRefusal) -> QueryError {
    switch refusal {
    case .timeout: late
    case .tooMany: tooMany
    case .store(let error): unreadable(error)
    }
  }
}

extension NativeHistogram {
  /// A histogram as it was sent.
  init(_ sample: SampleHistogram) {
    self.init(
      schema: sample.scale == SampleHistogram.ownBounds ? Self.customSchema : sample.scale,
      zeroThreshold: sample.zeroThreshold, zeroCount: Double(sample.zeroCount),
      count: Double(sample.count), sum: sample.sum, positive: BucketRun(sample.positive),
      negative: BucketRun(sample.negative), customBounds: sample.bounds,
      resetHint: sample.isReset ? .reset : .unknown)
  }
}

extension BucketRun {
  fileprivate init(_ run: SampleHistogram.Run) {
    self.init(offset: run.offset, counts: run.counts.map { Double($0) })
  }
}
