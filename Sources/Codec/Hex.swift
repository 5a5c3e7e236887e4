/// Hexadecimal digits.
@usableFromInline package enum Hex {
  /// The value of a hex digit of either case, or nil.
  @inlinable @inline(__always)
  package static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte &- 0x30
    case 0x41...0x46: byte &- 0x37
    case 0x61...0x66: byte &- 0x57
    default: nil
    }
  }

  /// The number of 16 hex digits of either case at `index`, or nil when one is no digit.
  @inlinable
  package static func word(_ bytes: ByteView, at index: Int) -> UInt64? {
    guard let high = half(bytes.word(at: index)), let low = half(bytes.word(at: index &+ 8)) else {
      return nil
    }
    return high &<< 32 | low
  }

  /// The number that eight hex digits spell, the first in the lowest byte; eight bytes at once.
  @inlinable @inline(__always)
  package static func half(_ text: UInt64) -> UInt64? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    guard text & tops == 0 else { return nil }
    let lower = text | (0x20 &* ones)
    // Top bit set where the byte lies in '0'…'9' or, folded to lower case, in 'a'…'f'.
    let isDigit = (text &+ (0x50 &* ones)) & ~(text &+ (0x46 &* ones)) & tops
    let isLetter = (lower &+ (0x1F &* ones)) & ~(lower &+ (0x19 &* ones)) & tops
    guard isDigit | isLetter == tops else { return nil }
    let letters = isLetter &>> 7
    var nibbles = (text & (0x0F &* ones)) &+ (letters &* 9)
    nibbles = nibbles.byteSwapped
    nibbles = (nibbles | nibbles &>> 4) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles | nibbles &>> 8) & 0x0000_FFFF_0000_FFFF
    return (nibbles | nibbles &>> 16) & 0xFFFF_FFFF
  }

  /// The eight lower-case digits of `word`, the first in the lowest byte; eight bytes at once.
  @inlinable @inline(__always)
  package static func digits(_ word: UInt32) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var nibbles = UInt64(word)
    nibbles = (nibbles | nibbles &<< 16) & 0x0000_FFFF_0000_FFFF
    nibbles = (nibbles | nibbles &<< 8) & 0x00FF_00FF_00FF_00FF
    nibbles = (nibbles | nibbles &<< 4) & 0x0F0F_0F0F_0F0F_0F0F
    let letters = ((nibbles &+ (0x06 &* ones)) &>> 4) & ones
    return (nibbles &+ (0x30 &* ones) &+ (letters &* 0x27)).byteSwapped
  }

  /// Appends `word` as 16 lower-case digits.
  package static func append(_ word: UInt64, to output: inout [UInt8]) {
    for shift in stride(from: 60, through: 0, by: -4) {
      let nibble = UInt8(truncatingIfNeeded: word &>> UInt64(shift)) & 15
      output.append(nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble)
    }
  }

  /// The bytes that `text`, an even number of digits, spells; nil when it is anything else.
  package static func decode(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    for index in stride(from: 0, to: text.count, by: 2) {
      guard let high = value(text[index]), let low = value(text[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  /// `bytes` as lower-case digits.
  package static func encode(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { byte in
      [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x57 + $0 }
    }
  }
}
