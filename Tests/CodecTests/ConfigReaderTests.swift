import Codec
import Testing

@Suite struct ConfigReaderTests {
  @Test(
    "block collections",
    arguments: [
      ("", ""),
      ("# only\n\n  # comments\n", ""),
      ("a", "a"),
      ("a: 1", "{a: 1}"),
      ("a: 1\nb: 2\n", "{a: 1, b: 2}"),
      ("a:\n  b: 1\n  c: 2\nd: 3\n", "{a: {b: 1, c: 2}, d: 3}"),
      ("a:\nb:\n", "{a: ~, b: ~}"),
      ("a:", "{a: ~}"),
      ("- 1\n- 2\n", "[1, 2]"),
      ("-\n- a\n-", "[~, a, ~]"),
      ("a:\n- 1\n- 2\nb: 3\n", "{a: [1, 2], b: 3}"),
      ("a:\n  - 1\n  - 2\nb: 3\n", "{a: [1, 2], b: 3}"),
      ("- a: 1\n  b: 2\n- c: 3\n", "[{a: 1, b: 2}, {c: 3}]"),
      ("-   a: 1\n    b: 2\n", "[{a: 1, b: 2}]"),
      ("- - 1\n  - 2\n- - 3\n", "[[1, 2], [3]]"),
      ("- a:\n  - 1\n  b: 2\n", "[{a: [1], b: 2}]"),
      ("-\n  a: 1\n-\n  - b\n", "[{a: 1}, [b]]"),
      ("a:\n\n  # why\n  b: 1 # how\n\nc: 2", "{a: {b: 1}, c: 2}"),
      ("a: # here\n  b\n", "{a: b}"),
      ("'a b': 1\n\"c\\td\": 2\n", "{\"a b\": 1, \"c\\td\": 2}"),
      ("a b: c d\n", "{a b: c d}"),
      ("a : 1", "{a: 1}"),
      ("a:\t1\n", "{a: 1}"),
      ("http://host:80/x: y:z\n", "{http://host:80/x: y:z}"),
      ("-a: -1\n?b: :c\n", "{-a: -1, ?b: :c}"),
      ("a: b#c #d\n", "{a: b#c}"),
      ("a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"),
      ("\u{feff}a: ü\n", "{a: ü}"),
      ("  a: 1\n  b: 2\n", "{a: 1, b: 2}"),
      ("a:\n   b:\n      c: 1\n   d: 2\n", "{a: {b: {c: 1}, d: 2}}"),
      ("a: 1\n   \n\t\nb: 2\n", "{a: 1, b: 2}"),
    ])
  func blocks(text: String, tree: String) {
    #expect(reading(text) == tree)
  }

  @Test(
    "documents",
    arguments: [
      ("---\na: 1\n---\nb: 2\n", "{a: 1} --- {b: 2}"),
      ("---\n---\na\n", "~ --- a"),
      ("a\n...\nb\n", "a --- b"),
      ("--- a\n--- |\n b\n", "a --- \"b\\n\""),
      ("--- {a: 1}\n...\n# end\n", "{a: 1}"),
      ("a\n---", "a --- ~"),
      ("---\n# nothing\n", "~"),
      ("--- # with comment\na: 1", "{a: 1}"),
      ("--- 'q'\n", "\"q\""),
      ("---a: 1", "{---a: 1}"),
      ("...\n...\na", "a"),
    ])
  func documents(text: String, trees: String) {
    #expect(reading(text) == trees)
  }

  @Test(
    "plain and quoted scalars",
    arguments: [
      ("a\nb\n\nc\n", "a b\\nc"),
      ("a: b\n  c\n\n\n  d\ne: f\n", "{a: b c\\n\\nd, e: f}"),
      ("a: b\n  - c\n", "{a: b - c}"),
      ("- a\n b\n- c\n", "[a b, c]"),
      ("a: b # c\n# d\ne: f", "{a: b, e: f}"),
      ("a:\n  b\n  c\n", "{a: b c}"),
      ("'it''s'", "\"it's\""),
      ("''", "\"\""),
      ("'a\n  b\n\n  c'", "\"a b\\nc\""),
      ("' a  \n  b '", "\" a b \""),
      ("\"a\\\n   b\"", "\"ab\""),
      ("\"a\\\n\n   b\"", "\"a\\nb\""),
      ("\"a \\\n   \\ b\"", "\"a  b\""),
      ("\"a\n\n b\"", "\"a\\nb\""),
      (#""\0\a\b\t\n\v\f\r\e""#, #""\x0\x7\x8\t\n\x11\x12\x13\x27""#),
      (#""\ \"\/\\\N\_\L\P""#, "\" \\\"/\\\\\u{85}\u{a0}\u{2028}\u{2029}\""),
      (#""\x41\u00e9\U0001F600\ud83d\ude00""#, "\"Aé😀😀\""),
      ("\"a\\\tb\"", "\"a\\tb\""),
      ("a: 'b'   # c", "{a: \"b\"}"),
      ("a: \"b # c\"", "{a: \"b # c\"}"),
      ("a: 'b\nc\n'\nd: e", "{a: \"b c \", d: e}"),
      ("a: 'x: y'", "{a: \"x: y\"}"),
    ])
  func scalars(text: String, tree: String) {
    #expect(reading(text) == tree)
  }

  @Test(
    "block scalars",
    arguments: [
      ("|\n a\n b\n", "\"a\\nb\\n\""),
      ("|\na\nb\n", "\"a\\nb\\n\""),
      ("a: |\n  x\n   y\n\n  z\nb: 1", "{a: \"x\\n y\\n\\nz\\n\", b: 1}"),
      ("a: |-\n  x\n\n\nb: 1", "{a: \"x\", b: 1}"),
      ("a: |+\n  x\n\n\nb: 1", "{a: \"x\\n\\n\\n\", b: 1}"),
      ("a: |\n  x\n\n\nb: 1", "{a: \"x\\n\", b: 1}"),
      ("a: |\n  x", "{a: \"x\"}"),
      ("a: >\n  x\n  y\n\n  z\n", "{a: \"x y\\nz\\n\"}"),
      ("a: >\n  x\n   y\n  z\n", "{a: \"x\\n y\\nz\\n\"}"),
      ("a: >\n  x\n\n   y\n\n  z\n", "{a: \"x\\n\\n y\\n\\nz\\n\"}"),
      ("a: >-\n\n  x\n  y\n\n", "{a: \"\\nx y\"}"),
      ("a: |2\n   x\n  y\n", "{a: \" x\\ny\\n\"}"),
      ("a: |2-\n   x\n", "{a: \" x\"}"),
      ("a: |-2\n   x\n", "{a: \" x\"}"),
      ("- |1\n  x\n", "[\" x\\n\"]"),
      ("- a: |\n    x\n  b: |\n    y\n", "[{a: \"x\\n\", b: \"y\\n\"}]"),
      ("a: |\nb: 1", "{a: \"\", b: 1}"),
      ("a: |+\n\n\nb: 1", "{a: \"\\n\\n\", b: 1}"),
      ("a: | # why\n  x # kept\n  # kept\n # not\nb: 1", "{a: \"x # kept\\n# kept\\n\", b: 1}"),
      ("a:\n  |\n  x\n", "{a: \"x\\n\"}"),
      ("a: |\n  x\n    \n  y\n", "{a: \"x\\n  \\ny\\n\"}"),
      ("- >\n  ", "[\"\"]"),
      ("|-\n  \n---\nb", "\"\" --- b"),
      ("|\na\n---\nb\n", "\"a\\n\" --- b"),
      ("a: |\n  \tx\n", "{a: \"\\tx\\n\"}"),
    ])
  func blockScalars(text: String, tree: String) {
    #expect(reading(text) == tree)
  }

  @Test(
    "flow collections",
    arguments: [
      ("a: [1, 2,3 ]", "{a: [1, 2, 3]}"),
      ("a: []\nb: {}\n", "{a: [], b: {}}"),
      ("a: {b: 1, c: [x, {d: e}]}\nf: g", "{a: {b: 1, c: [x, {d: e}]}, f: g}"),
      ("a: [\n  1, # one\n  2,\n]\nb: 1\n", "{a: [1, 2], b: 1}"),
      ("[a b, 'c', \"d\", http://x:1]", "[a b, \"c\", \"d\", http://x:1]"),
      ("{a: b, c, d: , \"e\":f}", "{a: b, c: ~, d: ~, \"e\": f}"),
      ("[a: 1, b]", "[{a: 1}, b]"),
      ("- {a: 1}\n- [b]\n", "[{a: 1}, [b]]"),
      ("{a: b\n  c, d: 'x\n\n y'}", "{a: b c, d: \"x\\ny\"}"),
      ("{'a': 1}", "{\"a\": 1}"),
      ("[a]\n---\n[b]", "[a] --- [b]"),
      ("[{a: 1},]", "[{a: 1}]"),
      ("a: {b: -1, c: x-y}", "{a: {b: -1, c: x-y}}"),
    ])
  func flow(text: String, tree: String) {
    #expect(reading(text) == tree)
  }

  @Test(
    "JSON with comments and trailing commas",
    arguments: [
      (#"{"a": [1, -2.5e3, true, false, null]}"#, #"{"a": [1, -2.5e3, true, false, null]}"#),
      (
        "// first\n{\"a\": 1, // one\n /* two\n */ \"b\": [1,2,],\n # three\n}\n",
        #"{"a": 1, "b": [1, 2]}"#
      ),
      ("/* x */ []", "[]"),
      (#"["\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"]"#, #"["\"\\/\x8\x12\n\x13\té😀"]"#),
      ("[0, -0, 0.5]", "[0, -0, 0.5]"),
      ("{\t\"a\":\n\t\t1}", #"{"a": 1}"#),
      (#"{"a":{"b":{}}}"#, #"{"a": {"b": {}}}"#),
    ])
  func commentedJSON(text: String, tree: String) {
    #expect(reading(text) == tree)
  }

  @Test(
    "plain scalars mean what the core schema says",
    arguments: [
      ("~", .null), ("null", .null), ("Null", .null), ("nULL", .string("nULL")),
      ("true", .bool(true)), ("False", .bool(false)), ("yes", .string("yes")),
      ("0", .int(0)), ("-12", .int(-12)), ("+7", .int(7)), ("007", .int(7)),
      ("0x1F", .int(31)), ("0o17", .int(15)), ("0x", .string("0x")), ("0x-1", .string("0x-1")),
      ("1_000", .string("1_000")), ("12e3", .double(12000)), ("1.5", .double(1.5)),
      (".5", .double(0.5)), ("5.", .double(5)), ("1.2.3", .string("1.2.3")),
      ("-.inf", .double(-.infinity)), (".Inf", .double(.infinity)), ("inf", .string("inf")),
      ("99999999999999999999", .double(1e20)), ("1e", .string("1e")), ("5m", .string("5m")),
      ("'1'", .string("1")), ("\"true\"", .string("true")), ("|\n 1\n", .string("1\n")),
      ("2001-01-01", .string("2001-01-01")), ("+", .string("+")), (".", .string(".")),
    ] as [(String, ConfigNode.Scalar)])
  func coreSchema(text: String, meaning: ConfigNode.Scalar) throws {
    let document = try #require(ConfigReader.read(Array("a: \(text)".utf8)).first)
    #expect(document["a"]?.scalar == meaning)
  }

  @Test func `nodes know their line and column in characters`() throws {
    let text = "ä: ö\n- x"
    #expect(reading(text) == "2:1 a '-' entry between the keys of a mapping")
    let document = try #require(
      ConfigReader.read(Array("é: {ü: [x, 'y']}\nlist:\n  - a: 1\n    b:\n".utf8)).first)
    let flow = try #require(document["é"]?["ü"])
    #expect((flow.line, flow.column) == (1, 8))
    #expect(children(flow).map { [$0.line, $0.column] } == [[1, 9], [1, 12]])
    let entry = try #require(children(document["list"]).first)
    #expect([entry.line, entry.column] == [3, 5])
    #expect(entry["b"].map { [$0.line, $0.column] } == [4, 7])
    #expect(entry["c"] == nil)
  }

  private func children(_ node: ConfigNode?) -> [ConfigNode] {
    if case .sequence(let nodes) = node?.value { nodes } else { [] }
  }
}
