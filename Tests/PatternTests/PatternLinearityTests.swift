import Pattern
import TestSupport
import Testing

struct PatternLinearityTests {
  @Test(arguments: [
    ("(a*)*b", "a"), ("(a|aa)+$", "ab"), ("(x+x+)+y", "x"), ("(a?){20}a{20}c", "a"),
    ("(.*)(.*)(.*)(.*)z", "q"), ("(a|b|ab)*bc", "ab"), ("^(([a-z])+.)+[A-Z]([a-z])+$", "a"),
    ("(?:(?:a|b)*a(?:a|b){12})+c", "abbaba"), ("[ab]*a[ab]{14}c", "aab"),
  ])
  func `steps grow with the text, not faster`(_ pattern: String, _ unit: String) throws {
    func steps(_ length: Int, _ ask: (PatternMatcher, [UInt8]) -> Void) throws -> Int {
      let matcher = try matcher(pattern)
      let text = Array(String(repeating: unit, count: length / unit.utf8.count).utf8)
      ask(matcher, text)
      return matcher.steps
    }
    let questions: [(PatternMatcher, [UInt8]) -> Void] = [
      { _ = $0.isFound($1) }, { _ = $0.isWhole($1) },
    ]
    for question in questions {
      let short = try steps(10_000, question)
      let long = try steps(100_000, question)
      #expect(long <= short * 12 + 1_000_000)
      #expect(long <= 100_000 * 500)
    }
  }

  @Test func `captures of an exploding pattern are linear too`() throws {
    let matcher = try matcher("(a*)*b?")
    let text = [UInt8](repeating: 0x61, count: 50_000)
    #expect(matcher.ranges(text) == [0..<50_000, 0..<50_000])
    #expect(matcher.steps < 50_000 * 40)
  }

  @Test func `look-ahead is linear`() throws {
    let matcher = try matcher("(?:a(?!.*c))*b", .negativeLookahead)
    let text = [UInt8](repeating: 0x61, count: 20_000)
    #expect(!matcher.isFound(text))
    #expect(matcher.steps < 20_000 * 60)
  }

  @Test func `a cache that overflows keeps giving the same answers`() throws {
    var generator = Dice(seed: 7)
    let matcher = try matcher("[ab]*a[ab]{13}c")
    for _ in 0..<40 {
      var text = (0..<2_000).map { _ in Bool.random(using: &generator) ? UInt8(0x61) : 0x62 }
      text.append(0x63)
      #expect(matcher.isWhole(text) == (text[text.count - 15] == 0x61))
    }
  }
}
