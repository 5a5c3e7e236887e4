import Codec
import Quality
import Testing

struct JSONTreeTests {
  @Test(arguments: [
    ("0", "0"), ("-0", "0"), ("1.50", "1.5"), ("10", "10"), ("1e3", "1000"), ("1E-3", "0.001"),
    ("123456789012345678901234567890", "123456789012345678901234567890"), ("1e30", "1e30"),
    ("-12.5e1", "-125"), ("0.00", "0"), ("1e-30", "1e-30"),
  ])
  func `numbers keep their value and write it shortest`(_ text: String, _ shortest: String) {
    #expect(JSONNumber(text.utf8)?.text == shortest)
  }

  @Test func `numbers compare exactly`() {
    let texts = [
      "-1e30", "-2.5", "-2", "-1e-30", "0", "1e-999999", "1e-30", "0.1", "0.10000000000000000001",
      "1", "9007199254740992", "9007199254740993", "1e30", "1.000000000000000001e30", "1e999999",
    ]
    let numbers = texts.compactMap { JSONNumber($0.utf8) }
    #expect(numbers.count == texts.count)
    for (left, right) in zip(numbers, numbers.dropFirst()) {
      #expect(left < right && !(right < left) && left != right)
    }
  }

  @Test(arguments: ["", "-", "1e", "1e+", "1.2.3", "abc", "--1", "."])
  func `what is no number is none`(_ text: String) {
    #expect(JSONNumber(text.utf8) == nil)
  }

  @Test func `whole numbers are had as such only where they fit`() {
    #expect(JSONNumber("9223372036854775807".utf8)?.int == .max)
    #expect(JSONNumber("-9223372036854775808".utf8)?.int == .min)
    #expect(JSONNumber("9223372036854775808".utf8)?.int == nil)
    #expect(JSONNumber("1.5".utf8)?.int == nil)
    #expect(JSONNumber("1e18".utf8)?.int == 1_000_000_000_000_000_000)
    #expect(JSONNumber("1e99".utf8)?.int == nil)
    #expect(JSONNumber("0.25".utf8)?.double == 0.25)
  }

  @Test func `objects are equal whatever their order and however many members they have`() throws {
    let names = (0..<30).map { "\"k\($0)\":\($0)" }
    let left = try JSONReader.read("{\(names.joined(separator: ","))}".utf8)
    let right = try JSONReader.read("{\(names.reversed().joined(separator: ","))}".utf8)
    #expect(left == right)
    #expect(left.hashValue == right.hashValue)
    guard case .object(let object) = left else { return }
    #expect(object["k29"] == .number(JSONNumber(29)))
    #expect(object["k30"] == nil)
  }

  @Test func `a name given twice keeps its place and the last value`() throws {
    let value = try JSONReader.read(#"{"a":1,"b":2,"a":3}"#.utf8)
    #expect(String(decoding: value.json, as: UTF8.self) == #"{"a":3,"b":2}"#)
  }

  @Test(arguments: [
    ("", "{\"\":1,\"a/b\":[10,{\"m~n\":2}]}"), ("/", "1"), ("/a~1b/0", "10"),
    ("/a~1b/1/m~0n", "2"),
  ])
  func `pointers lead to values and back to their text`(_ pointer: String, _ json: String) throws {
    let value = try JSONReader.read(#"{"":1,"a/b":[10,{"m~n":2}]}"#.utf8)
    let place = try #require(JSONPointer(pointer))
    #expect(value.value(at: place).map { String(decoding: $0.json, as: UTF8.self) } == json)
    #expect(place.description == pointer)
  }

  @Test(arguments: ["a", "/~2", "/a~"])
  func `what is no pointer is none`(_ text: String) {
    #expect(JSONPointer(text) == nil)
  }

  @Test(arguments: ["/a~1b/2", "/a~1b/00", "/a~1b/-", "/x", "//y"])
  func `a pointer to nothing finds nothing`(_ text: String) throws {
    let value = try JSONReader.read(#"{"":1,"a/b":[10,{"m~n":2}]}"#.utf8)
    #expect(value.value(at: try #require(JSONPointer(text))) == nil)
  }

  @Test(arguments: [
    ("[1,]", 3), ("{\"a\" 1}", 5), ("", 0), ("[1] x", 4), ("nul", 3), ("\"a", 2), ("[01]", 1),
  ])
  func `a fault has its place`(_ text: String, _ offset: Int) {
    let error = #expect(throws: JSONError.self) { try JSONReader.read(text.utf8) }
    #expect(error?.offset == offset)
  }

  @Test func `depth and number of values are bounded`() {
    var limits = JSONReader.Limits()
    limits.depth = 3
    limits.values = 5
    #expect(throws: Never.self) { try JSONReader.read("[[[1]]]".utf8, limits: limits) }
    #expect(throws: JSONError.self) { try JSONReader.read("[[[[1]]]]".utf8, limits: limits) }
    #expect(throws: JSONError.self) { try JSONReader.read("[1,2,3,4,5]".utf8, limits: limits) }
  }
}
