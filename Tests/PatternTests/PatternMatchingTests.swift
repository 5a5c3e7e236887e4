import Pattern
import Testing

/// A pattern, a text, and the flattened ranges of match and groups (-1 for none); empty: no match.
struct MatchCase: Sendable, CustomTestStringConvertible {
  let pattern: String
  let text: String
  let expected: [Int]
  var testDescription: String { "\(pattern) on \(text)" }

  init(_ pattern: String, _ text: String, _ expected: [Int]) {
    self.pattern = pattern
    self.text = text
    self.expected = expected
  }
}

struct PatternMatchingTests {
  static let cases: [MatchCase] = [
    MatchCase("", "", [0, 0]),
    MatchCase("", "a", [0, 0]),
    MatchCase("a", "a", [0, 1]),
    MatchCase("x", "y", []),
    MatchCase("b", "abc", [1, 2]),
    MatchCase(".", "a", [0, 1]),
    MatchCase(".", "\n", []),
    MatchCase("(?s).", "\n", [0, 1]),
    MatchCase("(?s:.)a", "\na", [0, 2]),
    MatchCase(".*", "abcdef", [0, 6]),
    MatchCase(".*?", "abcdef", [0, 0]),
    MatchCase("^", "abcde", [0, 0]),
    MatchCase("$", "abcde", [5, 5]),
    MatchCase("^abcd$", "abcde", []),
    MatchCase("^bcd'", "abcdef", []),
    MatchCase("a+", "baaab", [1, 4]),
    MatchCase("a+?", "baaab", [1, 2]),
    MatchCase("a*", "baaab", [0, 0]),
    MatchCase("(a+)(b+)", "xaabby", [1, 5, 1, 3, 3, 5]),
    MatchCase("(a+|b+)*", "ab", [0, 2, 1, 2]),
    MatchCase("(a*)*", "b", [0, 0, 0, 0]),
    MatchCase("(a|ab)(c|bcd)", "abcd", [0, 4, 0, 1, 1, 4]),
    MatchCase("a|ab", "ab", [0, 1]),
    MatchCase("ab|a", "ab", [0, 2]),
    MatchCase("(|a)*", "aa", [0, 0, 0, 0]),
    MatchCase("(|a)+", "aa", [0, 0, 0, 0]),
    MatchCase("(a|)*", "aa", [0, 2, 1, 2]),
    MatchCase("(a){0}", "a", [0, 0, -1, -1]),
    MatchCase("(a)|b", "b", [0, 1, -1, -1]),
    MatchCase("a{2}", "aaaa", [0, 2]),
    MatchCase("a{2,}", "aaaa", [0, 4]),
    MatchCase("a{2,3}", "aaaa", [0, 3]),
    MatchCase("a{2,3}?", "aaaa", [0, 2]),
    MatchCase("a{,3}", "a{,3}", [0, 5]),
    MatchCase("a{x", "a{x", [0, 3]),
    MatchCase("{", "{", [0, 1]),
    MatchCase("]}", "]}", [0, 2]),
    MatchCase("(?:ab)+c", "xababc", [1, 6]),
    MatchCase("(?i)abC", "xABc", [1, 4]),
    MatchCase("(?i:a)b", "Ab", [0, 2]),
    MatchCase("(?i:a)b", "AB", []),
    MatchCase("(?i)a(?-i)b", "Ab", [0, 2]),
    MatchCase("(?i)k", "\u{212A}", [0, 3]),
    MatchCase("(?i)s", "\u{17F}", [0, 2]),
    MatchCase("(?i)éσ", "Éς", [0, 4]),
    MatchCase("(?i)[^x]", "X", []),
    MatchCase("(?i)[à-ö]+", "ÄÖ", [0, 4]),
    MatchCase("(?m)^b$", "a\nb\nc", [2, 3]),
    MatchCase("(?m)^", "a\nb", [0, 0]),
    MatchCase("\\Ab", "a\nb", []),
    MatchCase("(?m)a$", "a\nb", [0, 1]),
    MatchCase("a\\z", "a\n", []),
    MatchCase("(?U)a+", "aaa", [0, 1]),
    MatchCase("(?U)a+?", "aaa", [0, 3]),
    MatchCase("\\bfoo\\b", "a foo.", [2, 5]),
    MatchCase("\\bfoo\\b", "afoo", []),
    MatchCase("\\B", "ab", [1, 1]),
    MatchCase("\\b", "", []),
    MatchCase("\\B", "", [0, 0]),
    MatchCase("\\B", "a", []),
    MatchCase("é\\B", "é", [0, 2]),
    MatchCase("[a-c]+", "xabcd", [1, 4]),
    MatchCase("[^a-c]+", "abxyc", [2, 4]),
    MatchCase("[^a]", "\n", [0, 1]),
    MatchCase("[]a]+", "a]a", [0, 3]),
    MatchCase("[^]a]+", "a]b", [2, 3]),
    MatchCase("[a-]+", "-a-", [0, 3]),
    MatchCase("[-a]+", "-a-", [0, 3]),
    MatchCase("[\\w-]+", "a-b c", [0, 3]),
    MatchCase("[a\\-c]+", "-cab", [0, 3]),
    MatchCase("[[:alpha:]]+", "12ab", [2, 4]),
    MatchCase("[[:^alpha:]]+", "12ab", [0, 2]),
    MatchCase("[[:word:][:space:]]+", "a b-", [0, 3]),
    MatchCase("[[:punct:]]+", "a!~b", [1, 3]),
    MatchCase("[[:a]+", "[:a", [0, 3]),
    MatchCase("\\d+", "a12b", [1, 3]),
    MatchCase("\\D+", "12ab", [2, 4]),
    MatchCase("\\s\\S", "a b", [1, 3]),
    MatchCase("\\w+\\W", "ab-", [0, 3]),
    MatchCase("[\\d\\s]+", "1 2x", [0, 3]),
    MatchCase("[^\\d]", "1a", [1, 2]),
    MatchCase("\\pL+", "1éa", [1, 4]),
    MatchCase("\\PL+", "é12", [2, 4]),
    MatchCase("\\p{Lu}", "aÉ", [1, 3]),
    MatchCase("\\p{^Lu}", "Éa", [2, 3]),
    MatchCase("[\\p{Nd}]+", "a٣4", [1, 4]),
    MatchCase("\\p{Any}", "\n", [0, 1]),
    MatchCase("\\x41\\x{42}\\103", "ABC", [0, 3]),
    MatchCase("\\x{1F600}", "a😀", [1, 5]),
    MatchCase("[😀-😂]", "😁", [0, 4]),
    MatchCase("[α-ω]+", "xβγ", [1, 5]),
    MatchCase(".", "é", [0, 2]),
    MatchCase("é*", "ééé", [0, 6]),
    MatchCase("\\t\\n\\r\\f\\v\\a", "\t\n\r\u{C}\u{B}\u{7}", [0, 6]),
    MatchCase("\\.\\*\\_", ".*_", [0, 3]),
    MatchCase("\\Qa.b*\\E+", "a.b**", [0, 5]),
    MatchCase("\\Qa|b", "a|b", [0, 3]),
    MatchCase("\\Q\\E", "a", [0, 0]),
    MatchCase("(?P<n>a)(?<m>b)", "ab", [0, 2, 0, 1, 1, 2]),
    MatchCase("((a)(b)?)+", "aba", [0, 3, 2, 3, 2, 3, 1, 2]),
    MatchCase("^*", "a", [0, 0]),
    MatchCase("(?:)", "a", [0, 0]),
    MatchCase("a||b", "b", [0, 0]),
    MatchCase("[^\\x00-\\x{10FFFF}]", "a", []),
    MatchCase("(foo|foobar)$", "foobar", [0, 6, 0, 6]),
    MatchCase("gpt-4o.*mini", "a gpt-4o-x-mini b", [2, 15]),
  ]

  @Test(arguments: cases)
  func `finds the leftmost-first match and its groups`(_ example: MatchCase) throws {
    let matcher = try matcher(example.pattern)
    let found = matcher.ranges(example.text) ?? []
    let flat = found.flatMap { range in range.map { [$0.lowerBound, $0.upperBound] } ?? [-1, -1] }
    #expect(flat == example.expected)
    #expect(matcher.match(example.text) == found.first.flatMap(\.self))
    #expect(matcher.isFound(example.text) == !example.expected.isEmpty)
  }

  @Test(arguments: [
    ("a|ab", "ab", true), ("a", "ab", false), ("a", "ba", false), ("a*", "", true),
    ("", "", true), ("", "a", false), ("(a|aa)+", "aaaaa", true), ("api|web", "web", true),
    ("api|web", "webs", false), (".+", "a\nb", false), ("(?s).+", "a\nb", true),
    ("^a$", "a", true), ("\\ba\\b", "a", true), ("a.c", "aéc", true), ("(?m)a$", "a\nb", false),
    ("[^a]*", "bcd", true), ("gpt-4o(-mini)?", "gpt-4o-mini", true), ("ab", "ab", true),
  ])
  func `a full match spans the text`(_ pattern: String, _ text: String, _ expected: Bool) throws {
    let matcher = try matcher(pattern)
    #expect(matcher.isWhole(text) == expected)
    let captures = unsafe Array(text.utf8).withUnsafeBytes {
      unsafe matcher.fullCaptures(in: $0)
    }
    #expect((captures?[0] == 0..<text.utf8.count) == expected)
  }

  @Test func `a search from the middle still sees what lies before`() throws {
    let text = Array("foo foo".utf8)
    #expect(try matcher("^foo").match(text, from: 4) == nil)
    #expect(try matcher("\\Bo").match(text, from: 1) == 1..<2)
    #expect(try matcher("\\boo").match(text, from: 5) == nil)
    #expect(try matcher("foo").match(text, from: 1) == 4..<7)
    #expect(try matcher("(?m)^b").match(Array("a\nb".utf8), from: 2) == 2..<3)
  }

  @Test(arguments: [
    ("^(?!.*-[tT][tT][sS](?:$|-))", "gpt-4o", true),
    ("^(?!.*-[tT][tT][sS](?:$|-))", "gpt-4o-tts", false),
    ("^(?!.*-[tT][tT][sS](?:$|-))", "gpt-4o-tts-1", false),
    ("^(?!.*-[tT][tT][sS](?:$|-))", "gpt-4o-ttsx", true),
    ("^(?![^/]+/)(?:labs-)?(?:codestral|mixtral)", "mixtral-8x7b", true),
    ("^(?![^/]+/)(?:labs-)?(?:codestral|mixtral)", "labs-codestral", true),
    ("^(?![^/]+/)(?:labs-)?(?:codestral|mixtral)", "mixtral/x", false),
    ("^gpt-4o(?!.*-(realtime|audio)).*$", "gpt-4o-mini", true),
    ("^gpt-4o(?!.*-(realtime|audio)).*$", "gpt-4o-mini-audio", false),
    ("a(?!b(?!c))", "ab", false), ("a(?!b(?!c))", "abc", true), ("a(?!b)", "abac", true),
    ("(?!a)$", "", true), ("(?!é)é", "é", false),
  ])
  func `negative look-ahead works when asked for`(
    _ pattern: String, _ text: String, _ expected: Bool
  ) throws {
    #expect(try matcher(pattern, .negativeLookahead).isFound(text) == expected)
  }

  @Test func `options act as the flags they are named after`() throws {
    #expect(try matcher("a", .caseInsensitive).isFound("A"))
    #expect(try matcher(".", .dotMatchesNewline).isFound("\n"))
    #expect(try matcher("^b", .multiline).isFound("a\nb"))
    #expect(try matcher("a+", .ungreedy).match("aaa") == 0..<1)
  }

  @Test func `groups are found by name`() throws {
    let pattern = try BytePattern("(a)(?P<year>b)(?<month>c)")
    #expect(pattern.groupNames == [nil, nil, "year", "month"])
    #expect(pattern.group(named: "month") == 3)
    #expect(pattern.group(named: "day") == nil)
  }
}
