internal import Codec
internal import Redaction

/// The value of an attribute, as OTLP's AnyValue holds it: read where it lies, written as JSON.
struct OTLPValue {
  enum Kind {
    case none, text, flag, integer, double, list, map, bytes
  }

  private(set) var kind = Kind.none
  /// The bits of a number or flag.
  private var bits: UInt64 = 0
  /// Where a text, bytes, or the message of a list or map lies.
  private(set) var range = 0..<0
  private var depthLeft = 0

  /// An attribute without a value.
  init() {}

  /// Reads an AnyValue; of several members the last counts.
  init(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    depthLeft = message.depthLeft
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .bytes): (kind, range) = (.text, try reader.range())
      case (2, .varint): (kind, bits) = (.flag, try reader.varint())
      case (3, .varint): (kind, bits) = (.integer, try reader.varint())
      case (4, .fixed64): (kind, bits) = (.double, try reader.fixed64())
      case (5, .bytes): (kind, range) = (.list, try reader.range())
      case (6, .bytes): (kind, range) = (.map, try reader.range())
      case (7, .bytes): (kind, range) = (.bytes, try reader.range())
      default: try reader.skip(tag)
      }
    }
  }

  /// Whether there is nothing, or an empty text.
  var isEmpty: Bool { kind == .none || (kind == .text && range.isEmpty) }

  /// Appends the value as JSON. Bytes are base64, as in the protobuf mapping, but for a text that
  /// is to be redacted, which base64 would hide. Numbers that JSON does not know are texts.
  func append(_ bytes: ByteView, to output: inout ByteBuffer) throws(ProtobufError) {
    switch kind {
    case .none: output.append("null")
    case .text: JSONText.append(bytes, range.lowerBound, range.upperBound, to: &output)
    case .flag: output.append(bits != 0 ? "true" : "false")
    case .integer: appendInteger(to: &output)
    case .double: appendDouble(to: &output)
    case .list: try appendList(bytes, to: &output)
    case .map: try Self.appendMap(inner(bytes), to: &output)
    case .bytes where isRedactable(bytes):
      JSONText.append(bytes, range.lowerBound, range.upperBound, to: &output)
    case .bytes:
      output.append(0x22)
      output.append(base64(bytes))
      output.append(0x22)
    }
  }

  func base64(_ bytes: ByteView) -> [UInt8] {
    var text: [UInt8] = []
    Base64.encode(bytes.copy(range.lowerBound, range.upperBound), into: &text)
    return text
  }

  /// Whether the bytes are a text in which a detector finds something.
  func isRedactable(_ bytes: ByteView) -> Bool {
    guard UTF8Check.firstInvalid(bytes, from: range.lowerBound, to: range.upperBound) == nil else {
      return false
    }
    var redactor = Redactor(RedactionPolicy(detectors: .all))
    // unsafe because the bytes are read where they lie, within the call.
    return unsafe redactor.hits(in: bytes.raw(range.lowerBound, range.upperBound)).total > 0
  }

  private func appendInteger(to output: inout ByteBuffer) {
    let number = Int64(bitPattern: bits)
    if number < 0 { output.append(0x2D) }
    OTLPRecordWriter.append(number.magnitude, to: &output)
  }

  private func appendDouble(to output: inout ByteBuffer) {
    let number = Double(bitPattern: bits)
    guard number.isFinite else {
      return output.append(number.isNaN ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"")
    }
    let millionths = (number * 1e6).rounded()
    // Of the decimals of up to fifteen digits only one can be this double, so that it is the
    // shortest that says it.
    if millionths >= 100, millionths < 1e15, millionths / 1e6 == number {
      OTLPRecordWriter.append(millionths: UInt64(millionths), places: 1, to: &output)
    } else {
      output.append(Array("\(number)".utf8))
    }
  }

  private func inner(_ bytes: ByteView) throws(ProtobufError) -> ProtobufReader {
    guard depthLeft > 1 else { throw ProtobufError(.depth, at: range.lowerBound) }
    return ProtobufReader(
      bytes, from: range.lowerBound, to: range.upperBound, depthLimit: depthLeft - 1)
  }

  private func appendList(
    _ bytes: ByteView, to output: inout ByteBuffer
  ) throws(ProtobufError) {
    var reader = try inner(bytes)
    var isFirst = true
    output.append(0x5B)
    while let tag = try reader.next() {
      guard tag == ProtobufTag(1, .bytes) else {
        try reader.skip(tag)
        continue
      }
      if !isFirst { output.append(0x2C) }
      isFirst = false
      try OTLPValue(reader.message()).append(bytes, to: &output)
    }
    output.append(0x5D)
  }

  /// Appends repeated KeyValues, field 1 of `message`, as an object.
  private static func appendMap(
    _ message: ProtobufReader, to output: inout ByteBuffer
  ) throws(ProtobufError) {
    var reader = message
    var isFirst = true
    output.append(0x7B)
    while let tag = try reader.next() {
      guard tag == ProtobufTag(1, .bytes) else {
        try reader.skip(tag)
        continue
      }
      if !isFirst { output.append(0x2C) }
      isFirst = false
      try OTLPAttribute(reader.message()).append(reader.bytes, to: &output)
    }
    output.append(0x7D)
  }
}

/// A key with its value.
struct OTLPAttribute {
  private(set) var key = 0..<0
  private(set) var value = OTLPValue()

  /// Reads a KeyValue.
  init(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .bytes): key = try reader.range()
      case (2, .bytes): value = try OTLPValue(reader.message())
      default: try reader.skip(tag)
      }
    }
  }

  /// Appends it as a member of a JSON object.
  func append(_ bytes: ByteView, to output: inout ByteBuffer) throws(ProtobufError) {
    JSONText.append(bytes, key.lowerBound, key.upperBound, to: &output)
    output.append(0x3A)
    try value.append(bytes, to: &output)
  }
}
