import Codec
import Testing

@Suite struct ConfigReaderErrorTests {
  @Test(
    "what is refused names its place",
    arguments: [
      ("a: &x 1", "1:4 anchors are not supported"),
      ("a: 1\nb: *x", "2:4 aliases are not supported"),
      ("- !!str 1", "1:3 tags are not supported"),
      ("a:\n  <<: b", "2:3 merge keys ('<<') are not supported"),
      ("- {<<: b}", "1:4 merge keys ('<<') are not supported"),
      ("? a\n: b", "1:1 complex keys ('? ') are not supported"),
      ("- [? a]", "1:4 complex keys ('? ') are not supported"),
      ("%YAML 1.2\n---\na", "1:1 directives are not supported"),
      ("---\n[a]: b", "2:1 a mapping or sequence as a key"),
      ("a: {{ $value }}", "1:5 a mapping or sequence as a key"),
      ("a: 1\n{b}: 2", "2:1 a mapping or sequence as a key"),
      ("a: @b", "1:4 text cannot begin with '@'"),
      ("a: `b`", "1:4 text cannot begin with '`'"),
      ("a: %b", "1:4 text cannot begin with '%'"),
      ("a: ]", "1:4 text cannot begin with ']'"),
      (": a", "1:1 a ':' without a key"),
    ])
  func unsupported(text: String, error: String) {
    #expect(reading(text) == error)
  }

  @Test(
    "what is wrong names its place",
    arguments: [
      ("a:\n\tb: 1", "2:1 a tab in the indentation"),
      ("a:\n  b: 1\n \tc: 2", "3:2 a tab in the indentation"),
      ("a: |\n\tx", "2:1 a tab in the indentation"),
      ("-\t- a", "1:3 a sequence after a tab"),
      ("a: 1\na: 2", "2:1 the key 'a' is already on line 1"),
      ("a: {b: 1, 'b': 2}", "1:11 the key 'b' is already on line 1"),
      ("{\"a\": 1,\n \"a\": 2}", "2:2 the key 'a' is already on line 1"),
      ("a: b: c", "1:5 a mapping on the line of its key"),
      ("a: - b", "1:4 a sequence on the line of its key"),
      ("--- a: b", "1:6 a mapping on the line of '---'"),
      ("a:\n    b: 1\n  c: 2", "3:3 unexpected indentation of 2"),
      ("a: 1\n  b: 2", "2:4 a ':' in text that goes on from the line above"),
      ("a: 'x'\n  b: 2", "2:3 unexpected indentation of 2"),
      ("- a\n   - b: c", "2:7 a ':' in text that goes on from the line above"),
      ("- 'a'\n  - b", "2:3 unexpected indentation of 2"),
      ("a: 1\nb", "2:1 no 'key: value' here"),
      ("a: 1\nb:2", "2:1 no 'key: value' here"),
      ("a: 1\nb\nc: 2", "2:1 no 'key: value' here"),
      ("- a\nb", "2:1 this line belongs to no open block"),
      ("- a\nb: c", "2:1 this line belongs to no open block"),
      ("'a\n b': c", "1:1 a key over several lines"),
      ("'abc", "1:1 the text is not closed"),
      ("a: \"b\n\n", "1:4 the text is not closed"),
      ("'b\n---\nc'", "2:1 a document marker inside the text of line 1"),
      ("a: 'b' c", "1:8 text after a finished value"),
      ("a: 'b'# c", "1:7 text after a finished value"),
      ("a: [b] c", "1:8 text after a finished value"),
      ("'a':b", "1:4 text after a finished value"),
      (#"a: "\q""#, "1:5 an unknown escape"),
      (#"a: "\x4""#, "1:5 a broken escape"),
      (#"a: "\ud800""#, "1:5 half a surrogate pair"),
      (#"a: "\udc00""#, "1:5 an escape for no character"),
      (#"a: "\U00110000""#, "1:5 an escape for no character"),
      ("a: |x\n b", "1:5 text on the line of '|' or '>'"),
      ("a: |0\n b", "1:5 text on the line of '|' or '>'"),
      ("a: |\n    \n  b", "3:3 a blank line above is deeper than this first line of text"),
      ("a: [1\n", "2:1 the bracket of line 1, column 4 is not closed"),
      ("a: [1, 2\nb: 3", "2:5 the bracket of line 1, column 4 is not closed"),
      ("a: {b: 1", "1:9 the bracket of line 1, column 4 is not closed"),
      ("a: [1 , , 2]", "1:9 text cannot begin with ','"),
      ("a: [- 1]", "1:5 a '-' entry inside brackets"),
      ("a: [|]", "1:5 a block scalar inside brackets or as a key"),
      ("{\"a\": tru}\nx", "2:1 this line belongs to no open block"),
      ("{\"a\" 1}", "1:6 no ':' after the key"),
      ("{\"a\": \"x}", "1:7 the text is not closed on its line"),
      ("/* a\n{}", "1:1 the comment '/*' is not closed"),
      ("{\"a\": 1 // c", "1:13 the '{' of line 1, column 1 is not closed"),
      ("a: \u{7}", "1:4 a control character (byte 7)"),
      ("a\nb\0", "2:2 a control character (byte 0)"),
    ])
  func wrong(text: String, error: String) {
    #expect(reading(text) == error)
  }

  @Test func `bytes that are not UTF-8 are refused at their place`() {
    #expect(reading(Array("a: 1\nü: ".utf8) + [0xff]) == "2:4 a byte that is not UTF-8")
    #expect(reading([0xff, 0xfe, 0x61, 0]) == "1:1 the text is UTF-16")
  }

  @Test func `an error reads as one sentence`() throws {
    let error = #expect(throws: ConfigSyntaxError.self) {
      try ConfigReader.read(Array("a:\n\tb: 1".utf8))
    }
    #expect(
      error?.description == "line 2, column 1: a tab in the indentation; expected spaces")
  }

  @Test(
    "depth is bounded in every kind of collection",
    arguments: [
      String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000),
      String(repeating: "{\"a\":", count: 100_000), String(repeating: "[{a: ", count: 50_000),
      (0..<1000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
    ])
  func depth(text: String) {
    #expect(reading(text).hasSuffix(" nested too deeply"))
  }

  @Test func `size and number of values are bounded`() {
    var limits = ConfigReader.Limits()
    limits.bytes = 10
    limits.nodes = 3
    #expect(throws: Never.self) { try ConfigReader.read(Array("[a, b]".utf8), limits: limits) }
    #expect(throws: ConfigSyntaxError.self) {
      try ConfigReader.read(Array("[a, b, c]".utf8), limits: limits)
    }
    #expect(throws: ConfigSyntaxError.self) {
      try ConfigReader.read(Array("abcdefghijk".utf8), limits: limits)
    }
  }
}
