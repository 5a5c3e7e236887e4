import Alerts
import TestSupport
import Testing

/// Test files, their reports and what is wrong with them.
@Suite struct RuleTestTests {
  static func rules(_ name: String) -> RuleFile {
    RuleFileReader.read(Fixtures.bytes("rules/\(name)"), path: name).file
  }

  static func report(_ text: String, _ rules: [RuleFile] = []) throws -> RuleTestReport {
    let (file, problems) = TestFile.read(Array(text.utf8))
    try #require(problems == [])
    return try #require(file).run(rules)
  }

  @Test func `rules that do what their tests say pass`() throws {
    let (file, problems) = TestFile.read(Fixtures.bytes("rules/good-test.yaml"))
    #expect(problems == [])
    let tests = try #require(file)
    #expect(tests.ruleFiles == ["good.yaml"])
    let report = tests.run([Self.rules("good.yaml")])
    #expect(report.failures == [])
    #expect(report.passed == 8)
  }

  @Test(arguments: [
    ("alert", "good.yaml", "Deadman", "at 1m: expected no alert, got {alertname=\"Deadman\"}"),
    ("value", "good.yaml", "up", "at 1m: expected up 3, got up 2"),
    (
      "expression", "good.yaml", "up +",
      "at 1m: 1:5: parse error: unexpected end of input where an expression should begin"
    ),
    (
      "same-labels", "same-labels.yaml", "vector(1)",
      "rule a at 0s: vector contains metrics with the same labelset after applying rule labels"
    ),
  ])
  func `a test that is not met says what came`(
    name: String, rules: String, expression: String, message: String
  ) throws {
    let (file, _) = TestFile.read(Fixtures.bytes("rules/bad-\(name)-test.yaml"))
    let report = try #require(file).run([Self.rules(rules)])
    #expect(report.passed == 0)
    #expect(report.failures.map(\.expression) == [expression])
    #expect(report.failures.map(\.message) == [message])
  }

  @Test(arguments: [
    ("", "1:1: no tests in this file"),
    ("tests: [{a: 1}]", "1:10: unknown key 'a' in a test; did you mean 'name'?"),
    (
      "tests: [{interval: 1}]",
      "1:20: interval '1' is no duration; expected one like 30s, 5m, 1h30m"
    ),
    (
      "tests:\n- input_series: [{series: 'up{', values: '1'}]",
      "2:31: unexpected end of input in label matching, expected identifier or \"}\""
    ),
    (
      "tests:\n- input_series: [{series: up, values: 1+1x}]",
      "2:43: cannot read series: expected a number of repetitions"
    ),
    ("tests:\n- alert_rule_test: [{eval_time: 1m}]", "2:21: no 'alertname' here"),
    ("group_eval_order: [a, a]", "1:19: group name repeated in evaluation order: a"),
    ("evaluation_interval: 0s", "1:22: evaluation_interval must not be 0"),
    ("cases: [{expr: up}]", "1:9: a case needs 'expr', 'at' or 'range', and 'expect'"),
    (
      "cases: [{load: x, expr: up, at: '0', expect: {fail: true}}]",
      "1:9: no load is called 'x'"
    ),
  ])
  func `what is wrong with a test file is told with its place`(text: String, expected: String) {
    let (file, problems) = TestFile.read(Array(text.utf8))
    #expect(file == nil)
    #expect(problems.map(\.description) == [expected])
  }

  @Test func `time begins where a test says`() throws {
    let report = try Self.report(
      """
      tests:
        - start_timestamp: 2026-01-01T00:00:00Z
          interval: 1m
          input_series: [{series: up, values: 1 2 3}]
          promql_expr_test:
            - {expr: "up * 0 + time()", eval_time: 1m, exp_samples: [{value: 1767225660}]}
            - {expr: up, eval_time: 2m, exp_samples: [{labels: up, value: 3}]}
        - start_timestamp: 100
          promql_expr_test: [{expr: time(), exp_samples: [{value: 100}]}]
      """)
    #expect(report.failures == [])
    #expect(report.passed == 3)
  }

  @Test func `groups are evaluated in the order asked for`() throws {
    let text = """
      groups:
        - {name: second, rules: [{record: b, expr: a + 1}]}
        - {name: first, rules: [{record: a, expr: time()}]}
      """
    let rules = RuleFileReader.read(Array(text.utf8), path: "r").file
    let tests = """
      tests:
        - promql_expr_test: [{expr: b, eval_time: 1m, exp_samples: [{labels: b, value: 61}]}]
      """
    let ordered = try Self.report("group_eval_order: [first, second]\n" + tests, [rules])
    #expect(ordered.failures == [])
    let asWritten = try Self.report(tests, [rules])
    #expect(asWritten.failures.map(\.message) == ["at 1m: expected b 61, got b 1"])
  }

  @Test func `samples after the last evaluation are not there yet`() throws {
    let report = try Self.report(
      """
      tests:
        - interval: 20s
          input_series: [{series: up, values: 1 2 3 4 5 6}]
          promql_expr_test: [{expr: up, eval_time: 100s, exp_samples: [{labels: up, value: 4}]}]
      """)
    #expect(report.failures == [])
  }

  @Test func `queries in our own format are held to every kind of answer`() throws {
    let report = try Self.report(
      """
      {"loads": {"env": [{"interval": "10s", "series": "m{a=\\"b\\"}", "values": "1 2+3x2 _ stale"},
                         {"interval": "7s", "series": "n", "values": "1 2"},
                         {"interval": "5s", "series": "n", "values": "_ 9 _ 8"}]},
       "cases": [
        {"load": "env", "at": "30s", "expr": "m", "expect": {"samples": [
          {"labels": "m{a=\\"b\\"}", "value": 8}]}},
        {"load": "env", "at": "30s", "expr": "m", "expect": {"samples": [
          {"labels": "m{a=\\"b\\"}", "value": 8.1}]}},
        {"load": "env", "at": "50s", "expr": "m", "expect": {"samples": []}},
        {"load": "env", "at": "1m", "expr": "count_over_time(n[61s])", "expect": {"samples": [
          {"labels": "{}", "value": 4}]}},
        {"load": "env", "range": {"start": "0", "end": "1m", "step": "30s"}, "expr": "m",
         "expect": {"matrix": [{"labels": "m{a=\\"b\\"}", "values": [[0, 1], [30, 8]]}]}},
        {"at": "0", "expr": "1 + 1", "expect": {"scalar": 2}},
        {"at": "0", "expr": "vector(2)", "expect": {"scalar": 2}},
        {"at": "0", "expr": "0/0", "expect": {"scalar": "NaN"}},
        {"at": "0", "expr": "\\"a\\"", "expect": {"string": "a"}},
        {"at": "0", "expr": "sum(", "expect": {"fail": true}},
        {"at": "0", "expr": "sum(1)", "expect": {"fail": true, "prometheus_says": "no"}},
        {"at": "0", "expr": "1", "expect": {"fail": true}}]}
      """)
    let messages = report.failures.map { "\($0.expression): \($0.message)" }
    #expect(
      messages == [
        "m: expected m{a=\"b\"} 8.1, got m{a=\"b\"} 8",
        "vector(2): expected scalar 2, got {} 2", "1: expected a failure, got scalar 1",
      ])
    #expect(report.passed == 9)
    let json = String(decoding: report.json(file: "f", problems: []), as: UTF8.self)
    let expected =
      #"{"file":"f","passed":9,"failed":3,"failures":[{"expr":"m","#
      + #""message":"expected m{a=\"b\"} 8.1, got m{a=\"b\"} 8"},{"expr":"vector(2)","#
      + #""message":"expected scalar 2, got {} 2"},{"expr":"1","#
      + #""message":"expected a failure, got scalar 1"}]}"#
    #expect(json == expected)
  }

  @Test func `tests that cannot be run all count as failed`() throws {
    let (file, _) = TestFile.read(Fixtures.bytes("rules/good-test.yaml"))
    let report = try #require(file).failed(because: "no rules")
    #expect(report.passed == 0)
    #expect(report.failures.count == 8)
    #expect(report.failures.allSatisfy { $0.message == "no rules" })
  }
}
