internal import PromQL

extension RuleTestFile {
  /// Runs every test over the rules of `files`.
  func run(_ files: [RuleFile]) -> RuleTestReport {
    var report = RuleTestReport()
    for test in tests {
      var run = RuleTestRun(test, groups: ordered(files), interval: evaluationInterval)
      run.run(&report)
    }
    return report
  }

  private func ordered(_ files: [RuleFile]) -> [RuleGroup] {
    func place(_ group: RuleGroup) -> Int { groupOrder.firstIndex(of: group.name) ?? 0 }
    let groups = files.flatMap(\.groups).enumerated()
    return groups.sorted { (place($0.element), $0.offset) < (place($1.element), $1.offset) }
      .map(\.element)
  }
}

/// One test as it runs: time goes on in steps of the evaluation interval.
private struct RuleTestRun {
  private let test: RuleTest
  private let interval: Int64
  private var groups: [GroupEvaluation]
  private var timeline: TestTimeline
  private var settings = EvaluationSettings()

  init(_ test: RuleTest, groups: [RuleGroup], interval: Int64) {
    self.test = test
    self.interval = interval
    self.groups = groups.map { GroupEvaluation($0) }
    timeline = TestTimeline(test.inputs)
    settings.evaluator.subqueryStep = interval
    settings.externalLabels = test.externalLabels
    settings.externalURL = test.externalURL
  }

  mutating func run(_ report: inout RuleTestReport) {
    let last = (test.alertTests.map(\.time) + test.queryTests.map(\.time)).max() ?? 0
    var answers = [String?](repeating: nil, count: test.alertTests.count)
    for step in 0...(last / interval) {
      let since = step * interval
      timeline.advance(to: test.start + since)
      if let failure = evaluate(at: test.start + since) { return fail(failure, &report) }
      for (index, alertTest) in test.alertTests.enumerated()
      where alertTest.time >= since && alertTest.time < since + interval {
        answers[index] = problem(of: alertTest)
      }
    }
    for (alertTest, answer) in zip(test.alertTests, answers) {
      report.note(alertTest.alert, answer.map { prefix(alertTest.time) + $0 })
    }
    for queryTest in test.queryTests {
      report.note(
        queryTest.expression, problem(of: queryTest).map { prefix(queryTest.time) + $0 })
    }
  }

  /// Evaluates every group; the words of the first failure.
  private mutating func evaluate(at time: Int64) -> String? {
    for index in groups.indices {
      groups[index].evaluate(at: time, in: &timeline, settings: settings)
      for (rule, failure) in zip(groups[index].group.rules, groups[index].failures) {
        guard let failure else { continue }
        return "rule \(rule.name) at \(DurationText.text(time - test.start)): \(failure)"
      }
    }
    return nil
  }

  /// With a rule that fails no test of it means anything.
  private func fail(_ message: String, _ report: inout RuleTestReport) {
    let name = test.name.isEmpty ? "" : "\(test.name): "
    for alertTest in test.alertTests { report.note(alertTest.alert, name + message) }
    for queryTest in test.queryTests { report.note(queryTest.expression, name + message) }
  }

  private func prefix(_ time: Int64) -> String {
    (test.name.isEmpty ? "" : "\(test.name), ") + "at \(DurationText.text(time)): "
  }
}

/// What is compared.
extension RuleTestRun {
  private func problem(of alertTest: RuleTest.AlertTest) -> String? {
    var firing: [ExpectedAlert] = []
    for case .alerting(let evaluation) in groups.flatMap(\.parts)
    where evaluation.rule.name == alertTest.alert {
      firing += evaluation.alerts.filter { $0.state == .firing }
        .map { ExpectedAlert(labels: $0.labels, annotations: $0.annotations) }
    }
    let expected = Self.sorted(alertTest.expected)
    let got = Self.sorted(firing)
    return expected == got
      ? nil : "expected \(Self.text(expected)), got \(Self.text(got))"
  }

  private func problem(of queryTest: RuleTest.QueryTest) -> String? {
    do throws(QueryError) {
      let expression = try Parser.parse(queryTest.expression)
      let result = try Evaluator.instant(
        expression, at: test.start + queryTest.time, of: timeline, settings: settings.evaluator)
      return AnswerCheck(tolerance: .lastBit, takesScalarForVector: true)
        .problem(with: result.value, expected: .vector(queryTest.expected, isOrdered: false))
    } catch {
      return "\(error)"
    }
  }

  private static func sorted(_ alerts: [ExpectedAlert]) -> [ExpectedAlert] {
    alerts.sorted { left, right in
      if left.labels != right.labels { return left.labels.precedes(right.labels) }
      return text([left]).utf8.lexicographicallyPrecedes(text([right]).utf8)
    }
  }

  private static func text(_ alerts: [ExpectedAlert]) -> String {
    if alerts.isEmpty { return "no alert" }
    return alerts.map { alert in
      let annotations = alert.annotations.map { label in
        " \(label.name)=\(TemplateQuote.text(label.value))"
      }
      return AnswerText.text(alert.labels) + annotations.joined()
    }.joined(separator: "; ")
  }
}
