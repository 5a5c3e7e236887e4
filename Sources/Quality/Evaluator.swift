internal import Pattern

/// Runs one evaluator; the scratch memory of one thread, kept between calls.
package final class Evaluator {
  /// What it was configured to do.
  package let settings: EvaluatorSettings
  private let stepTools: [EvaluatorTool]
  private let checker: EvaluatorChecker

  /// An evaluator for one thread.
  package init(_ settings: EvaluatorSettings) {
    self.settings = settings
    stepTools = settings.steps.map { EvaluatorTool($0) }
    checker = EvaluatorChecker(settings.check)
  }

  /// The score of `call`. `clock` tells nanoseconds from any start; it is read around each step.
  package func evaluate(_ call: FinishedCall, clock: () -> Int64) -> Evaluation {
    guard settings.when.accepts(call.words), settings.isSampled(call.identity) else {
      return .skipped
    }
    return evaluate(CallReading(call), clock: clock)
  }

  /// The score of a call that `when` and the sample have let through.
  package func evaluate(_ reading: CallReading, clock: () -> Int64) -> Evaluation {
    if !checker.needsText { return finish(nil, [], reading, clock) }
    guard let raw = target(of: reading) else {
      return .missing("the call has no \(settings.target.rawValue)")
    }
    var subject = EvaluatorSubject.text(raw)
    var results: [StepResult] = []
    for tool in stepTools {
      let start = clock()
      let outcome = tool.apply(to: &subject)
      if case .fellBack = outcome { subject = .text(raw) }
      results.append(StepResult(name: tool.name, outcome: outcome, duration: clock() - start))
    }
    return finish(subject, results, reading, clock)
  }

  private func finish(
    _ subject: EvaluatorSubject?, _ steps: [StepResult], _ reading: CallReading,
    _ clock: () -> Int64
  ) -> Evaluation {
    let start = clock()
    let isOutput = settings.target == .output && settings.steps.isEmpty
    let verdict = checker.check(subject, of: reading, isOutput: isOutput)
    let duration = clock() - start
    switch verdict {
    case .missing(let reason): return .missing(reason)
    case .value(let value, let comment):
      let check = StepResult(name: settings.check.name, outcome: .done, duration: duration)
      guard !steps.isEmpty else {
        return .score(Score(name: settings.name, value: value, comment: comment, steps: [check]))
      }
      return .score(
        Score(
          name: settings.name, value: value, comment: Self.comment(comment, steps),
          steps: steps + [check]))
    }
  }

  /// The check's words, behind those of steps that fell back.
  private static func comment(_ comment: String, _ steps: [StepResult]) -> String {
    let notes = steps.enumerated().compactMap { index, step -> String? in
      guard case .fellBack(let reason) = step.outcome else { return nil }
      return "step \(index + 1) (\(step.name)) fell back to the raw text: \(reason)"
    }
    return (notes + [comment]).filter { !$0.isEmpty }.joined(separator: "; ")
  }

  /// What is looked at; for attacks in the input also what was retrieved, which the model reads
  /// as well.
  private func target(of reading: CallReading) -> [UInt8]? {
    switch settings.target {
    case .output: return reading.output
    case .documents: return reading.documents
    case .input:
      if case .injection = settings.check { return reading.context }
      return reading.input
    }
  }
}

/// What goes from step to step.
enum EvaluatorSubject {
  case text([UInt8])
  case json(JSONValue)

  /// It as text: a JSON text's own characters, else JSON.
  var text: [UInt8] {
    switch self {
    case .text(let text): text
    case .json(.string(let text)): text
    case .json(let value): value.json
    }
  }
}

/// One step with its scratch memory.
final class EvaluatorTool {
  private let step: EvaluatorStep
  private let matcher: PatternMatcher?
  private let judge: SchemaJudge?

  init(_ step: EvaluatorStep) {
    self.step = step
    matcher = if case .regex(let pattern, _) = step { PatternMatcher(pattern) } else { nil }
    judge = if case .validate(let schema) = step { SchemaJudge(schema) } else { nil }
  }

  var name: String { step.name }

  /// Makes of `subject` what the step is for; its outcome.
  func apply(to subject: inout EvaluatorSubject) -> StepResult.Outcome {
    switch step {
    case .regex(_, let group): return applyRegex(group, to: &subject)
    case .path(let path):
      let (value, outcome) = Self.json(of: subject)
      guard let value else { return outcome }
      guard let inner = path.value(in: value) else { return .fellBack("nothing at \(path)") }
      subject = .json(inner)
      return outcome
    case .json:
      let (value, outcome) = Self.json(of: subject)
      if let value { subject = .json(value) }
      return outcome
    case .take(let part):
      guard let text = TextParts.part(part, of: subject.text) else {
        return .fellBack("no \(part.rawValue) in the text")
      }
      subject = .text(text)
      return .done
    case .validate:
      let (value, outcome) = Self.json(of: subject)
      guard let value else { return outcome }
      if let violation = judge?.violations(of: value, limit: 1).first {
        return .fellBack(violation.description)
      }
      subject = .json(value)
      return outcome
    }
  }

  private func applyRegex(_ group: Int, to subject: inout EvaluatorSubject) -> StepResult.Outcome {
    let text = subject.text
    // unsafe because the matcher takes raw bytes; they are the text's own for the call.
    let captures = unsafe text.withUnsafeBytes { bytes in unsafe matcher?.captures(in: bytes) }
    guard let captures else { return .fellBack("no match") }
    guard let range = captures[group] else { return .fellBack("group \(group) took no part") }
    subject = .text(Array(text[range]))
    return .done
  }

  /// The JSON that a subject is or has in it.
  static func json(of subject: EvaluatorSubject) -> (JSONValue?, StepResult.Outcome) {
    switch subject {
    case .json(let value): return (value, .done)
    case .text(let text):
      guard let found = JSONFinder.find(in: text) else { return (nil, .fellBack("no JSON found")) }
      return (found.value, found.repairs.isEmpty ? .done : .repaired(found.summary))
    }
  }
}

/// Parts of a text that steps take.
enum TextParts {
  static func part(_ part: EvaluatorStep.Part, of text: [UInt8]) -> [UInt8]? {
    switch part {
    case .trimmed: Array(text[JSONFinder.trimmed(text)])
    case .lowercase: FoldedText.bytes(of: text)
    case .firstLine: lines(text).first
    case .lastLine: lines(text).last
    case .code: code(text)
    case .number: number(text)
    }
  }

  private static func lines(_ text: [UInt8]) -> [[UInt8]] {
    text.split(separator: 0x0A).map { Array($0) }.filter { line in
      !line.allSatisfy { JSONFinder.isSpace($0) }
    }
  }

  /// What stands in the first code fence; one that is not closed reaches to the end.
  private static func code(_ text: [UInt8]) -> [UInt8]? {
    let fence = Array("```".utf8)
    guard let start = ByteFinder.first(fence, in: text),
      let line = text[start...].firstIndex(of: 0x0A)
    else { return nil }
    let end = ByteFinder.first(fence, in: text, from: line) ?? text.count
    return Array(text[(line + 1)..<max(line + 1, end)])
  }

  private static func number(_ text: [UInt8]) -> [UInt8]? {
    guard var start = text.firstIndex(where: { $0 &- 0x30 < 10 }) else { return nil }
    var end = start
    while end < text.count, text[end] &- 0x30 < 10 || isPoint(text, end) { end += 1 }
    if start > 0, text[start - 1] == UInt8(ascii: "-") { start -= 1 }
    return Array(text[start..<end])
  }

  private static func isPoint(_ text: [UInt8], _ index: Int) -> Bool {
    text[index] == UInt8(ascii: ".") && index + 1 < text.count && text[index + 1] &- 0x30 < 10
  }
}
