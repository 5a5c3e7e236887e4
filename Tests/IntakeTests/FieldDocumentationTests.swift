import Intake
import TestSupport
import Testing

@Suite struct FieldDocumentationTests {
  private static let page = String(
    decoding: Fixtures.bytes("../../Sources/barograph/Documentation.docc/Events.md"),
    as: UTF8.self)

  /// Other ways to say `time`, `trace_id` and `response_id`, which dialects need.
  private static let aliases: [Field] = [.timeNanoseconds, .traceparent, .answerResponseID]

  @Test(arguments: Field.allCases.filter { !aliases.contains($0) })
  func `the page about events names every field`(field: Field) {
    #expect(Self.page.contains("`\(field.name)`"), "\(field)")
  }
}
