import Collector
import TestSupport
import Testing

@Suite struct ReceiverDocumentationTests {
  private static let page = String(
    decoding: Fixtures.bytes("../../Sources/barograph/Documentation.docc/Notifications.md"),
    as: UTF8.self)

  @Test func `the page has the keys of every receiver`() {
    #expect(Self.page.contains(ReceiverType.commonMarkdown), "\(ReceiverType.commonMarkdown)")
  }

  @Test(arguments: ReceiverType.allCases)
  func `the page has the keys of each kind`(type: ReceiverType) {
    #expect(Self.page.contains(type.markdown), "\(type.rawValue)\n\(type.markdown)")
  }

  @Test(arguments: ["jira", "jira-comment", "servicenow"])
  func `the page's templates are those that are tested`(name: String) {
    let template = String(
      decoding: Fixtures.bytes("notifications/templates/\(name).tmpl"), as: UTF8.self)
    // In the page they stand in YAML, behind blanks.
    let lines = template.split(separator: "\n").map { "      \($0)\n" }.joined()
    #expect(Self.page.contains(lines), "\(name)")
  }
}
