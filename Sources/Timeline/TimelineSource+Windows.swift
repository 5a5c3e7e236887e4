internal import History
internal import PromQL
internal import Telemetry
internal import Windows

/// The gauges over sliding windows: at present what the windows themselves show, before that what
/// was counted in the same stretch of time up to then.
extension TimelineSource {
  static let windowNames = Set(WindowFamily.all.map(\.name))
  /// Stretches of all groups that are held at one time.
  private static let mostStretches = 500_000

  /// Appends the series of one family that pass.
  func append(
    _ family: WindowFamily, _ tests: [LabelTest], _ times: SampleTimes, _ picture: Picture,
    to selection: inout Selection
  ) throws(QueryError) {
    let spans = WindowSpan.allCases.filter { Self.label("window", $0.name, pass: tests) }
    let figures = family.figures.filter { Self.label("stat", $0.stat, pass: tests) }
    guard !spans.isEmpty, !figures.isEmpty, let first = times.times.first else { return }
    let moments = Set(times.times).sorted().map { Moment($0, now: picture.tiers.now) }
    var edges: Set<Int64> = []
    for moment in moments {
      edges.insert(moment.end)
      for span in spans + [.hour] { edges.insert(moment.start(of: span)) }
    }
    var visitor = WindowVisitor(edges.sorted(), now: picture.tiers.now, end: picture.tiers.seconds)
    let reach = Reach(
      type: .llm, labels: WindowFamily.labels, times: visitor.edges, hasHours: scope == .all)
    // One more than the first window begins with, even where that is the present.
    let after = min(first, picture.tiers.now - 1) - WindowSpan.hour.seconds * 1_000 - 1_000
    var places = StretchPlaces()
    try visit(reach, &visitor, &places, after: after, picture)
    guard visitor.count <= Self.mostStretches else { throw Self.tooMany }
    let shown = moments.contains(where: \.isPresent) ? presentValues(of: family) : nil
    for group in visitor.groups {
      for span in spans {
        try look()
        let known = figures.map { figure in
          Labels(
            [Label(LabelName.metric, family.name), Label("window", span.name)]
              + zip(WindowFamily.labels, group.labels).map { Label($0, $1) }
              + [Label("stat", figure.stat)])
        }
        guard known.contains(where: { Self.pass($0, tests) }) else { continue }
        var series = known.map { SeriesData(labels: $0, times: [], values: []) }
        for moment in moments where moment.time >= picture.tiers.origin * 1_000 {
          guard span.seconds >= picture.tiers.step(at: moment.end / 1_000 - 1) else { continue }
          let needsHistograms = figures.contains { $0.figure.needsHistograms }
          guard let sums = visitor.sums(group, moment, span, needsHistograms) else { continue }
          for (place, figure) in figures.enumerated() {
            var value = sums.figure(figure.figure, seconds: span.seconds).map {
              $0 / family.divisor
            }
            if moment.isPresent, scope == .all { value = shown?[known[place]] ?? value }
            guard let value else { continue }
            series[place].times.append(moment.time)
            series[place].values.append(value)
          }
        }
        selection.series += series.filter { !$0.times.isEmpty && Self.pass($0.labels, tests) }
      }
    }
    selection.coarseStep = max(selection.coarseStep, times.coarseStep)
  }

  private static func label(_ name: String, _ value: String, pass tests: [LabelTest]) -> Bool {
    tests.allSatisfy { $0.matcher.name != name || $0.passes(value) }
  }

  /// What the windows show now.
  private func presentValues(of family: WindowFamily) -> [Labels: Double]? {
    guard let found = present.first(where: { $0.name == family.name }) else { return nil }
    var values: [Labels: Double] = [:]
    for sample in found.samples { values[Self.labels(family.name, sample)] = sample.value }
    return values
  }
}

/// A time at which windows are looked at, and where they lie.
struct Moment {
  let time: Int64
  let isPresent: Bool
  /// Behind the last second that is in the windows, in ms.
  let end: Int64

  init(_ time: Int64, now: Int64) {
    self.time = time
    isPresent = time >= now
    let second = Tiers.floor(time, to: 1_000)
    end = isPresent ? second + 1_000 : second
  }

  func start(of span: WindowSpan) -> Int64 { end - span.seconds * 1_000 }
}

/// Adds up what groups of a provider and a model counted between the edges of windows.
struct WindowVisitor: TimelineVisitor {
  struct Group {
    let labels: [String]
    /// By the place of the edge at which it became visible.
    fileprivate(set) var stretches: [Int: Rollup] = [:]
  }

  /// The edges of windows, rising, in ms.
  let edges: [Int64]
  private(set) var groups: [Group] = []
  /// Stretches held.
  private(set) var count = 0
  private var numbers: [[String]: Int] = [:]
  private let now: Int64
  private let end: Int64

  init(_ edges: [Int64], now: Int64, end: Int64) {
    (self.edges, self.now, self.end) = (edges, now, end)
  }

  mutating func place(of name: [UInt8]) -> StretchPlace {
    let labels = AttributeValues.read(WindowFamily.labels, in: name)
    if let known = numbers[labels] { return .at(known) }
    numbers[labels] = groups.count
    groups.append(Group(labels: labels))
    return .at(groups.count - 1)
  }

  func isWanted(_ place: Int) -> Bool { true }

  mutating func visit(_ place: Int, _ time: Int64, seconds: Int64, _ rollup: Rollup) {
    if time < end { add(place, (time + seconds) * 1_000, rollup) }
  }

  mutating func visit(_ place: Int, second: Int64, _ rollup: Rollup) {
    add(place, (second + 1) * 1_000, rollup)
  }

  private mutating func add(_ place: Int, _ visible: Int64, _ rollup: Rollup) {
    let edge = SampleTimes.place(of: visible, in: edges)
    guard edge > 0, edge < edges.count else { return }
    if groups[place].stretches[edge] == nil { count += 1 }
    groups[place].stretches[edge, default: Rollup()].join(rollup)
  }

  /// What a window holds; nil where nothing was counted within the hour before.
  func sums(
    _ group: Group, _ moment: Moment, _ span: WindowSpan, _ withHistograms: Bool
  ) -> WindowSums? {
    let last = SampleTimes.place(of: moment.end, in: edges)
    let first = SampleTimes.place(of: moment.start(of: span), in: edges)
    let oldest = SampleTimes.place(of: moment.start(of: .hour), in: edges)
    var sums = WindowSums()
    var isThere = false
    for edge in stride(from: last, to: oldest, by: -1) {
      guard let rollup = group.stretches[edge] else { continue }
      isThere = true
      guard edge > first else { break }
      sums.add(rollup, withHistograms: withHistograms)
    }
    return isThere ? sums : nil
  }
}
