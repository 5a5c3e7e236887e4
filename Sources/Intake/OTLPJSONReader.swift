internal import Codec

/// Turns an OTLP request in JSON into the protobuf message that says the same, so that both
/// encodings are read by one decoder. Unknown members are left out, null is absence, numbers of 64
/// bits never pass through a binary fraction.
struct OTLPJSONReader: ~Copyable {
  private static let depth = OTLPRecordWriter.depth
  private var json: JSONScanner
  /// The message so far.
  private(set) var output: [UInt8] = []
  private let scratch = ByteSlab(capacity: 256)

  init(_ bytes: ByteView) {
    json = JSONScanner(bytes, from: 0, to: bytes.count)
    output.reserveCapacity(bytes.count)
  }

  /// Reads the whole text as one message.
  mutating func read(_ message: OTLPSchema.Message) throws(JSONError) {
    json.skipSpace()
    try object(message, depth: 0)
    json.skipSpace()
    guard json.index == json.end else { throw fault("the end of the document") }
  }

  private func fault(_ expected: StaticString) -> JSONError {
    JSONError(.syntax, at: json.index, expected: expected)
  }

  /// Reads an object's members into the output, without tag or length.
  private mutating func object(
    _ message: OTLPSchema.Message, depth: Int
  ) throws(JSONError) {
    guard depth < Self.depth else {
      throw JSONError(.depth, at: json.index, expected: "less nesting")
    }
    guard json.take(0x7B) else { throw fault("an object") }
    json.skipSpace()
    if json.take(0x7D) { return }
    repeat {
      json.skipSpace()
      let key = try json.string()
      json.skipSpace()
      guard json.take(0x3A) else { throw fault("':'") }
      json.skipSpace()
      if let field = find(key, in: message), json.next != 0x6E {
        try values(of: field, depth: depth)
      } else {
        try json.skipValue(depth: depth, limit: Self.depth)
      }
      json.skipSpace()
    } while json.take(0x2C)
    guard json.take(0x7D) else { throw fault("',' or '}'") }
  }

  private func find(
    _ key: JSONScanner.RawString, in message: OTLPSchema.Message
  ) -> OTLPSchema.Field? {
    let length = key.end &- key.start
    guard !key.hasEscapes, length > 0 else { return nil }
    let first = json.bytes.word(at: key.start) & Self.mask(length)
    let second = json.bytes.word(at: key.start &+ 8) & Self.mask(length &- 8)
    for field in OTLPSchema.fields[Int(message.rawValue)]
    where field.first == first && field.length == length && field.second == second {
      if length <= 16 || json.bytes.word(at: key.end &- 8) == field.last { return field }
    }
    return nil
  }

  private static func mask(_ length: Int) -> UInt64 {
    length >= 8 ? .max : length <= 0 ? 0 : 1 &<< UInt64(length &* 8) &- 1
  }

  /// Reads a value, or each of a list where the field is repeated.
  private mutating func values(
    of field: OTLPSchema.Field, depth: Int
  ) throws(JSONError) {
    guard json.next == 0x5B, field.isRepeated else { return try value(of: field, depth) }
    json.index &+= 1
    json.skipSpace()
    if json.take(0x5D) { return }
    repeat {
      json.skipSpace()
      if json.next == 0x6E {
        try json.literal()
      } else {
        try value(of: field, depth)
      }
      json.skipSpace()
    } while json.take(0x2C)
    guard json.take(0x5D) else { throw fault("',' or ']'") }
  }

  private mutating func value(
    of field: OTLPSchema.Field, _ depth: Int
  ) throws(JSONError) {
    switch field.layout {
    case .message:
      let start = begin(field.number)
      try object(field.message, depth: depth + 1)
      end(start)
    case .text: try text(field.number)
    case .base64, .hex: try binary(field)
    case .fixed64: ProtobufWriter.fixed64(field.number, try integer(), to: &output)
    // A reader that wants 32 bits laid out otherwise takes the field for unknown; none is used.
    case .fixed32: _ = try integer()
    case .varint: ProtobufWriter.varint(field.number, try integer(), to: &output)
    case .zigzag:
      let number = Int64(bitPattern: try integer())
      ProtobufWriter.varint(
        field.number, UInt64(bitPattern: (number &<< 1) ^ (number >> 63)), to: &output)
    case .flag: try flag(field.number)
    case .double: try double(field.number)
    }
  }

  /// Opens a field of bytes whose length is not known yet: it gets five bytes, padded, which is a
  /// legal varint for every length.
  private mutating func begin(_ number: UInt32) -> Int {
    if number < 16 {
      output.append(UInt8(truncatingIfNeeded: number << 3 | 2))
    } else {
      ProtobufWriter.append(UInt64(number) << 3 | 2, to: &output)
    }
    for _ in 0..<4 { output.append(0x80) }
    output.append(0)
    return output.count
  }

  private mutating func end(_ start: Int) {
    let length = output.count - start
    for place in 0..<5 {
      let bits = UInt8(truncatingIfNeeded: length >> (place * 7)) & 0x7F
      output[start - 5 + place] = bits | (place < 4 ? 0x80 : 0)
    }
  }

  private mutating func text(_ number: UInt32) throws(JSONError) {
    let raw = try json.string()
    let start = begin(number)
    if raw.hasEscapes {
      scratch.truncate(to: 0)
      _ = JSONText.unescape(json.bytes, raw, into: scratch)
      // unsafe because scratch and body stay in place while they are copied.
      unsafe output.append(contentsOf: scratch.bytes)
    } else {
      unsafe output.append(contentsOf: json.bytes.raw(raw.start, raw.end))
    }
    end(start)
  }

  private mutating func binary(_ field: OTLPSchema.Field) throws(JSONError) {
    let position = json.index
    let raw = try json.string()
    if field.layout == .hex {
      let start = begin(field.number)
      guard appendID(raw) else {
        throw JSONError(.syntax, at: position, expected: "an id of hexadecimal digits")
      }
      end(start)
    } else {
      let text = json.bytes.copy(raw.start, raw.end)
      guard let bytes = Self.base64(text) else {
        throw JSONError(.syntax, at: position, expected: "base64")
      }
      ProtobufWriter.bytes(field.number, bytes, to: &output)
    }
  }

  private mutating func appendID(_ raw: JSONScanner.RawString) -> Bool {
    guard (raw.end - raw.start) % 2 == 0 else { return false }
    for index in stride(from: raw.start, to: raw.end, by: 2) {
      guard let high = Hex.value(json.bytes[index]), let low = Hex.value(json.bytes[index + 1])
      else { return false }
      output.append(high << 4 | low)
    }
    return true
  }

  /// Base64 in either alphabet, padded or not.
  private static func base64(_ text: [UInt8]) -> [UInt8]? {
    var text = text.map { $0 == 0x2D ? 0x2B : $0 == 0x5F ? 0x2F : $0 }
    while text.last == 0x3D { text.removeLast() }
    while text.count % 4 != 0 { text.append(0x3D) }
    return Base64.decode(text)
  }

  /// A whole number, as a number or as a string of digits; an enumeration's name.
  private mutating func integer() throws(JSONError) -> UInt64 {
    let position = json.index
    guard json.next == 0x22 else {
      return try whole(try json.number(), at: position)
    }
    let raw = try json.string()
    var inner = JSONScanner(json.bytes, from: raw.start, to: raw.end)
    if raw.start < raw.end, json.bytes[raw.start] &- 0x41 < 26 {
      let name = String(decoding: json.bytes.copy(raw.start, raw.end), as: UTF8.self)
      if let number = OTLPSchema.number(ofName: name) { return number }
    }
    let number = try inner.number()
    guard inner.index == raw.end else {
      throw JSONError(.syntax, at: position, expected: "a whole number")
    }
    return try whole(number, at: position)
  }

  private func whole(_ number: DecimalNumber, at position: Int) throws(JSONError) -> UInt64 {
    if number.exponent == 0, !number.isCut, !number.isNegative { return number.mantissa }
    guard let integer = number.integer() else {
      throw JSONError(.syntax, at: position, expected: "a whole number of 64 bits")
    }
    return UInt64(bitPattern: integer)
  }

  private mutating func flag(_ number: UInt32) throws(JSONError) {
    guard json.next == 0x74 || json.next == 0x66 else { throw fault("true or false") }
    let isTrue = json.next == 0x74
    try json.literal()
    ProtobufWriter.varint(number, isTrue ? 1 : 0, to: &output)
  }

  private static let special: [String: Double] = [
    "NaN": .nan, "Infinity": .infinity, "-Infinity": -.infinity,
  ]

  private mutating func double(_ number: UInt32) throws(JSONError) {
    let position = json.index
    var (start, end) = (json.index, json.index)
    if json.next == 0x22 {
      let raw = try json.string()
      (start, end) = (raw.start, raw.end)
    } else {
      _ = try json.number()
      end = json.index
    }
    let text = String(decoding: json.bytes.copy(start, end), as: UTF8.self)
    guard let value = Self.special[text] ?? Double(text) else {
      throw JSONError(.syntax, at: position, expected: "a number")
    }
    ProtobufWriter.fixed64(number, value.bitPattern, to: &output)
  }
}
