/// What is wrong with a JSON text, and where.
@usableFromInline package struct JSONError: Error, Equatable {
  /// What kind of fault it is.
  @usableFromInline package enum Fault: Sendable {
    case syntax
    case depth
  }

  /// What kind of fault it is.
  @usableFromInline package let fault: Fault
  /// The byte at which reading stopped.
  @usableFromInline package let offset: Int
  /// What would have been right there.
  @usableFromInline package let expected: StaticString

  /// A fault at `offset`.
  @usableFromInline package init(_ fault: Fault, at offset: Int, expected: StaticString) {
    self.fault = fault
    self.offset = offset
    self.expected = expected
  }

  @usableFromInline package static func == (left: JSONError, right: JSONError) -> Bool {
    left.fault == right.fault && left.offset == right.offset
  }
}

/// Reads JSON (RFC 8259) token by token, building nothing: strings are ranges, numbers are digits.
///
/// Reads what lies before `end` in the view it is given. UTF-8 is not its business.
@usableFromInline package struct JSONScanner {
  @usableFromInline package let bytes: ByteView
  /// The next byte to read.
  @usableFromInline package var index: Int
  @usableFromInline package let end: Int

  /// A scanner of `bytes[start..<end]`.
  @inlinable
  package init(_ bytes: ByteView, from start: Int, to end: Int) {
    self.bytes = bytes
    index = start
    self.end = end
  }

  /// A string as it stands between its quotes.
  @usableFromInline package struct RawString: Equatable {
    @usableFromInline package var start: Int
    @usableFromInline package var end: Int
    @usableFromInline package var hasEscapes: Bool

    /// The string at `start..<end`.
    @inlinable @inline(__always)
    package init(start: Int, end: Int, hasEscapes: Bool) {
      self.start = start
      self.end = end
      self.hasEscapes = hasEscapes
    }
  }

  /// The next byte, or 0 at the end.
  @inlinable @inline(__always)
  package var next: UInt8 { index < end ? bytes[index] : 0 }

  /// Moves to the next byte that is no white space.
  @inlinable @inline(__always)
  package mutating func skipSpace() {
    while index < end, bytes[index] <= 0x20 {
      let byte = bytes[index]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      index &+= 1
    }
  }

  /// Takes `byte` if it is next.
  @inlinable @inline(__always)
  package mutating func take(_ byte: UInt8) -> Bool {
    guard index < end, bytes[index] == byte else { return false }
    index &+= 1
    return true
  }

  /// Reads a string whose opening quote is next.
  @inlinable @inline(__always)
  package mutating func string() throws(JSONError) -> RawString {
    guard take(0x22) else { throw JSONError(.syntax, at: index, expected: "a string") }
    return try stringBody()
  }

  /// Reads a string whose opening quote was taken.
  @inlinable @inline(__always)
  package mutating func stringBody() throws(JSONError) -> RawString {
    let start = index
    while true {
      let stops = SWAR.stringStops(bytes.word(at: index))
      if stops != 0 {
        index &+= stops.trailingZeroBitCount &>> 3
        break
      }
      index &+= 8
      if index >= end { throw unclosed() }
    }
    if index < end, bytes[index] == 0x22 {
      index &+= 1
      return RawString(start: start, end: index &- 1, hasEscapes: false)
    }
    return try stringAfterStop(start)
  }

  @usableFromInline
  func unclosed() -> JSONError { JSONError(.syntax, at: end, expected: "a closing quote") }

  @usableFromInline
  mutating func stringAfterStop(_ start: Int) throws(JSONError) -> RawString {
    while index < end {
      let stops = SWAR.stringStops(bytes.word(at: index))
      guard stops != 0 else {
        index &+= 8
        continue
      }
      index &+= stops.trailingZeroBitCount &>> 3
      guard index < end else { break }
      switch bytes[index] {
      case 0x22:
        index &+= 1
        return RawString(start: start, end: index &- 1, hasEscapes: true)
      case 0x5C:
        try escape()
      default:
        throw JSONError(.syntax, at: index, expected: "no raw control character in a string")
      }
    }
    throw unclosed()
  }

  private mutating func escape() throws(JSONError) {
    guard index &+ 1 < end else { throw unclosed() }
    switch bytes[index &+ 1] {
    case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74:
      index &+= 2
    case 0x75:
      for digit in 2..<6 {
        guard index &+ digit < end, Hex.value(bytes[index &+ digit]) != nil else {
          throw JSONError(.syntax, at: min(index &+ digit, end), expected: "four hex digits")
        }
      }
      index &+= 6
    default:
      throw JSONError(.syntax, at: index &+ 1, expected: "a JSON escape")
    }
  }

  /// Reads a number.
  @inlinable
  package mutating func number() throws(JSONError) -> DecimalNumber {
    let isNegative = take(0x2D)
    let first = index
    var mantissa: UInt64 = 0
    while index < end, case let digit = bytes[index] &- 0x30, digit < 10 {
      mantissa = mantissa &* 10 &+ UInt64(digit)
      index &+= 1
    }
    let whole = index &- first
    guard whole > 0 else { throw JSONError(.syntax, at: index, expected: "a value") }
    if whole > 1, bytes[first] == 0x30 {
      throw JSONError(.syntax, at: first, expected: "no leading zero")
    }
    let follower = next
    if whole <= 19, follower != 0x2E, follower | 0x20 != 0x65 {
      return DecimalNumber(mantissa: mantissa, exponent: 0, isNegative: isNegative)
    }
    index = first
    return try longNumber(isNegative: isNegative)
  }

  @usableFromInline
  mutating func longNumber(isNegative: Bool) throws(JSONError) -> DecimalNumber {
    var number = DecimalNumber(mantissa: 0, exponent: 0, isNegative: isNegative)
    digits(into: &number, areFraction: false)
    if take(0x2E) {
      let start = index
      digits(into: &number, areFraction: true)
      if index == start { throw JSONError(.syntax, at: index, expected: "a digit") }
    }
    guard next | 0x20 == 0x65 else { return number }
    index &+= 1
    let isDown = take(0x2D)
    if !isDown { _ = take(0x2B) }
    let start = index
    var power: Int32 = 0
    while index < end, case let digit = bytes[index] &- 0x30, digit < 10 {
      power = min(power &* 10 &+ Int32(digit), 100_000)
      index &+= 1
    }
    if index == start { throw JSONError(.syntax, at: index, expected: "a digit") }
    number.exponent &+= isDown ? -power : power
    return number
  }

  private mutating func digits(into number: inout DecimalNumber, areFraction: Bool) {
    while index < end, case let digit = bytes[index] &- 0x30, digit < 10 {
      index &+= 1
      if number.mantissa < 1_000_000_000_000_000_000 {
        number.mantissa = number.mantissa &* 10 &+ UInt64(digit)
        if areFraction { number.exponent &-= 1 }
      } else {
        if digit != 0 { number.isCut = true }
        if !areFraction { number.exponent &+= 1 }
      }
    }
  }

  /// Takes `true`, `false` or `null`, whose first byte is next.
  package mutating func literal() throws(JSONError) {
    let word: StaticString
    switch next {
    case 0x74: word = "true"
    case 0x66: word = "false"
    case 0x6E: word = "null"
    default: throw JSONError(.syntax, at: index, expected: "a value")
    }
    let count = word.utf8CodeUnitCount
    for offset in 0..<count {
      guard index &+ offset < end, unsafe bytes[index &+ offset] == word.utf8Start[offset] else {
        throw JSONError(.syntax, at: min(index &+ offset, end), expected: word)
      }
    }
    index &+= count
  }
}
