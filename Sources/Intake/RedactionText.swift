import Pattern

/// The bytes a detector looks at; outside of them everything reads as NUL, which is in no class.
@safe struct RedactionText {
  let count: Int
  // unsafe because it borrows the caller's buffer; a value never outlives the call it is made in,
  // and every read below is checked against the count.
  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    unsafe self.bytes = bytes
    count = bytes.count
  }

  subscript(index: Int) -> UInt8 {
    guard index >= 0, index < count else { return 0 }
    return unsafe bytes[index]
  }

  subscript(range: Range<Int>) -> RedactionText {
    unsafe RedactionText(UnsafeRawBufferPointer(rebasing: bytes[range]))
  }

  /// Eight bytes, the first lowest; those past the end are zero.
  func word(at index: Int) -> UInt64 {
    if index + 8 <= count {
      return UInt64(
        littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }
    var word: UInt64 = 0
    var cursor = count
    while cursor > index {
      cursor -= 1
      word = unsafe word << 8 | UInt64(bytes[cursor])
    }
    return word
  }

  func append(_ range: Range<Int>, to output: inout [UInt8]) {
    unsafe output.append(contentsOf: bytes[range])
  }

  /// The first position at or after `start` that holds `byte`, else the count.
  func first(_ byte: UInt8, from start: Int) -> Int {
    let pattern = RedactionWord.ones &* UInt64(byte)
    var position = start
    while position < count {
      let zeros = RedactionWord.zeros(in: word(at: position) ^ pattern)
      if zeros != 0 { return min(count, position + zeros.trailingZeroBitCount / 8) }
      position += 8
    }
    return count
  }

  /// Whether `literal` stands at `index`.
  func has(_ literal: StaticString, at index: Int) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard index >= 0, index + length <= count else { return false }
    for offset in 0..<length {
      // unsafe because a static string is read through its pointer, within its length.
      if unsafe bytes[index + offset] != literal.utf8Start[offset] { return false }
    }
    return true
  }

  /// Whether the lower-case letters of `literal` stand at `index` in either case.
  func hasFolded(_ literal: StaticString, at index: Int) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard index >= 0, index + length <= count else { return false }
    for offset in 0..<length {
      // unsafe because a static string is read through its pointer, within its length.
      if unsafe bytes[index + offset] | 0x20 != literal.utf8Start[offset] { return false }
    }
    return true
  }

  func search(_ matcher: RedactionExpression, from start: Int) -> Range<Int>? {
    unsafe matcher.firstMatch(in: bytes, from: start)
  }
}

/// Tests on eight bytes at once; each answers in the bytes' highest bits.
enum RedactionWord {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let highs: UInt64 = 0x8080_8080_8080_8080
  static let lows: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

  /// The zero bytes; those above the first may be false.
  @inline(__always)
  static func zeros(in word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }

  /// The ASCII bytes that are neither letter nor digit; others count as neither too.
  @inline(__always)
  static func separators(in word: UInt64) -> UInt64 {
    let low = word & lows
    let folded = low | (ones &* 0x20)
    let letters = (folded &+ ones &* (0x80 - 0x61)) & ~(folded &+ ones &* (0x80 - 0x7B))
    let digits = (low &+ ones &* (0x80 - 0x30)) & ~(low &+ ones &* (0x80 - 0x3A))
    return (~(letters | digits) | word) & highs
  }
}

/// Classes of single bytes.
enum RedactionByte {
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
  static func isUpper(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }
  static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
  static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }
  static func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 || byte == 0x60 }

  /// `[A-Za-z0-9_-]`.
  static func isToken(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }

  /// What a long token is made of, and more: `-` to DEL.
  static func isRun(_ byte: UInt8) -> Bool { byte &- 0x2D < 0x80 - 0x2D }

  /// What cards, IBANs and key headers are made of, and more: space, `-` to `Z`.
  static func isCapital(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x2D < 0x5B - 0x2D }
}
