package import PromQL

/// A source of series, and over it what rules wrote in one evaluation: each sees what those before
/// it wrote, before it is stored.
package struct RuleOverlay<Base: SeriesSource>: RuleTimeline {
  private let known: SelectionMemory<Base>
  /// What was written, in its order.
  package private(set) var written: [(time: Int64, sample: RuleSample)] = []

  /// Nothing written over `base`.
  package init(_ base: Base) { known = SelectionMemory(base) }

  /// Notes samples that a rule wrote.
  package mutating func append(_ samples: [RuleSample], at time: Int64) {
    written += samples.map { (time, $0) }
  }

  /// What the source has, and what was written in the same range.
  package func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    var selection = try known.select(
      matchers, after: after, through: through, hints: hints)
    guard !written.isEmpty else { return selection }
    let tests = matchers.map { $0.test() }
    let own = written.filter { time, sample in
      time > after && time <= through && tests.allSatisfy { $0.passes(sample.labels) }
    }
    guard !own.isEmpty else { return selection }
    var places: [Labels: Int] = [:]
    for (place, series) in selection.series.enumerated() { places[series.labels] = place }
    for (time, sample) in own {
      let place = places[sample.labels] ?? selection.series.count
      if place == selection.series.count {
        selection.series.append(SeriesData(labels: sample.labels, times: [], values: []))
        places[sample.labels] = place
      }
      selection.series[place].add(sample.value, at: time)
    }
    return selection
  }
}

extension SeriesData {
  /// Adds a sample unless there is one at its time or later.
  fileprivate mutating func add(_ value: QueryResult.Sample, at time: Int64) {
    guard time > max(times.last ?? .min, histogramTimes.last ?? .min) else { return }
    switch value {
    case .float(let value):
      times.append(time)
      values.append(value)
    case .histogram(let histogram):
      histogramTimes.append(time)
      histograms.append(histogram)
    }
  }
}
