/// How fast a series changes.
enum RateKernel {
  enum Kind { case rate, increase, delta }

  /// The change over a window, stretched to its edges where the samples end near them.
  static func extrapolated(
    _ data: SeriesData, _ window: Window, _ kind: Kind, _ notes: inout Annotations
  ) -> Sample {
    guard !window.isMixed else {
      notes.warn("encountered a mix of histograms and floats in a range")
      return .none
    }
    let isCounter = kind != .delta
    guard window.histograms.isEmpty else {
      guard window.histograms.count > 1 else { return .none }
      let all = data.histograms[window.histograms]
      // What has ends was never reset between them.
      let samples = data.hasEnds ? [all[all.startIndex], all[all.endIndex - 1]] : all
      guard let change = histogramChange(samples, isCounter: isCounter, &notes) else {
        return .none
      }
      let first = data.histograms[window.histograms.lowerBound].count
      let factor = stretch(
        data.hasEnds, data.histogramTimes, window.histograms, window, kind,
        start: isCounter && change.count > 0 && first >= 0 ? first / change.count : nil)
      return .histogram(change.scaled(by: factor))
    }
    guard window.floats.count > 1 else { return .none }
    let first = data.values[window.floats.lowerBound]
    var change = data.values[window.floats.upperBound - 1] - first
    if isCounter, !data.hasEnds {
      var previous = first
      for index in window.floats {
        let value = data.values[index]
        if value < previous { change += previous }
        previous = value
      }
    }
    let start = isCounter && change > 0 && first >= 0 ? first / change : nil
    return .float(
      change * stretch(data.hasEnds, data.times, window.floats, window, kind, start: start))
  }

  /// By how much the change between the samples grows to stand for the window; `start` is the
  /// first sample as a share of the change, which says when a counter was zero.
  private static func stretch(
    _ hasEnds: Bool, _ times: [Int64], _ samples: Range<Int>, _ window: Window, _ kind: Kind,
    start: Double?
  ) -> Double {
    if hasEnds {
      return kind == .rate ? 1_000 / Double(window.through - window.after) : 1
    }
    let firstTime = times[samples.lowerBound]
    let lastTime = times[samples.upperBound - 1]
    let sampled = Double(lastTime - firstTime) / 1000
    let average = sampled / Double(samples.count - 1)
    var toStart = Double(firstTime - window.after) / 1000
    var toEnd = Double(window.through - lastTime) / 1000
    if toStart >= average * 1.1 { toStart = average / 2 }
    if let start { toStart = Swift.min(toStart, sampled * start) }
    if toEnd >= average * 1.1 { toEnd = average / 2 }
    var factor = (sampled + toStart + toEnd) / sampled
    if kind == .rate { factor /= Double(window.through - window.after) / 1000 }
    return factor
  }

  private static let mixed =
    "vector contains a mix of histograms with exponential and custom buckets schemas"

  private static func histogramChange(
    _ samples: ArraySlice<NativeHistogram>, isCounter: Bool, _ notes: inout Annotations
  ) -> NativeHistogram? {
    guard var previous = samples.first, let last = samples.last else { return nil }
    if isCounter, samples.contains(where: { $0.resetHint == .gauge }) {
      notes.warn("this native histogram metric is not a counter")
    }
    let second = samples[samples.startIndex + 1]
    if isCounter, second.isReset(since: previous) {
      // After a reset the first sample's layout does not matter.
      previous = NativeHistogram(
        schema: second.schema, zeroThreshold: second.zeroThreshold,
        customBounds: second.customBounds)
    }
    let relevant = isCounter ? samples.dropFirst() : samples.suffix(1)
    guard relevant.allSatisfy({ $0.hasCustomBuckets == previous.hasCustomBuckets }) else {
      notes.warn(mixed)
      return nil
    }
    let lowest = relevant.reduce(previous.schema) { Swift.min($0, $1.schema) }
    var change = last.coarsened(to: lowest)
    let first = previous
    var reports: HistogramMerge = change.merge(first, times: -1) ?? []
    if isCounter {
      for sample in samples.dropFirst() {
        if sample.isReset(since: previous) {
          reports.formUnion(change.merge(previous, times: 1) ?? [])
        }
        previous = sample
      }
    } else if samples.first?.resetHint != .gauge || last.resetHint != .gauge {
      notes.warn("this native histogram metric is not a gauge")
    }
    // Resets are accounted for here, so only the bounds are worth a word.
    reports.intersection(.boundsReconciled).report(to: &notes)
    change.resetHint = .gauge
    return change.compacted
  }

  private struct Last {
    let time: Int64
    let sample: Sample
  }

  /// The change between the last two samples, a second or as it is.
  static func instant(
    _ data: SeriesData, _ window: Window, isRate: Bool, _ notes: inout Annotations
  ) -> Sample {
    var latest: [Last] = []
    for index in window.floats.suffix(2) {
      latest.append(Last(time: data.times[index], sample: .float(data.values[index])))
    }
    for index in window.histograms.suffix(2) {
      latest.append(
        Last(time: data.histogramTimes[index], sample: .histogram(data.histograms[index])))
    }
    latest.sort { $0.time < $1.time }
    guard latest.count > 1 else { return .none }
    let before = latest[latest.count - 2]
    let after = latest[latest.count - 1]
    let seconds = Double(after.time - before.time) / 1000
    guard seconds != 0 else { return .none }
    switch (before.sample, after.sample) {
    case (.float(let before), .float(let after)):
      let change = isRate && after < before ? after : after - before
      return .float(isRate ? change / seconds : change)
    case (.histogram(let before), .histogram(let after)):
      let isGauge = (before.resetHint == .gauge, after.resetHint == .gauge)
      if isRate, isGauge.0 || isGauge.1 {
        notes.warn("this native histogram metric is not a counter")
      }
      if !isRate, !isGauge.0 || !isGauge.1 {
        notes.warn("this native histogram metric is not a gauge")
      }
      var change = after
      if !isRate || !after.isReset(since: before) {
        guard let merge = change.merge(before, times: -1) else {
          notes.warn(mixed)
          return .none
        }
        merge.intersection(.boundsReconciled).report(to: &notes)
      }
      change.resetHint = .gauge
      change = change.compacted
      return .histogram(isRate ? change.divided(by: seconds) : change)
    default:
      notes.warn("encountered a mix of histograms and floats in a range")
      return .none
    }
  }
}
