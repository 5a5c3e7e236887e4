import Pattern
import TestSupport
import Testing

struct PatternRobustnessTests {
  @Test(
    arguments: PatternMatchingTests.cases.map(\.pattern) + [
      "^(?P<name>[[:alpha:]é]+)(?i:x{2,3}?|\\pL\\x{1F600}\\Q.*\\E)[^\\d\\-z]$",
      "^(?!.*-[tT][tT][sS](?:$|-))",
    ])
  func `a pattern cut anywhere compiles or is refused within its bounds`(_ pattern: String) {
    let bytes = Array(pattern.utf8)
    for end in 0...bytes.count {
      do {
        let cut = try BytePattern(Array(bytes[..<end]), options: .negativeLookahead)
        _ = PatternMatcher(cut).ranges("some text é 123")
      } catch {
        #expect(error.position <= end)
      }
    }
  }

  @Test(arguments: [UInt64.random(in: 0...UInt64.max), 2])
  func `random bytes never trap and both engines agree`(_ seed: UInt64) {
    var generator = Dice(seed: seed)
    let alphabet = Array("ab\\()[]{}|*+?.^$-,:01pLQEx<>P!=iU\u{E9}\n".utf8) + [0xFF, 0xC3]
    for _ in 0..<3_000 {
      let count = Int.random(in: 0..<40, using: &generator)
      var input = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      input.insert(UInt8.random(in: 0..<32, using: &generator), at: 0)
      input.insert(UInt8.random(in: 0..<24, using: &generator), at: 1)
      unsafe input.withUnsafeBytes { unsafe PatternFuzz.run($0) }
    }
  }

  @Test(arguments: UInt8.min...UInt8.max)
  func `every byte is taken at every place of the grammar`(_ byte: UInt8) {
    for (prefix, suffix) in [
      ("", ""), ("\\", ""), ("[", "]"), ("[a-", "]"), ("[\\", "]"), ("(?", ")"), ("(?P<", ">)"),
      ("a{", "}"), ("\\x", "0"), ("\\x{", "}"), ("\\p", ""), ("\\p{", "}"), ("[[:", ":]]"),
      ("a", ""),
      ("(?i", ")"), ("\\Q", "\\E"),
    ] {
      do {
        let pattern = try BytePattern(Array(prefix.utf8) + [byte] + Array(suffix.utf8))
        _ = PatternMatcher(pattern).isFound("aB1é-\n")
      } catch {
        #expect(error.position <= prefix.utf8.count + suffix.utf8.count + 1)
      }
    }
  }

  @Test(
    arguments: [
      [0xFF], [0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xC0, 0x80],
    ] as [[UInt8]])
  func `bytes that are not UTF-8 are matched by nothing`(_ invalid: [UInt8]) throws {
    #expect(try !matcher("(?s).").isFound(invalid))
    #expect(try !matcher("[^a]").isFound(invalid))
    #expect(try !matcher("\\pL|\\PL").isFound(invalid))
    #expect(
      try matcher("b").match([0x61] + invalid + [0x62]) == invalid.count + 1..<invalid.count + 2)
    #expect(
      try matcher("(?s).+").match(invalid + Array("ab".utf8)) == invalid.count..<invalid.count + 2)
  }

  @Test func `every code point is matched by a dot and by its own literal`() throws {
    let dot = try matcher("(?s)^.$")
    for value in stride(from: UInt32(0), through: 0x10FFFF, by: 97) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = Array(String(scalar).utf8)
      #expect(dot.isWhole(text))
    }
    for value: UInt32 in [0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF] {
      let scalar = try #require(Unicode.Scalar(value))
      let hexadecimal = String(value, radix: 16)
      #expect(try matcher("[\\x{\(hexadecimal)}]").isWhole(String(scalar)))
      #expect(try !matcher("[^\\x{\(hexadecimal)}]").isFound(String(scalar)))
    }
  }

  @Test func `one pattern serves several threads`() async throws {
    let pattern = try BytePattern("(a|b)+c")
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let matcher = PatternMatcher(pattern)
          return (0..<200).allSatisfy { _ in
            matcher.ranges("xxabac") == [2..<6, 4..<5] && !matcher.isWhole("xc")
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
