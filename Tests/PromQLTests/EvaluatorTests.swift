import PromQL
import Synchronization
import Testing

@Suite struct EvaluatorTests {
  private func series(_ count: Int = 3) throws -> MemorySeries {
    var source = MemorySeries()
    for number in 0..<count { try source.add("up{n=\"\(number)\"}", "0+1x100", every: 15_000) }
    return source
  }

  @Test func `more steps than allowed are refused`() throws {
    let source = try series()
    let error = #expect(throws: QueryError.self) {
      _ = try Evaluator.range(
        try Parser.parse("up"), start: 0, end: 11_000_000, step: 1000, of: source)
    }
    #expect(error?.kind == .limit)
  }

  @Test(arguments: ["up", "sum_over_time(up[1h:1ms])", "up[100y:1ms]", "max_over_time(up[1h])"])
  func `more samples than allowed are refused`(_ query: String) throws {
    var settings = Evaluator.Settings()
    settings.limits.samples = 100
    let source = try series(101)
    let error = #expect(throws: QueryError.self) {
      _ = try Evaluator.instant(
        try Parser.parse(query), at: 600_000, of: source, settings: settings)
    }
    #expect(error?.kind == .limit)
  }

  @Test(
    arguments: [
      ("label_replace(", ", \"n\", \"$1$1\", \"n\", \"(.*)\")"),
      ("label_join(", ", \"n\", \"\", \"n\", \"n\")"),
    ])
  func `label values that double with each call end in an error`(
    _ open: String, _ close: String
  ) throws {
    let query =
      String(repeating: open, count: 60) + "up" + String(repeating: close, count: 60)
    let source = try series()
    let error = #expect(throws: QueryError.self) {
      _ = try Evaluator.instant(try Parser.parse(query), at: 0, of: source)
    }
    #expect(error?.kind == .limit)
  }

  @Test func `a rate of what is named like no counter is worth an info`() throws {
    let query = "sum(rate(up[1m])) + sum(increase(up[1m]))"
    let answer = try Evaluator.instant(try Parser.parse(query), at: 60_000, of: try series())
    #expect(
      answer.infos == [
        "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"up\""
      ])
  }

  @Test func `a query past its deadline ends in a timeout`() throws {
    let clock = Counter()
    var settings = Evaluator.Settings()
    settings.limits.deadline = 3
    settings.limits.now = { clock.next() }
    let source = try series()
    let error = #expect(throws: QueryError.self) {
      _ = try Evaluator.instant(
        try Parser.parse("up + up + up + up + up"), at: 0, of: source, settings: settings)
    }
    #expect(error?.kind == .timeout)
  }

  @Test func `a canceled query ends at once`() throws {
    var settings = Evaluator.Settings()
    settings.limits.isCanceled = { true }
    let source = try series()
    let error = #expect(throws: QueryError.self) {
      _ = try Evaluator.instant(try Parser.parse("up"), at: 0, of: source, settings: settings)
    }
    #expect(error?.kind == .canceled)
  }

  @Test func `a coarse tier widens look-back and ranges to twice its step and says so`() throws {
    var source = MemorySeries()
    try source.add("hits", "0 3600 7200 10800", every: 3_600_000)
    source.coarseStep = 3_600_000
    let at: Int64 = 10_800_000 + 1_800_000
    let instant = try Evaluator.instant(try Parser.parse("hits"), at: at, of: source)
    let rate = try Evaluator.instant(try Parser.parse("increase(hits[5m])"), at: at, of: source)
    let warning = "only samples 1h apart exist here: looked back 2h"
    #expect(instant.warnings == [warning])
    #expect(rate.warnings == [warning])
    #expect(value(instant) == 10_800)
    #expect(value(rate) == 7200)
  }

  @Test(
    arguments: [
      ("quantile_over_time(2, up[1m])", "quantile value should be between 0 and 1"),
      (
        "histogram_quantile(0.5, up)",
        "bucket label \"le\" is missing or has a malformed value of \"\""
      ),
    ])
  func `what may make an answer wrong is a warning`(_ query: String, _ warning: String) throws {
    let answer = try Evaluator.instant(try Parser.parse(query), at: 60_000, of: try series())
    #expect(answer.warnings == [warning])
  }

  @Test(
    arguments: [
      ("up + on() up", "many-to-many matching not allowed"),
      ("label_replace(up, \"n\", \"x\", \"\", \"\")", "same labelset"),
      ("up / on() group_left() up", "many-to-many matching not allowed"),
      ("topk(NaN, up)", "Parameter value is NaN"),
      ("label_join(up, \"\", \",\", \"n\")", "invalid destination label name"),
      ("label_replace(up, \"n\", \"\", \"n\", \"(\")", "invalid regular expression"),
    ])
  func `what cannot be carried out is an execution error`(_ query: String, _ part: String) throws {
    let source = try series()
    let error = #expect(throws: QueryError.self) {
      _ = try Evaluator.instant(try Parser.parse(query), at: 60_000, of: source)
    }
    #expect(error?.kind == .execution)
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: ["1", "up", "\"a\"", "up[5m]"])
  func `a range query wants a scalar or an instant vector`(_ query: String) throws {
    let source = try series()
    let expression = try Parser.parse(query)
    let isAllowed = expression.type == .scalar || expression.type == .vector
    do {
      let answer = try Evaluator.range(expression, start: 0, end: 60_000, step: 30_000, of: source)
      guard case .matrix = answer.value else {
        Issue.record("not a matrix")
        return
      }
      #expect(isAllowed)
    } catch {
      #expect(!isAllowed)
    }
  }

  private func value(_ result: QueryResult) -> Double? {
    guard case .vector(let series) = result.value, let point = series.first?.points.first,
      case .float(let value) = point.sample
    else { return nil }
    return value
  }
}

private final class Counter: Sendable {
  private let count = Atomic<Int64>(0)
  func next() -> Int64 { count.add(1, ordering: .relaxed).newValue }
}

/// Ranges that do not end on a step.
@Suite struct RangeEndTests {
  @Test(arguments: [
    ("m @ end()", [7.0, 7, 7]), ("end()", [75, 75, 75]), ("range()", [75, 75, 75]),
    ("m @ start()", [0, 0, 0]),
  ]) func `the end of a query is what was asked, not its last step`(
    query: String, values: [Double]
  ) throws {
    var series = MemorySeries()
    try series.add("m", "0+1x20", every: 10_000)
    let result = try Evaluator.range(
      try Parser.parse(query), start: 0, end: 75_000, step: 30_000, of: series)
    guard case .matrix(let all) = result.value else { return }
    #expect(all.map { $0.points.map(\.sample) } == [values.map { .float($0) }])
  }
}
