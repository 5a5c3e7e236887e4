internal import Codec

/// Turns OTLP's protobuf messages into lines of JSON, one a span or log record, in the names of
/// `FieldNames`; lines that hold an array give the defaults of those that follow. So dialects,
/// validation, redaction and pricing are those of every other event. Costs one pass over the
/// message and about as many bytes as it has.
struct OTLPRecordWriter: ~Copyable {
  /// How deep messages may lie within each other: an attribute's value takes two levels of them
  /// for one of its own.
  static let depth = 200

  let table = FieldTable.shared
  /// Whether what holds prompts and answers is left out.
  let dropsPayloads: Bool
  var bytes: ByteView
  /// The lines.
  var output: [UInt8] = []
  /// Members for `attrs` of the record in the making.
  var extras: [UInt8] = []
  /// What a record's attributes say beside its fields.
  var findings = OTLPFindings()
  /// The attributes of the resource and the name of the scope, as members for `attrs`.
  var surroundings: [UInt8] = []

  init(_ bytes: ByteView, dropsPayloads: Bool) {
    self.bytes = bytes
    self.dropsPayloads = dropsPayloads
    output.reserveCapacity(bytes.count + bytes.count / 2)
  }

  /// The signals whose envelopes have the same shape.
  enum Signal {
    case traces, logs
  }

  /// Writes the records of a whole request.
  mutating func write(_ signal: Signal) throws(ProtobufError) {
    var request = ProtobufReader(bytes, from: 0, to: bytes.count, depthLimit: Self.depth)
    while let tag = try request.next() {
      if tag == ProtobufTag(1, .bytes) {
        try writeResource(request.message(), signal)
      } else {
        try request.skip(tag)
      }
    }
  }

  /// A resource with its scopes. It may come in parts, and behind what it describes.
  private mutating func writeResource(
    _ message: ProtobufReader, _ signal: Signal
  ) throws(ProtobufError) {
    var reader = message
    findings.begin()
    extras.removeAll(keepingCapacity: true)
    let lineStart = output.count
    output += Array("[{".utf8)
    while let tag = try reader.next() {
      if tag == ProtobufTag(1, .bytes) {
        var resource = try reader.message()
        while let inner = try resource.next() {
          if inner == ProtobufTag(1, .bytes) {
            try writeAttribute(resource.message(), of: .resource)
          } else {
            try resource.skip(inner)
          }
        }
      } else {
        try reader.skip(tag)
      }
    }
    if output.count == lineStart + 2 {
      output.removeLast(2)
      output += Array("[{}]\n".utf8)
    } else {
      closeMembers()
      output += Array("}]\n".utf8)
    }
    var described: [UInt8] = []
    if !extras.isEmpty {
      extras.removeLast()
      described = Array("\"resource\":{".utf8) + extras + Array("},".utf8)
    }
    reader = message
    while let tag = try reader.next() {
      if tag == ProtobufTag(2, .bytes) {
        try writeScope(reader.message(), signal, under: described)
      } else {
        try reader.skip(tag)
      }
    }
  }

  private mutating func writeScope(
    _ message: ProtobufReader, _ signal: Signal, under described: [UInt8]
  ) throws(ProtobufError) {
    surroundings = described
    var reader = message
    while let tag = try reader.next() {
      if tag == ProtobufTag(1, .bytes) {
        try describeScope(reader.message())
      } else {
        try reader.skip(tag)
      }
    }
    reader = message
    while let tag = try reader.next() {
      guard tag == ProtobufTag(2, .bytes) else {
        try reader.skip(tag)
        continue
      }
      switch signal {
      case .traces: try writeSpan(reader.message())
      case .logs: try writeLogRecord(reader.message())
      }
    }
  }

  private mutating func describeScope(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    extras.removeAll(keepingCapacity: true)
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .bytes): try describe("otel.scope.name", reader.range())
      case (2, .bytes): try describe("otel.scope.version", reader.range())
      case (3, .bytes): try writeAttribute(reader.message(), of: .scope)
      default: try reader.skip(tag)
      }
    }
    guard !extras.isEmpty else { return }
    extras.removeLast()
    surroundings += Array("\"otel.scope.attributes\":{".utf8) + extras + Array("},".utf8)
  }

  private mutating func describe(_ name: StaticString, _ range: Range<Int>) {
    guard !range.isEmpty else { return }
    Self.key(name, to: &surroundings)
    JSONText.append(bytes, range.lowerBound, range.upperBound, to: &surroundings)
    surroundings.append(0x2C)
  }

  /// Ends the record in the making: what belongs to `attrs`, then the line.
  mutating func closeRecord() {
    if !extras.isEmpty || !surroundings.isEmpty {
      output += Self.attributesKey
      output += surroundings
      output += extras
      closeMembers()
      output.append(0x7D)
    } else {
      closeMembers()
    }
    output.append(0x7D)
    output.append(0x0A)
  }

  private static let attributesKey = Array("\"attrs\":{".utf8)

  /// Takes back the comma behind the last member.
  mutating func closeMembers() {
    if output.last == 0x2C { output.removeLast() }
  }

  /// Appends `"name":`.
  static func key(_ name: StaticString, to output: inout [UInt8]) {
    output.append(0x22)
    // unsafe because the name is a literal of the program.
    unsafe output.append(
      contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    output.append(0x22)
    output.append(0x3A)
  }

  /// Appends a member whose value is text.
  mutating func member(_ name: StaticString, text range: Range<Int>) {
    Self.key(name, to: &output)
    JSONText.append(bytes, range.lowerBound, range.upperBound, to: &output)
    output.append(0x2C)
  }

  /// Appends a member whose value is JSON already.
  mutating func member(_ name: StaticString, json value: [UInt8]) {
    Self.key(name, to: &output)
    output += value
    output.append(0x2C)
  }

  /// Appends an id as hexadecimal digits.
  mutating func member(_ name: StaticString, id range: Range<Int>) {
    Self.key(name, to: &output)
    output.append(0x22)
    Self.appendHex(bytes, range, to: &output)
    output.append(0x22)
    output.append(0x2C)
  }

  /// Appends a time as a number. One near 1970 is that of a clock that was not set, which is no
  /// old event but a doubtful time: it is written so that nobody takes it for one.
  mutating func member(_ name: StaticString, time: UInt64) {
    Self.key(name, to: &output)
    if Self.isPlausible(time) {
      Self.append(time, to: &output)
    } else {
      output.append(0x22)
      Self.append(time, to: &output)
      output += " ns\"".utf8
    }
    output.append(0x2C)
  }

  /// Whether a time lies after March 1973, from where its magnitude tells nanoseconds.
  static func isPlausible(_ time: UInt64) -> Bool { time >= 100_000_000_000_000_000 }

  /// Appends nanoseconds as milliseconds with all their digits.
  mutating func member(_ name: StaticString, milliseconds nanoseconds: UInt64) {
    Self.key(name, to: &output)
    Self.append(nanoseconds / 1_000_000, to: &output)
    output.append(0x2E)
    let fraction = String(nanoseconds % 1_000_000)
    output += Array(repeating: 0x30, count: 6 - fraction.utf8.count) + Array(fraction.utf8)
    output.append(0x2C)
  }

  static func appendHex(_ bytes: ByteView, _ range: Range<Int>, to output: inout [UInt8]) {
    for index in range.prefix(64) {
      output.append(digits[Int(bytes[index] >> 4)])
      output.append(digits[Int(bytes[index] & 15)])
    }
  }

  private static let digits = Array("0123456789abcdef".utf8)

  /// Appends decimal digits.
  static func append(_ number: UInt64, to output: inout [UInt8]) {
    var digits = InlineArray<20, UInt8>(repeating: 0x30)
    var (rest, first) = (number, 20)
    repeat {
      first -= 1
      digits[first] = UInt8(truncatingIfNeeded: rest % 10) | 0x30
      rest /= 10
    } while rest > 0
    for place in first..<20 { output.append(digits[place]) }
  }
}
