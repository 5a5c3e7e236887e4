/// Gathers the values of two arms from lines of calls and scores, in any order. Holds a few numbers
/// a call and nothing of what was said.
package struct ComparisonArms: Sendable {
  /// What tells the arms apart, and its values for the baseline and the other.
  package let dimension: String
  package let a: String
  package let b: String
  package let metrics: [ComparisonMetric]
  /// The member that names the item worked on.
  package let item: String?

  /// How many lines became part of it, and what was left out.
  package struct Counts: Equatable, Sendable {
    package var a = 0
    package var b = 0
    /// Calls of neither arm.
    package var elsewhere = 0
    /// Rows that tell of a call another row counts.
    package var duplicates = 0
    /// Answers of an application's cache.
    package var cached = 0
    /// Calls that stand for more than one.
    package var sampled = 0
    /// Values without an item, where one is asked for.
    package var withoutItem = 0
    /// Scores of no call of an arm, of a trace or session that has calls of both, and those that
    /// are words.
    package var strayScores = 0
    package var sharedScores = 0
    package var wordScores = 0
  }

  /// So far.
  package private(set) var counts = Counts()
  private var values: [ComparisonMetric: (a: [ComparisonSample], b: [ComparisonSample])] = [:]
  private let scoreNames: Set<String>
  /// Where calls stand; nil for places with calls of both arms.
  private var calls: [EvalLine.Place: CallPlace?] = [:]
  private var scores: [ScoreKey: PendingScore] = [:]
  private let humans: HumanEvaluators
  private var lines = 0

  private struct CallPlace: Equatable {
    let isB: Bool
    let item: String?
  }

  private struct ScoreKey: Hashable {
    let name: String
    let place: EvalLine.Place?
    /// The line, for scores without a place.
    let line: Int
    let isHuman: Bool
  }

  private struct PendingScore {
    let value: Double
    let time: String
    let places: [EvalLine.Place]
    /// The arm it names itself.
    let own: CallPlace?
  }

  /// Arms of nothing yet.
  package init(
    by dimension: String, a: String, b: String, metrics: [ComparisonMetric], item: String? = nil,
    humans: HumanEvaluators = HumanEvaluators()
  ) {
    (self.dimension, self.a, self.b) = (dimension, a, b)
    (self.metrics, self.item, self.humans) = (metrics, item, humans)
    scoreNames = Set(metrics.compactMap(\.scoreName))
  }

  /// Adds what a line says.
  package mutating func add(_ line: EvalLine) {
    lines += 1
    switch line.kind {
    case .call: addCall(line)
    case .score: addScore(line)
    case .other: break
    }
  }

  private func arm(of line: EvalLine) -> CallPlace? {
    guard let word = line.text(dimension), word == a || word == b else { return nil }
    return CallPlace(isB: word == b, item: item.flatMap { line.text($0) })
  }

  private mutating func addCall(_ line: EvalLine) {
    guard let arm = arm(of: line) else {
      counts.elsewhere += 1
      return
    }
    if !scoreNames.isEmpty { place(line, arm) }
    guard !line.isCountedElsewhere else {
      counts.duplicates += 1
      return
    }
    if arm.isB { counts.b += 1 } else { counts.a += 1 }
    if item != nil, arm.item == nil { counts.withoutItem += 1 }
    if line.number("sample_rate") ?? 1 < 1 { counts.sampled += 1 }
    if line.isFromCache { counts.cached += 1 }
    for metric in metrics where metric.scoreName == nil && !line.isFromCache {
      guard let value = line.value(metric.source) else { continue }
      add(value, arm, to: metric)
    }
  }

  private mutating func place(_ line: EvalLine, _ arm: CallPlace) {
    for place in line.places {
      if let known = calls[place], known?.isB != arm.isB {
        calls[place] = .some(nil)
      } else if calls[place] == nil {
        calls[place] = arm
      }
    }
    for (member, isHuman) in [("scores", false), (EvalLine.humanScores, true)] {
      for (name, value) in line.scores(in: member) where scoreNames.contains(name) {
        keep(name, value, of: line, isHuman: isHuman, own: arm)
      }
    }
  }

  private mutating func addScore(_ line: EvalLine) {
    guard let name = line.text("score"), scoreNames.contains(name), let value = line.scoreValue
    else { return }
    keep(
      name, value, of: line, isHuman: humans.contains(line.text("evaluator")), own: arm(of: line))
  }

  /// Of several scores of one name for one thing the newest holds.
  private mutating func keep(
    _ name: String, _ value: ScoreValue, of line: EvalLine, isHuman: Bool, own: CallPlace?
  ) {
    guard let number = value.number, number.isFinite else {
      counts.wordScores += 1
      return
    }
    let places = line.places
    let key = ScoreKey(
      name: name, place: places.first, line: places.isEmpty ? lines : 0, isHuman: isHuman)
    let time = line.text("time") ?? ""
    if let known = scores[key], known.time >= time { return }
    scores[key] = PendingScore(value: number, time: time, places: places, own: own)
  }

  private mutating func add(_ value: Double, _ arm: CallPlace, to metric: ComparisonMetric) {
    let sample = ComparisonSample(value, item: arm.item)
    if arm.isB {
      values[metric, default: ([], [])].b.append(sample)
    } else {
      values[metric, default: ([], [])].a.append(sample)
    }
  }

  /// The values of each metric, scores with those of their calls. Where programs and people have
  /// scored under one name, those of programs are taken.
  package mutating func samples()
    -> [(metric: ComparisonMetric, a: [ComparisonSample], b: [ComparisonSample])]
  {
    let automatic = Set(scores.keys.lazy.filter { !$0.isHuman }.map(\.name))
    // In an order of its own, so that a seed gives the same resamples in every process.
    let ordered = scores.filter { !$0.key.isHuman || !automatic.contains($0.key.name) }
      .sorted { ($0.key.place?.id ?? "", $0.key.line) < ($1.key.place?.id ?? "", $1.key.line) }
    for (key, score) in ordered {
      guard let arm = arm(of: score) else { continue }
      for metric in metrics where metric.scoreName == key.name { add(score.value, arm, to: metric) }
    }
    scores.removeAll()
    return metrics.map { ($0, values[$0]?.a ?? [], values[$0]?.b ?? []) }
  }

  private mutating func arm(of score: PendingScore) -> CallPlace? {
    var isShared = false
    for place in score.places {
      guard let known = calls[place] else { continue }
      if let known { return known }
      isShared = true
    }
    if let own = score.own { return own }
    if isShared { counts.sharedScores += 1 } else { counts.strayScores += 1 }
    return nil
  }
}

extension ComparisonMetric {
  /// The score it looks at; nil for the numbers of calls.
  package var scoreName: String? {
    source.hasPrefix("score:") ? String(source.dropFirst(6)) : nil
  }
}
