package import Codec

/// A finished call as evaluators see it. Texts are UTF-8, as they were before anything was stored.
package struct FinishedCall: Sendable {
  /// What was asked and what was answered: plain text, or the JSON of messages.
  package var input: [UInt8]?
  package var output: [UInt8]?
  /// The texts that were retrieved for it.
  package var documents: [[UInt8]] = []
  /// What the answer should have been, where somebody knows.
  package var expected: [UInt8]?
  /// Why the model stopped, as the provider calls it.
  package var finishReason: String?
  /// In ns.
  package var duration: Int64?
  package var timeToFirstToken: Int64?
  /// In picodollars.
  package var cost: Int64?
  /// Dimensions and other words by the names they have in events, for `when`.
  package var words: [String: String] = [:]
  /// What decides whether a sampled evaluator looks at it: the same call, the same decision.
  package var identity = Hash128.zero

  /// A call of which nothing is known.
  package init() {}
}

/// What a score says.
package enum ScoreValue: Equatable, Sendable {
  case number(Double)
  case boolean(Bool)
  case category(String)
}

/// What an evaluator found.
package struct Score: Equatable, Sendable {
  /// The evaluator's name.
  package let name: String
  package let value: ScoreValue
  /// Why, in few words; never the text of the call but for short matches of known phrases.
  package let comment: String
  /// What the steps did, in order; the check itself is the last.
  package let steps: [StepResult]

  /// A score of these parts.
  package init(name: String, value: ScoreValue, comment: String, steps: [StepResult] = []) {
    self.name = name
    self.value = value
    self.comment = comment
    self.steps = steps
  }
}

/// What became of one step of an evaluator.
package struct StepResult: Equatable, Sendable {
  /// How it ended.
  package enum Outcome: Equatable, Sendable {
    case done
    /// Done, and this had to be put right.
    case repaired(String)
    /// Not done for this reason; the raw text goes on.
    case fellBack(String)
  }

  /// What the step is called, and how it ended.
  package let name: String
  package let outcome: Outcome
  /// How long it took, in ns.
  package let duration: Int64

  /// A result of these parts.
  package init(name: String, outcome: Outcome, duration: Int64) {
    self.name = name
    self.outcome = outcome
    self.duration = duration
  }
}

/// What came of asking an evaluator about a call.
package enum Evaluation: Equatable, Sendable {
  case score(Score)
  /// Its `when` or its sample leaves the call out.
  case skipped
  /// The call lacks what it looks at.
  case missing(String)
}
