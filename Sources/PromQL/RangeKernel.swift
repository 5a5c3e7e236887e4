/// The samples of one series inside one window.
struct Window {
  let floats: Range<Int>
  let histograms: Range<Int>
  /// Milliseconds: the window is after `after` up to `through`; evaluated for `time`.
  let after: Int64
  let through: Int64
  let time: Int64

  var isEmpty: Bool { floats.isEmpty && histograms.isEmpty }
  var isMixed: Bool { !floats.isEmpty && !histograms.isEmpty }
}

/// A function over the samples of a range.
enum RangeKernel: String {
  case rate
  case increase
  case delta
  case irate
  case idelta
  case changes
  case resets
  case deriv
  case predictLinear = "predict_linear"
  case doubleExponentialSmoothing = "double_exponential_smoothing"
  case average = "avg_over_time"
  case sum = "sum_over_time"
  case min = "min_over_time"
  case max = "max_over_time"
  case count = "count_over_time"
  case last = "last_over_time"
  case first = "first_over_time"
  case present = "present_over_time"
  case deviation = "stddev_over_time"
  case variance = "stdvar_over_time"
  case medianDeviation = "mad_over_time"
  case quantile = "quantile_over_time"
  case timeOfMax = "ts_of_max_over_time"
  case timeOfMin = "ts_of_min_over_time"
  case timeOfLast = "ts_of_last_over_time"
  case timeOfFirst = "ts_of_first_over_time"

  var keepsName: Bool { self == .last || self == .first }

  /// The result of one window; `first` and `second` are the scalar arguments.
  func apply(
    _ data: SeriesData, _ window: Window, _ first: Double, _ second: Double,
    _ notes: inout Annotations
  ) throws(QueryError) -> Sample {
    switch self {
    case .rate: return RateKernel.extrapolated(data, window, .rate, &notes)
    case .increase: return RateKernel.extrapolated(data, window, .increase, &notes)
    case .delta: return RateKernel.extrapolated(data, window, .delta, &notes)
    case .irate: return RateKernel.instant(data, window, isRate: true, &notes)
    case .idelta: return RateKernel.instant(data, window, isRate: false, &notes)
    case .changes: return Self.walk(data, window, Self.isChange)
    case .resets: return Self.walk(data, window, Self.isReset)
    case .average, .sum: return total(data, window, &notes)
    case .count: return .float(Double(window.floats.count + window.histograms.count))
    case .present: return .float(1)
    case .last, .first, .timeOfLast, .timeOfFirst: return edge(data, window)
    default: break
    }
    guard !window.floats.isEmpty else {
      if !window.histograms.isEmpty { notes.inform("ignored histograms in a range of only them") }
      return .none
    }
    if !window.histograms.isEmpty { notes.inform("ignored histograms in a range with floats") }
    return try floats(data, window, first, second, &notes)
  }

  private func floats(
    _ data: SeriesData, _ window: Window, _ first: Double, _ second: Double,
    _ notes: inout Annotations
  ) throws(QueryError) -> Sample {
    switch self {
    case .min, .timeOfMin:
      return extreme(data, window) { $0 < $1 }
    case .max, .timeOfMax:
      return extreme(data, window) { $0 > $1 }
    case .deviation: return .float(Self.variance(data, window).squareRoot())
    case .variance: return .float(Self.variance(data, window))
    case .quantile:
      if !Quantile.isShare(first) { notes.warn(Quantile.warning) }
      var values = Array(data.values[window.floats])
      return .float(Quantile.of(&values, first))
    case .medianDeviation:
      var values = Array(data.values[window.floats])
      if values.contains(where: \.isNaN) { return .float(.nan) }
      let median = Quantile.of(&values, 0.5)
      values = values.map { ($0 - median).magnitude }
      return .float(Quantile.of(&values, 0.5))
    case .deriv:
      guard window.floats.count > 1 else { return .none }
      let origin = data.times[window.floats.lowerBound]
      return .float(Self.regression(data, window, from: origin).slope)
    case .predictLinear:
      guard window.floats.count > 1 else { return .none }
      let line = Self.regression(data, window, from: window.time)
      return .float(line.slope * first + line.intercept)
    case .doubleExponentialSmoothing:
      return try Self.smoothed(data, window, first, second)
    default: preconditionFailure("the kernel was handled before")
    }
  }
}

extension RangeKernel {
  private func total(
    _ data: SeriesData, _ window: Window, _ notes: inout Annotations
  ) -> Sample {
    if window.isMixed {
      notes.warn("encountered a mix of histograms and floats in a range")
      return .none
    }
    guard window.histograms.isEmpty else {
      var sum = HistogramTotal()
      for index in window.histograms { sum.add(data.histograms[index], &notes) }
      guard let result = self == .sum ? sum.sum : sum.mean else { return .none }
      return .histogram(result)
    }
    if self == .average {
      var mean = KahanSum.Mean()
      for index in window.floats { mean.add(data.values[index]) }
      return .float(mean.value)
    }
    var sum = 0.0
    var compensation = 0.0
    for index in window.floats { KahanSum.add(data.values[index], to: &sum, &compensation) }
    return .float(sum.isInfinite ? sum : sum + compensation)
  }

  private func edge(_ data: SeriesData, _ window: Window) -> Sample {
    let isFirst = self == .first || self == .timeOfFirst
    let float = isFirst ? window.floats.first : window.floats.last
    let histogram = isFirst ? window.histograms.first : window.histograms.last
    let wantsTime = self == .timeOfFirst || self == .timeOfLast
    if let float {
      let time = data.times[float]
      let isNearer = histogram.map { (data.histogramTimes[$0] > time) == isFirst } ?? true
      if isNearer { return .float(wantsTime ? Double(time) / 1000 : data.values[float]) }
    }
    guard let histogram else { return .none }
    return wantsTime
      ? .float(Double(data.histogramTimes[histogram]) / 1000)
      : .histogram(data.histograms[histogram])
  }

  private func extreme(
    _ data: SeriesData, _ window: Window, _ beats: (Double, Double) -> Bool
  ) -> Sample {
    let isTime = self == .timeOfMin || self == .timeOfMax
    var best = data.values[window.floats.lowerBound]
    var place = window.floats.lowerBound
    for index in window.floats {
      let value = data.values[index]
      if beats(value, best) || best.isNaN || (isTime && value == best) {
        best = value
        place = index
      }
    }
    return .float(isTime ? Double(data.times[place]) / 1000 : best)
  }

  private static func variance(_ data: SeriesData, _ window: Window) -> Double {
    var count = 0.0
    var mean = 0.0
    var meanRest = 0.0
    var total = 0.0
    var totalRest = 0.0
    for index in window.floats {
      count += 1
      let delta = data.values[index] - (mean + meanRest)
      KahanSum.add(delta / count, to: &mean, &meanRest)
      KahanSum.add(delta * (data.values[index] - (mean + meanRest)), to: &total, &totalRest)
    }
    return (total + totalRest) / count
  }

  private static func regression(
    _ data: SeriesData, _ window: Window, from origin: Int64
  ) -> (slope: Double, intercept: Double) {
    let first = data.values[window.floats.lowerBound]
    if window.floats.allSatisfy({ data.values[$0] == first }) {
      return first.isInfinite ? (.nan, .nan) : (0, first)
    }
    var sums = [0.0, 0.0, 0.0, 0.0]
    var rests = [0.0, 0.0, 0.0, 0.0]
    for index in window.floats {
      let x = Double(data.times[index] - origin) / 1000
      let y = data.values[index]
      KahanSum.add(x, to: &sums[0], &rests[0])
      KahanSum.add(y, to: &sums[1], &rests[1])
      KahanSum.add(x * y, to: &sums[2], &rests[2])
      KahanSum.add(x * x, to: &sums[3], &rests[3])
    }
    for index in sums.indices { sums[index] += rests[index] }
    let count = Double(window.floats.count)
    let slope = (sums[2] - sums[0] * sums[1] / count) / (sums[3] - sums[0] * sums[0] / count)
    return (slope, sums[1] / count - slope * sums[0] / count)
  }

  private static func smoothed(
    _ data: SeriesData, _ window: Window, _ smoothing: Double, _ trendFactor: Double
  ) throws(QueryError) -> Sample {
    guard smoothing > 0, smoothing < 1 else {
      throw .execution("invalid smoothing factor. Expected: 0 < sf < 1, got: \(smoothing)")
    }
    guard trendFactor > 0, trendFactor < 1 else {
      throw .execution("invalid trend factor. Expected: 0 < tf < 1, got: \(trendFactor)")
    }
    guard window.floats.count > 1 else { return .none }
    let start = window.floats.lowerBound
    var previous = 0.0
    var level = data.values[start]
    var trend = data.values[start + 1] - level
    for index in window.floats.dropFirst() {
      if index > start + 1 {
        trend = trendFactor * (level - previous) + (1 - trendFactor) * trend
      }
      let next = smoothing * data.values[index] + (1 - smoothing) * (level + trend)
      previous = level
      level = next
    }
    return .float(level)
  }
}

extension RangeKernel {
  private static func isChange(_ before: Double, _ after: Double) -> Bool {
    after != before && !(after.isNaN && before.isNaN)
  }

  private static func isReset(_ before: Double, _ after: Double) -> Bool { after < before }

  /// Counts the steps from sample to sample that `counts`; a change of type always does.
  private static func walk(
    _ data: SeriesData, _ window: Window, _ counts: (Double, Double) -> Bool
  ) -> Sample {
    guard !window.isEmpty else { return .none }
    var total = 0
    guard !window.histograms.isEmpty else {
      for index in window.floats.dropFirst()
      where counts(data.values[index - 1], data.values[index]) {
        total += 1
      }
      return .float(Double(total))
    }
    let countsResets = counts(1, 0) && !counts(0, 1)
    var float = window.floats.lowerBound
    var histogram = window.histograms.lowerBound
    var before: Sample = .none
    while float < window.floats.upperBound || histogram < window.histograms.upperBound {
      let next: Sample
      if histogram >= window.histograms.upperBound
        || (float < window.floats.upperBound
          && data.times[float] < data.histogramTimes[histogram])
      {
        next = .float(data.values[float])
        float += 1
      } else {
        next = .histogram(data.histograms[histogram])
        histogram += 1
      }
      switch (before, next) {
      case (.none, _): break
      case (.float(let before), .float(let next)): total += counts(before, next) ? 1 : 0
      case (.histogram(let before), .histogram(let next)):
        let isCounted =
          countsResets ? next.isReset(since: before) : !next.hasSameObservations(as: before)
        total += isCounted ? 1 : 0
      default: total += 1
      }
      before = next
    }
    return .float(Double(total))
  }
}
