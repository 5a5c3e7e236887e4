package import Codec
package import Pattern

/// One evaluator as configured.
package struct EvaluatorSettings: Sendable {
  /// What of a call is looked at.
  package enum Target: String, CaseIterable, Sendable {
    case output, input, documents
  }

  /// The name its scores carry.
  package let name: String
  package let check: EvaluatorCheck
  package let target: Target
  /// What is made of the target before the check sees it.
  package let steps: [EvaluatorStep]
  /// Which calls it looks at, and which share of those.
  package let when: CallFilter
  package let sample: Double
  private let sampling: CallSample

  /// An evaluator of these parts.
  package init(
    name: String, check: EvaluatorCheck, target: Target = .output, steps: [EvaluatorStep] = [],
    when: CallFilter = CallFilter(), sample: Double = 1
  ) {
    self.name = name
    self.check = check
    self.target = target
    self.steps = steps
    self.when = when
    self.sample = sample
    sampling = CallSample(sample, name: name)
  }

  /// Whether the sample takes this call: the same call gives the same answer in every process.
  package func isSampled(_ identity: Hash128) -> Bool { sampling.takes(identity) }

  /// What of a call it looks at.
  package var parts: CallParts {
    switch check {
    case .latency, .cost: []
    case .empty, .truncated: .output
    case .overlap: [target.part, .documents]
    case .injection where target == .input: [.input, .documents]
    default: target.part
    }
  }

  /// It as one of an audience.
  package var viewer: CallAudience.Viewer {
    CallAudience.Viewer(name: name, when: when, sample: sample, parts: parts)
  }
}

extension EvaluatorSettings.Target {
  fileprivate var part: CallParts {
    switch self {
    case .output: .output
    case .input: .input
    case .documents: .documents
    }
  }
}

/// Bounds of a number; without any the number itself is the score.
package struct NumberBounds: Equatable, Sendable {
  package let least: Double?
  package let most: Double?

  /// These bounds, both included.
  package init(least: Double? = nil, most: Double? = nil) {
    self.least = least
    self.most = most
  }

  /// What a score of `number` says.
  package func score(_ number: Double) -> ScoreValue {
    guard least != nil || most != nil else { return .number(number) }
    return .boolean(number >= least ?? -.infinity && number <= most ?? .infinity)
  }
}

/// What an evaluator checks, with its parameters.
package enum EvaluatorCheck: Sendable {
  /// How long a text is, in these.
  package enum LengthUnit: String, CaseIterable, Sendable {
    case characters, words, lines, bytes
  }

  /// Whether it is JSON; with `repairs`, whether JSON can be found in it.
  case json(repairs: Bool)
  case jsonSchema(JSONSchema, repairs: Bool)
  /// Whether the expression is found (or matches the whole), or, if not expected, that it is not.
  case regex(BytePattern, isWhole: Bool, isExpected: Bool)
  case contains(any: [String], all: [String], none: [String], ignoresCase: Bool)
  case length(LengthUnit, NumberBounds)
  case refusal
  /// Whether this share of the words or more stands in loops.
  case repetition(share: Double)
  case empty
  case truncated
  /// Which language it is, or whether it is one of these.
  case language([String])
  /// Which share of the words stands in the documents.
  case overlap(NumberBounds)
  case injection
  case pii([PersonalDataDetector.Kind])
  /// In milliseconds.
  case latency(NumberBounds)
  /// In USD.
  case cost(NumberBounds)

  /// The names checks have in configuration.
  package static let names = [
    "json", "json_schema", "regex", "contains", "length", "refusal", "repetition", "empty",
    "truncated", "language", "overlap", "injection", "pii", "latency", "cost",
  ]

  /// The name in configuration.
  package var name: String {
    switch self {
    case .json: "json"
    case .jsonSchema: "json_schema"
    case .regex: "regex"
    case .contains: "contains"
    case .length: "length"
    case .refusal: "refusal"
    case .repetition: "repetition"
    case .empty: "empty"
    case .truncated: "truncated"
    case .language: "language"
    case .overlap: "overlap"
    case .injection: "injection"
    case .pii: "pii"
    case .latency: "latency"
    case .cost: "cost"
    }
  }
}

/// A step between the text of a call and the check.
package enum EvaluatorStep: Sendable {
  /// What is taken of a text.
  package enum Part: String, CaseIterable, Sendable {
    case trimmed, lowercase, code, number
    case firstLine = "first_line"
    case lastLine = "last_line"
  }

  /// The text of a group of the first match.
  case regex(BytePattern, group: Int)
  /// The value at a place of JSON.
  case path(TextPath)
  /// JSON out of a text, put right where needed.
  case json
  case take(Part)
  /// JSON that a schema accepts; it goes on as it is.
  case validate(JSONSchema)

  /// The key in configuration.
  package var name: String {
    switch self {
    case .regex: "regex"
    case .path: "path"
    case .json: "parse"
    case .take: "take"
    case .validate: "validate"
    }
  }
}

/// Which calls an evaluator looks at: each word must be one of those allowed.
package struct CallFilter: Equatable, Sendable {
  /// The allowed words of a name; `*` stands for any run of characters.
  package struct Clause: Equatable, Sendable {
    package let name: String
    package let allowed: [String]

    /// A clause for the word called `name`.
    package init(name: String, allowed: [String]) {
      self.name = name
      self.allowed = allowed
    }
  }

  /// What has to hold, all of it.
  package let clauses: [Clause]

  /// A filter of these clauses; without any it lets every call pass.
  package init(_ clauses: [Clause] = []) {
    self.clauses = clauses
  }

  /// Whether `words` meet every clause; a word that is absent meets none.
  package func accepts(_ words: [String: String]) -> Bool {
    clauses.allSatisfy { clause in
      guard let word = words[clause.name] else { return false }
      return clause.allowed.contains { Self.matches(Array(word.utf8), Array($0.utf8)) }
    }
  }

  /// Whether a word is what a pattern with `*` says; goes back to the last star only.
  private static func matches(_ word: [UInt8], _ pattern: [UInt8]) -> Bool {
    var (place, mark) = (0, 0)
    var star: (mark: Int, place: Int)?
    while place < word.count {
      if mark < pattern.count, pattern[mark] == UInt8(ascii: "*") {
        star = (mark, place)
        mark += 1
      } else if mark < pattern.count, pattern[mark] == word[place] {
        mark += 1
        place += 1
      } else if let last = star {
        star = (last.mark, last.place + 1)
        (mark, place) = (last.mark + 1, last.place + 1)
      } else {
        return false
      }
    }
    return pattern[mark...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
