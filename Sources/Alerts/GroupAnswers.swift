internal import PromQL

/// What the questions of a group's rules give at a run of steps; each is asked when it is wanted.
final class GroupAnswers<Source: SeriesSource> {
  private let rules: [Rule]
  /// Which rules can be asked for all steps at once; one that fails so is asked step by step.
  private var isAtOnce: [Bool]
  private let offset: Int64
  private let limit: Int
  /// The first evaluation, as of its group's delay.
  private let first: Int64
  private let interval: Int64
  private let count: Int
  private let settings: EvaluationSettings
  /// What rules that are asked at once may read: what recording rules write is there for all steps.
  private var timeline: ReplayTimeline<Source>
  private var answers: [[StepSamples?]]
  /// The series each rule gave before the first step.
  private let previous: [[Labels]]

  init(
    _ isAtOnce: [Bool], _ evaluation: GroupEvaluation, _ timeline: ReplayTimeline<Source>,
    _ settings: EvaluationSettings, first: Int64, interval: Int64, count: Int
  ) {
    (self.isAtOnce, self.timeline, self.settings) = (isAtOnce, timeline, settings)
    let group = evaluation.group
    previous = evaluation.previous
    (rules, offset, limit) = (group.rules, group.queryOffset, group.limit)
    (self.first, self.interval, self.count) = (first, interval, count)
    answers = group.rules.map { _ in [] }
  }

  /// What a question gives at the step whose samples are of `time`; nil when it has to be asked by
  /// itself.
  func samples(
    of rule: Int, _ question: Int, _ expression: Expression, at time: Int64
  ) -> [RuleSample]? {
    let passed = time + offset - first
    guard isAtOnce[rule], passed >= 0, passed % interval == 0, passed / interval < count else {
      return nil
    }
    while answers[rule].count <= question { answers[rule].append(nil) }
    if answers[rule][question] == nil {
      let found = ask(expression)
      answers[rule][question] = found
      if let found { write(found, of: rule) } else { giveUp(rule) }
    }
    return answers[rule][question]?.samples(at: Int(passed / interval))
  }

  private func ask(_ expression: Expression) -> StepSamples? {
    let start = first - offset
    do throws(QueryError) {
      let result = try Evaluator.range(
        expression, start: start, end: start + Int64(count - 1) * interval, step: interval,
        of: timeline, settings: settings.evaluator)
      guard case .matrix(let series) = result.value else { return nil }
      return StepSamples(series, first: start, interval: interval, count: count)
    } catch {
      // Perhaps it fails at one step only; each is told by itself.
      return nil
    }
  }

  /// A rule that has to be asked step by step, and all that may read what it writes.
  private func giveUp(_ rule: Int) {
    isAtOnce[rule] = false
    guard case .recording = rules[rule] else { return }
    for later in rule..<rules.count { isAtOnce[later] = false }
  }

  /// Lets the rules after it read what a recording rule writes at all steps.
  private func write(_ found: StepSamples, of rule: Int) {
    guard case .recording(let recording) = rules[rule] else { return }
    var previous = previous[rule]
    var names: [Labels: Labels] = [:]
    for step in 0..<count {
      let answer = found.samples(at: step)
      if answer.isEmpty, previous.isEmpty { continue }
      do throws(RuleFailure) {
        let samples = try GroupEvaluation.recorded(answer, recording, limit: limit, &names)
        let labels = samples.map(\.labels)
        let given = Set(labels)
        let ended = previous.filter { !given.contains($0) }
        let time = first - offset + Int64(step) * interval
        timeline.append(samples, at: time)
        timeline.append(
          ended.map { RuleSample(labels: $0, value: .float(StaleMarker.value)) }, at: time)
        previous = labels
      } catch {
        return giveUp(rule)
      }
    }
  }
}

/// The samples of a range query by step.
struct StepSamples {
  private let labels: [Labels]
  /// Where each step's samples begin.
  private let starts: [Int]
  private let samples: [(series: Int, value: QueryResult.Sample)]

  init(_ series: [QueryResult.Series], first: Int64, interval: Int64, count: Int) {
    labels = series.map(\.labels)
    var starts = Array(repeating: 0, count: count + 1)
    for series in series {
      for point in series.points { starts[Int((point.time - first) / interval) + 1] += 1 }
    }
    for index in starts.indices.dropFirst() { starts[index] += starts[index - 1] }
    var next = starts
    var samples: [(series: Int, value: QueryResult.Sample)] = Array(
      repeating: (0, .float(0)), count: starts[count])
    for (place, series) in series.enumerated() {
      for point in series.points {
        let step = Int((point.time - first) / interval)
        samples[next[step]] = (place, point.sample)
        next[step] += 1
      }
    }
    (self.starts, self.samples) = (starts, samples)
  }

  /// By rising labels, as an instant query gives them.
  func samples(at step: Int) -> [RuleSample] {
    samples[starts[step]..<starts[step + 1]].map { sample in
      RuleSample(labels: labels[sample.series], value: sample.value)
    }
  }
}
