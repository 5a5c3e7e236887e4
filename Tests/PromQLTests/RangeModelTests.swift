import PromQL
import TestSupport
import Testing

/// A range query is nothing but an instant query at each of its steps.
@Suite struct RangeModelTests {
  private static let queries = [
    "a", "a offset 1m", "a @ 120", "-a", "a + on(x) group_left() b", "a > 5", "a >= bool b",
    "a and on(x) b", "a or b", "a unless on(x) b", "rate(a[1m])", "increase(a[90s])",
    "delta(b[1m])",
    "irate(a[2m])", "idelta(b[2m])", "changes(a[1m])", "resets(a[2m])", "deriv(a[1m])",
    "predict_linear(a[2m], 60)", "avg_over_time(a[1m])", "sum_over_time(a[50s])",
    "quantile_over_time(0.3, a[2m])", "stddev_over_time(a[2m])", "last_over_time(a[1m])",
    "absent(a)", "absent_over_time(b[20s])", "timestamp(a)", "sum(a)", "avg by (x) (a)",
    "max without (x) (a)", "count_values(\"v\", b)", "quantile(0.9, a)", "topk(1, a)",
    "bottomk by (x) (1, a)", "stdvar(a)", "rate(a[1m:10s])", "max_over_time(sum(a)[2m:30s])",
    "sum_over_time(a[1m] @ 100)", "avg_over_time(a[1m:20s] offset 30s)", "time() - timestamp(a)",
    "histogram_quantile(0.7, h)", "histogram_count(n)", "rate(n[2m])", "sum(n)", "n * 2",
    "label_replace(a, \"z\", \"$1\", \"y\", \"(.)\")", "scalar(b{x=\"0\"}) + 1", "clamp(a, 2, 6)",
    "minute()", "vector(time()) % 7", "sort(a)", "min by (x) (a) / max by (x) (a)",
  ]

  @Test(arguments: [UInt64(1), 2, 3], queries)
  func `each step of a range query is the instant query there`(
    _ seed: UInt64, _ query: String
  ) throws {
    let source = try Self.series(seed)
    let expression = try Parser.parse(query)
    let answer = try Evaluator.range(
      expression, start: 0, end: 600_000, step: 37_000, of: source)
    guard case .matrix(let matrix) = answer.value else {
      Issue.record("no matrix")
      return
    }
    for time in stride(from: Int64(0), through: 600_000, by: 37_000) {
      let instant = try Evaluator.instant(expression, at: time, of: source)
      var expected: [Labels: String] = [:]
      switch instant.value {
      case .vector(let series):
        for each in series { expected[each.labels] = "\(each.points[0].sample)" }
      case .scalar(_, let value): expected[.none] = "\(QueryResult.Sample.float(value))"
      default: Issue.record("another type")
      }
      var found: [Labels: String] = [:]
      for series in matrix {
        for point in series.points where point.time == time {
          found[series.labels] = "\(point.sample)"
        }
      }
      #expect(found == expected, "seed \(seed), \(query) at \(time)")
    }
  }

  /// Series with gaps, stale markers and resets.
  private static func series(_ seed: UInt64) throws -> MemorySeries {
    var random = Dice(seed: seed)
    func values(_ write: (Int) -> String) -> String {
      var words: [String] = []
      for index in 0..<60 {
        switch random.next() % 10 {
        case 0: words.append("_")
        case 1: words.append("stale")
        default: words.append(write(index))
        }
      }
      return words.joined(separator: " ")
    }
    var source = MemorySeries()
    for x in 0..<2 {
      for y in 0..<2 {
        let text = values { "\($0 % 9 + x + y)" }
        try source.add("a{x=\"\(x)\",y=\"\(y)\"}", text, every: 10_000)
      }
      try source.add("b{x=\"\(x)\"}", values { "\($0 % 4)" }, every: 10_000)
    }
    for (place, bound) in ["1", "2", "+Inf"].enumerated() {
      try source.add("h{le=\"\(bound)\"}", values { "\($0 * (place + 1))" }, every: 10_000)
    }
    let histograms = values { "{{count:\($0 + 1) sum:\($0) buckets:[\($0) 1]}}" }
    try source.add("n", histograms, every: 10_000)
    return source
  }
}
