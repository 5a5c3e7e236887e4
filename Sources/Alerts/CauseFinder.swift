package import PromQL

/// What to look for behind an alert: calls of a time with some labels.
package struct CauseQuestion: Equatable, Sendable {
  /// Dimensions and the values that the calls have.
  package let labels: [Label]
  /// Whether only calls that failed matter.
  package let failedOnly: Bool
  /// When they ended, in milliseconds since 1970.
  package let from: Int64
  package let to: Int64

  /// Calls that are named at most.
  package static let limit = 5
}

/// Looks into an alert that begins to fire: what changed, where most of the change is, and which
/// calls to look at. It asks the series as they were then, with a bounded number of questions.
package struct CauseFinder<Source: SeriesSource> {
  private let source: Source
  private let settings: EvaluationSettings
  private let witnesses: (CauseQuestion) -> [String]

  /// A look at `source`; `witnesses` names calls, newest first.
  package init(
    _ source: Source, settings: EvaluationSettings,
    witnesses: @escaping (CauseQuestion) -> [String]
  ) {
    (self.source, self.settings, self.witnesses) = (source, settings, witnesses)
  }

  /// What is behind `alert` of `rule`, which began to fire at its `firedAt`; nil where that cannot
  /// be told.
  package func cause(of alert: ActiveAlert, rule: AlertingRule) -> AlertCause? {
    guard let time = alert.firedAt else { return nil }
    let scope = CauseScope(alert, rule)
    let watched = RuleQuestions.inputs(of: rule.query.expression).first
    let past = watched.map { history(of: $0, alert, until: time) } ?? Past()
    let part = scope.flatMap { self.part(of: $0, at: time) }
    let coverage = scope.flatMap { $0.isMoney ? self.coverage(of: $0, at: time) : nil }
    let labels = (scope?.labels ?? []) + (part.map { [Label($0.dimension, $0.value)] } ?? [])
    let traces = scope.map { scope in
      witnesses(
        CauseQuestion(
          labels: labels, failedOnly: scope.isFailure, from: time - scope.range, to: time))
    }
    var now: Double?
    if case .float(let value) = alert.value, watched != nil { now = value }
    let cause = AlertCause(
      part: part, now: now, usual: alert.usual ?? past.usual, coverage: coverage,
      traceIDs: traces ?? [], sparkline: past.sparkline)
    return cause == AlertCause() ? nil : cause
  }
}

// MARK: How it was before
extension CauseFinder {
  private struct Past {
    var usual: Double?
    var sparkline = ""
  }

  private static var hour: Int64 { 3_600_000 }

  /// The watched expression over the six hours before, for the series of the alert.
  private func history(of expression: Expression, _ alert: ActiveAlert, until time: Int64) -> Past {
    var past = Past()
    let usual = points(
      expression, alert, from: time - 6 * Self.hour, to: time - 10 * 60_000, step: 10 * 60_000)
    past.usual = Self.median(usual.map(\.value))
    let recent = points(
      expression, alert, from: time - Self.hour, to: time, step: 3 * 60_000)
    past.sparkline = Sparkline.text(recent.map(\.value))
    return past
  }

  private func points(
    _ expression: Expression, _ alert: ActiveAlert, from: Int64, to: Int64, step: Int64
  ) -> [(time: Int64, value: Double)] {
    do throws(QueryError) {
      let result = try Evaluator.range(
        expression, start: from, end: to, step: step, of: source, settings: settings.evaluator)
      guard case .matrix(let series) = result.value,
        let own = series.first(where: { alert.labels.contain($0.labels) })
      else { return [] }
      return own.points.compactMap { point in
        guard case .float(let value) = point.sample, value.isFinite else { return nil }
        return (point.time, value)
      }
    } catch {
      return []
    }
  }

  private static func median(_ values: [Double]) -> Double? {
    guard values.count >= 3 else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

// MARK: Where most of the change is
extension CauseFinder {
  /// How much a value of a dimension rose.
  private struct Change {
    let value: String
    let before: Double
    let now: Double
  }

  /// The value of a dimension that stands out most: whose share of the change is furthest above its
  /// share of what was before.
  private func part(of scope: CauseScope, at time: Int64) -> AlertCause.Part? {
    var best: (part: AlertCause.Part, surprise: Double)?
    for dimension in CauseScope.dimensions
    where !scope.labels.contains(where: { $0.name == dimension }) {
      let changes = changes(by: dimension, scope, at: time)
      let total = changes.reduce(0) { $0 + $1.now - $1.before }
      let base = changes.reduce(0) { $0 + $1.before }
      guard changes.count > 1, total != 0 else { continue }
      for change in changes {
        let share = (change.now - change.before) / total
        let surprise = share - (base > 0 ? change.before / base : 1 / Double(changes.count))
        guard share > 0, surprise > best?.surprise ?? 0.05 else { continue }
        let part = AlertCause.Part(
          dimension: dimension, value: change.value, share: min(share, 1))
        best = (part, surprise)
      }
    }
    return best?.part
  }

  private func changes(by dimension: String, _ scope: CauseScope, at time: Int64) -> [Change] {
    let now = sums(scope, over: scope.range, before: 0, by: dimension, at: time)
    let span = max(scope.range, Self.hour)
    let before = sums(scope, over: span, before: scope.range, by: dimension, at: time)
    let scale = Double(scope.range) / Double(span)
    return Set(now.keys).union(before.keys).filter { !$0.isEmpty }.sorted().map { value in
      Change(value: value, before: (before[value] ?? 0) * scale, now: now[value] ?? 0)
    }
  }

  /// How much a counter rose, by the values of a label; empty for what cannot be asked.
  private func sums(
    _ scope: CauseScope, over range: Int64, before: Int64, by dimension: String, at time: Int64
  ) -> [String: Double] {
    let conditions = scope.conditions.joined(separator: ",")
    let shift = before > 0 ? " offset \(before)ms" : ""
    let text =
      "sum by (\(dimension)) (increase(\(scope.metric){\(conditions)}[\(range)ms]\(shift)))"
    var sums: [String: Double] = [:]
    for sample in samples(text, at: time) {
      if case .float(let value) = sample.value { sums[sample.labels[dimension]] = value }
    }
    return sums
  }

  private func samples(_ text: String, at time: Int64) -> [RuleSample] {
    do throws(RuleFailure) {
      return try RuleVector.samples(of: text, at: time, in: source, settings: settings.evaluator)
    } catch {
      return []
    }
  }

  private func coverage(of scope: CauseScope, at time: Int64) -> Double? {
    let known = ["service", "provider", "model", "operation"]
    let labels = scope.labels.filter { known.contains($0.name) }
    let conditions = labels.map { "\($0.name)=\(TemplateQuote.text($0.value))" }
      .joined(separator: ",")
    func tokens(_ family: String) -> Double? {
      let text = "sum(increase(\(family){\(conditions)}[\(scope.range)ms]))"
      guard case .float(let value)? = samples(text, at: time).first?.value else { return nil }
      return value
    }
    guard let all = tokens("llm_tokens_total"), all > 0 else { return nil }
    return min(max(1 - (tokens("llm_unpriced_tokens_total") ?? 0) / all, 0), 1)
  }
}

extension Labels {
  /// Whether all of `others`, but for the metric's name, are among these.
  fileprivate func contain(_ others: Labels) -> Bool {
    others.entries.allSatisfy { $0.name == LabelName.metric || self[$0.name] == $0.value }
  }
}

/// Values as a line of block characters.
enum Sparkline {
  private static let blocks = Array("▁▂▃▄▅▆▇█")

  /// A block for each value, from the lowest to the highest; empty for fewer than two.
  static func text(_ values: [Double]) -> String {
    guard values.count > 1, let low = values.min(), let high = values.max() else { return "" }
    let span = high - low
    return String(
      values.map { value in
        let place = span > 0 ? (value - low) / span * Double(blocks.count - 1) : 0
        return blocks[Int(place.rounded())]
      })
  }
}
