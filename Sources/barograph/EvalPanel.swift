internal import Collector
internal import Judging
internal import LinuxIO
internal import Quality

/// The evaluators of one thread, and the judges of all.
final class EvalPanel {
  private let evaluators: [Evaluator]
  private let judges: [JudgeSettings]
  private let bench: JudgeBench?
  private var cleaner: CallCleaner?

  init(_ plan: EvalPlan, _ bench: JudgeBench?) {
    cleaner = plan.cleaning.cleaner()
    evaluators = plan.evaluators.map { Evaluator($0) }
    judges = plan.judges
    self.bench = bench
  }

  /// What all of them say of a line.
  func look(at job: EvalSession.Job) -> EvalSession.Done {
    let call = FinishedCall(job.line)
    var opinions = evaluators.compactMap { Self.opinion(of: $0, on: call) }
    var trouble: JudgeTrouble?
    let clean = judges.isEmpty ? call : cleaner?.clean(call) ?? call
    for judge in judges where judge.when.accepts(call.words) {
      guard let (opinion, found) = opinion(of: judge, on: clean) else { continue }
      opinions.append(opinion)
      trouble = trouble ?? found
      if trouble != nil { break }
    }
    return EvalSession.Done(
      json: EvalResult(job.line, job.origin, opinions).json + [0x0A], opinions: opinions,
      trouble: trouble)
  }

  private static func opinion(
    of evaluator: Evaluator, on call: FinishedCall
  ) -> EvalResult.Opinion? {
    let settings = evaluator.settings
    let outcome: EvalResult.Opinion.Outcome
    switch evaluator.evaluate(call, clock: { Clock.monotonic }) {
    case .score(let score): outcome = .score(score)
    case .missing(let reason): outcome = .missing(reason)
    case .skipped: return nil
    }
    return EvalResult.Opinion(
      name: settings.name, evaluator: settings.check.name, outcome: outcome)
  }

  private func opinion(
    of judge: JudgeSettings, on call: FinishedCall
  ) -> (EvalResult.Opinion, JudgeTrouble?)? {
    guard let bench else { return nil }
    let start = Clock.monotonic
    let answer = bench.ask(judge.name, about: call)
    let effort = EvalResult.Effort(
      cost: answer.cost, requests: answer.calls.count { $0.isSent },
      duration: Clock.monotonic - start)
    let outcome: EvalResult.Opinion.Outcome
    var trouble: JudgeTrouble?
    switch answer.result {
    case .success(let answer):
      outcome = .score(Score(name: judge.name, value: answer.value, comment: answer.reason))
    case .failure(.prompt(.missing(let slot))): outcome = .missing("the call has no \(slot)")
    case .failure(let failure):
      outcome = .failed(failure.word)
      trouble = JudgeTrouble(judge.name, failure)
    }
    let opinion = EvalResult.Opinion(
      name: judge.name, evaluator: judge.name, outcome: outcome, effort: effort)
    return (opinion, trouble)
  }
}

/// Why a judge could not be asked at this time, though it may be another time.
struct JudgeTrouble: Sendable {
  /// Whether it will not be otherwise for the next line either.
  let isLasting: Bool
  let words: String

  /// The trouble behind a failure; nil where the line is its reason, which it will be again.
  init?(_ judge: String, _ failure: JudgeFailure) {
    switch failure {
    case .contextLength, .contentFilter, .invalidRequest, .malformed, .truncated, .refused,
      .offScale, .prompt:
      return nil
    case .rateLimited, .timeout, .network, .server, .gate: isLasting = false
    case .auth, .notFound, .quota, .breakerOpen, .budget, .unpriced, .notSetUp, .unknown,
      .cancelled:
      isLasting = true
    }
    words = "judge \(judge): \(failure.word); the same command again goes on with what is left"
  }
}
