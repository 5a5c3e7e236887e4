internal import Alerts
internal import History
internal import LinuxIO
internal import PromQL
internal import Synchronization

/// What people ask of alerts.
extension AlertKeeper {
  /// Notes that somebody looks after the alert with this id; false when it does not fire.
  func acknowledge(_ id: String, by person: String, comment: String) -> Bool {
    answer(false) { engine, now in
      guard let alert = engine.router.firing(id) else { return (false, Outcome()) }
      let messages = engine.router.acknowledge(
        alert.labels, by: person, comment: comment, at: now)
      var record = AlertRecord(
        AlertChange(
          alert: alert, activeAt: alert.startsAt, rule: engine.router.rule(of: alert.labels) ?? ""))
      record.acknowledgedAt = now * 1_000_000
      record.acknowledgedBy = person
      record.comment = comment
      return (true, Outcome(messages: messages, records: [record]))
    }
  }

  /// Takes an acknowledgement back; false when there is none.
  func withdrawAcknowledgement(_ id: String) -> Bool {
    answer(false) { engine, _ in
      guard let alert = engine.router.firing(id) else { return (false, Outcome()) }
      return (engine.router.withdrawAcknowledgement(alert.labels), Outcome())
    }
  }

  /// Takes a silence; false when there are too many.
  func add(_ silence: Silence) -> Bool {
    answer(false) { engine, now in (engine.router.add(silence, at: now), Outcome()) }
  }

  /// Ends a silence; nil when there is none of that id.
  func expire(_ id: String) -> Silence? {
    answer(nil) { engine, now in (engine.router.expire(id, at: now), Outcome()) }
  }

  /// Takes names out of what alerts remember and show; whether there were any. In the history an
  /// alert under such a name is over, and one under another name goes on.
  func erase(_ text: ErasureText) -> Bool {
    answer(false) { engine, now in
      let filler = AlertEngine.NameFiller(
        text: { text.filled($0) }, record: { text.filled(blob: $0) })
      guard let renamed = engine.erase(filler, at: now) else { return (false, Outcome()) }
      var outcome = Outcome(replacesMemory: true)
      for (labels, change) in renamed {
        var old = AlertRecord(change)
        old.fingerprint = AlertIdentity.fingerprint(labels)
        old.resolvedAt = now * 1_000_000
        outcome.records += [old, AlertRecord(change)]
      }
      return (true, outcome)
    }
  }

  /// How budgets stand now: all of them, or the one of a name.
  func budgets(_ name: String?) -> [Result<BudgetReport, RuleFailure>] {
    let now = Clock.wall / 1_000_000
    let (source, settings) = ask()
    return state.reports.flatMap(\.budgets).filter { name == nil || $0.name == name }.map { rule in
      do throws(RuleFailure) {
        return .success(try BudgetReport(rule, at: now, of: source, settings: settings))
      } catch {
        return .failure(error)
      }
    }
  }

  /// What rules would have found in a past stretch of time (ms since 1970), with the present routes
  /// and receivers; given up at `deadline`, a monotonic time.
  func backtest(
    _ files: [RuleFile], from: Int64, to: Int64, until deadline: Int64
  ) -> BacktestReport {
    var settings = settings
    settings.evaluation.evaluator.limits = limits
    settings.evaluation.evaluator.limits.pointsPerSeries = 100_000
    settings.evaluation.evaluator.limits.now = { Clock.coarseMonotonic }
    settings.evaluation.evaluator.limits.deadline = deadline
    let source = AnySource(base: source(settings.evaluation.evaluator.limits))
    return Backtest(files, settings, of: source, witnesses: witnesses)
      .run(from: from, through: to) { Clock.monotonic < deadline }
  }

  /// What `body` gives, asked of the engine; `fallback` when the engine is not there any more.
  private func answer<Answer: Sendable>(
    _ fallback: Answer, _ body: @escaping @Sendable (inout AlertEngine, Int64) -> (Answer, Outcome)
  ) -> Answer {
    let box = AnswerBox(fallback)
    perform { engine, now in
      let (answer, outcome) = body(&engine, now)
      box.answer.withLock { $0 = answer }
      return outcome
    }
    return box.answer.withLock { $0 }
  }
}

/// Carries an answer from the engine's thread to the one that asked.
private final class AnswerBox<Answer: Sendable>: Sendable {
  let answer: Mutex<Answer>

  init(_ answer: Answer) { self.answer = Mutex(answer) }
}
