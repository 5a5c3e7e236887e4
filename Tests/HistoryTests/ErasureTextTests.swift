import Testing

@testable import History

@Suite struct ErasureTextTests {
  private let text = ErasureText(
    ["u-1", "Müller"].map { Array($0.utf8) }, salt: 0x1234_5678_9ABC_DEF0)

  private func erased(_ input: String) -> String? {
    text.erased(Array(input.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    ("u-1", "[erased]"), ("by u-1.", "by [erased]."), ("u-1u-1 u-1", "u-1u-1 [erased]"),
    ("(u-1)(u-1)", "([erased])([erased])"), ("user=u-1&x", "user=[erased]&x"),
    ("Herr Müller kam", "Herr [erased] kam"), ("u-1@host", "[erased]@host"),
    (#"{"a":"u-1","u-1":[" u-1"]}"#, #"{"a":"[erased]","[erased]":[" [erased]"]}"#),
    (#"{"a":"M\u00fcller \"x\""}"#, #"{"a":"[erased] \"x\""}"#),
    (#"{"a":"\u0075-1"}"#, #"{"a":"[erased]"}"#),
    (#"{"a":"{\"b\":\"u-1\"}"}"#, #"{"a":"{\"b\":\"[erased]\"}"}"#),
    (#"{"a":"u-1, cut"#, #"{"a":"[erased], cut"#),
  ])
  func `a name that stands as a word is taken out`(input: String, output: String) {
    #expect(erased(input) == output)
  }

  @Test(arguments: [
    "", "u-12", "au-1", "u-1-b", "u-1_x", "éu-1", "{\"a\":\"u-12\"}", #"{"a":"\u0041u-1"}"#,
    #"{"a\"#, "Müllerin",
  ])
  func `a name that is part of a word stays`(input: String) {
    #expect(erased(input) == nil)
  }

  @Test func `a number in JSON becomes a text`() {
    let number = ErasureText([Array("4711001".utf8)], salt: 1)
    let output = number.erased(Array(#"{"n":4711001,"m":47110012}"#.utf8))
    #expect(
      output.map { String(decoding: $0, as: UTF8.self) } == #"{"n":"[erased]","m":47110012}"#)
  }

  @Test func `what is written over keeps its length and is another one each time`() {
    let other = ErasureText([Array("u-1".utf8)], salt: 0x9999_9999_9999_9999)
    let bytes = Array(#"{"user":"u-1"}"#.utf8)
    let (one, two) = (text.filled(bytes), other.filled(bytes))
    #expect(one?.count == bytes.count)
    #expect(one != two)
    #expect(text.filled(Array("u-12".utf8)) == nil)
  }

  @Test(arguments: UInt8.min...UInt8.max)
  func `in records a name is told from a longer one by the length of its text`(_ next: UInt8) {
    func record(_ word: String) -> [UInt8] {
      [1, UInt8(word.utf8.count), 0, 0, 0] + Array(word.utf8) + [next, 0xE3, 0x61, 0x99]
    }
    for word in ["u-1", "calls of u-1"] {
      let filled = text.filled(blob: record(word))
      #expect(filled?.count == record(word).count && filled?.last == 0x99)
      #expect(filled?.firstRange(of: Array("u-1".utf8)) == nil)
    }
    for word in ["u-12", "xu-1", "u-1x of calls"] {
      #expect(text.filled(blob: record(word)) == nil, "\(word)")
    }
  }

  @Test(arguments: [
    ("user-4711", true), ("a@b.de", true), ("0123456789abcdef", true), ("system", false),
    ("admin", false), ("u1", false), ("1234567", false), ("müller77", true),
  ])
  func `a name that stands for nobody else is told apart`(name: String, isDistinctive: Bool) {
    #expect(ErasureText.isDistinctive(Array(name.utf8)) == isDistinctive)
  }

  @Test func `longer words around a name are found`() {
    var words: Set<[UInt8]> = []
    text.longerWords(in: Array("u-1 xu-12 u-1b".utf8), into: &words, limit: 10)
    #expect(words == [Array("xu-12".utf8), Array("u-1b".utf8)])
  }
}
