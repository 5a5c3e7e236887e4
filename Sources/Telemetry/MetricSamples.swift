/// What a metric is, as OTLP says it.
package enum MetricKind: UInt8, Word {
  /// Goes up and down; a sum that is not monotonic too.
  case gauge = 0
  case counter
  /// Of bounds of its own: `_bucket`, `_sum` and `_count` are series each.
  case histogram
  case exponentialHistogram
  /// Quantiles, `_sum` and `_count` are series each.
  case summary

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .gauge: "gauge"
    case .counter: "counter"
    case .histogram: "histogram"
    case .exponentialHistogram: "exponential_histogram"
    case .summary: "summary"
    }
  }
}

/// One value of one series at one time.
package struct MetricSample: Equatable, Sendable {
  /// What has to be known of a value.
  package struct Flags: OptionSet, Equatable, Sendable {
    package let rawValue: UInt8

    /// A set of flags.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// It says what was added since `start`, not what there is in all.
    package static let delta = Self(rawValue: 1)
    /// There is no value: the series ends here until it goes on.
    package static let stale = Self(rawValue: 2)
    /// The value is a count that only rises until it begins anew.
    package static let monotonic = Self(rawValue: 4)
  }

  /// Its series, as `MetricSamples.add` numbered it.
  package var series: Int32
  package var flags: Flags
  /// Its histogram, as `MetricSamples.add` numbered it; −1 where the value is a number.
  package var histogram: Int32 = -1
  /// ns since 1970; `start` is 0 where it is not known.
  package var time: Int64
  package var start: Int64
  package var value: Double

  /// A number.
  package init(
    series: Int32, time: Int64, start: Int64 = 0, value: Double, flags: Flags = []
  ) {
    self.series = series
    self.flags = flags
    self.time = time
    self.start = start
    self.value = value
  }
}

/// What the writer decided about one data point of a metric.
package enum PointVerdict: UInt8, Word {
  case stored = 0
  /// Each of its values had been stored at its time before.
  case duplicate
  /// What was added, told too late to be told from a repeat.
  case outOfOrder
  case tooOld, future
  /// It would begin one series more than there may be.
  case seriesLimit

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .outOfOrder: "out_of_order"
    case .tooOld: "too_old"
    case .seriesLimit: "series_limit"
    default: "\(self)"
    }
  }

  /// Why it was refused, or nil where it was not.
  package var refusal: (code: RejectCode, message: String)? {
    switch self {
    case .stored, .duplicate: nil
    case .outOfOrder: (.outOfOrder, "a delta is behind the newest of its series")
    case .tooOld: (.tooOld, "the time lies beyond the retention")
    case .future: (.badValue, "the time is more than an hour ahead")
    case .seriesLimit: (.seriesLimit, "there are as many series as limits.series allows")
    }
  }
}

/// The samples of one batch: plain values that refer to the batch's own series by number. It keeps
/// its memory; n samples of s series, `Limits.samples` at most, take some 40 n + 200 s bytes.
package struct MetricSamples: Sendable {
  /// What the batch says of a series.
  package struct Series: Sendable {
    /// Where name and labels are in `texts`: the name, then the labels as a JSON object.
    package let start: Int
    package let nameLength: Int
    package let labelsLength: Int
    /// Its metric's place in `metrics`.
    package let metric: Int32
  }

  /// What the batch says of a metric.
  package struct Metric: Equatable, Sendable {
    package let kind: MetricKind
    package let unit: [UInt8]
    package let help: [UInt8]
  }

  /// What the sender sent as one: its samples, none of them another point's.
  package struct Point: Equatable, Sendable {
    /// Its place in the request, from 1.
    package let record: Int32
    /// Who sent it: an id of the family `source`.
    package let source: UInt32
    package let samples: Range<Int32>
  }

  /// Points, in the order they were added.
  package private(set) var points: [Point] = []
  /// What the writer decided about each point; empty before.
  package private(set) var verdicts: [PointVerdict] = []
  /// In the order they were added.
  package private(set) var samples: [MetricSample] = []
  /// What samples refer to by number.
  package private(set) var series: [Series] = []
  /// What series refer to by number.
  package private(set) var metrics: [Metric] = []
  /// What samples refer to where their value is no number.
  package private(set) var histograms: [SampleHistogram] = []
  /// Names and labels of the series.
  package private(set) var texts: [UInt8] = []
  /// Samples that did not fit.
  package private(set) var leftOut = 0

  /// No samples.
  package init() {}

  /// Whether there is nothing to store.
  package var isEmpty: Bool { samples.isEmpty }

  /// Whether no more samples fit.
  package var isFull: Bool { samples.count >= Limits.samples }

  /// Whether so many more samples fit.
  package func hasRoom(for more: Int) -> Bool { samples.count + more <= Limits.samples }

  /// About how many bytes they take.
  package var byteCount: Int {
    samples.count * MemoryLayout<MetricSample>.stride + texts.count
      + series.count * MemoryLayout<Series>.stride + points.count * MemoryLayout<Point>.stride
      + histograms.reduce(0) {
        $0 + MemoryLayout<SampleHistogram>.stride + 8 * $1.positive.counts.count
          + 8 * $1.negative.counts.count
      }
  }

  /// Makes the samples from `first` on one point, which was the request's `record`th.
  package mutating func addPoint(record: Int, source: UInt32, samplesFrom first: Int) {
    points.append(
      Point(
        record: Int32(clamping: record), source: source,
        samples: Int32(first)..<Int32(samples.count)))
  }

  /// Takes the writer's decisions, one a point; none takes them back.
  package mutating func decide(_ verdicts: [PointVerdict]) {
    precondition(
      verdicts.isEmpty || verdicts.count == points.count, "each point has one verdict")
    self.verdicts = verdicts
  }

  /// The points that the writer refused, the first `limit` of them, as the answer names them.
  package func refusals(limit: Int) -> [Rejection] {
    var found: [Rejection] = []
    for (point, verdict) in zip(points, verdicts) {
      guard found.count < limit else { break }
      guard let refusal = verdict.refusal else { continue }
      found.append(
        Rejection(
          line: Int(point.record), code: refusal.code, field: [], message: refusal.message,
          text: []))
    }
    return found
  }

  /// How many points the writer refused.
  package var refusedCount: Int {
    verdicts.reduce(0) { $0 + ($1.refusal == nil ? 0 : 1) }
  }

  /// Adds a metric, that series are added to next; the unit and the help as UTF-8.
  package mutating func add(metric kind: MetricKind, unit: [UInt8] = [], help: [UInt8] = []) {
    metrics.append(Metric(kind: kind, unit: unit, help: help))
  }

  /// Adds a series of the metric added last and gives its number.
  package mutating func add(
    _ identity: inout MetricIdentity, suffix: StaticString = ""
  ) -> Int32 {
    precondition(!metrics.isEmpty, "a series belongs to a metric")
    let start = texts.count
    let (name, labels) = identity.write(suffix: suffix, to: &texts)
    series.append(
      Series(
        start: start, nameLength: name, labelsLength: labels, metric: Int32(metrics.count - 1)))
    return Int32(series.count - 1)
  }

  /// Adds a sample; one more than fit is left out.
  package mutating func add(_ sample: MetricSample) {
    guard !isFull else { return leftOut += 1 }
    samples.append(sample)
  }

  /// Adds a histogram as one sample, whose `value` does not matter.
  package mutating func add(_ sample: MetricSample, _ histogram: SampleHistogram) {
    guard !isFull else { return leftOut += 1 }
    var sample = sample
    sample.histogram = Int32(histograms.count)
    histograms.append(histogram)
    samples.append(sample)
  }

  /// Adds a histogram with bounds of its own as Prometheus names it: a series `_bucket` for each
  /// bound and +Inf, that counts all up to there, `_count`, and `_sum` where it is known. `counts`
  /// are of each bucket alone, one more than there are `bounds`. All of it, or nothing where it
  /// does not fit.
  package mutating func add(
    classic sample: MetricSample, _ identity: inout MetricIdentity, bounds: [Double],
    counts: [UInt64], count: UInt64, sum: Double?, bound text: (Double) -> String
  ) {
    guard samples.count + counts.count + 2 <= Limits.samples else {
      return leftOut += counts.count + 2
    }
    var sample = sample
    func put(_ value: Double, _ series: Int32, into samples: inout [MetricSample]) {
      sample.value = value
      sample.series = series
      samples.append(sample)
    }
    sample.flags.insert(.monotonic)
    put(Double(count), add(&identity, suffix: "_count"), into: &samples)
    if !counts.isEmpty {
      var below: UInt64 = 0
      for (index, bucket) in counts.enumerated() {
        below &+= bucket
        var own = identity
        own.add("le", index < bounds.count ? text(bounds[index]) : "+Inf")
        put(Double(below), add(&own, suffix: "_bucket"), into: &samples)
      }
    }
    guard let sum else { return }
    // The sum of values below zero falls; a delta of it adds all the same.
    put(sum, add(&identity, suffix: "_sum"), into: &samples)
  }

  /// Forgets everything after the first samples and series, for a record that was refused.
  package mutating func truncate(samples kept: Int, series keptSeries: Int) {
    samples.removeLast(samples.count - kept)
    series.removeLast(series.count - keptSeries)
  }

  /// Makes it empty for its next use.
  package mutating func removeAll() {
    samples.removeAll(keepingCapacity: samples.count <= Limits.keptEvents)
    points.removeAll(keepingCapacity: points.count <= Limits.keptEvents)
    verdicts.removeAll(keepingCapacity: verdicts.count <= Limits.keptEvents)
    series.removeAll(keepingCapacity: series.count <= Limits.keptEvents)
    metrics.removeAll(keepingCapacity: true)
    leftOut = 0
    histograms.removeAll()
    texts.removeAll(keepingCapacity: texts.count <= Limits.text)
  }
}
