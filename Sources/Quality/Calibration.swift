/// Brings the scores of judges together with those of people for the same things.
package struct Calibration: Sendable {
  /// A score and who gave it.
  package struct Judge: Hashable, Comparable, Sendable {
    package let score: String
    package let evaluator: String

    package static func < (left: Judge, right: Judge) -> Bool {
      (left.score, left.evaluator) < (right.score, right.evaluator)
    }
  }

  /// What is known of one judge.
  package struct Row: Sendable {
    package let judge: Judge
    /// How many things it scored.
    package let scored: Int
    /// How far it agrees with people; nil where no thing was scored by both.
    package let agreement: Agreement?

    /// What is said of it.
    package var verdict: Verdict {
      guard let agreement else { return .uncalibrated }
      return agreement.count < Agreement.leastCount ? .tooFew : .calibrated
    }
  }

  /// Whether there is enough to say how far a judge agrees with people.
  package enum Verdict: String, Sendable {
    case calibrated
    case tooFew = "too_few"
    case uncalibrated
  }

  private struct Given {
    let value: ScoreValue
    let time: String
    let places: [EvalLine.Place]
  }

  private let humans: HumanEvaluators
  /// The score that people give, where it has another name.
  private let humanScore: String?
  private var judged: [Judge: [String: Given]] = [:]
  private var human: [String: [String: Given]] = [:]
  private var lines = 0

  /// No scores yet. People's are those of `humans`, under the same name or under `humanScore`.
  package init(humans: HumanEvaluators = HumanEvaluators(), humanScore: String? = nil) {
    self.humans = humans
    self.humanScore = humanScore
  }

  /// Takes the scores of a line: a score's own, or those that stand in a call's.
  package mutating func add(_ line: EvalLine) {
    lines += 1
    switch line.kind {
    case .score:
      guard let name = line.text("score"), let value = line.scoreValue else { return }
      let evaluator = line.text("evaluator")
      add(name, value, of: line, evaluator ?? "", isHuman: humans.contains(evaluator))
    case .call:
      for (name, value) in line.scores(in: "scores") {
        add(name, value, of: line, "", isHuman: false)
      }
      for (name, value) in line.scores(in: EvalLine.humanScores) {
        add(name, value, of: line, "", isHuman: true)
      }
    case .other: return
    }
  }

  private mutating func add(
    _ name: String, _ value: ScoreValue, of line: EvalLine, _ evaluator: String, isHuman: Bool
  ) {
    let places = line.places
    let key = places.first.map { "\($0.kind)/\($0.id)" } ?? "line/\(lines)"
    let given = Given(value: value, time: line.text("time") ?? "", places: places)
    func isNewer(than known: Given?) -> Bool { known.map { $0.time < given.time } ?? true }
    if isHuman || name == humanScore {
      if isNewer(than: human[name]?[key]) { human[name, default: [:]][key] = given }
    } else {
      let judge = Judge(score: name, evaluator: evaluator)
      if isNewer(than: judged[judge]?[key]) { judged[judge, default: [:]][key] = given }
    }
  }

  /// Each judge with its agreement, by name.
  package func rows() -> [Row] {
    judged.keys.sorted().map { judge in
      let given = judged[judge] ?? [:]
      return Row(
        judge: judge, scored: given.count,
        agreement: Agreement(pairs(given, human[humanScore ?? judge.score] ?? [:])))
    }
  }

  /// The answers of both for the same thing; where one scored the span and the other its trace or
  /// session, they meet if each has but one there.
  private func pairs(
    _ judged: [String: Given], _ human: [String: Given]
  ) -> [(human: ScoreValue, judge: ScoreValue)] {
    var pairs: [(human: ScoreValue, judge: ScoreValue)] = []
    var rest: [Given] = []
    var met: Set<String> = []
    for (key, given) in human.sorted(by: { $0.key < $1.key }) {
      if let other = judged[key] {
        pairs.append((given.value, other.value))
        met.insert(key)
      } else {
        rest.append(given)
      }
    }
    let alone = judged.filter { !met.contains($0.key) }.map(\.value)
    let (theirs, ours) = (Self.byPlace(rest), Self.byPlace(alone))
    for given in rest {
      let place = given.places.first { place in
        theirs[place]?.count == 1 && ours[place]?.count == 1
      }
      if let place, let other = ours[place]?.first { pairs.append((given.value, other.value)) }
    }
    return pairs
  }

  private static func byPlace(_ given: [Given]) -> [EvalLine.Place: [Given]] {
    var found: [EvalLine.Place: [Given]] = [:]
    for one in given {
      for place in one.places { found[place, default: []].append(one) }
    }
    return found
  }
}

extension Agreement {
  /// With fewer items than this nothing is said of a judge.
  package static let leastCount = 20
}
