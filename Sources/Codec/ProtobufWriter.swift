/// Appends protobuf fields to bytes. Writes what it is told: leaving out defaults is the caller's
/// choice.
@usableFromInline package enum ProtobufWriter {
  /// A varint field; negative numbers as their bit pattern.
  @inlinable
  package static func varint<Sink: ByteSink & ~Copyable>(
    _ field: UInt32, _ value: UInt64, to output: inout Sink
  ) {
    tag(field, .varint, to: &output)
    append(value, to: &output)
  }

  /// A field of eight bytes: `fixed64`, `sfixed64` or a `double`'s bit pattern.
  @inlinable
  package static func fixed64<Sink: ByteSink & ~Copyable>(
    _ field: UInt32, _ value: UInt64, to output: inout Sink
  ) {
    tag(field, .fixed64, to: &output)
    output.append(value, count: 8)
  }

  /// A string, bytes, a packed field or an inner message, already encoded.
  package static func bytes(_ field: UInt32, _ value: [UInt8], to output: inout [UInt8]) {
    begin(field, count: value.count, to: &output)
    output += value
  }

  /// What stands before `count` bytes of a field; they are to follow.
  @inlinable
  package static func begin<Sink: ByteSink & ~Copyable>(
    _ field: UInt32, count: Int, to output: inout Sink
  ) {
    tag(field, .bytes, to: &output)
    append(UInt64(count), to: &output)
  }

  /// One varint without a tag, as packed fields hold it.
  @inlinable
  package static func append<Sink: ByteSink & ~Copyable>(
    _ value: UInt64, to output: inout Sink
  ) {
    var rest = value
    while rest >= 0x80 {
      output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(rest))
  }

  @inlinable
  static func tag<Sink: ByteSink & ~Copyable>(
    _ field: UInt32, _ wire: ProtobufWire, to output: inout Sink
  ) {
    precondition(field > 0 && field < 1 << 29, "a field number has 29 bits and is not 0")
    append(UInt64(field) << 3 | UInt64(wire.rawValue), to: &output)
  }
}
