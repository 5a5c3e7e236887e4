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
  /// Of each alerting rule its alerts; nil at the place of a recording rule.
  var evaluations: [AlertEvaluation?]
  /// Why a rule's last evaluation failed; nil where it did not.
  package private(set) var failures: [RuleFailure?]
  /// The series each rule gave last, which are ended when it gives them no more.
  private(set) var previous: [[Labels]]
  /// Of each recording rule, the labels that it made of others.
  private var names: [[Labels: Labels]]
  /// Series of rules that are gone.
  private(set) var abandoned: [Labels] = []
  /// What was saved of it, and what is to be.
  var saving = GroupSaving()

  /// A group that was never evaluated.
  package init(_ group: RuleGroup) {
    self.group = group
    evaluations = group.rules.map { rule in
      guard case .alerting(let rule) = rule else { return nil }
      return AlertEvaluation(rule)
    }
    failures = group.rules.map { _ in nil }
    previous = group.rules.map { _ in [] }
    names = group.rules.map { _ in [:] }
  }

  /// The labels of all alerts that it knows.
  var alertLabels: [Labels] {
    evaluations.flatMap { evaluation in
      evaluation.map { Array($0.byLabels.keys) + Array($0.findings.keys) } ?? []
    }
  }

  /// Its rules in their order, alerting ones with their alerts.
  package var parts: [Part] {
    zip(group.rules, evaluations).compactMap { rule, evaluation in
      if case .recording(let rule) = rule { return .recording(rule) }
      return evaluation.map { .alerting($0) }
    }
  }

  /// Evaluates every rule in turn at `time`, milliseconds since 1970, or as of the group's `delay`
  /// before; a rule sees what those before it wrote. A rule that fails writes nothing, and
  /// `failures` says why. `done` hears of each rule by its place.
  package mutating func evaluate(
    at time: Int64, in timeline: inout some RuleTimeline, settings: EvaluationSettings,
    done: (Int) -> Void = { _ in }
  ) {
    evaluate(at: time, in: &timeline, settings: settings, done: done) {
      _, _, expression, time, timeline throws(RuleFailure) in
      try RuleVector.samples(
        of: expression, at: time, in: timeline, settings: settings.evaluator)
    }
  }

  /// Answers the question of a rule, both by place, that is an expression, as of a time.
  typealias Asking<Timeline> = (
    _ rule: Int, _ question: Int, _ expression: Expression, _ time: Int64, _ timeline: Timeline
  ) throws(RuleFailure) -> [RuleSample]

  /// The same with another way to come by answers.
  mutating func evaluate<Timeline: RuleTimeline>(
    at time: Int64, in timeline: inout Timeline, settings: EvaluationSettings,
    done: (Int) -> Void, ask: Asking<Timeline>
  ) {
    let time = time - group.delay
    let sampleTime = time - group.queryOffset
    for index in group.rules.indices {
      do throws(RuleFailure) {
        let samples = try self.samples(of: index, at: time, in: timeline, settings, ask)
        failures[index] = nil
        write(samples, of: index, at: sampleTime, to: &timeline)
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

  private mutating func write(
    _ samples: [RuleSample], of index: Int, at time: Int64, to timeline: inout some RuleTimeline
  ) {
    if samples.isEmpty, previous[index].isEmpty { return }
    let labels = samples.map(\.labels)
    timeline.append(samples, at: time)
    guard labels != previous[index] else { return }
    let given = Set(labels)
    timeline.append(Self.ends(of: previous[index].filter { !given.contains($0) }), at: time)
    previous[index] = labels
    saving.unsavedSeries.insert(index)
  }

  private static func ends(of series: [Labels]) -> [RuleSample] {
    series.map { RuleSample(labels: $0, value: .float(StaleMarker.value)) }
  }

  private mutating func samples<Timeline: RuleTimeline>(
    of index: Int, at time: Int64, in timeline: Timeline, _ settings: EvaluationSettings,
    _ ask: Asking<Timeline>
  ) throws(RuleFailure) -> [RuleSample] {
    let (limit, offset) = (group.limit, group.queryOffset)
    if case .recording(let rule) = group.rules[index] {
      let answer = try ask(index, 0, rule.query.expression, time - offset, timeline)
      return try Self.recorded(answer, rule, limit: limit, &names[index])
    }
    let questions = evaluations[index]?.questions ?? []
    return try evaluations[index]?.step(
      at: time, limit: limit, settings: settings,
      ask: { question, time throws(RuleFailure) in
        try ask(index, question, questions[question], time - offset, timeline)
      },
      query: { text throws(RuleFailure) in
        try RuleVector.samples(of: text, at: time, in: timeline, settings: settings.evaluator)
      }) ?? []
  }

  /// What a recording rule makes of an answer; `names` remembers what became of labels.
  static func recorded(
    _ answer: [RuleSample], _ rule: RecordingRule, limit: Int, _ names: inout [Labels: Labels]
  ) throws(RuleFailure) -> [RuleSample] {
    if names.count > 4 * answer.count + 64 { names = [:] }
    let samples = answer.map { sample in
      if let known = names[sample.labels] { return RuleSample(labels: known, value: sample.value) }
      var labels = sample.labels.setting(LabelName.metric, to: rule.name)
      for label in rule.labels { labels = labels.setting(label.name, to: label.value) }
      names[sample.labels] = labels
      return RuleSample(labels: labels, value: sample.value)
    }
    guard samples.count < 2 || Set(samples.map(\.labels)).count == samples.count else {
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
  /// Takes over the alerts and series of the rule at `place` of `old`.
  mutating func adopt(_ place: Int, of old: GroupEvaluation, at index: Int) {
    previous[index] = old.previous[place]
    saving.adopt(place, of: old.saving, at: index)
    if case .alerting(let rule) = group.rules[index], let before = old.evaluations[place] {
      evaluations[index] = AlertEvaluation(rule, resuming: before)
    }
  }

  /// Notes series to end.
  mutating func abandon(_ series: [Labels]) { abandoned += series }

  /// Puts back the series that a rule gave last.
  mutating func restore(_ series: [Labels], of index: Int) { previous[index] = series }
}
