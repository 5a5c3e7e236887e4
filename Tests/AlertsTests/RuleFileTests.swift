import Alerts
import PromQL
import TestSupport
import Testing

@Suite struct RuleFileTests {
  static func problems(_ text: String) -> [String] {
    RuleFileReader.read(Array(text.utf8), path: "r.yaml").problems.map(\.description)
  }

  @Test func `every way of writing rules is read`() throws {
    let (file, problems) = RuleFileReader.read(Fixtures.bytes("rules/good.yaml"), path: "good.yaml")
    #expect(problems == [])
    #expect(file.groups.map(\.name) == ["recording", "alerting", "empty"])
    #expect(file.groups[0].interval == 30_000 && file.groups[0].limit == 100)
    let rules = file.groups.flatMap(\.rules)
    let names = rules.map(\.name)
    #expect(
      names == [
        "job:requests:rate5m", "job:requests:double", "one", "HighRate", "Deadman", "Absent",
      ])
    #expect(rules[1].query.text == "job:requests:rate5m * 2")
    guard case .recording(let recording) = rules[0], case .alerting(let alerting) = rules[3] else {
      Issue.record("other kinds of rules")
      return
    }
    #expect(recording.labels == [Label("empty", ""), Label("source", "rules")])
    #expect(alerting.hold == 180_000 && alerting.keepFiring == 0)
    #expect(alerting.labels.map(\.name) == ["severity", "team"])
    #expect(alerting.annotations.map(\.name) == ["description", "runbook", "summary"])
    #expect(alerting.annotations[1].template.source == "it's at {{ $externalLabels.wiki }}")
  }

  @Test(arguments: [
    ("both", "4:5: group \"g\", rule 1: only one of 'record' and 'alert' must be set"),
    (
      "duration",
      "6:10: group \"g\", rule 1, \"A\": for '5 minutes' is no duration; expected one like 30s, "
        + "5m, 1h30m"
    ),
    (
      "expression",
      "5:17: group \"g\", rule 1, \"A\": cannot parse expression: unclosed left parenthesis"
    ),
    ("group-name", "2:3: group \"\": a group needs a name"),
    ("group-twice", "4:3: group \"g\": the group name is repeated in the same file"),
    ("key", "6:5: group \"g\", rule 1: unknown key 'fro' in a rule; did you mean 'for'?"),
    ("label-list", "6:13: group \"g\", rule 1, \"A\": labels must be a mapping of names to text"),
    ("label-name", "6:14: group \"g\", rule 1, \"A\": invalid label name: '__name__'"),
    (
      "neither",
      "4:5: group \"g\", rule 1: one of 'record', 'alert', 'anomaly', 'budget', 'absent' or 'slo' "
        + "must be set"
    ),
    ("no-expression", "4:5: group \"g\", rule 1, \"A\": 'expr' must be set in a rule"),
    (
      "range-type",
      "5:16: group \"g\", rule 1, \"a\": cannot parse expression: expected type range vector in "
        + "call to function \"rate\", got instant vector"
    ),
    (
      "record-annotations",
      "6:18: group \"g\", rule 1, \"a\": invalid field 'annotations' in recording rule"
    ),
    (
      "record-braces",
      "4:13: group \"g\", rule 1, \"a{b=\\\"c\\\"}\": braces in the name of a recording rule; "
        + "should it be in expr?"
    ),
    ("record-for", "6:10: group \"g\", rule 1, \"a\": invalid field 'for' in recording rule"),
    (
      "syntax",
      "3:9: a ':' in text that goes on from the line above; expected less indentation when this "
        + "is a key, or the text in quotes"
    ),
    (
      "template",
      "6:32: group \"g\", rule 1, \"A\": annotation \"summary\": cannot parse template: undefined "
        + "variable \"$label\""
    ),
    (
      "template-end",
      "6:45: group \"g\", rule 1, \"A\": annotation \"summary\": cannot parse template: "
        + "unexpected end of the text in if"
    ),
    (
      "template-function",
      "6:27: group \"g\", rule 1, \"A\": label \"summary\": cannot parse template: function "
        + "\"nosuch\" not defined"
    ),
    ("top", "1:1: unknown key 'group' in a rule file; did you mean 'groups'?"),
    (
      "unknown-function",
      "5:11: group \"g\", rule 1, \"a\": cannot parse expression: unknown function with name "
        + "\"ratee\""
    ),
  ])
  func `what is wrong is told with its place`(name: String, expected: String) {
    let bytes = Fixtures.bytes("rules/bad-\(name).yaml")
    let problems = RuleFileReader.read(bytes, path: "r.yaml").problems
    #expect(problems.map(\.description) == [expected])
    #expect(problems.allSatisfy { $0.severity == .error })
  }

  @Test func `two rules for the same series are worth a warning`() {
    let (file, problems) = RuleFileReader.read(Fixtures.bytes("rules/duplicate.yaml"), path: "r")
    let expected =
      "5:5: warning: group \"g\", rule 2, \"a\": another rule makes the same series, at 4:5"
    #expect(problems.map(\.description) == [expected])
    #expect(file.ruleCount == 2)
  }

  @Test func `an expression that gives no samples is worth a warning`() {
    let problems = Self.problems("groups: [{name: g, rules: [{record: a, expr: 'up[5m]'}]}]")
    #expect(
      problems == [
        "1:46: warning: group \"g\", rule 1, \"a\": the expression gives no samples but a matrix"
      ])
  }

  @Test(arguments: [
    ("      expr: sum(up)) + é", "4:20"), ("      expr: 'sum(up))'", "4:21"),
    ("      expr: \"é + sum(up))\"", "4:14"),
    ("      expr: |\n        sum(\n          up))", "6:14"),
    ("      expr: |-\n\n\n        up +", "7:13"),
    ("      expr: >\n        sum(\n        up))", "4:13"),
    ("      expr: \"sum(up\\u0029)\"", "4:13"),
  ])
  func `a mistake in an expression is found inside its text`(line: String, place: String) {
    let problems = Self.problems("groups:\n  - name: g\n    rules: [] \n").count
    #expect(problems == 0)
    let text = "groups:\n  - name: g\n    rules:\n\(line)\n      record: a\n"
      .replacing("      expr", with: "    - expr")
    let found = Self.problems(text)
    #expect(found.count == 1 && found[0].hasPrefix("\(place): "), "\(found)")
  }

  @Test func `labels of a group are those of its rules, which can say otherwise`() throws {
    let text = """
      groups:
        - name: g
          labels: {team: core, zone: "{{ $value }}"}
          query_offset: 1m
          rules:
            - {record: a, expr: up, labels: {team: other}}
            - {alert: A, expr: up, labels: {team: other}}
      """
    let (file, problems) = RuleFileReader.read(Array(text.utf8), path: "r")
    #expect(problems == [])
    #expect(file.groups[0].queryOffset == 60_000)
    guard case .recording(let recording) = file.groups[0].rules[0],
      case .alerting(let alerting) = file.groups[0].rules[1]
    else {
      Issue.record("other kinds of rules")
      return
    }
    #expect(recording.labels == [Label("team", "other"), Label("zone", "{{ $value }}")])
    #expect(alerting.labels.map(\.name) == ["team", "zone"])
    #expect(alerting.labels.map(\.template.source) == ["other", "{{ $value }}"])
  }

  @Test func `what YAML has and rules do not is refused by name`() {
    let anchor = Self.problems("groups: &a\n  - name: g\n")
    #expect(anchor == ["1:9: anchors are not supported; expected the value without '&name'"])
    let second = Self.problems("groups: []\n---\ngroups: []\n")
    #expect(second == ["3:1: a second document; a rule file has one"])
    let empty = Self.problems("# nothing\n")
    #expect(empty == [])
  }

  @Test func `a file cut anywhere is read or refused with a place inside`() {
    let bytes = Fixtures.bytes("rules/good.yaml")
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count
    for end in stride(from: 0, to: bytes.count, by: 3) {
      for problem in RuleFileReader.read(Array(bytes[..<end]), path: "r").problems {
        #expect(problem.line >= 1 && problem.line <= lines && problem.column >= 1)
      }
    }
  }

  @Test func `a report in JSON is one line`() {
    let (file, problems) = RuleFileReader.read(
      Fixtures.bytes("rules/bad-key.yaml"), path: "a \"b\".yaml")
    let json = String(decoding: RuleProblem.json(file, problems), as: UTF8.self)
    let expected =
      #"{"file":"a \"b\".yaml","groups":1,"rules":0,"problems":[{"line":6,"column":5,"#
      + #""severity":"error","group":"g","rule":"rule 1","#
      + #""message":"unknown key 'fro' in a rule; did you mean 'for'?"}]}"#
    #expect(json == expected)
  }
}
