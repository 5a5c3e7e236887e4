import Codec
import Quality
import TestSupport
import Testing

/// One schema of the fixture with what is said of it.
struct SchemaCase: Sendable, CustomTestStringConvertible {
  struct Instance: Sendable {
    let line: Int
    let text: String
    let isRight: Bool
    /// The place and the keyword of the first violation, where the case says them.
    let violation: (place: String, keyword: String)?
  }

  let line: Int
  let schema: String
  /// Where the schema is wrong, if it is.
  let fault: String?
  var instances: [Instance] = []

  var testDescription: String { "line \(line)" }

  static let all: [SchemaCase] = {
    let text = String(decoding: Fixtures.bytes("quality/schema-cases.txt"), as: UTF8.self)
    var cases: [SchemaCase] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let parts = line.dropFirst(2).split(separator: " => ", maxSplits: 1)
      guard let first = parts.first else { continue }
      let said = parts.count == 2 ? String(parts[1]) : nil
      switch line.first {
      case "S": cases.append(SchemaCase(line: index + 1, schema: String(first), fault: nil))
      case "X":
        cases.append(SchemaCase(line: index + 1, schema: String(first), fault: said ?? ""))
      case "+", "-":
        let words = said?.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let violation = words.map { (place: $0[0], keyword: $0[1]) }
        cases[cases.count - 1].instances.append(
          Instance(
            line: index + 1, text: String(first), isRight: line.first == "+",
            violation: violation))
      default: continue
      }
    }
    return cases
  }()
}

struct SchemaTests {
  @Test(arguments: SchemaCase.all.filter { $0.fault == nil })
  func `a schema tells right values from wrong ones`(_ item: SchemaCase) throws {
    let schema = try JSONSchema(JSONReader.read(item.schema.utf8))
    let judge = SchemaJudge(schema)
    for instance in item.instances {
      let value = try JSONReader.read(instance.text.utf8)
      let violations = judge.violations(of: value)
      #expect(violations.isEmpty == instance.isRight, "line \(instance.line): \(violations)")
      #expect(judge.accepts(value) == instance.isRight, "line \(instance.line)")
      guard let expected = instance.violation, let first = violations.first else { continue }
      #expect(first.instance.description == expected.place, "line \(instance.line)")
      #expect(first.keyword == expected.keyword, "line \(instance.line)")
    }
  }

  @Test(arguments: SchemaCase.all.filter { $0.fault != nil })
  func `a schema that cannot be kept is refused at its place`(_ item: SchemaCase) throws {
    let value = try JSONReader.read(item.schema.utf8)
    do {
      _ = try JSONSchema(value)
      Issue.record("the schema of line \(item.line) was taken")
    } catch {
      #expect(error.place.description == item.fault?.trimmed, "\(error)")
    }
  }

  @Test func `the first words of a refusal name the nearest keyword`() throws {
    let value = try JSONReader.read(#"{"properties":{"a":{"maxLenght":3}}}"#.utf8)
    let error = #expect(throws: SchemaError.self) { try JSONSchema(value) }
    #expect(
      error?.description
        == "cannot use schema: at /properties/a/maxLenght: 'maxLenght' is not supported; "
        + "did you mean 'maxLength'?")
  }

  @Test func `violations say place, keyword and what was expected`() throws {
    let schema = try JSONSchema(
      JSONReader.read(
        """
        {"type":"object","required":["id"],"properties":{"tags":{"items":{"type":"string"}},
        "n":{"minimum":1}},"additionalProperties":false}
        """.utf8))
    let value = try JSONReader.read(#"{"tags":["a",1,null],"n":0,"x":1}"#.utf8)
    let found = SchemaJudge(schema).violations(of: value).map(\.description)
    #expect(
      found == [
        "the value: expected a member 'id' (required)",
        "/tags/1: expected string, found number (type)",
        "/tags/2: expected string, found null (type)",
        "/n: expected at least 1 (minimum)",
        "/x: expected nothing here (additionalProperties)",
      ])
    #expect(SchemaJudge(schema).violations(of: value, limit: 2).count == 2)
  }

  @Test func `a schema that doubles its work at every level is given up, not waited for`() throws {
    var parts = [#""d0":{"type":"integer"}"#]
    for level in 1...40 {
      let below = ##"{"$ref":"#/$defs/d\##(level - 1)"}"##
      parts.append(#""d\#(level)":{"allOf":[\#(below),\#(below)]}"#)
    }
    let text = ##"{"$defs":{\##(parts.joined(separator: ","))},"$ref":"#/$defs/d40"}"##
    let schema = try JSONSchema(JSONReader.read(text.utf8))
    let found = SchemaJudge(schema).violations(of: .number(JSONNumber(1)))
    #expect(found.map(\.keyword) == ["limit"])
  }

  @Test func `a value deeper than the bound is given up by name`() throws {
    let schema = try JSONSchema(JSONReader.read(##"{"items":{"$ref":"#"}}"##.utf8))
    var value = JSONValue.array([])
    for _ in 0..<120 { value = .array([value]) }
    #expect(SchemaJudge(schema).violations(of: value).map(\.keyword) == ["limit"])
  }

  @Test func `a schema may be written in the configuration's own language`() throws {
    let text = """
      type: object
      required: [a]
      properties:
        a: {type: integer, maximum: 10}
        b: {enum: ["1", null, 1.50]}
      """
    let node = try #require(try ConfigReader.read(Array(text.utf8)).first)
    let schema = try JSONSchema(node)
    #expect(schema.accepts(try JSONReader.read(#"{"a":10,"b":1.5}"#.utf8)))
    #expect(schema.accepts(try JSONReader.read(#"{"a":10,"b":"1"}"#.utf8)))
    #expect(!schema.accepts(try JSONReader.read(#"{"a":10,"b":1}"#.utf8)))
  }
}

extension String {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
