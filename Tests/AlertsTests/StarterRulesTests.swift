import Alerts
import TestSupport
import Testing

@Suite struct StarterRulesTests {
  @Test func `the rules that come along are right`() {
    let (file, problems) = RuleFileReader.read(
      Array(StarterRules.text.utf8), path: StarterRules.path)
    #expect(problems.map(\.description) == [])
    #expect(file.ruleCount > 15)
  }

  @Test func `each alert has a runbook, to which its link leads`() {
    let names = StarterRules.text.matches(of: /- alert: (\w+)/).map { String($0.output.1) }
    let links = StarterRules.text.matches(of: /runbook_url: "{{ externalURL }}\/docs#(\w+)"/)
    #expect(names == links.map { String($0.output.1) })
    #expect(names == StarterRunbooks.all.map(\.alert))
  }

  @Test func `the page about the rules says what the runbooks say`() {
    let page = Fixtures.bytes("../../Sources/barograph/Documentation.docc/StarterRules.md")
    let parts = String(decoding: page, as: UTF8.self).split(separator: "\n### ").dropFirst()
    let told = parts.map { part in
      let text = part.prefix(upTo: part.firstRange(of: "\n\n")?.lowerBound ?? part.endIndex)
      return text.split(whereSeparator: { $0 == " " || $0 == "\n" }).joined(separator: " ")
    }
    #expect(told == StarterRunbooks.all.map { "\($0.alert) \($0.text)" })
  }
}
