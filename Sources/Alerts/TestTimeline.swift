internal import PromQL

/// The samples of a rule test: those written in the file, as far as time has come, and those its
/// rules wrote.
struct TestTimeline: RuleTimeline {
  /// A series as a file writes it.
  struct Input {
    let labels: Labels
    let items: [SeriesNotation.Item]
    /// Milliseconds of the first item, and from one to the next.
    let start: Int64
    let interval: Int64
  }

  private var inputs: [(input: Input, next: Int)]
  private var series: [SeriesData] = []
  private var places: [Labels: Int] = [:]
  private var names: [String: [Int]] = [:]

  init(_ inputs: [Input]) {
    self.inputs = inputs.map { ($0, 0) }
  }

  /// All samples at once; a series written twice has those of both places.
  init(all inputs: [Input]) {
    self.init(inputs)
    advance(to: .max)
    for index in series.indices { series[index].sort() }
  }

  /// Lets the samples up to and with `time` in.
  mutating func advance(to time: Int64) {
    for index in inputs.indices {
      let (input, first) = inputs[index]
      var next = first
      guard next < input.items.count, input.start <= time else { continue }
      let place = place(of: input.labels)
      while next < input.items.count, input.start + Int64(next) * input.interval <= time {
        series[place].add(input.items[next], at: input.start + Int64(next) * input.interval)
        next += 1
      }
      if !series[place].histograms.isEmpty { series[place].deriveResetHints() }
      inputs[index].next = next
    }
  }

  mutating func append(_ samples: [RuleSample], at time: Int64) {
    for sample in samples {
      let place = place(of: sample.labels)
      let last = max(series[place].times.last ?? .min, series[place].histogramTimes.last ?? .min)
      guard time > last else { continue }
      switch sample.value {
      case .float(let value): series[place].add(.float(value), at: time)
      case .histogram(let histogram): series[place].add(.histogram(histogram), at: time)
      }
    }
  }

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    let tests = matchers.map { $0.test() }
    let name = matchers.first { $0.name == LabelName.metric && $0.operation == .equal }?.value
    let candidates = name.map { names[$0] ?? [] } ?? Array(series.indices)
    var found: [SeriesData] = []
    for index in candidates {
      let data = series[index]
      guard tests.allSatisfy({ $0.passes(data.labels) }) else { continue }
      let cut = data.cut(after: after, through: through)
      if !cut.times.isEmpty || !cut.histogramTimes.isEmpty { found.append(cut) }
    }
    return Selection(found)
  }

  private mutating func place(of labels: Labels) -> Int {
    if let place = places[labels] { return place }
    let place = series.count
    places[labels] = place
    names[labels.metricName, default: []].append(place)
    series.append(SeriesData(labels: labels, times: [], values: []))
    return place
  }
}

extension SeriesData {
  fileprivate mutating func add(_ item: SeriesNotation.Item, at time: Int64) {
    switch item {
    case .missing: break
    case .float(let value):
      times.append(time)
      values.append(value)
    case .histogram(let histogram):
      histogramTimes.append(time)
      histograms.append(histogram)
    }
  }

  /// Puts the samples in order of time; of two at one time the later written counts.
  fileprivate mutating func sort() {
    guard zip(times, times.dropFirst()).contains(where: { $0 >= $1 }) else { return }
    let latest = Dictionary(zip(times, values), uniquingKeysWith: { $1 })
    times = latest.keys.sorted()
    values = times.compactMap { latest[$0] }
  }

  fileprivate func cut(after: Int64, through: Int64) -> SeriesData {
    let floats = Self.range(times, after: after, through: through)
    let others = Self.range(histogramTimes, after: after, through: through)
    return SeriesData(
      labels: labels, times: Array(times[floats]), values: Array(values[floats]),
      histogramTimes: Array(histogramTimes[others]), histograms: Array(histograms[others]))
  }

  private static func range(_ times: [Int64], after: Int64, through: Int64) -> Range<Int> {
    let low = firstIndex(in: times, above: after)
    return low..<max(low, firstIndex(in: times, above: through))
  }

  private static func firstIndex(in times: [Int64], above time: Int64) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
