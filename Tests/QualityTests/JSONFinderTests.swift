import Codec
import Quality
import TestSupport
import Testing

struct JSONFinderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let json: String?
    let repairs: [JSONRepair.Kind]

    init(_ text: String, _ json: String?, _ repairs: [JSONRepair.Kind] = []) {
      (self.text, self.json, self.repairs) = (text, json, repairs)
    }

    var testDescription: String { String(text.prefix(60)) }
  }

  static let cases: [Case] = [
    Case(#"{"a":1}"#, #"{"a":1}"#),
    Case("  [1, 2]\n", "[1,2]"),
    Case("42", "42"),
    Case(#""text""#, #""text""#),
    Case("```json\n{\"a\": 1}\n```", #"{"a":1}"#, [.codeFence]),
    Case("```\n[1]\n```", "[1]", [.codeFence]),
    Case("```json\n{\"a\": 1}", #"{"a":1}"#, [.codeFence]),
    Case(
      "Sure! Here it is:\n```json\n{\"a\": 1}\n```\nAnything else?", #"{"a":1}"#,
      [.prose, .codeFence]),
    Case("The answer is {\"a\": 1}.", #"{"a":1}"#, [.prose]),
    Case("See [1] for this: {\"long\": \"member\"}", #"{"long":"member"}"#, [.prose]),
    Case("Use {name} here, and [see {\"a\":1}]", #"{"a":1}"#, [.prose]),
    Case(
      "a {\"longer\": \"outside of it\"} b\n```json\n{\"a\":1}\n```", #"{"a":1}"#,
      [.prose, .codeFence]),
    Case("{\"a\": [1, 2,], }", #"{"a":[1,2]}"#, [.trailingComma]),
    Case("[1,,2]", "[1,2]", [.trailingComma]),
    Case("{'a': 'it''s'}", #"{"a":"it''s"}"#, [.singleQuotes, .unescapedQuote]),
    Case("{'a': 'x', 'b': \"y\"}", #"{"a":"x","b":"y"}"#, [.singleQuotes]),
    Case("{'a': 'it's'}", #"{"a":"it's"}"#, [.singleQuotes, .unescapedQuote]),
    Case("{“a”: “x”}", #"{"a":"x"}"#, [.typographicQuotes]),
    Case(#"{"a": "he said "hi" to me"}"#, #"{"a":"he said \"hi\" to me"}"#, [.unescapedQuote]),
    Case("{a: 1, b_c: 2, $d: 3, é: 4}", #"{"a":1,"b_c":2,"$d":3,"é":4}"#, [.unquotedKey]),
    Case(
      "{\"a\": True, \"b\": None, \"c\": False}", #"{"a":true,"b":null,"c":false}"#,
      [.foreignWord]),
    Case("[NaN, -Infinity, undefined]", "[null,null,null]", [.foreignWord]),
    Case("{// note\n\"a\": 1 /* one */, # more\n\"b\": 2}", #"{"a":1,"b":2}"#, [.comment]),
    Case("[+1, .5, 2., 007]", "[1,0.5,2,7]", [.number]),
    Case("[1, 2, ...]", "[1,2]", [.ellipsis]),
    Case("{\"a\": 1\n\"b\": 2}", #"{"a":1,"b":2}"#, [.missingComma]),
    Case("[{\"a\":1} {\"a\":2}]", #"[{"a":1},{"a":2}]"#, [.missingComma]),
    Case("{\"a\": [1, 2}", #"{"a":[1,2]}"#, [.missingBracket]),
    Case("{\"a\": \"line\nbreak\"}", #"{"a":"line\nbreak"}"#, [.controlCharacter]),
    Case(#"{"a": "C:\path \'q\'"}"#, #"{"a":"C:\\path 'q'"}"#, [.escape]),
    Case("{\"a\": 1, \"b\": [1, 2", #"{"a":1,"b":[1,2]}"#, [.truncated]),
    Case("{\"a\": \"cut of", #"{"a":"cut of"}"#, [.truncated]),
    Case("{\"a\": 1, \"b", #"{"a":1}"#, [.truncated]),
    Case("{\"a\": 1, \"b\":", #"{"a":1}"#, [.truncated]),
    Case("{\"a\": 1, \"b\": tr", #"{"a":1}"#, [.truncated]),
    Case("{\"a\": 1, \"b\": -", #"{"a":1}"#, [.truncated]),
    Case("{\"code\": \"```swift\\nlet a = 1\\n```\"}", #"{"code":"```swift\nlet a = 1\n```"}"#),
    Case("True", "true", [.foreignWord]),
    Case("```\n'x'\n```", #""x""#, [.codeFence, .singleQuotes]),
    Case("", nil), Case("   \n", nil), Case("no JSON here", nil), Case("f(x) = {x | x > 1}", nil),
    Case("I think so.", nil), Case("{", "{}", [.truncated]), Case("{]", nil), Case("}", nil),
    Case("[1 2]", nil), Case("2024-01-01", nil), Case("```\n```", nil),
  ]

  @Test(arguments: cases)
  func `what is meant is found, and said how`(_ item: Case) {
    let found = JSONFinder.find(in: Array(item.text.utf8))
    #expect(found.map { String(decoding: $0.value.json, as: UTF8.self) } == item.json)
    #expect(found?.repairs.map(\.kind) ?? [] == item.repairs)
  }

  @Test func `repairs are counted and shown`() {
    let found = JSONFinder.find(in: Array("Here: {a: 1, b: 2,}".utf8))
    #expect(found?.summary == "text around it, a name without quotes (2 times), a comma too many")
    #expect(found?.range == 6..<19)
    #expect(found?.repairs.map(\.offset) == [0, 7, 18])
  }

  static let document = #"""
    {"id": 12, "name": "Żółw \"x\" \u00e9 \ud83d\ude00", "tags": ["a", "b", []], "deep":
    {"n": -1.5e3, "t": true, "f": false, "z": null, "o": {}}, "last": "end"}
    """#

  @Test func `every truncation of an object gives the members that were whole`() throws {
    let bytes = Array(Self.document.utf8)
    guard case .object(let whole) = try JSONReader.read(bytes) else { return }
    var counts: [Int] = []
    for length in 1...bytes.count {
      let found = try #require(JSONFinder.find(in: Array(bytes.prefix(length))), "\(length)")
      guard case .object(let object) = found.value else {
        Issue.record("no object at \(length)")
        continue
      }
      counts.append(object.members.count)
      for member in object.members.dropLast() { #expect(whole[member.name] == member.value) }
      #expect(found.repairs.map(\.kind) == (length == bytes.count ? [] : [.truncated]))
    }
    #expect(counts == counts.sorted())
    #expect(counts.last == 5)
  }

  @Test func `any byte at any place neither stops nor delays the search`() {
    let bytes = Array(Self.document.utf8)
    for index in stride(from: 0, to: bytes.count, by: 3) {
      for byte in UInt8.min...UInt8.max where byte % 5 == UInt8(index % 5) {
        var changed = bytes
        changed[index] = byte
        let found = JSONFinder.find(in: changed)
        if let found { #expect(found.range.upperBound <= changed.count) }
      }
    }
  }

  @Test func `random texts of JSON's own signs never fail to end, and what is found is JSON`()
    throws
  {
    let signs = Array("{}[]\"',:\\ntrue1.-/*#`A\n ".utf8) + [0xE2, 0x80, 0x9C, 0xFF, 0x00]
    var random = Dice(seed: 11)
    for _ in 0..<4_000 {
      let text = (0..<Int(random.next() % 60)).map { _ in signs[Int(random.next() % 29)] }
      guard let found = JSONFinder.find(in: text) else { continue }
      let json = found.value.json
      #expect(try JSONReader.read(json) == found.value, "\(text)")
    }
  }

  @Test(arguments: ["[", "{\"a\":", "{", "{\"", "[1,", "```", "{a", "[{", "/*", "{'", "[\"x\" "])
  func `time is linear in what is hard to read`(_ unit: String) {
    func steps(_ count: Int) -> ContinuousClock.Duration {
      let text = Array(String(repeating: unit, count: count).utf8)
      return ContinuousClock().measure { _ = JSONFinder.find(in: text) }
    }
    _ = steps(1_000)
    let (short, long) = (steps(4_000), steps(32_000))
    #expect(long < short * 40 + .milliseconds(200), "\(unit): \(short), \(long)")
  }

  @Test func `limits hold`() {
    let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
    let found = JSONFinder.find(in: Array(deep.utf8))
    #expect(found?.range.count ?? 0 <= 256)
  }
}
