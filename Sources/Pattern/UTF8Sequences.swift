/// Splits ranges of code points into sequences of byte ranges.
enum UTF8Sequences {
  struct ByteRange: Hashable {
    let low: UInt8
    let high: UInt8
  }

  /// The sequences, in ascending order, whose encodings are exactly those of `range`.
  /// Surrogates have no encoding and are left out.
  static func sequences(covering range: CodepointRange) -> [[ByteRange]] {
    var sequences: [[ByteRange]] = []
    for (low, high) in blocks {
      let first = max(range.low, low)
      let last = min(range.high, high)
      if first <= last { split(first, last, into: &sequences) }
    }
    return sequences
  }

  /// Code points whose encodings have the same length.
  private static let blocks: [(UInt32, UInt32)] = [
    (0, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF),
  ]

  private static func split(_ low: UInt32, _ high: UInt32, into sequences: inout [[ByteRange]]) {
    for shift in stride(from: UInt32(6), through: 18, by: 6) where low > 0x7F {
      let mask = (UInt32(1) << shift) - 1
      guard low & ~mask != high & ~mask else { continue }
      if low & mask != 0 {
        split(low, low | mask, into: &sequences)
        split((low | mask) + 1, high, into: &sequences)
        return
      }
      if high & mask != mask {
        split(low, (high & ~mask) - 1, into: &sequences)
        split(high & ~mask, high, into: &sequences)
        return
      }
    }
    sequences.append(
      zip(encode(low), encode(high)).map { ByteRange(low: $0, high: $1) })
  }

  private static func encode(_ value: UInt32) -> [UInt8] {
    guard let scalar = Unicode.Scalar(value), let bytes = UTF8.encode(scalar) else { return [] }
    return Array(bytes)
  }
}
