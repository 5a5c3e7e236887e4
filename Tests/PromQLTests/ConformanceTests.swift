import PromQL
import TestSupport
import Testing

/// Prometheus' own answers; the fixtures and their licence are in Tests/Fixtures/promql.
@Suite struct ConformanceTests {
  static let core = Fixtures.names(in: "promql").filter {
    $0.hasSuffix(".json") && !$0.hasPrefix("optional-")
  }

  /// Optional files by their topic, with the cases that pass of all. What is left out needs
  /// Prometheus' feature flags: `info`, `anchored` and `smoothed`, start timestamps, late removal
  /// of names; or reset hints, which there the store derives.
  static let optional = [
    OptionalFile("experimental-delayed-name-removal", 0, of: 7),
    OptionalFile("experimental-duration-expressions", 28, of: 28),
    OptionalFile("experimental-extended-selectors", 6, of: 75),
    OptionalFile("experimental-fill-modifier", 24, of: 24),
    OptionalFile("experimental-functions", 39, of: 39),
    OptionalFile("experimental-info", 1, of: 29),
    OptionalFile("experimental-limitk", 22, of: 22),
    OptionalFile("experimental-query-context", 17, of: 17),
    OptionalFile("experimental-start-timestamps", 0, of: 15),
    OptionalFile("native-aggregators", 10, of: 10),
    OptionalFile("native-functions", 193, of: 193),
    OptionalFile("native-mixed-aggregators", 8, of: 8),
    OptionalFile("native-mixed-functions-labels", 1, of: 1),
    OptionalFile("native-mixed-functions-math", 2, of: 2),
    OptionalFile("native-mixed-functions-over-time", 11, of: 11),
    OptionalFile("native-mixed-functions-rate", 18, of: 18),
    OptionalFile("native-mixed-functions-time", 8, of: 8),
    OptionalFile("native-mixed-histograms", 46, of: 46),
    OptionalFile("native-mixed-operators", 38, of: 38),
    OptionalFile("native-mixed-range-queries", 1, of: 1),
    OptionalFile("native-mixed-subqueries", 1, of: 1),
    OptionalFile("native-operators", 70, of: 70),
    OptionalFile("native-range", 10, of: 10),
  ]

  @Test(arguments: optional)
  func `the stated share of optional cases passes`(_ optional: OptionalFile) throws {
    let file = try ConformanceFile("optional-\(optional.topic).cases.json")
    var problems: [String] = []
    for test in file.cases {
      let source = try #require(file.environments[test.environment])
      if let problem = ConformanceCheck.problem(test, source) {
        problems.append("\(test.expression): \(problem)")
      }
    }
    #expect(file.cases.count == optional.count)
    let passed = file.cases.count - problems.count
    #expect(passed >= optional.passed, "\(problems)")
  }
}

/// A file of optional cases and how many of them pass.
struct OptionalFile: Sendable {
  let topic: String
  let passed: Int
  let count: Int

  init(_ topic: String, _ passed: Int, of count: Int) {
    self.topic = topic
    self.passed = passed
    self.count = count
  }
}
