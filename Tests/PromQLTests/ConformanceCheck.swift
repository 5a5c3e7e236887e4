import PromQL

/// Runs a case and says what is wrong with the answer.
enum ConformanceCheck {
  /// Nil when the answer is the expected one.
  static func problem(_ test: ConformanceFile.Case, _ source: MemorySeries) -> String? {
    do {
      let expression = try Parser.parse(test.expression)
      guard let range = test.range else {
        let answer = try Evaluator.instant(expression, at: test.at, of: source)
        return difference(answer.value, test.expected) ?? insideRange(expression, test, source)
      }
      let answer = try Evaluator.range(
        expression, start: range.start, end: range.end, step: range.step, of: source)
      return difference(answer.value, test.expected)
    } catch {
      if case .failure = test.expected { return nil }
      return "failed: \(error)"
    }
  }

  /// Prometheus holds each instant answer to the middle step of a range query around it.
  private static func insideRange(
    _ expression: Expression, _ test: ConformanceFile.Case, _ source: MemorySeries
  ) -> String? {
    guard case .vector(let samples, isOrdered: false) = test.expected,
      !["start()", "end()", "step()", "range()"].contains(where: test.expression.contains)
    else { return nil }
    do {
      let answer = try Evaluator.range(
        expression, start: test.at - 60_000, end: test.at + 60_000, step: 60_000, of: source)
      guard case .matrix(let all) = answer.value else { return "no matrix" }
      let middle = all.compactMap { series -> QueryResult.Series? in
        let points = series.points.filter { $0.time == test.at }
        return points.isEmpty ? nil : QueryResult.Series(labels: series.labels, points: points)
      }
      let scalarSamples = samples.map { (labels: $0.labels, points: [(test.at, $0.sample)]) }
      return difference(.matrix(middle), .matrix(scalarSamples)).map { "in a range: \($0)" }
    } catch {
      // A neighbouring step may rightly fail where the middle one does not.
      return "in a range: failed: \(error)"
    }
  }

  private static func difference(
    _ answer: QueryResult.Value, _ expected: ConformanceFile.Expected
  ) -> String? {
    switch (answer, expected) {
    case (_, .failure): return "should have failed, gave \(answer)"
    case (.scalar(_, let value), .scalar(let wanted)):
      return isSame(value, wanted) ? nil : "\(value), expected \(wanted)"
    case (.scalar(_, let value), .vector(let samples, _)):
      // A scalar counts as one sample without labels in promtool's format.
      guard samples.count == 1, samples[0].labels == .none,
        isSame(.float(value), samples[0].sample)
      else { return "scalar \(value), expected \(samples)" }
      return nil
    case (.string(_, let text), .string(let wanted)):
      return text == wanted ? nil : "\(text), expected \(wanted)"
    case (.vector(let series), .vector(let samples, let isOrdered)):
      if isOrdered, series.map(\.labels) != samples.map(\.labels) {
        return "order \(series.map { words($0.labels) })"
      }
      return difference(series, samples.map { ($0.labels, [(nil, $0.sample)]) })
    case (.matrix(let series), .matrix(let wanted)):
      return difference(
        series, wanted.map { ($0.labels, $0.points.map { (Optional($0.0), $0.1) }) })
    default: return "another type: \(answer)"
    }
  }

  private static func difference(
    _ series: [QueryResult.Series], _ wanted: [(Labels, [(Int64?, QueryResult.Sample)])]
  ) -> String? {
    guard series.count == wanted.count else {
      return "\(series.count) series \(series.map { words($0.labels) }), expected \(wanted.count)"
    }
    for (labels, points) in wanted {
      guard let found = series.first(where: { $0.labels == labels }) else {
        return "no \(words(labels)) in \(series.map { words($0.labels) })"
      }
      guard found.points.count == points.count else {
        return "\(words(labels)): \(found.points.count) points, expected \(points.count)"
      }
      for (point, (time, sample)) in zip(found.points, points)
      where (time.map { $0 != point.time } ?? false) || !isSame(point.sample, sample) {
        return
          "\(words(labels)) at \(point.time): \(words(point.sample)), expected \(words(sample))"
      }
    }
    return nil
  }

  private static func isSame(_ left: QueryResult.Sample, _ right: QueryResult.Sample) -> Bool {
    switch (left, right) {
    case (.float(let left), .float(let right)): return isSame(left, right)
    case (.histogram(let left), .histogram(let right)):
      let left = left.compacted
      let right = right.compacted
      return left.schema == right.schema && isSame(left.count, right.count)
        && isSame(left.sum, right.sum) && isSame(left.zeroCount, right.zeroCount)
        && isSame(left.zeroThreshold, right.zeroThreshold)
        && left.customBounds == right.customBounds && isSame(left.positive, right.positive)
        && isSame(left.negative, right.negative)
        && (right.resetHint == .unknown || left.resetHint == right.resetHint)
    default: return false
    }
  }

  private static func isSame(_ left: BucketRun, _ right: BucketRun) -> Bool {
    left.offset == right.offset && left.counts.count == right.counts.count
      && zip(left.counts, right.counts).allSatisfy { isSame($0, $1) }
  }

  private static func isSame(_ left: Double, _ right: Double) -> Bool {
    if left == right || (left.isNaN && right.isNaN) { return true }
    return (left - right).magnitude / (left.magnitude + right.magnitude) < 1e-6
  }

  private static func words(_ labels: Labels) -> String {
    "{" + labels.entries.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",") + "}"
  }

  private static func words(_ sample: QueryResult.Sample) -> String {
    switch sample {
    case .float(let value): "\(value)"
    case .histogram(let histogram): SeriesNotation.text(histogram)
    }
  }
}
