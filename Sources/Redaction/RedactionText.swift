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

  @inline(__always)
  subscript(index: Int) -> UInt8 {
    guard UInt(bitPattern: index) < UInt(bitPattern: count) else { return 0 }
    return unsafe bytes[index]
  }

  subscript(range: Range<Int>) -> RedactionText {
    unsafe RedactionText(UnsafeRawBufferPointer(rebasing: bytes[range]))
  }

  /// Eight bytes, the first lowest; those past the end are zero.
  @inline(__always)
  func word(at index: Int) -> UInt64 {
    if index &+ 8 <= count {
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

  /// Whether a letter may be written as JSON's escape of its number.
  var hasUnicodeEscape: Bool {
    var position = first(UInt8(ascii: "\\"), from: 0)
    while position < count {
      if self[position + 1] == UInt8(ascii: "u") { return true }
      position = first(UInt8(ascii: "\\"), from: position + 1)
    }
    return false
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

extension RedactionText {
  /// Where the stretch of bytes that `members` marks, and that reaches `position`, begins and
  /// ends; it is not followed before `limit`.
  @inline(__always)
  func extent(
    around position: Int, notBefore limit: Int, _ members: (UInt64) -> UInt64
  ) -> (start: Int, end: Int) {
    var start = position
    while start > limit {
      // Bytes that are not there read as NUL and end the stretch.
      let word = start >= 8 ? word(at: start - 8) : word(at: 0) << UInt64(8 * (8 - start))
      let length = (~members(word) & RedactionWord.highs).leadingZeroBitCount / 8
      start -= length
      if length < 8 { break }
    }
    var end = position
    while end < count {
      let length = (~members(word(at: end)) & RedactionWord.highs).trailingZeroBitCount / 8
      end += length
      if length < 8 { break }
    }
    return (max(start, limit), end)
  }
}

/// Eight bytes that may belong to a hit, and why; see `RedactionScanner`.
struct RedactionInterest {
  let position: Int
  let isRun: Bool
  let isLowerHalfCapital: Bool
  let isUpperHalfCapital: Bool
  let hasEscape: Bool
  /// The high bits of the bytes `:` to `@` and of `%`, after which others may be marked too.
  let marks: UInt64
}

extension RedactionText {
  /// The first interesting word at or after `start`, a multiple of eight; `nil` at the end.
  func interest(from start: Int, orEscapes: Bool) -> RedactionInterest? {
    var position = start
    while position < count {
      let word = word(at: position)
      let low = word & RedactionWord.lows
      let ascii = ~word & RedactionWord.highs
      let marks =
        ((low &+ RedactionWord.ones &* (0x80 - 0x3A))
          & ~(low &+ RedactionWord.ones &* (0x80 - 0x41)) & ascii)
        | RedactionWord.zeros(in: word ^ (RedactionWord.ones &* 0x25))
      let capitals = RedactionWord.capitals(in: word)
      let isRun = RedactionWord.runs(in: word) == RedactionWord.highs
      let isLower = UInt32(truncatingIfNeeded: capitals) == 0x8080_8080
      let isUpper = capitals >> 32 == 0x8080_8080
      let hasEscape =
        orEscapes && RedactionWord.zeros(in: word ^ (RedactionWord.ones &* 0x5C)) != 0
      if marks != 0 || hasEscape || isRun || isLower || isUpper {
        return RedactionInterest(
          position: position, isRun: isRun, isLowerHalfCapital: isLower,
          isUpperHalfCapital: isUpper, hasEscape: hasEscape, marks: marks)
      }
      position &+= 8
      // Two words at once pay where nothing is of interest for long: in prose, not in members.
      while position &+ 16 <= count, !mayInterest(pairAt: position, orEscapes) { position &+= 16 }
    }
    return nil
  }
}

extension RedactionText {
  /// Whether one of the two words at `position` may be interesting: the same tests, on both.
  @inline(__always)
  private func mayInterest(pairAt position: Int, _ orEscapes: Bool) -> Bool {
    typealias Pair = SIMD2<UInt64>
    let ones = RedactionWord.ones
    let highs = Pair(repeating: RedactionWord.highs)
    let words = unsafe bytes.loadUnaligned(fromByteOffset: position, as: Pair.self)
    let low = words & Pair(repeating: RedactionWord.lows)
    let atLeastHyphen = (low &+ Pair(repeating: ones &* (0x80 - 0x2D))) & ~words
    let marks =
      (low &+ Pair(repeating: ones &* (0x80 - 0x3A)))
      & ~(low &+ Pair(repeating: ones &* (0x80 - 0x41))) & ~words
    let spaced = words ^ Pair(repeating: ones &* 0x20)
    let capitals =
      (atLeastHyphen & ~(low &+ Pair(repeating: ones &* (0x80 - 0x5B))))
      | ((spaced &- Pair(repeating: ones)) & ~spaced)
    let escaped = words ^ Pair(repeating: ones &* 0x5C)
    let escapes = (escaped &- Pair(repeating: ones)) & ~escaped
    let coded = words ^ Pair(repeating: ones &* 0x25)
    let marked = marks | ((coded &- Pair(repeating: ones)) & ~coded)
    let plain = (orEscapes ? marked | escapes : marked) & highs
    let notRun = ~atLeastHyphen & highs
    let notCapital = ~capitals & highs
    if plain[0] | plain[1] != 0 || notRun[0] == 0 || notRun[1] == 0 { return true }
    return UInt32(truncatingIfNeeded: notCapital[0]) == 0 || notCapital[0] >> 32 == 0
      || UInt32(truncatingIfNeeded: notCapital[1]) == 0 || notCapital[1] >> 32 == 0
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

  /// Space and the bytes from `-` to `Z`.
  @inline(__always)
  static func capitals(in word: UInt64) -> UInt64 {
    let low = word & lows
    let isUpTo = ~(low &+ ones &* (0x80 - 0x5B))
    let spaced = word ^ (ones &* 0x20)
    // Exact for every byte, unlike `zeros`: the carry never leaves its byte.
    let spaces = ~((spaced & lows) &+ lows | spaced | lows)
    return ((low &+ ones &* (0x80 - 0x2D)) & isUpTo & ~word & highs) | spaces
  }

  /// Whether any byte is one of `(` to `:`, the digits among them.
  @inline(__always)
  static func hasDigitOrSign(_ word: UInt64) -> Bool {
    let low = word & lows
    let isBeyond = low &+ ones &* (0x80 - 0x3B)
    return (low &+ ones &* (0x80 - 0x28)) & ~isBeyond & ~word & highs != 0
  }

  /// The bytes from `-` to DEL.
  @inline(__always)
  static func runs(in word: UInt64) -> UInt64 {
    ((word & lows) &+ ones &* (0x80 - 0x2D)) & ~word & highs
  }

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
}
