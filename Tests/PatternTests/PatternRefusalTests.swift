import Pattern
import Testing

struct PatternRefusalTests {
  @Test(arguments: [
    ("(a", 0, "group without closing )"), ("a)", 1, "unexpected )"), ("b*a**", 3, nil),
    ("*a", 0, "nothing to repeat"), ("a|*", 2, "nothing to repeat"), ("(?i)+", 4, nil),
    ("a{2}{3}", 1, "repetition of a repetition"), ("a{1001}", 1, "repetition count above 1000"),
    ("a{2,1}", 1, "repetition counts out of order"), ("{2}", 0, "nothing to repeat"),
    ("[a", 0, "class without closing ]"), ("[]", 0, nil), ("[b-a]", 1, nil), ("[a-\\d]", 3, nil),
    ("[[:nope:]]", 1, "unknown class name"), ("\\", 0, "trailing backslash"),
    ("a\\", 1, "trailing backslash"), ("\\8", 0, "back-references are not supported"),
    ("(a)\\1", 3, "back-references are not supported"),
    ("(?P=n)", 0, "back-references are not supported"), ("\\k", 0, "unknown escape"),
    ("\\Z", 0, "unknown escape"), ("\\é", 0, "unknown escape"), ("\\x4", 0, "unknown escape"),
    ("\\x{}", 0, "unknown escape"), ("\\x{110000}", 0, "code point above 10FFFF"),
    ("\\C", 0, "\\C is not supported: text is read as UTF-8"),
    ("é(?=a)", 2, "look-ahead is not supported"), ("(?!a)", 0, "look-ahead is not supported"),
    ("(?<=a)", 0, "look-behind is not supported"), ("(?<!a)", 0, "look-behind is not supported"),
    ("(?P<n>a)(?P<n>b)", 8, "group name used twice"), ("(?P<>a)", 0, "empty group name"),
    ("(?P<n-a>a)", 5, nil), ("(?P<n", 0, "group name without closing >"),
    ("(?z)", 0, "unknown group syntax"), ("(?i-)", 0, "unknown group syntax"), ("(?", 0, nil),
    ("(?#a)", 0, "unknown group syntax"), ("(?i--s)", 0, "unknown group syntax"),
    (
      "\\p{Greek}", 0,
      "unknown Unicode class: only general categories (L, Lu, Nd …) are supported"
    ),
    ("\\p{L", 0, "category without closing }"), ("\\pX", 0, nil),
    ("(?:(?:a{1000}){1000}){1000}", 0, "expression compiles to more than 50000 instructions"),
    ("(?:(?:(?:){1000}){1000}){1000}", 0, "expression compiles to more than 50000 instructions"),
  ])
  func `what cannot be matched in linear time is refused with its place`(
    _ pattern: String, _ position: Int, _ message: String?
  ) {
    let error = #expect(throws: PatternError.self) { try BytePattern(pattern) }
    #expect(error?.position == position)
    if let message { #expect(error?.message == message) }
  }

  @Test func `limits hold one past the last allowed value`() throws {
    let nesting = PatternLimits.nesting
    func nested(_ depth: Int) -> String {
      String(repeating: "(?:", count: depth) + String(repeating: ")", count: depth)
    }
    _ = try BytePattern(nested(nesting))
    #expect(throws: PatternError.self) { try BytePattern(nested(nesting + 1)) }
    _ = try BytePattern("a{1000}")
    let longest = String(repeating: "a", count: PatternLimits.sourceBytes)
    #expect(throws: PatternError.self) { try BytePattern(longest + "a") }
    #expect(throws: PatternError.self) {
      try BytePattern(String(repeating: "(a{20})", count: 500))
    }
    #expect(throws: PatternError.self) {
      try BytePattern("[" + String(repeating: "\\pL", count: 2000) + "]")
    }
  }

  @Test func `invalid UTF-8 in the source is refused where it begins`() {
    let error = #expect(throws: PatternError.self) { try BytePattern([0xC3, 0xA9, 0xFF]) }
    #expect(error?.position == 2)
    #expect(error?.message == "invalid UTF-8")
  }

  @Test func `an error reads as a sentence`() {
    let error = #expect(throws: PatternError.self) { try BytePattern("a(") }
    #expect(
      error?.description == "cannot compile expression: group without closing ) at byte 1")
  }
}
