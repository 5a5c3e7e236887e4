internal import Codec

/// The scores of calls, to be found by what they are for. Holds names and values, no comments.
package struct ScoreBook: Sendable {
  /// Scores that it holds at most.
  package static let limit = 2_000_000

  private struct Entry {
    let value: ScoreValue
    let time: String
  }

  private let humans: HumanEvaluators
  private var entries: [EvalLine.Place: [Name: Entry]] = [:]
  /// How many there are.
  package private(set) var count = 0

  private struct Name: Hashable {
    let score: String
    let isHuman: Bool
  }

  /// No scores yet.
  package init(humans: HumanEvaluators = HumanEvaluators()) {
    self.humans = humans
  }

  /// Takes a score's line; of several of one name for one thing the newest holds. False when it is
  /// full.
  package mutating func add(_ line: EvalLine) -> Bool {
    guard let score = line.text("score"), let value = line.scoreValue, let place = line.places.first
    else { return true }
    let name = Name(score: score, isHuman: humans.contains(line.text("evaluator")))
    let time = line.text("time") ?? ""
    if let known = entries[place]?[name] {
      if known.time < time { entries[place]?[name] = Entry(value: value, time: time) }
      return true
    }
    guard count < Self.limit else { return false }
    count += 1
    entries[place, default: [:]][name] = Entry(value: value, time: time)
    return true
  }

  /// The members `scores` and `human_scores` of a call, as JSON without braces; empty without any.
  /// A score of a whole trace or session goes to the first call that asks, and to no other.
  package mutating func take(for call: EvalLine) -> [UInt8] {
    var found: [Name: ScoreValue] = [:]
    for place in call.places {
      guard let scores = entries.removeValue(forKey: place) else { continue }
      for (name, entry) in scores where found[name] == nil { found[name] = entry.value }
    }
    var json = JSONWriter()
    for (isHuman, member) in [(false, "scores"), (true, EvalLine.humanScores)] {
      let scores = found.filter { $0.key.isHuman == isHuman }.sorted { $0.key.score < $1.key.score }
      guard !scores.isEmpty else { continue }
      json.key(member)
      json.beginObject()
      for (name, value) in scores {
        json.key(name.score)
        value.write(to: &json)
      }
      json.endObject()
    }
    return json.bytes
  }
}
