import Collector
import Quality
import Testing

/// The key `evaluators`: every problem at once, each at its place; printed as it was written.
struct EvaluatorConfigurationTests {
  private static let wrong = """
    evaluators:
      - {name: a, check: jsn}
      - name: b
        check: json_schema
        schema:
          type: object
          properties:
            x: {type: string, formatt: date}
      - {name: c, check: regex, pattern: "(a"}
      - {name: c2, check: json, max: 3}
      - {name: d, check: json, when: {modle: x}, sample: 2}
      - {name: d, check: refusal}

    """

  @Test func `all problems are told, each at its place`() {
    let expected = [
      "2:22: unknown check 'jsn'; did you mean 'json'?",
      "8:36: cannot use schema: at /properties/x/formatt: 'formatt' is not supported; "
        + "did you mean 'format'?",
      "9:38: cannot compile expression: group without closing ) at byte 0",
      "10:29: unknown key 'max' in an evaluator; did you mean 'name'?",
      "11:54: sample must be a number from 0 to 1",
      "11:35: unknown name 'modle' in when; did you mean 'model'?",
      "12:5: another evaluator is called 'd' already",
    ].map { line -> String in
      let parts = line.split(separator: ": ", maxSplits: 1)
      return "barograph.yaml:\(parts[0]): wrong value for 'evaluators': \(parts[1])"
    }
    #expect(problems(Self.wrong) == expected)
  }

  @Test(
    "what is no list of evaluators is refused",
    arguments: [
      ("evaluators: {name: a}", "1:13", "evaluators must be a list"),
      ("evaluators: [{check: json}]", "1:14", "an evaluator needs name"),
      (
        "evaluators: [{name: a, check: language, expected: xx}]", "1:51",
        "language 'xx' is not known; expected of ar cs"
      ),
    ])
  func refused(text: String, place: String, message: String) {
    let found = problems(text)
    #expect(found.count == 1)
    #expect(
      found.first?.hasPrefix("barograph.yaml:\(place): wrong value for 'evaluators': \(message)")
        == true, "\(found)")
  }

  @Test func `a variable sets them too`() throws {
    let configuration = try loaded(
      "", environment: ["BAROGRAPH_EVALUATORS": "[{name: e, check: empty}]"])
    #expect(configuration.evaluators.settings.map(\.name) == ["e"])
    #expect(
      problems("", environment: ["BAROGRAPH_EVALUATORS": "[{name: e, check: x}]"])
        == [
          "BAROGRAPH_EVALUATORS: wrong value for 'evaluators': unknown check 'x'; "
            + "did you mean 'pii'?"
        ])
  }

  @Test func `they are printed as they were written, and a change is seen`() throws {
    let text =
      "evaluators: [{name: short, check: length, max: 0.5, target: output, steps: "
      + "[{take: trimmed}], when: {prompt: [a, \"b*\"]}}]"
    let configuration = try loaded(text)
    let key = try #require(ConfigurationTable.keys.first { $0.path == "evaluators" })
    #expect("evaluators: \(key.valueText(in: configuration))" == text)
    #expect(key.isReloadable)
    #expect(try loaded(text) == configuration)
    #expect(try loaded(text.replacing("0.5", with: "0.6")) != configuration)
  }
}
