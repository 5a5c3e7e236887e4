internal import PromQL

/// A group of rules with what it has to remember between evaluations.
package struct GroupEvaluation: Sendable {
  /// One rule's part.
  package enum Part: Sendable {
    case recording(RecordingRule)
    case alerting(AlertEvaluation)
  }

  /// What is evaluated.
  package let group: RuleGroup
  /// Its rules in their order, alerting ones with their alerts.
  package private(set) var parts: [Part]
  /// Why a rule's last evaluation failed; nil where it did not.
  package private(set) var failures: [RuleFailure?]
  /// The series each rule gave last, which are ended when it gives them no more.
  private var previous: [[Labels]]
  /// Series of rules that are gone.
  private(set) var abandoned: [Labels] = []

  /// A group that was never evaluated.
  package init(_ group: RuleGroup) {
    self.group = group
    parts = group.rules.map { rule in
      switch rule {
      case .recording(let rule): .recording(rule)
      case .alerting(let rule): .alerting(AlertEvaluation(rule))
      }
    }
    failures = group.rules.map { _ in nil }
    previous = group.rules.map { _ in [] }
  }

  /// Evaluates every rule in turn at `time`, milliseconds since 1970; a rule sees what those
  /// before it wrote. A rule that fails writes nothing, and `failures` says why. `done` hears of
  /// each rule by its place.
  package mutating func evaluate(
    at time: Int64, in timeline: inout some RuleTimeline, settings: EvaluationSettings,
    done: (Int) -> Void = { _ in }
  ) {
    let sampleTime = time - group.queryOffset
    for index in parts.indices {
      do throws(RuleFailure) {
        let samples = try self.samples(of: index, at: time, in: timeline, settings)
        failures[index] = nil
        let given = Set(samples.map(\.labels))
        let ended = previous[index].filter { !given.contains($0) }
        timeline.append(samples, at: sampleTime)
        timeline.append(Self.ends(of: ended), at: sampleTime)
        previous[index] = samples.map(\.labels)
      } catch {
        failures[index] = error
      }
      done(index)
    }
    guard !abandoned.isEmpty else { return }
    let alive = Set(previous.joined())
    timeline.append(Self.ends(of: abandoned.filter { !alive.contains($0) }), at: sampleTime)
    abandoned = []
  }

  private static func ends(of series: [Labels]) -> [RuleSample] {
    series.map { RuleSample(labels: $0, value: .float(StaleMarker.value)) }
  }

  private mutating func samples(
    of index: Int, at time: Int64, in timeline: some RuleTimeline, _ settings: EvaluationSettings
  ) throws(RuleFailure) -> [RuleSample] {
    let answer = try RuleVector.samples(
      of: group.rules[index].query.expression, at: time - group.queryOffset, in: timeline,
      settings: settings.evaluator)
    switch parts[index] {
    case .recording(let rule):
      return try Self.recorded(answer, rule, limit: group.limit)
    case .alerting(var evaluation):
      defer { parts[index] = .alerting(evaluation) }
      return try evaluation.step(answer, at: time, limit: group.limit, settings: settings) {
        text throws(RuleFailure) in
        try RuleVector.samples(of: text, at: time, in: timeline, settings: settings.evaluator)
      }
    }
  }

  private static func recorded(
    _ answer: [RuleSample], _ rule: RecordingRule, limit: Int
  ) throws(RuleFailure) -> [RuleSample] {
    let samples = answer.map { sample in
      var labels = sample.labels.setting(LabelName.metric, to: rule.name)
      for label in rule.labels { labels = labels.setting(label.name, to: label.value) }
      return RuleSample(labels: labels, value: sample.value)
    }
    guard Set(samples.map(\.labels)).count == samples.count else {
      throw RuleFailure(
        "vector contains metrics with the same labelset after applying rule labels")
    }
    if limit > 0, samples.count > limit {
      throw RuleFailure("exceeded limit of \(limit) with \(samples.count) series")
    }
    return samples
  }
}

/// What a group takes over from the one before it.
extension GroupEvaluation {
  /// The series that the rule at `index` gave last.
  func series(of index: Int) -> [Labels] { previous[index] }

  /// Takes over the alerts and series of the rule at `place` of `old`.
  mutating func adopt(_ place: Int, of old: GroupEvaluation, at index: Int) {
    previous[index] = old.previous[place]
    if case .alerting(let rule) = group.rules[index], case .alerting(let before) = old.parts[place]
    {
      parts[index] = .alerting(AlertEvaluation(rule, resuming: before))
    }
  }

  /// Notes series to end.
  mutating func abandon(_ series: [Labels]) { abandoned += series }
}
