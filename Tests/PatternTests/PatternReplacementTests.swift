import Pattern
import Testing

struct PatternReplacementTests {
  @Test(arguments: [
    ("(a)(b)", "xaby", "$2$1", "xbay"), ("(?P<first>a)b", "ab", "${first}!", "a!"),
    ("(a)", "a", "$1x", ""), ("(a)", "a", "${1}x", "ax"), ("(a)", "a", "$$1", "$1"),
    ("(a)|(b)", "b", "[$1$2]", "[b]"), ("a", "a", "$", "$"), ("a", "a", "${", "${"),
    ("a", "a", "${x", "${x"), ("a", "a", "$-", "$-"), ("a", "a", "$9", ""), ("a", "a", "$0", "a"),
    ("a", "a", "$99999999999999999999", ""), ("a", "banana", "o", "bonono"),
    ("", "ab", "-", "-a-b-"), ("a*", "baaac", "x", "xbxcx"), ("", "é", "-", "-é-"),
    ("(.*)-(\\d+)", "api-12", "$1:${2}", "api:12"), ("x", "abc", "y", "abc"), ("a", "", "b", ""),
    ("\\b", "ab cd", "|", "|ab| |cd|"), ("^a", "aaa", "b", "baa"),
  ])
  func `a template is expanded for each match`(
    _ pattern: String, _ text: String, _ template: String, _ expected: String
  ) throws {
    #expect(try matcher(pattern).replaced(text, with: template) == expected)
  }
}
