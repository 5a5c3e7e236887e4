package import Codec

/// What JSON looks like in a request or an answer, in the words of JSON Schema 2020-12 that OpenAPI
/// 3.1 takes as they are.
package struct Shape: Sendable {
  /// The kinds of values.
  indirect enum Form: Sendable {
    case any
    case text(format: String, words: [String], isEmptyAllowed: Bool)
    case number(isWhole: Bool, least: Double?, most: Double?)
    case flag
    case list(Shape, least: Int)
    case tuple([Shape])
    case map(Shape)
    case object([(name: String, shape: Shape)])
    case named(String)
    case either([Shape])
  }

  let form: Form
  private(set) var isNullable = false
  /// Whether an object may lack it.
  private(set) var isOptional = false
  private(set) var note = ""

  private init(_ form: Form) { self.form = form }
}

// MARK: Kinds
extension Shape {
  static let any = Shape(.any)
  static let text = Shape(.text(format: "", words: [], isEmptyAllowed: true))
  /// Text that is not empty.
  static let filledText = Shape(.text(format: "", words: [], isEmptyAllowed: false))
  /// RFC 3339 in UTC.
  static let time = Shape(.text(format: "date-time", words: [], isEmptyAllowed: false))
  /// An amount in USD as a decimal, which stays exact as text.
  static let amount = Shape(.text(format: "decimal", words: [], isEmptyAllowed: false))
  static let number = Shape(.number(isWhole: false, least: nil, most: nil))
  static let whole = Shape(.number(isWhole: true, least: nil, most: nil))
  /// A whole number from 0.
  static let count = Shape(.number(isWhole: true, least: 0, most: nil))
  static let flag = Shape(.flag)
  /// Bytes that are no JSON.
  static let bytes = Shape(.text(format: "binary", words: [], isEmptyAllowed: true))
  /// Labels with their values.
  static let labels = map(of: .text)

  static func words(_ words: [String]) -> Shape {
    Shape(.text(format: "", words: words, isEmptyAllowed: false))
  }

  static func word(_ word: String) -> Shape { words([word]) }

  static func whole(_ range: ClosedRange<Int>) -> Shape {
    Shape(
      .number(isWhole: true, least: Double(range.lowerBound), most: Double(range.upperBound)))
  }

  static func whole(from least: Int) -> Shape {
    Shape(.number(isWhole: true, least: Double(least), most: nil))
  }

  static func number(from least: Double, to most: Double? = nil) -> Shape {
    Shape(.number(isWhole: false, least: least, most: most))
  }

  static func list(of shape: Shape, least: Int = 0) -> Shape { Shape(.list(shape, least: least)) }

  /// A list of exactly these.
  static func tuple(_ shapes: Shape...) -> Shape { Shape(.tuple(shapes)) }

  /// An object whose members are alike and called as they like.
  static func map(of shape: Shape) -> Shape { Shape(.map(shape)) }

  static func object(_ members: KeyValuePairs<String, Shape>) -> Shape {
    Shape(.object(members.map { ($0.key, $0.value) }))
  }

  static func object(_ members: [(String, Shape)]) -> Shape { Shape(.object(members)) }

  /// One of the document's named shapes.
  static func named(_ name: String) -> Shape { Shape(.named(name)) }

  static func either(_ shapes: Shape...) -> Shape { Shape(.either(shapes)) }

  var orNull: Shape {
    var shape = self
    shape.isNullable = true
    return shape
  }

  var optional: Shape {
    var shape = self
    shape.isOptional = true
    return shape
  }

  /// The same, with a word on what it means.
  func noted(_ note: String) -> Shape {
    var shape = self
    shape.note = note
    return shape
  }
}

// MARK: As JSON
extension Shape {
  /// Writes it as a JSON Schema.
  package func write(to json: inout JSONWriter) {
    json.beginObject()
    if isNullable, !canBeNullByType {
      json.key("anyOf")
      json.beginArray()
      json.beginObject()
      writeForm(to: &json)
      json.endObject()
      json.beginObject()
      json.member("type", "null")
      json.endObject()
      json.endArray()
    } else {
      writeForm(to: &json)
    }
    if !note.isEmpty { json.member("description", note) }
    json.endObject()
  }

  /// Whether `null` is one more type; a choice of words and a name have none to add it to.
  private var canBeNullByType: Bool {
    switch form {
    case .text(_, let words, _): words.isEmpty
    case .number, .flag, .list, .map, .object, .tuple: true
    case .any, .named, .either: false
    }
  }

  private func writeForm(to json: inout JSONWriter) {
    switch form {
    case .any: break
    case .text(let format, let words, let isEmptyAllowed):
      write(type: "string", to: &json)
      if !format.isEmpty { json.member("format", format) }
      if !words.isEmpty { json.member("enum", words) }
      if !isEmptyAllowed, words.isEmpty, format.isEmpty { json.member("minLength", 1) }
    case .number(let isWhole, let least, let most):
      write(type: isWhole ? "integer" : "number", to: &json)
      if let least { json.member("minimum", least) }
      if let most { json.member("maximum", most) }
    case .flag: write(type: "boolean", to: &json)
    case .list(let shape, let least):
      write(type: "array", to: &json)
      json.key("items")
      shape.write(to: &json)
      if least > 0 { json.member("minItems", Double(least)) }
    case .tuple(let shapes):
      write(type: "array", to: &json)
      json.key("prefixItems")
      json.beginArray()
      for shape in shapes { shape.write(to: &json) }
      json.endArray()
      json.member("minItems", Double(shapes.count))
      json.member("maxItems", Double(shapes.count))
    case .map(let shape):
      write(type: "object", to: &json)
      json.key("additionalProperties")
      shape.write(to: &json)
    case .object(let members): write(members, to: &json)
    case .named(let name): json.member("$ref", "#/components/schemas/\(name)")
    case .either(let shapes):
      json.key("anyOf")
      json.beginArray()
      for shape in shapes { shape.write(to: &json) }
      json.endArray()
    }
  }

  private func write(type: String, to json: inout JSONWriter) {
    if isNullable, canBeNullByType {
      json.member("type", [type, "null"])
    } else {
      json.member("type", type)
    }
  }

  private func write(_ members: [(name: String, shape: Shape)], to json: inout JSONWriter) {
    write(type: "object", to: &json)
    json.key("properties")
    json.beginObject()
    for (name, shape) in members {
      json.key(name)
      shape.write(to: &json)
    }
    json.endObject()
    let required = members.filter { !$0.shape.isOptional }.map(\.name)
    if !required.isEmpty { json.member("required", required) }
  }
}

// MARK: In words
extension Shape {
  /// What it is, in a few words for people.
  var words: String {
    let base =
      switch form {
      case .any: "anything"
      case .text(let format, let words, _):
        words.isEmpty ? Self.name(ofFormat: format) : words.joined(separator: " | ")
      case .number(let isWhole, let least, let most):
        (isWhole ? "whole number" : "number") + Self.bounds(least, most)
      case .flag: "true | false"
      case .list(let shape, _): "list of \(shape.words)"
      case .tuple(let shapes): "[\(shapes.map(\.words).joined(separator: ", "))]"
      case .map(let shape): "object of \(shape.words)"
      case .object: "object"
      case .named(let name): name
      case .either(let shapes): shapes.map(\.words).joined(separator: " or ")
      }
    return isNullable ? base + " or null" : base
  }

  private static func name(ofFormat format: String) -> String {
    switch format {
    case "date-time": "time, RFC 3339"
    case "decimal": "decimal as text"
    case "binary": "bytes"
    default: "text"
    }
  }

  private static func bounds(_ least: Double?, _ most: Double?) -> String {
    func text(_ number: Double) -> String {
      Int(exactly: number).map(String.init) ?? "\(number)"
    }
    return switch (least, most) {
    case (nil, nil): ""
    case (let least?, nil): ", from \(text(least))"
    case (nil, let most?): ", to \(text(most))"
    case (let least?, let most?): ", \(text(least)) to \(text(most))"
    }
  }
}

extension JSONWriter {
  /// Writes a member that is text.
  mutating func member(_ name: String, _ text: String) {
    key(name)
    value(text)
  }

  /// Writes a member that is a number.
  mutating func member(_ name: String, _ number: Double) {
    key(name)
    value(number)
  }

  /// Writes a member that is a list of texts.
  mutating func member(_ name: String, _ texts: [String]) {
    key(name)
    beginArray()
    for text in texts { value(text) }
    endArray()
  }
}
