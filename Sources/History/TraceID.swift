/// Ids as the bytes of their columns, the highest first: 16 of a trace, 8 of a span.
enum TraceID {
  static func bytes(_ high: UInt64, _ low: UInt64) -> [UInt8] {
    [high, low].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  /// The two halves, 0 for anything but 16 bytes.
  static func words(_ bytes: [UInt8]) -> (high: UInt64, low: UInt64) {
    bytes.count == 16 ? (word(bytes[..<8]), word(bytes[8...])) : (0, 0)
  }

  /// The number that up to eight bytes are; 0 where there are none.
  static func word(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
