internal import Pattern

/// One check with its scratch memory.
final class EvaluatorChecker {
  enum Verdict {
    case value(ScoreValue, String)
    case missing(String)

    static func flag(_ isTrue: Bool, _ comment: String = "") -> Verdict {
      .value(.boolean(isTrue), comment)
    }
  }

  private let check: EvaluatorCheck
  private var matcher: PatternMatcher?
  private var judge: SchemaJudge?
  private var refusals: RefusalDetector?
  private var injections: InjectionDetector?
  private var personalData: PersonalDataDetector?
  private var languages: LanguageDetector?

  init(_ check: EvaluatorCheck) {
    self.check = check
    switch check {
    case .regex(let pattern, _, _): matcher = PatternMatcher(pattern)
    case .jsonSchema(let schema, _): judge = SchemaJudge(schema)
    case .refusal: refusals = RefusalDetector()
    case .injection: injections = InjectionDetector()
    case .pii(let kinds): personalData = PersonalDataDetector(kinds)
    case .language: languages = LanguageDetector()
    default: break
    }
  }

  /// Whether it looks at a text; the others look at the call's own numbers.
  var needsText: Bool {
    switch check {
    case .latency, .cost, .truncated, .empty: false
    default: true
    }
  }

  /// What is found; `isOutput` says that `subject` is the call's answer as it is.
  func check(
    _ subject: EvaluatorSubject?, of reading: CallReading, isOutput: Bool = false
  ) -> Verdict {
    let call = reading.call
    switch check {
    case .latency(let bounds):
      guard let duration = call.duration else { return .missing("the call has no duration") }
      return .value(bounds.score(Double(duration) / 1e6), "\(duration / 1_000_000) ms")
    case .cost(let bounds):
      guard let cost = call.cost else { return .missing("the call has no cost") }
      return .value(bounds.score(Double(cost) / 1e12), "\(Double(cost) / 1e12) USD")
    case .empty: return Self.empty(reading)
    case .truncated: return Self.truncated(reading)
    default:
      guard let subject else { return .missing("the call has no text") }
      return checkText(subject, of: reading, isOutput)
    }
  }

  private func checkText(
    _ subject: EvaluatorSubject, of reading: CallReading, _ isOutput: Bool
  ) -> Verdict {
    var folded: [UInt8] {
      (isOutput ? reading.foldedOutput : nil) ?? FoldedText.bytes(of: subject.text)
    }
    var words: FoldedWords { (isOutput ? reading.outputWords : nil) ?? FoldedWords(folded) }
    switch check {
    case .json(let repairs):
      if case .text(let text) = subject, JSONReader.isValid(text) { return .flag(true) }
      return Self.json(subject, repairs).verdict
    case .jsonSchema(_, let repairs): return schema(subject, repairs)
    case .regex(_, let isWhole, let isExpected):
      return .flag(isMatch(subject.text, isWhole: isWhole) == isExpected)
    case .contains(let any, let all, let none, let ignoresCase):
      return Self.contains(ignoresCase ? folded : subject.text, any, all, none, ignoresCase)
    case .length(let unit, let bounds):
      let length =
        unit == .words
        ? words.all.count : TextMeasures.length(of: subject.text, in: unit)
      return .value(bounds.score(Double(length)), "\(length) \(unit.rawValue)")
    case .refusal:
      let phrase = refusals?.find(in: subject.text)
      return .flag(phrase != nil, phrase.map { "'\($0)'" } ?? "")
    case .repetition(let share): return Self.repetition(folded, words, share)
    case .language(let expected): return language(folded, expected)
    case .overlap(let bounds): return Self.overlap(words, reading, bounds)
    case .injection:
      let phrase = injections?.find(in: subject.text)
      return .flag(phrase != nil, phrase.map { "'\($0)'" } ?? "")
    case .pii:
      let found = personalData?.find(in: subject.text) ?? []
      let words = found.map { "\($0.kind.rawValue) \($0.count)" }
      return .flag(!found.isEmpty, words.joined(separator: ", "))
    case .latency, .cost, .empty, .truncated:
      preconditionFailure("checks without text were answered before")
    }
  }
}

// MARK: JSON and expressions
extension EvaluatorChecker {
  private static func json(
    _ subject: EvaluatorSubject, _ repairs: Bool
  ) -> (value: JSONValue?, verdict: Verdict) {
    guard case .text(let text) = subject else {
      if case .json(let value) = subject { return (value, .flag(true)) }
      return (nil, .flag(false))
    }
    guard let found = JSONFinder.find(in: text) else { return (nil, .flag(false, "no JSON found")) }
    let isGood = found.repairs.isEmpty || repairs
    return (isGood ? found.value : nil, .flag(isGood, found.summary))
  }

  private func schema(_ subject: EvaluatorSubject, _ repairs: Bool) -> Verdict {
    let (value, verdict) = Self.json(subject, repairs)
    guard let value else { return verdict }
    let violations = judge?.violations(of: value, limit: 3) ?? []
    return .flag(
      violations.isEmpty, violations.map(\.description).joined(separator: "; "))
  }

  private func isMatch(_ text: [UInt8], isWhole: Bool) -> Bool {
    // unsafe because the matcher takes raw bytes; they are the text's own for the call.
    unsafe text.withUnsafeBytes { bytes in
      guard let matcher else { return false }
      return unsafe isWhole ? matcher.fullyMatches(bytes) : matcher.isFound(in: bytes)
    }
  }

  private static func contains(
    _ text: [UInt8], _ any: [String], _ all: [String], _ none: [String], _ ignoresCase: Bool
  ) -> Verdict {
    func has(_ word: String) -> Bool {
      let word = ignoresCase ? FoldedText.bytes(of: Array(word.utf8)) : Array(word.utf8)
      return word.isEmpty || ByteFinder.contains(word, in: text)
    }
    let missing = all.filter { !has($0) }
    let unwanted = none.filter { has($0) }
    let hasAny = any.isEmpty || any.contains { has($0) }
    var notes = missing.map { "without '\($0)'" } + unwanted.map { "with '\($0)'" }
    if !hasAny { notes.append("without any of \(any.count) words") }
    return .flag(notes.isEmpty, notes.joined(separator: ", "))
  }
}

// MARK: Texts
extension EvaluatorChecker {
  private static func repetition(
    _ folded: [UInt8], _ words: FoldedWords, _ share: Double
  ) -> Verdict {
    let finding = RepetitionDetector().find(inFolded: folded, words)
    guard finding.isLoop else { return .flag(false) }
    let percent = Int((finding.share * 100).rounded())
    return .flag(
      finding.share >= share,
      "\(finding.rounds) rounds of \(finding.period) words, \(percent) % of the text")
  }

  private func language(_ folded: [UInt8], _ expected: [String]) -> Verdict {
    let finding = languages?.find(inFolded: folded) ?? .init(language: "und", confidence: 0)
    guard !expected.isEmpty else { return .value(.category(finding.language), "") }
    return .flag(expected.contains(finding.language), finding.language)
  }

  private static func overlap(
    _ words: FoldedWords, _ reading: CallReading, _ bounds: NumberBounds
  ) -> Verdict {
    guard !reading.call.documents.isEmpty else { return .missing("the call has no documents") }
    guard let overlap = TextMeasures.overlap(of: words, with: reading.documentWords) else {
      return .missing("the text has no words of its own")
    }
    return .value(
      bounds.score(overlap.share), "\(overlap.found) of \(overlap.count) words in the documents")
  }

  private static func empty(_ reading: CallReading) -> Verdict {
    guard let output = reading.output else {
      let hasFailed = reading.call.words[failure.name] == failure.word
      return hasFailed ? .missing("the call failed") : .flag(true, "no output")
    }
    return .flag(TextMeasures.isBlank(output))
  }

  private static let failure = (name: "status", word: "error")

  private static let lengthReasons: Set<String> = [
    "length", "max_tokens", "max_output_tokens", "model_length", "max_length", "incomplete",
    "token_limit", "model_context_window_exceeded",
  ]

  private static func truncated(_ reading: CallReading) -> Verdict {
    let reason = reading.call.finishReason
    if let reason, lengthReasons.contains(reason.lowercased()) {
      return .flag(true, "finish reason \(reason)")
    }
    guard let output = reading.output else {
      return reason == nil ? .missing("the call has no output") : .flag(false)
    }
    let cut = TextMeasures.cut(output, saysItIsWhole: reason != nil)
    return .flag(cut != nil, cut ?? "")
  }
}
