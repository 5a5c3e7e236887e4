/// The words of folded text in order, each as a hash of 61 bits with what it is in the others; a
/// character of a script without blanks is a word. About a nanosecond a byte.
struct FoldedWords {
  private(set) var all: [UInt64] = []
  /// How many have nothing but digits.
  private(set) var numbers = 0

  private static var number: UInt64 { 1 }
  /// It says what the text is about: a number, or four letters or more.
  private static var telling: UInt64 { 2 }
  /// A character on its own, of Chinese or Japanese.
  private static var single: UInt64 { 4 }

  /// The words of a text.
  init(_ folded: [UInt8]) {
    all.reserveCapacity(folded.count / 4 + 4)
    // unsafe because words of eight bytes are read from the text's own bytes, each within it.
    unsafe folded.withUnsafeBytes { unsafe read($0) }
  }

  /// The words that are no numbers.
  var plain: [UInt64] { all.filter { $0 & Self.number == 0 } }

  /// What says what the text is about: telling words, and each two characters of Chinese or
  /// Japanese in a row.
  var tellingWords: [UInt64] {
    var found: [UInt64] = []
    found.reserveCapacity(all.count)
    var last: UInt64 = 0
    for word in all {
      if word & Self.single == 0 {
        last = 0
        if word & Self.telling != 0 { found.append(word) }
      } else {
        if last != 0 { found.append(last &* 0x9E37_79B9_7F4A_7C15 ^ word) }
        last = word
      }
    }
    return found
  }

  private mutating func read(_ text: UnsafeRawBufferPointer) {
    var index = 0
    let kinds = Self.kinds
    while index < text.count {
      switch unsafe kinds[Int(text[index])] {
      case Kind.letter:
        if unsafe !takeShort(text, at: &index, kinds) { unsafe takeLong(text, at: &index, kinds) }
      case Kind.digit, Kind.other: unsafe takeLong(text, at: &index, kinds)
      case Kind.ideograph: unsafe takeSingle(text, at: &index)
      case Kind.sign: index &+= 3
      default: index &+= 1
      }
    }
  }

  /// Takes a word of up to seven plain letters at a go; false when this is another one.
  @inline(__always)
  private mutating func takeShort(
    _ text: UnsafeRawBufferPointer, at index: inout Int, _ kinds: [UInt8]
  ) -> Bool {
    guard index &+ 8 <= text.count else { return false }
    let word = unsafe UInt64(
      littleEndian: text.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops = ones &<< 7
    let low = word & ~tops
    let isLetter = (low &+ ones &* 0x1F) & ~(low &+ ones &* 0x05) & ~word & tops
    let length = (~isLetter & tops).trailingZeroBitCount >> 3
    guard length < 8, unsafe kinds[Int(text[index &+ length])] >= Kind.sign else { return false }
    let letters = word & ~(~0 &<< UInt64(8 &* length))
    append(OpenWord.hash(letters, length: length), isTelling: length >= 4)
    index &+= length
    return true
  }

  private mutating func takeLong(
    _ text: UnsafeRawBufferPointer, at index: inout Int, _ kinds: [UInt8]
  ) {
    var word = OpenWord()
    var letters = 0
    scan: while index < text.count {
      let byte = unsafe text[index]
      switch kinds[Int(byte)] {
      case Kind.letter, Kind.other:
        word.add(byte)
        letters &+= 1
      case Kind.continuation: word.add(byte)
      case Kind.digit:
        word.add(digit: byte)
        letters &+= 1
      default: break scan
      }
      index &+= 1
    }
    append(word.hash, isTelling: letters >= 4 || word.isNumber, isNumber: word.isNumber)
  }

  private mutating func takeSingle(_ text: UnsafeRawBufferPointer, at index: inout Int) {
    let lead = unsafe text[index]
    let end = min(text.count, index &+ (lead >= 0xF0 ? 4 : 3))
    let isSign = unsafe lead == 0xE3 && (index &+ 1 >= end || text[index &+ 1] == 0x80)
    if !isSign {
      var word = OpenWord()
      while index < end {
        unsafe word.add(text[index])
        index &+= 1
      }
      append(word.hash, isTelling: false, isSingle: true)
    }
    index = end
  }

  @inline(__always)
  private mutating func append(
    _ hash: UInt64, isTelling: Bool, isNumber: Bool = false, isSingle: Bool = false
  ) {
    if isNumber { numbers &+= 1 }
    all.append(
      hash &<< 3 | (isNumber ? Self.number : 0) | (isTelling ? Self.telling : 0)
        | (isSingle ? Self.single : 0))
  }

  /// What a byte is in a word. From `sign` on it stands in none; punctuation beyond ASCII,
  /// `“”–…` and fullwidth signs, begins with one of two bytes.
  private enum Kind {
    // Computed, since a stored constant is asked whether it is there each time.
    static var letter: UInt8 { 0 }
    static var digit: UInt8 { 1 }
    static var continuation: UInt8 { 2 }
    static var other: UInt8 { 3 }
    static var ideograph: UInt8 { 6 }
    static var sign: UInt8 { 7 }
    static var blank: UInt8 { 8 }
  }

  private static let kinds: [UInt8] = (0..<256).map { value in
    switch UInt8(value) {
    case 0x30...0x39: Kind.digit
    case 0x61...0x7A: Kind.letter
    case 0x80...0xBF: Kind.continuation
    case 0xE2, 0xEF: Kind.sign
    case 0xE3...0xE9, 0xF0...0xFF: Kind.ideograph
    case 0xC0...0xEE: Kind.other
    default: Kind.blank
    }
  }
}

/// A word while it is read: eight bytes are gathered before they are mixed.
struct OpenWord {
  private(set) var length = 0
  private(set) var isNumber = true
  private var gathered: UInt64 = 0
  private var mixed: UInt64 = 0

  /// Adds a byte that is no digit.
  @inline(__always)
  mutating func add(_ byte: UInt8) {
    isNumber = false
    gather(byte)
  }

  /// Adds a digit.
  @inline(__always)
  mutating func add(digit: UInt8) { gather(digit) }

  @inline(__always)
  private mutating func gather(_ byte: UInt8) {
    gathered |= UInt64(byte) &<< UInt64(8 &* (length & 7))
    length &+= 1
    guard length & 7 == 0 else { return }
    mixed = Self.mix(mixed, gathered)
    gathered = 0
  }

  /// A hash of the word.
  var hash: UInt64 { Self.mix(mixed ^ UInt64(truncatingIfNeeded: length), gathered) }

  /// The hash of a word of up to seven bytes, the first one lowest.
  @inline(__always)
  static func hash(_ bytes: UInt64, length: Int) -> UInt64 {
    mix(UInt64(truncatingIfNeeded: length), bytes)
  }

  @inline(__always)
  private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word ^ 0x1656_67B1_9E37_79F9).multipliedFullWidth(
      by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}
