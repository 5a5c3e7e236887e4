import Intake
import TestSupport
import Testing

@Suite struct FieldDocumentationTests {
  private static let page = String(
    decoding: Fixtures.bytes("../../Sources/barograph/Documentation.docc/Events.md"),
    as: UTF8.self)

  @Test(arguments: Field.allCases)
  func `the page about events names every field`(field: Field) {
    #expect(Self.page.contains("`\(field.name)`"), "\(field)")
  }
}
