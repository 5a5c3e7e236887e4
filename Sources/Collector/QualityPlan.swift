internal import Quality
internal import Redaction

/// Who looks at finished calls, and how: taken on as a whole, at the start and by a reload.
final class QualityPlan: Sendable {
  /// Every evaluator and then every judge, each a bit of the audience.
  let audience: CallAudience
  let evaluators: [EvaluatorSettings]
  /// Bits of the judges.
  let judges: UInt64
  /// What is hidden from judges; nil where they may read calls as they came.
  let redaction: RedactionPolicy?

  /// A plan of those; at most `CallAudience.limit` together.
  init(
    evaluators: [EvaluatorSettings], judges: [JudgeSettings] = [], redaction: RedactionPolicy? = nil
  ) {
    self.evaluators = evaluators
    self.redaction = redaction
    let listening = judges.map { judge in
      CallAudience.Viewer(
        name: judge.name, when: judge.when, sample: judge.sample,
        parts: [.input, .output, .documents, .attributes])
    }
    audience = CallAudience(evaluators.map(\.viewer) + listening)
    self.judges =
      listening.isEmpty
      ? 0
      : ~(UInt64.max << UInt64(listening.count))
        << UInt64(evaluators.count)
  }

  /// Whether anybody looks at calls.
  var hasAudience: Bool { !audience.viewers.isEmpty }
}
