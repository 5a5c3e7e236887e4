internal import Codec
internal import PromQL

/// Tests of rules, in promtool's format.
package struct RuleTestFile {
  /// As written, relative to the file.
  package let ruleFiles: [String]
  /// Milliseconds between evaluations, and a subquery's step.
  let evaluationInterval: Int64
  /// Groups in the order to evaluate them in; those not named come first.
  let groupOrder: [String]
  let tests: [RuleTest]
}

/// Series, and what rules and expressions make of them.
struct RuleTest {
  let name: String
  /// Milliseconds since 1970 of the first sample and evaluation.
  let start: Int64
  let inputs: [TestTimeline.Input]
  let alertTests: [AlertTest]
  let queryTests: [QueryTest]
  let externalLabels: [String: String]
  let externalURL: String

  /// Alerts that fire at a time after the start.
  struct AlertTest {
    let time: Int64
    let alert: String
    let expected: [ExpectedAlert]
  }

  /// An expression's answer at a time after the start.
  struct QueryTest {
    let time: Int64
    let expression: String
    let expected: [RuleSample]
  }
}

/// A firing alert as a test expects it.
struct ExpectedAlert: Equatable {
  let labels: Labels
  let annotations: [Label]
}

extension TestFileReader {
  /// Evaluations of one test.
  private static let evaluationLimit: Int64 = 1_000_000

  mutating func ruleTests(_ root: ConfigNode) -> RuleTestFile? {
    let keys = [
      "rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare",
    ]
    guard let fields = NodeFields(root, "a test file", keys: keys, &problems) else { return nil }
    let interval = fields.duration("evaluation_interval", &problems) ?? 60_000
    if interval == 0, let node = fields["evaluation_interval"] {
      add("evaluation_interval must not be 0", at: node)
    }
    _ = fields.flag("fuzzy_compare", &problems)
    let order = texts("group_eval_order", of: fields)
    for (index, name) in order.enumerated() where order[..<index].contains(name) {
      add(
        "group name repeated in evaluation order: \(name)", at: fields["group_eval_order"] ?? root)
    }
    return RuleTestFile(
      ruleFiles: texts("rule_files", of: fields), evaluationInterval: interval,
      groupOrder: order,
      tests: fields.list("tests", &problems).compactMap { test($0, interval: interval) })
  }

  private mutating func texts(_ key: String, of fields: NodeFields) -> [String] {
    fields.list(key, &problems).compactMap { node in
      if node.text == nil { add("a value of \(key) must be text", at: node) }
      return node.text
    }
  }

  private mutating func test(_ node: ConfigNode, interval: Int64) -> RuleTest? {
    let keys = [
      "name", "interval", "start_timestamp", "input_series", "alert_rule_test",
      "promql_expr_test", "external_labels", "external_url",
    ]
    guard let fields = NodeFields(node, "a test", keys: keys, &problems) else { return nil }
    var step = fields.duration("interval", &problems) ?? interval
    if step == 0 { step = interval }
    let start = start(of: fields)
    let inputs = fields.list("input_series", &problems).compactMap {
      input($0, start: start, interval: step, keys: ["series", "values"])
    }
    let labels = fields.texts("external_labels", &problems).map { ($0.name, $0.text) }
    let alertTests = fields.list("alert_rule_test", &problems).compactMap { alertTest($0) }
    let queryTests = fields.list("promql_expr_test", &problems).compactMap { queryTest($0) }
    let last = (alertTests.map(\.time) + queryTests.map(\.time)).max() ?? 0
    if interval > 0, last / interval >= Self.evaluationLimit {
      add("more than \(Self.evaluationLimit) evaluations", at: node)
    }
    return RuleTest(
      name: fields.text("name", &problems) ?? "", start: start, inputs: Self.lastOfEach(inputs),
      alertTests: alertTests, queryTests: queryTests,
      externalLabels: Dictionary(labels, uniquingKeysWith: { $1 }),
      externalURL: fields.text("external_url", &problems) ?? "")
  }

  private mutating func alertTest(_ node: ConfigNode) -> RuleTest.AlertTest? {
    let keys = ["eval_time", "alertname", "exp_alerts"]
    guard let fields = NodeFields(node, "an alert test", keys: keys, &problems) else { return nil }
    let time = fields.duration("eval_time", &problems) ?? 0
    guard let alert = required("alertname", of: fields) else { return nil }
    let expected = fields.list("exp_alerts", &problems).compactMap { node in
      expectedAlert(node, name: alert)
    }
    return RuleTest.AlertTest(time: time, alert: alert, expected: expected)
  }

  private mutating func expectedAlert(_ node: ConfigNode, name: String) -> ExpectedAlert? {
    let keys = ["exp_labels", "exp_annotations"]
    guard let fields = NodeFields(node, "an expected alert", keys: keys, &problems) else {
      return nil
    }
    let labels = fields.texts("exp_labels", &problems).map { Label($0.name, $0.text) }
    let annotations = fields.texts("exp_annotations", &problems).map { Label($0.name, $0.text) }
    return ExpectedAlert(
      labels: Labels(labels).setting(AlertName.label, to: name),
      annotations: annotations.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
  }

  private mutating func queryTest(_ node: ConfigNode) -> RuleTest.QueryTest? {
    let keys = ["expr", "eval_time", "exp_samples"]
    guard let fields = NodeFields(node, "an expression test", keys: keys, &problems) else {
      return nil
    }
    let time = fields.duration("eval_time", &problems) ?? 0
    let expected = fields.list("exp_samples", &problems).compactMap { sample($0) }
    return required("expr", of: fields).map {
      RuleTest.QueryTest(time: time, expression: $0, expected: expected)
    }
  }

  /// `start_timestamp`: RFC 3339 or seconds since 1970.
  private mutating func start(of fields: NodeFields) -> Int64 {
    guard let node = fields["start_timestamp"] else { return 0 }
    if let seconds = node.text.flatMap(Double.init), seconds.magnitude < 1e12 {
      return Int64((seconds * 1000).rounded())
    }
    // unsafe because the view is used while its slab lives, in this function.
    let slab = ByteSlab(capacity: 0)
    slab.append(Array((node.text ?? "").utf8))
    let time = unsafe Timestamp.parse(ByteView(slab), from: 0, to: slab.count, now: 0)
    guard let time else {
      add("start_timestamp must be a time as in RFC 3339, or seconds since 1970", at: node)
      return 0
    }
    return time / 1_000_000
  }

  /// As promtool has it, a series written twice has the samples of its last place.
  private static func lastOfEach(_ inputs: [TestTimeline.Input]) -> [TestTimeline.Input] {
    inputs.enumerated().filter { index, input in
      !inputs[(index + 1)...].contains { $0.labels == input.labels }
    }.map(\.element)
  }
}
