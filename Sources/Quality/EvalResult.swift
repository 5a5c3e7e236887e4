internal import Codec
internal import Money

/// What evaluators and judges said of one line, and that line with it.
package struct EvalResult: Sendable {
  /// One evaluator's or judge's word.
  package struct Opinion: Sendable {
    /// What came of asking.
    package enum Outcome: Equatable, Sendable {
      case score(Score)
      /// The call lacks what is looked at.
      case missing(String)
      /// It could not be had, for this reason.
      case failed(String)
    }

    /// The name the score has, and who gives it: a check, or the model of a judge.
    package let name: String
    package let evaluator: String
    package let outcome: Outcome
    /// What asking took, of judges.
    package let effort: Effort?

    /// An opinion.
    package init(name: String, evaluator: String, outcome: Outcome, effort: Effort? = nil) {
      self.name = name
      self.evaluator = evaluator
      self.outcome = outcome
      self.effort = effort
    }
  }

  /// What asking a judge took.
  package struct Effort: Equatable, Sendable {
    /// Picodollars; 0 where nothing had to be asked or no price is known.
    package let cost: Int64
    /// Requests that were sent.
    package let requests: Int
    /// In ns.
    package let duration: Int64

    /// An effort of these parts.
    package init(cost: Int64, requests: Int, duration: Int64) {
      (self.cost, self.requests, self.duration) = (cost, requests, duration)
    }
  }

  /// Where in the input the line stands, and what it was: by these a later run knows it.
  package struct Origin: Equatable, Sendable {
    package let line: Int
    package let hash: String
    /// Who was asked.
    package let names: [String]

    /// The line numbered `line` (from 1), which says `text`.
    package init(line: Int, text: [UInt8], names: [String]) {
      self.line = line
      self.names = names
      // unsafe because the hash reads the array's own bytes during the call.
      let hash = unsafe text.withUnsafeBytes { unsafe Self.naming.hash($0) }
      var digits: [UInt8] = []
      Hex.append(hash.high, to: &digits)
      self.hash = String(decoding: digits, as: UTF8.self)
    }

    /// The origin that a result says; nil where it says none.
    package init?(_ result: EvalLine) {
      guard let number = result.number("run.line"), let line = Int(exactly: number),
        let hash = result.text("run.hash"), case .array(let names)? = result["run.asked"]
      else { return nil }
      (self.line, self.hash) = (line, hash)
      self.names = names.compactMap { EvalLine.scalar($0) }
    }

    private static let naming = HashKey(0x6576_616C_2D72_756E, 0x6261_726F_6772_6170)
  }

  private let line: EvalLine
  private let origin: Origin
  private let opinions: [Opinion]

  /// What was said of `line`.
  package init(_ line: EvalLine, _ origin: Origin, _ opinions: [Opinion]) {
    (self.line, self.origin, self.opinions) = (line, origin, opinions)
  }

  /// What a line of results says that was said.
  package static func opinions(of result: EvalLine) -> [Opinion] {
    guard case .array(let evaluations)? = result.members["evaluations"] else { return [] }
    return evaluations.compactMap { evaluation in
      guard case .object(let members) = evaluation else { return nil }
      let line = EvalLine(members)
      guard let name = line.text("score") else { return nil }
      return Opinion(
        name: name, evaluator: line.text("evaluator") ?? name, outcome: outcome(line, name),
        effort: effort(line))
    }
  }

  private static func outcome(_ line: EvalLine, _ name: String) -> Opinion.Outcome {
    if let value = line.scoreValue {
      return .score(Score(name: name, value: value, comment: line.text("comment") ?? ""))
    }
    if let reason = line.text("failed") { return .failed(reason) }
    return .missing(line.text("missing") ?? "")
  }

  private static func effort(_ line: EvalLine) -> Effort? {
    guard let cost = line.number("cost_usd"), let requests = line.number("requests"),
      let milliseconds = line.number("ms"), cost < 1e6, requests < 1e6, milliseconds < 1e12
    else { return nil }
    return Effort(
      cost: Int64((cost * 1e12).rounded()), requests: Int(requests),
      duration: Int64(milliseconds * 1e6))
  }

  private static let ownMembers = ["scores", "evaluations", "run"].map { Array($0.utf8) }

  /// The line with the scores among its `scores`, all that was said under `evaluations`, and where
  /// it came from under `run`, as JSON without an end.
  package var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    for member in line.members.members where !Self.ownMembers.contains(member.name) {
      json.key(String(decoding: member.name, as: UTF8.self))
      member.value.write(to: &json)
    }
    writeScores(&json)
    json.key("evaluations")
    json.beginArray()
    for opinion in opinions { Self.write(opinion, &json) }
    json.endArray()
    json.key("run")
    json.beginObject()
    json.key("line")
    json.value(origin.line)
    json.key("hash")
    json.value(origin.hash)
    json.key("asked")
    json.beginArray()
    for name in origin.names { json.value(name) }
    json.endArray()
    json.endObject()
    json.endObject()
    return json.bytes
  }

  private func writeScores(_ json: inout JSONWriter) {
    json.key("scores")
    json.beginObject()
    for (name, value) in line.scores(in: "scores") where !origin.names.contains(name) {
      json.key(name)
      value.write(to: &json)
    }
    for opinion in opinions {
      guard case .score(let score) = opinion.outcome else { continue }
      json.key(opinion.name)
      score.value.write(to: &json)
    }
    json.endObject()
  }

  private static func write(_ opinion: Opinion, _ json: inout JSONWriter) {
    json.beginObject()
    json.key("score")
    json.value(opinion.name)
    json.key("evaluator")
    json.value(opinion.evaluator)
    switch opinion.outcome {
    case .missing(let reason):
      json.key("missing")
      json.value(reason)
    case .failed(let reason):
      json.key("failed")
      json.value(reason)
    case .score(let score):
      json.key("value")
      score.value.write(to: &json)
      if !score.comment.isEmpty {
        json.key("comment")
        json.value(score.comment)
      }
      write(score.steps, &json)
    }
    if let effort = opinion.effort {
      json.key("cost_usd")
      json.value(Picodollars.text(effort.cost))
      json.key("requests")
      json.value(effort.requests)
      json.key("ms")
      json.value(Double(effort.duration / 1_000) / 1_000)
    }
    json.endObject()
  }

  private static func write(_ steps: [StepResult], _ json: inout JSONWriter) {
    guard !steps.isEmpty else { return }
    json.key("steps")
    json.beginArray()
    for step in steps {
      json.beginObject()
      json.key("step")
      json.value(step.name)
      switch step.outcome {
      case .done: break
      case .repaired(let note):
        json.key("repaired")
        json.value(note)
      case .fellBack(let note):
        json.key("fell_back")
        json.value(note)
      }
      json.key("ms")
      json.value(Double(step.duration / 1_000) / 1_000)
      json.endObject()
    }
    json.endArray()
  }
}
