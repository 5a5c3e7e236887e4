package import PromQL

/// Evaluates groups of rules over a past stretch of time, with the states, texts and series that
/// evaluating them step by step gives. Expressions are asked for many steps at once, but for those
/// that read what rules write other than recording rules before them in their own group.
package struct RuleReplay<Source: SeriesSource> {
  /// A group and when it is evaluated: at the times that leave `phase` when divided by `interval`,
  /// milliseconds both.
  package struct Entry: Sendable {
    package let group: RuleGroup
    package let interval: Int64
    package let phase: Int64

    /// A group with its times.
    package init(_ group: RuleGroup, interval: Int64, phase: Int64 = 0) {
      precondition(interval > 0 && phase >= 0, "time goes on from evaluation to evaluation")
      (self.group, self.interval, self.phase) = (group, interval, phase % interval)
    }

    /// The first time of evaluation from `time` on.
    package func first(from time: Int64) -> Int64 {
      let rest = ((time - phase) % interval + interval) % interval
      return rest == 0 ? time : time + interval - rest
    }
  }

  private let entries: [Entry]
  private let settings: EvaluationSettings
  private let plan: ReplayPlan
  /// The groups as they stand.
  package private(set) var evaluations: [GroupEvaluation]
  private var timeline: ReplayTimeline<Source>
  /// Evaluations of a group that are asked for at once.
  private let chunk: Int64

  /// A replay over what `source` has; series there with the names of those that the rules write are
  /// left out. It asks `chunk` evaluations of a group at once.
  package init(
    _ entries: [Entry], of source: Source, settings: EvaluationSettings, chunk: Int = 1_440
  ) {
    self.entries = entries
    self.settings = settings
    self.chunk = Int64(chunk)
    plan = ReplayPlan(entries.map(\.group))
    evaluations = entries.map { GroupEvaluation($0.group) }
    timeline = ReplayTimeline(source, hiding: plan.written, keeping: plan.kept)
  }

  /// Evaluates all groups from `start` through `end`, in order of time and then of groups; `step`
  /// hears of each evaluation with the group's place, and ends the replay by giving false.
  package mutating func run(
    from start: Int64, through end: Int64,
    step: (_ time: Int64, _ group: Int, _ evaluation: GroupEvaluation) -> Bool
  ) {
    guard let length = entries.map({ $0.interval * chunk }).min() else { return }
    var begin = start
    while begin <= end {
      let last = min(begin + length - 1, end)
      guard run(chunkFrom: begin, through: last, step) else { return }
      begin = last + 1
    }
  }

  private mutating func run(
    chunkFrom begin: Int64, through end: Int64, _ step: (Int64, Int, GroupEvaluation) -> Bool
  ) -> Bool {
    let answers = entries.indices.map { place in
      let first = entries[place].first(from: begin)
      let group = entries[place].group
      let count = first > end ? 0 : Int((end - first) / entries[place].interval) + 1
      return GroupAnswers(
        plan.groups[place], evaluations[place], timeline, settings, first: first - group.delay,
        interval: entries[place].interval, count: count)
    }
    var due = entries.indices.map { (next: entries[$0].first(from: begin), place: $0) }
    while let (time, place) = due.filter({ $0.next <= end }).min(by: <) {
      due[place].next += entries[place].interval
      evaluate(place, at: time, answers[place])
      guard step(time, place, evaluations[place]) else { return false }
    }
    return true
  }

  private mutating func evaluate(
    _ place: Int, at time: Int64, _ answers: GroupAnswers<Source>
  ) {
    let settings = settings
    evaluations[place].evaluate(
      at: time, in: &timeline, settings: settings, done: { _ in },
      ask: { rule, question, expression, time, timeline throws(RuleFailure) in
        if let samples = answers.samples(of: rule, question, expression, at: time) {
          return samples
        }
        return try RuleVector.samples(
          of: expression, at: time, in: timeline, settings: settings.evaluator)
      })
  }
}

/// A source, without what rules wrote, and what the replayed rules write.
struct ReplayTimeline<Base: SeriesSource>: RuleTimeline {
  private let base: Base
  private let hidden: Set<String>
  /// The names somebody reads; nil for all.
  private let kept: Set<String>?
  private var written = TestTimeline([])

  init(_ base: Base, hiding hidden: Set<String>, keeping kept: Set<String>?) {
    (self.base, self.hidden, self.kept) = (base, hidden, kept)
  }

  mutating func append(_ samples: [RuleSample], at time: Int64) {
    guard let kept else { return written.append(samples, at: time) }
    if kept.isEmpty || samples.isEmpty { return }
    written.append(samples.filter { kept.contains($0.labels.metricName) }, at: time)
  }

  func select(
    _ matchers: [LabelMatcher], after: Int64, through: Int64, hints: SelectHints
  ) throws(QueryError) -> Selection {
    var selection = try base.select(matchers, after: after, through: through, hints: hints)
    selection.series.removeAll { hidden.contains($0.labels.metricName) }
    selection.series += try written.select(
      matchers, after: after, through: through, hints: hints
    ).series
    return selection
  }
}
