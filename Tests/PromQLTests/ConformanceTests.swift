import PromQL
import TestSupport
import Testing

/// Prometheus' own answers; the fixtures and their licence are in Tests/Fixtures/promql.
@Suite struct ConformanceTests {
  static let core = Fixtures.names(in: "promql").filter {
    $0.hasSuffix(".json") && !$0.hasPrefix("optional-")
  }

  static let optional = Fixtures.names(in: "promql").filter { $0.hasPrefix("optional-") }

  @Test(arguments: core)
  func `every core case gives Prometheus' answer`(_ name: String) throws {
    let file = try ConformanceFile(name)
    #expect(!file.cases.isEmpty)
    for test in file.cases {
      let source = try #require(file.environments[test.environment])
      let problem = ConformanceCheck.problem(test, source)
      #expect(problem == nil, "\(test.expression) at \(test.at)")
    }
  }

  @Test(arguments: optional)
  func `optional cases`(_ name: String) throws {
    let file = try ConformanceFile(name)
    var passed = 0
    for test in file.cases {
      let source = try #require(file.environments[test.environment])
      let problem = ConformanceCheck.problem(test, source)
      if let problem { print("OPT", name, test.expression, test.at, problem) } else { passed += 1 }
    }
    print("SHARE", name, passed, file.cases.count)
  }
}
