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
  var output: ByteBuffer
  /// Members for `attrs` of the record in the making.
  var extras = ByteBuffer()
  /// What a record's attributes say beside its fields.
  var findings = OTLPFindings()
  /// The attributes of the resource and the name of the scope, as members for `attrs`.
  var surroundings = ByteBuffer()

  init(_ bytes: ByteView, dropsPayloads: Bool) {
    self.bytes = bytes
    self.dropsPayloads = dropsPayloads
    output = ByteBuffer(capacity: bytes.count + bytes.count / 2)
  }

  /// The lines that were written.
  consuming func lines() -> ByteBuffer { output }

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
    extras.removeAll()
    let lineStart = output.count
    output.append("[{")
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
      output.append("[{}]\n")
    } else {
      closeMembers()
      output.append("}]\n")
    }
    var described: [UInt8] = []
    if !extras.isEmpty {
      extras.removeLast()
      described = Array("\"resource\":{".utf8) + extras.copy + Array("},".utf8)
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
    surroundings.removeAll()
    surroundings.append(described)
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
    extras.removeAll()
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
    surroundings.append("\"otel.scope.attributes\":{")
    surroundings.append(extras.copy)
    surroundings.append("},")
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
      output.append("\"attrs\":{")
      // unsafe because the views live no longer than this call.
      unsafe output.append(surroundings.view, 0, surroundings.count)
      unsafe output.append(extras.view, 0, extras.count)
      closeMembers()
      output.append(0x7D)
    } else {
      closeMembers()
    }
    output.append(0x7D)
    output.append(0x0A)
  }

  /// Takes back the comma behind the last member.
  mutating func closeMembers() {
    if output.last == 0x2C { output.removeLast() }
  }

  /// Appends `"name":`.
  static func key(_ name: StaticString, to output: inout ByteBuffer) {
    output.append(0x22)
    output.append(name)
    output.append(0x3A22, count: 2)
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
    output.append(value)
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
      output.append(" ns\"")
    }
    output.append(0x2C)
  }

  /// Whether a time lies after March 1973, from where its magnitude tells nanoseconds.
  static func isPlausible(_ time: UInt64) -> Bool { time >= 100_000_000_000_000_000 }

  /// Appends nanoseconds as milliseconds with all their digits.
  mutating func member(_ name: StaticString, milliseconds nanoseconds: UInt64) {
    Self.key(name, to: &output)
    Self.append(millionths: nanoseconds, places: 6, to: &output)
    output.append(0x2C)
  }

  /// Appends a number as a decimal of at least `places` places, and of six at most.
  static func append(millionths: UInt64, places: Int, to output: inout ByteBuffer) {
    append(millionths / 1_000_000, to: &output)
    output.append(0x2E)
    var (rest, unit, written) = (millionths % 1_000_000, UInt64(100_000), 0)
    while rest > 0 || written < places {
      output.append(UInt8(truncatingIfNeeded: rest / unit) | 0x30)
      (rest, unit, written) = (rest % unit, unit / 10, written + 1)
    }
  }

  /// Appends an id's first 64 bytes as hexadecimal digits.
  static func appendHex<Sink: ByteSink & ~Copyable>(
    _ bytes: ByteView, _ range: Range<Int>, to output: inout Sink
  ) {
    let end = min(range.upperBound, range.lowerBound + 64)
    var index = range.lowerBound
    while index < end {
      let word = UInt32(truncatingIfNeeded: bytes.word(at: index)).byteSwapped
      output.append(Hex.digits(word), count: min(8, (end - index) * 2))
      index += 4
    }
  }

  /// Appends decimal digits.
  static func append<Sink: ByteSink & ~Copyable>(_ number: UInt64, to output: inout Sink) {
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
