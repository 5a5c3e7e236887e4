internal import History
package import PromQL
internal import Telemetry
internal import Windows

/// The series that one query reads, all as of the moment at which it first looked; used by one
/// thread.
package final class TimelineSource: SeriesSource {
  let timeline: SeriesTimeline
  let scope: TenantScope
  let limits: QueryLimits
  var pictureTaken: Picture?
  private var presentTaken: [PresentFamily]?

  /// Milliseconds for which what is known at present only stands for the past.
  static let presentReach: Int64 = 300_000

  init(timeline: SeriesTimeline, scope: TenantScope, limits: QueryLimits) {
    self.timeline = timeline
    self.scope = scope
    self.limits = limits
  }

  /// What passes `matchers`, as `SeriesSource` says; counters at just the times that `hints` are
  /// of, whether they are asked for at a time, at both ends of ranges, or within them.
  package func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    let tests = matchers.map { $0.test() }
    let picture = try picture(through: through)
    var selection = Selection([])
    for part in FamilyPart.all where Self.names(part.name, pass: tests) {
      let times = try SampleTimes(
        hints, after: after, through: through, picture.tiers, limit: limits.samples)
      try append(part, tests, times, picture, to: &selection)
    }
    for family in WindowFamily.all where Self.names(family.name, pass: tests) {
      let times = try SampleTimes(
        hints, after: after, through: through, picture.tiers, limit: limits.samples)
      try append(family, tests, times, picture, to: &selection)
    }
    appendPresent(tests, after: after, through: through, picture, to: &selection)
    let stored = try storedSeries(matchers, tests, after: after, through: through)
    selection.series += stored
    return selection
  }

  /// Whether a metric of this name can pass.
  static func names(_ name: String, pass tests: [LabelTest]) -> Bool {
    tests.allSatisfy { $0.matcher.name != LabelName.metric || $0.passes(name) }
  }

  /// Whether labels pass, but for the name, which is known to.
  static func pass(_ labels: Labels, _ tests: [LabelTest]) -> Bool {
    tests.allSatisfy { $0.matcher.name == LabelName.metric || $0.passes(labels) }
  }

  /// What is known at present only, at the newest time that is asked for.
  private func appendPresent(
    _ tests: [LabelTest], after: Int64, through: Int64, _ picture: Picture,
    to selection: inout Selection
  ) {
    let time = min(through, picture.tiers.now)
    guard scope == .all, time > after, time > picture.tiers.now - Self.presentReach,
      !Self.meanCounter(tests)
    else { return }
    for family in present {
      for sample in family.samples where Self.names(family.name + sample.suffix, pass: tests) {
        let labels = Self.labels(family.name + sample.suffix, sample)
        guard Self.pass(labels, tests), !Self.windowNames.contains(family.name) else { continue }
        selection.series.append(SeriesData(labels: labels, times: [time], values: [sample.value]))
      }
    }
  }

  /// What is known at present only, asked for once a query: to read the windows takes a while.
  var present: [PresentFamily] {
    if let presentTaken { return presentTaken }
    let families = timeline.present()
    presentTaken = families
    return families
  }

  /// Whether the metric asked for is one of the counters' own.
  private static func meanCounter(_ tests: [LabelTest]) -> Bool {
    tests.contains { test in
      test.matcher.name == LabelName.metric && test.matcher.operation == .equal
        && FamilyPart.names.contains(test.matcher.value)
    }
  }

  static func labels(_ name: String, _ sample: PresentFamily.Sample) -> Labels {
    Labels([Label(LabelName.metric, name)] + sample.labels.map { Label($0.name, $0.value) })
  }
}
