internal import Codec
internal import LinuxIO
package import Quality
internal import Redaction
internal import Telemetry

/// The evaluators of one plan with their scratch memory; of one thread.
final class EvaluatorRoom {
  let plan: QualityPlan
  private let evaluators: [Evaluator]
  private var cleaner: CallCleaner?
  /// Words of the combination of dimension sets that was seen last.
  private var known: (source: UInt32, operation: UInt32, tenant: UInt32, words: [String: String])?

  init(_ plan: QualityPlan) {
    self.plan = plan
    evaluators = plan.evaluators.map { Evaluator($0) }
    cleaner = plan.redaction.map { CallCleaner($0) }
  }

  /// Asks everybody who looks at the call, and adds what came of it to `turn`.
  func look(
    at waiting: WaitingCall, _ dimensions: DimensionTable, into turn: inout EvaluationTurn,
    offer: EvaluatorDesk.Offer?
  ) {
    let base = words(of: waiting, dimensions)
    let isJudged = waiting.members & plan.judges != 0
    var call = waiting.call(base)
    if isJudged || plan.audience.wantsFurtherWords(waiting.members) {
      waiting.addFurtherWords(to: &call.words)
    }
    let members = plan.audience.admitted(waiting.members, by: call.words)
    let target = waiting.target(base)
    let reading = CallReading(call)
    var now = Clock.monotonic
    for (index, evaluator) in evaluators.enumerated()
    where waiting.members >> UInt64(index) & 1 == 1 {
      guard members >> UInt64(index) & 1 == 1 else {
        turn.pages[index].count(.skipped)
        continue
      }
      let result = evaluator.evaluate(reading) { Clock.monotonic }
      let end = Clock.monotonic
      turn.take(result, of: evaluator.settings, at: index, nanoseconds: end - now, target)
      now = end
    }
    guard members & plan.judges != 0, let offer else { return }
    offer(cleaner?.clean(call) ?? call, target)
  }

  private func words(of call: WaitingCall, _ dimensions: DimensionTable) -> [String: String] {
    if let known, known.source == call.source, known.operation == call.operation,
      known.tenant == call.tenant
    {
      return known.words
    }
    let words = CallDimensions.words(
      source: call.source, operation: call.operation, tenant: call.tenant, in: dimensions)
    known = (call.source, call.operation, call.tenant, words)
    return words
  }
}

/// What the evaluators of a plan made of some calls.
struct EvaluationTurn {
  /// Scores that are stored together, and how many are of which evaluator.
  struct Scores {
    var lines: [UInt8] = []
    var counts: [Int64]
  }

  var pages: [EvaluationBook.Page]
  /// By the tenant of the key that the calls came with.
  private(set) var scores: [UInt32: Scores] = [:]

  /// Nothing yet, of the evaluators of `plan`.
  init(_ plan: QualityPlan) {
    pages = plan.pages
  }

  /// Takes what an evaluator made of a call. A score counts once it is stored.
  mutating func take(
    _ result: Evaluation, of settings: EvaluatorSettings, at index: Int, nanoseconds: Int64,
    _ target: CallTarget
  ) {
    switch result {
    case .score(let score):
      pages[index].count(.scored, 0, nanoseconds: nanoseconds)
      let line = target.line(
        score: score.name, score.value, evaluator: settings.check.name, comment: score.comment,
        attributes: StepAttributes.json(score.steps))
      let none = Scores(counts: Array(repeating: 0, count: pages.count))
      scores[target.tenantScope, default: none].lines += line
      scores[target.tenantScope, default: none].lines.append(0x0A)
      scores[target.tenantScope, default: none].counts[index] += 1
    case .missing: pages[index].count(.missing, nanoseconds: nanoseconds)
    case .skipped: pages[index].count(.skipped, nanoseconds: nanoseconds)
    }
  }

  /// Counts scores as stored, or as lost.
  mutating func settle(_ counts: [Int64], isStored: Bool) {
    for (index, count) in counts.enumerated() {
      pages[index].count(isStored ? .scored : .lost, count)
    }
  }
}

/// What the steps of an evaluator did, as the attributes of its score.
enum StepAttributes {
  /// `{"steps":[{"step","outcome","detail","ms"}…]}`, the check itself the last; nil where there is
  /// no step but the check.
  static func json(_ steps: [StepResult]) -> [UInt8]? {
    guard steps.count > 1 else { return nil }
    var json = JSONWriter()
    json.beginObject()
    json.key("steps")
    json.beginArray()
    for step in steps {
      json.beginObject()
      json.key("step")
      json.value(step.name)
      json.key("outcome")
      switch step.outcome {
      case .done: json.value("done")
      case .repaired(let detail): write("repaired", detail, to: &json)
      case .fellBack(let detail): write("fell_back", detail, to: &json)
      }
      json.key("ms")
      json.value(Double(step.duration / 1_000) / 1_000)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private static func write(_ outcome: String, _ detail: String, to json: inout JSONWriter) {
    json.value(outcome)
    json.key("detail")
    json.value(detail)
  }
}

/// Hides in a call what may not leave the collector; the scratch memory of one thread.
package struct CallCleaner: ~Copyable {
  private var redactor: Redactor

  init(_ policy: RedactionPolicy) {
    redactor = Redactor(policy)
  }

  /// What makes cleaners by a configuration.
  package struct Rules: Sendable {
    private let policy: RedactionPolicy?

    /// The rules of `configuration`: none where judges may read calls as they are.
    package init(_ configuration: Configuration) throws(StartError) {
      policy = try CollectorParts.qualityPlan(configuration).redaction
    }

    /// A cleaner for one thread; nil where nothing is hidden.
    package func cleaner() -> CallCleaner? {
      guard let policy else { return nil }
      return CallCleaner(policy)
    }
  }

  /// The call with its texts as they would be stored.
  package mutating func clean(_ call: FinishedCall) -> FinishedCall {
    var call = call
    call.input = call.input.map { clean($0) }
    call.output = call.output.map { clean($0) }
    call.documents = call.documents.map { clean($0) }
    call.expected = call.expected.map { clean($0) }
    return call
  }

  private mutating func clean(_ text: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    let isJSON = text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[")
    // unsafe because the redactor takes raw bytes; they are the text's own for the call.
    let hasHits = unsafe text.withUnsafeBytes { bytes in
      unsafe isJSON
        ? redactor.redact(json: bytes, into: &output) : redactor.redact(text: bytes, into: &output)
    }
    return hasHits ? output : text
  }
}
