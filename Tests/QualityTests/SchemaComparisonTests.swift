import Codec
import Quality
import TestSupport
import Testing

struct SchemaComparisonTests {
  /// The cases that `scripts/schema-compare` wrote: each line `{"schema", "value", "valid"}`.
  static let cases =
    Scenarios.count(0) > 0 ? Fixtures.bytes("../../.build/schema-cases.jsonl") : []

  @Test(.enabled(if: !cases.isEmpty))
  func `verdicts are those of another implementation`() throws {
    var judges: [JSONValue: SchemaJudge] = [:]
    var count = 0
    for (index, line) in Self.cases.split(separator: 0x0A).enumerated() {
      guard case .object(let item) = try JSONReader.read(line), let written = item["schema"],
        let value = item["value"], case .bool(let isRight)? = item["valid"]
      else {
        Issue.record("line \(index + 1) is no case")
        continue
      }
      let judge = try judges[written] ?? SchemaJudge(JSONSchema(written))
      judges = [written: judge]
      let violations = judge.violations(of: value)
      #expect(violations.isEmpty == isRight, "line \(index + 1): \(violations)")
      count += 1
    }
    #expect(count > 0)
  }
}
