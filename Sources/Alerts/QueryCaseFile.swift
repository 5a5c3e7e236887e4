internal import Codec
internal import PromQL

/// Queries over series with their answers, in our own format.
package struct QueryCaseFile {
  let environments: [String: [TestTimeline.Input]]
  let cases: [QueryCase]

  /// Runs every case.
  func run() -> RuleTestReport {
    var report = RuleTestReport()
    let timelines = environments.mapValues { TestTimeline(all: $0) }
    for test in cases {
      let timeline = timelines[test.environment] ?? TestTimeline([])
      report.note(test.expression, test.problem(timeline))
    }
    return report
  }
}

/// One query and its answer.
struct QueryCase {
  /// When a query is asked, in milliseconds since 1970.
  enum When {
    case instant(Int64)
    case range(start: Int64, end: Int64, step: Int64)
  }

  let expression: String
  let when: When
  let environment: String
  let expected: ExpectedAnswer

  /// What is wrong with the answer over `timeline`; nil when nothing is.
  func problem(_ timeline: TestTimeline) -> String? {
    do throws(QueryError) {
      let parsed = try Parser.parse(expression)
      let result: QueryResult
      switch when {
      case .instant(let time): result = try Evaluator.instant(parsed, at: time, of: timeline)
      case .range(let start, let end, let step):
        result = try Evaluator.range(parsed, start: start, end: end, step: step, of: timeline)
      }
      return AnswerCheck(tolerance: .millionth, takesScalarForVector: false)
        .problem(with: result.value, expected: expected)
    } catch {
      return expected == .failure ? nil : "\(error)"
    }
  }
}

extension TestFileReader {
  mutating func queryCases(_ root: ConfigNode) -> QueryCaseFile? {
    guard
      let fields = NodeFields(root, "a case file", keys: ["load", "loads", "cases"], &problems)
    else { return nil }
    var environments: [String: [TestTimeline.Input]] = [:]
    environments[""] = environment(fields.list("load", &problems))
    if let loads = fields["loads"] {
      guard case .mapping(let pairs) = loads.value else {
        add("loads must be a mapping of names to series", at: loads)
        return nil
      }
      for pair in pairs {
        guard case .sequence(let nodes) = pair.value.value else {
          add("a load must be a list of series", at: pair.value)
          continue
        }
        environments[pair.key.text ?? ""] = environment(nodes)
      }
    }
    let cases = fields.list("cases", &problems).compactMap { queryCase($0, environments) }
    return QueryCaseFile(environments: environments, cases: cases)
  }

  private mutating func environment(_ nodes: [ConfigNode]) -> [TestTimeline.Input] {
    nodes.compactMap {
      input(
        $0, start: 0, interval: nil, keys: ["interval", "series", "values", "start_times"])
    }
  }

  private mutating func queryCase(
    _ node: ConfigNode, _ environments: [String: [TestTimeline.Input]]
  ) -> QueryCase? {
    let keys = ["load", "at", "range", "expr", "expect", "source", "proven", "ordered"]
    guard let fields = NodeFields(node, "a case", keys: keys, &problems) else { return nil }
    let load = fields.text("load", &problems) ?? ""
    if environments[load] == nil { add("no load is called '\(load)'", at: node) }
    guard let expression = required("expr", of: fields), let when = when(fields),
      let expect = fields["expect"], let expected = expected(expect)
    else {
      add("a case needs 'expr', 'at' or 'range', and 'expect'", at: node)
      return nil
    }
    return QueryCase(
      expression: expression, when: when, environment: load, expected: expected)
  }

  private mutating func when(_ fields: NodeFields) -> QueryCase.When? {
    guard let node = fields["range"] else {
      return fields.duration("at", &problems).map { .instant($0) }
    }
    let keys = ["start", "end", "step"]
    guard let range = NodeFields(node, "a range", keys: keys, &problems),
      let start = requiredDuration("start", of: range),
      let end = requiredDuration("end", of: range),
      let step = requiredDuration("step", of: range)
    else { return nil }
    return .range(start: start, end: end, step: step)
  }

  private mutating func expected(_ node: ConfigNode) -> ExpectedAnswer? {
    let keys = ["samples", "ordered", "scalar", "string", "matrix", "fail", "prometheus_says"]
    guard let fields = NodeFields(node, "expect", keys: keys, &problems) else { return nil }
    if fields["fail"] != nil { return .failure }
    if let scalar = fields["scalar"] { return number(scalar).map { .scalar($0) } }
    if fields["string"] != nil { return fields.text("string", &problems).map { .string($0) } }
    if fields["matrix"] != nil {
      return .matrix(fields.list("matrix", &problems).compactMap { series($0) })
    }
    guard fields["samples"] != nil else { return nil }
    return .vector(
      fields.list("samples", &problems).compactMap { sample($0) },
      isOrdered: fields.flag("ordered", &problems) ?? false)
  }

  private mutating func series(_ node: ConfigNode) -> QueryResult.Series? {
    guard let fields = NodeFields(node, "a series", keys: ["labels", "values"], &problems) else {
      return nil
    }
    var labels: Labels? = Labels.none
    if let node = fields["labels"] { labels = self.labels(node) }
    let points = fields.list("values", &problems).compactMap { point($0) }
    return labels.map { QueryResult.Series(labels: $0, points: points) }
  }

  private mutating func point(_ node: ConfigNode) -> QueryResult.Point? {
    guard case .sequence(let pair) = node.value, pair.count == 2, let time = number(pair[0])
    else {
      add("a point is a list of a time in seconds and a value", at: node)
      return nil
    }
    let milliseconds = Int64((time * 1000).rounded())
    if case .mapping = pair[1].value {
      return sample(pair[1]).map { QueryResult.Point(time: milliseconds, sample: $0.value) }
    }
    return number(pair[1]).map {
      QueryResult.Point(time: milliseconds, sample: .float($0))
    }
  }
}
