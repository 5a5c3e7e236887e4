internal import PromQL

/// A source as one evaluation sees it, for the many rules of a group that ask much the same.
///
/// The second time a metric is asked for at the same times with other labels, all of it is read at
/// once, so that a thousand rules over the models of a thousand teams read it once.
final class SelectionMemory<Source: SeriesSource> {
  private struct Question: Hashable {
    let name: String
    let after: Int64
    let through: Int64
    let first: Int64
    let step: Int64
    let range: Int64
    let function: String
  }

  private struct Narrow: Hashable {
    let question: Question
    let matchers: [String]
  }

  /// Everything of a metric, and the places of its series by the value of a label.
  private final class Whole {
    let selection: Selection
    private var places: [String: [String: [Int]]] = [:]

    init(_ selection: Selection) { self.selection = selection }

    func places(_ label: String, _ value: String) -> [Int] {
      if let known = places[label] { return known[value] ?? [] }
      var found: [String: [Int]] = [:]
      for (place, series) in selection.series.enumerated() {
        found[series.labels[label], default: []].append(place)
      }
      places[label] = found
      return found[value] ?? []
    }
  }

  /// Samples remembered at most; a histogram counts as so many.
  private static var limit: Int { 1 << 21 }
  private static var histogramWeight: Int { 64 }

  private let source: Source
  private var narrow: [Narrow: Selection] = [:]
  private var asked: Set<Question> = []
  private var whole: [Question: Whole] = [:]
  private var room = limit

  init(_ source: Source) { self.source = source }

  /// What the source gives.
  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    let name = matchers.first { $0.name == LabelName.metric && $0.operation == .equal }
    guard let name else {
      return try source.select(matchers, after: after, through: through, hints: hints)
    }
    let question = Question(
      name: name.value, after: after, through: through, first: hints.first, step: hints.step,
      range: hints.range, function: hints.function)
    let rest = matchers.filter { $0 != name }
    if let known = whole[question] { return Self.cut(known, rest) }
    let key = Narrow(
      question: question,
      matchers: rest.map { "\($0.name)\($0.operation.rawValue)\($0.value)" })
    if let known = narrow[key] { return known }
    if !rest.isEmpty, !asked.insert(question).inserted, room > 0 {
      let all = try source.select([name], after: after, through: through, hints: hints)
      room -= Self.weight(all)
      if room > 0 {
        let known = Whole(all)
        whole[question] = known
        return Self.cut(known, rest)
      }
    }
    let found = try source.select(matchers, after: after, through: through, hints: hints)
    room -= Self.weight(found)
    if room > 0 {
      narrow[key] = found
      if rest.isEmpty { whole[question] = Whole(found) }
    }
    return found
  }

  private static func weight(_ selection: Selection) -> Int {
    selection.series.reduce(1) { $0 + $1.values.count + $1.histograms.count * histogramWeight }
  }

  private static func cut(_ whole: Whole, _ matchers: [LabelMatcher]) -> Selection {
    guard !matchers.isEmpty else { return whole.selection }
    var places: [Int]?
    for matcher in matchers where matcher.operation == .equal {
      let found = whole.places(matcher.name, matcher.value)
      if found.count < places?.count ?? .max { places = found }
    }
    let tests = matchers.map { $0.test() }
    let all = whole.selection.series
    let series = (places ?? Array(all.indices)).compactMap { place in
      tests.allSatisfy { $0.passes(all[place].labels) } ? all[place] : nil
    }
    return Selection(
      series, coarseStep: whole.selection.coarseStep, warnings: whole.selection.warnings)
  }
}
