/// Appends protobuf fields to bytes. Writes what it is told: leaving out defaults is the caller's
/// choice.
package enum ProtobufWriter {
  /// A varint field; negative numbers as their bit pattern.
  package static func varint(_ field: UInt32, _ value: UInt64, to output: inout [UInt8]) {
    tag(field, .varint, to: &output)
    append(value, to: &output)
  }

  /// A field of eight bytes: `fixed64`, `sfixed64` or a `double`'s bit pattern.
  package static func fixed64(_ field: UInt32, _ value: UInt64, to output: inout [UInt8]) {
    tag(field, .fixed64, to: &output)
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      output.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// A string, bytes, a packed field or an inner message, already encoded.
  package static func bytes(_ field: UInt32, _ value: [UInt8], to output: inout [UInt8]) {
    tag(field, .bytes, to: &output)
    append(UInt64(value.count), to: &output)
    output += value
  }

  /// One varint without a tag, as packed fields hold it.
  package static func append(_ value: UInt64, to output: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(rest))
  }

  private static func tag(_ field: UInt32, _ wire: ProtobufWire, to output: inout [UInt8]) {
    precondition(field > 0 && field < 1 << 29, "a field number has 29 bits and is not 0")
    append(UInt64(field) << 3 | UInt64(wire.rawValue), to: &output)
  }
}
