internal import Codec

/// Turns an OTLP request in JSON into the protobuf message that says the same, so that both
/// encodings are read by one decoder. Unknown members are left out, null is absence, numbers of 64
/// bits never pass through a binary fraction.
struct OTLPJSONReader: ~Copyable {
  private static let depth = OTLPRecordWriter.depth
  private var json: JSONScanner
  /// The message so far.
  private var output: ByteBuffer
  private let scratch = ByteSlab(capacity: 256)
  private let fields = OTLPSchema.fields

  init(_ bytes: ByteView) {
    json = JSONScanner(bytes, from: 0, to: bytes.count)
    output = ByteBuffer(capacity: bytes.count)
  }

  /// The message that was read.
  consuming func message() -> ByteBuffer { output }

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
    for index in OTLPSchema.extents[Int(message.rawValue)]
    where fields[index].first == first && fields[index].length == length
      && fields[index].second == second
    {
      if length <= 16 || json.bytes.word(at: key.end &- 8) == fields[index].last {
        return fields[index]
      }
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
    ProtobufWriter.append(UInt64(number) << 3 | 2, to: &output)
    output.append(0x00_8080_8080, count: 5)
    return output.count
  }

  private mutating func end(_ start: Int) {
    let length = UInt32(output.count - start)
    let low = length & 0x7F | length << 1 & 0x7F00 | length << 2 & 0x7F_0000
    output.put(low | length << 3 & 0x7F00_0000 | 0x8080_8080, at: start - 5)
    output.put(UInt8(length >> 28), at: start - 1)
  }

  private mutating func text(_ number: UInt32) throws(JSONError) {
    let raw = try json.string()
    guard raw.hasEscapes else {
      ProtobufWriter.begin(number, count: raw.end - raw.start, to: &output)
      return output.append(json.bytes, raw.start, raw.end)
    }
    scratch.truncate(to: 0)
    _ = JSONText.unescape(json.bytes, raw, into: scratch)
    ProtobufWriter.begin(number, count: scratch.count, to: &output)
    // unsafe because the scratch stays in place while it is copied.
    unsafe output.append(ByteView(scratch), 0, scratch.count)
  }

  private mutating func binary(_ field: OTLPSchema.Field) throws(JSONError) {
    let position = json.index
    let raw = try json.string()
    if field.layout == .hex {
      guard appendID(raw, field.number) else {
        throw JSONError(.syntax, at: position, expected: "an id of hexadecimal digits")
      }
    } else {
      let text = json.bytes.copy(raw.start, raw.end)
      guard let bytes = Self.base64(text) else {
        throw JSONError(.syntax, at: position, expected: "base64")
      }
      ProtobufWriter.begin(field.number, count: bytes.count, to: &output)
      output.append(bytes)
    }
  }

  private mutating func appendID(_ raw: JSONScanner.RawString, _ number: UInt32) -> Bool {
    guard (raw.end - raw.start) % 2 == 0 else { return false }
    ProtobufWriter.begin(number, count: (raw.end - raw.start) / 2, to: &output)
    var index = raw.start
    while raw.end - index >= 8 {
      guard let word = Hex.half(json.bytes.word(at: index)) else { return false }
      output.append(UInt64(UInt32(truncatingIfNeeded: word).byteSwapped), count: 4)
      index += 8
    }
    while index < raw.end {
      guard let high = Hex.value(json.bytes[index]), let low = Hex.value(json.bytes[index + 1])
      else { return false }
      output.append(high << 4 | low)
      index += 2
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
    var value: Double?
    if json.next == 0x22 {
      let raw = try json.string()
      let text = String(decoding: json.bytes.copy(raw.start, raw.end), as: UTF8.self)
      value = Self.special[text] ?? Double(text)
    } else {
      let digits = try json.number()
      value = digits.double {
        String(decoding: json.bytes.copy(position, json.index), as: UTF8.self)
      }
    }
    guard let value else { throw JSONError(.syntax, at: position, expected: "a number") }
    ProtobufWriter.fixed64(number, value.bitPattern, to: &output)
  }
}
