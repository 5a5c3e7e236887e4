/// The samples of one series in order of time; floats and histograms apart, each time at most once.
package struct SeriesData: Sendable {
  /// Who it is.
  package var labels: Labels
  /// Milliseconds since 1970 of each float, ascending.
  package var times: [Int64]
  /// The floats; `StaleMarker.value` ends the series there.
  package var values: [Double]
  /// Milliseconds since 1970 of each histogram, ascending.
  package var histogramTimes: [Int64]
  /// The native histograms.
  package var histograms: [NativeHistogram]
  /// Whether there are samples at both ends of each range asked for, so that a rate is the
  /// difference between them and nothing has to be guessed; a counter is never reset then.
  package var hasEnds = false

  /// A series of floats and, where there are any, histograms; each pair of arrays is as long.
  package init(
    labels: Labels, times: [Int64], values: [Double], histogramTimes: [Int64] = [],
    histograms: [NativeHistogram] = []
  ) {
    precondition(times.count == values.count, "each float has its time")
    precondition(histogramTimes.count == histograms.count, "each histogram has its time")
    self.labels = labels
    self.times = times
    self.values = values
    self.histogramTimes = histogramTimes
    self.histograms = histograms
  }

  var sampleCount: Int { values.count + histograms.count }
}

/// What a selector will do with the series it asks for, for a source that can choose a resolution.
package struct SelectHints: Equatable, Sendable {
  /// When the first evaluation looks, in milliseconds since 1970, and the milliseconds between it
  /// and the next one; 0 where there is only one.
  package let first: Int64
  package let step: Int64
  /// Milliseconds of the range selector; 0 for an instant selector.
  package let range: Int64
  /// The function around the selector, empty when there is none.
  package let function: String

  /// Hints for evaluations from `first` on, `step` apart.
  package init(first: Int64, step: Int64, range: Int64, function: String) {
    (self.first, self.step, self.range, self.function) = (first, step, range, function)
  }
}

/// What a source has for a selector.
package struct Selection: Sendable {
  /// The series that match, in any order, no two with the same labels.
  package var series: [SeriesData]
  /// Milliseconds between the samples of the coarsest tier among them; 0 when as they came.
  /// The look-back and a range are widened to twice this.
  package var coarseStep: Int64
  /// What the reader of the answer has to know.
  package var warnings: [String]

  /// A selection; fine samples and no warning by default.
  package init(_ series: [SeriesData], coarseStep: Int64 = 0, warnings: [String] = []) {
    self.series = series
    self.coarseStep = coarseStep
    self.warnings = warnings
  }
}

/// Where the samples come from.
package protocol SeriesSource {
  /// The series that pass all `matchers`, with their samples after `after` up to and with `through`
  /// (milliseconds since 1970). A source of coarse tiers reads as much further back as the widened
  /// look-back needs. Throws when the samples cannot be read.
  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection
}

/// The sample that ends a series.
package enum StaleMarker {
  /// The NaN that Prometheus set aside.
  package static let value = Double(bitPattern: 0x7FF0_0000_0000_0002)

  /// Whether a sample is that NaN, by its bits.
  package static func isStale(_ value: Double) -> Bool {
    value.bitPattern == 0x7FF0_0000_0000_0002
  }
}
