internal import PromQL

/// What a test expects of an expression.
enum ExpectedAnswer: Equatable {
  case vector([RuleSample], isOrdered: Bool)
  case matrix([QueryResult.Series])
  case scalar(Double)
  case string(String)
  /// The query has to be refused.
  case failure
}

/// How far two numbers may be apart.
enum Tolerance {
  /// The last bit.
  case lastBit
  /// A millionth of both sizes.
  case millionth

  func accepts(_ left: Double, _ right: Double) -> Bool {
    if left == right || (left.isNaN && right.isNaN) { return true }
    switch self {
    case .lastBit: return left.nextDown <= right && right <= left.nextUp
    case .millionth: return (left - right).magnitude / (left.magnitude + right.magnitude) < 1e-6
    }
  }

  private func accepts(_ left: [Double], _ right: [Double]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { accepts($0, $1) }
  }

  /// `left` is what came; a reset hint counts only where `right` has one.
  func accepts(_ left: QueryResult.Sample, _ right: QueryResult.Sample) -> Bool {
    switch (left, right) {
    case (.float(let left), .float(let right)): return accepts(left, right)
    case (.histogram(let left), .histogram(let right)):
      let (left, right) = (left.compacted, right.compacted)
      return left.schema == right.schema && accepts(left.count, right.count)
        && accepts(left.sum, right.sum) && accepts(left.zeroCount, right.zeroCount)
        && accepts(left.zeroThreshold, right.zeroThreshold)
        && left.customBounds == right.customBounds
        && left.positive.offset == right.positive.offset
        && left.negative.offset == right.negative.offset
        && accepts(left.positive.counts, right.positive.counts)
        && accepts(left.negative.counts, right.negative.counts)
        && (right.resetHint == .unknown || left.resetHint == right.resetHint)
    default: return false
    }
  }
}

/// Compares answers.
struct AnswerCheck {
  let tolerance: Tolerance
  /// Whether a scalar answers for one sample without labels, as promtool has it.
  let takesScalarForVector: Bool

  /// What is wrong with an answer; nil when nothing is.
  func problem(with answer: QueryResult.Value, expected: ExpectedAnswer) -> String? {
    switch (answer, expected) {
    case (.scalar(_, let value), .scalar(let wanted)):
      return tolerance.accepts(value, wanted) ? nil : difference(answer, expected)
    case (.string(_, let text), .string(let wanted)):
      return text == wanted ? nil : difference(answer, expected)
    case (.scalar(_, let value), .vector(let samples, _)) where takesScalarForVector:
      guard samples.count == 1, samples[0].labels == .none,
        tolerance.accepts(.float(value), samples[0].value)
      else { return difference(answer, expected) }
      return nil
    case (.vector(let series), .vector(let samples, let isOrdered)):
      return isSame(series, samples, isOrdered) ? nil : difference(answer, expected)
    case (.matrix(let series), .matrix(let wanted)):
      return isSame(series, wanted) ? nil : difference(answer, expected)
    default: return difference(answer, expected)
    }
  }

  private func isSame(
    _ series: [QueryResult.Series], _ samples: [RuleSample], _ isOrdered: Bool
  ) -> Bool {
    guard series.count == samples.count else { return false }
    let series = isOrdered ? series : series.sorted { $0.labels.precedes($1.labels) }
    let samples = isOrdered ? samples : samples.sorted { $0.labels.precedes($1.labels) }
    return zip(series, samples).allSatisfy { series, sample in
      series.labels == sample.labels && series.points.count == 1
        && tolerance.accepts(series.points[0].sample, sample.value)
    }
  }

  private func isSame(_ series: [QueryResult.Series], _ wanted: [QueryResult.Series]) -> Bool {
    guard series.count == wanted.count else { return false }
    let series = series.sorted { $0.labels.precedes($1.labels) }
    let wanted = wanted.sorted { $0.labels.precedes($1.labels) }
    return zip(series, wanted).allSatisfy { series, wanted in
      series.labels == wanted.labels && series.points.count == wanted.points.count
        && zip(series.points, wanted.points).allSatisfy {
          $0.time == $1.time && tolerance.accepts($0.sample, $1.sample)
        }
    }
  }

  private func difference(_ answer: QueryResult.Value, _ expected: ExpectedAnswer) -> String {
    "expected \(AnswerText.text(expected)), got \(AnswerText.text(answer))"
  }
}

/// Answers in words.
enum AnswerText {
  private static let limit = 1000

  static func text(_ expected: ExpectedAnswer) -> String {
    switch expected {
    case .scalar(let value): return "scalar \(NumberFormat.plain(value))"
    case .string(let text): return "string \(TemplateQuote.text(text))"
    case .failure: return "a failure"
    case .vector(let samples, _):
      return list(samples.map { "\(text($0.labels)) \(text($0.value))" })
    case .matrix(let series): return list(series.map(text))
    }
  }

  static func text(_ value: QueryResult.Value) -> String {
    switch value {
    case .scalar(_, let value): return "scalar \(NumberFormat.plain(value))"
    case .string(_, let text): return "string \(TemplateQuote.text(text))"
    case .vector(let series):
      return list(
        series.map { series in
          let values = series.points.map { text($0.sample) }.joined(separator: " ")
          return "\(text(series.labels)) \(values)"
        })
    case .matrix(let series): return list(series.map(text))
    }
  }

  /// Labels as a series is written.
  static func text(_ labels: Labels) -> String {
    let name = labels.metricName
    let isPlain = LabelName.isPlain(name)
    let others = labels.entries.filter { !isPlain || $0.name != LabelName.metric }.map { label in
      let name = LabelName.isPlain(label.name) ? label.name : TemplateQuote.text(label.name)
      return "\(name)=\(TemplateQuote.text(label.value))"
    }
    return isPlain && others.isEmpty
      ? name : (isPlain ? name : "") + "{\(others.joined(separator: ", "))}"
  }

  private static func text(_ series: QueryResult.Series) -> String {
    let points = series.points.map { point in
      "\(text(point.sample)) @\(NumberFormat.plain(Double(point.time) / 1000))"
    }
    return "\(text(series.labels)) \(list(points))"
  }

  private static func text(_ sample: QueryResult.Sample) -> String {
    switch sample {
    case .float(let value): NumberFormat.plain(value)
    case .histogram(let histogram): SeriesNotation.text(histogram)
    }
  }

  private static func list(_ words: [String]) -> String {
    if words.isEmpty { return "nothing" }
    let shown = words.prefix(limit).joined(separator: "; ")
    return words.count > limit ? "\(shown); and \(words.count - limit) more" : shown
  }
}
