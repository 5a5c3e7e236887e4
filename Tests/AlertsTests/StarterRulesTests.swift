import Alerts
import Testing

@Suite struct StarterRulesTests {
  @Test func `the rules that come along are right`() {
    let (file, problems) = RuleFileReader.read(
      Array(StarterRules.text.utf8), path: StarterRules.path)
    #expect(problems.map(\.description) == [])
    #expect(file.ruleCount > 15)
  }
}
