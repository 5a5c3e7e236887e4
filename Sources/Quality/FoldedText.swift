/// Text made comparable: small letters, one kind of apostrophe, one blank for any white space.
enum FoldedText {
  // unsafe because a text is read, and its folded form written, by pointers into memory that is as
  // large as the text: no character's folded form is longer than it.

  /// The folded form of the first `limit` bytes of `text`; what is no UTF-8 becomes U+FFFD. English
  /// costs about 0.3 ns a byte, text of other letters 3.
  static func bytes(of text: some Collection<UInt8>, limit: Int = .max) -> [UInt8] {
    let source = text.prefix(limit)
    let quick = source.withContiguousStorageIfAvailable { unsafe quickly($0) }
    guard let (output, read) = quick else { return slowly(source, after: []) }
    return read == source.count ? output : slowly(source.dropFirst(read), after: output)
  }

  /// What comes before the first byte that is no UTF-8, folded, and how long it is.
  private static func quickly(_ source: UnsafeBufferPointer<UInt8>) -> (bytes: [UInt8], read: Int) {
    var read = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: source.count) { output, written in
      var folding = unsafe Folding(source: source, output: output)
      unsafe folding.run()
      (read, written) = unsafe (folding.read, folding.written)
    }
    return (bytes, read)
  }

  private static func slowly(
    _ source: some Collection<UInt8>, after folded: [UInt8]
  ) -> [UInt8] {
    var output = folded
    var source = source.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    while true {
      switch parser.parseScalar(from: &source) {
      case .emptyInput: return output
      case .error: output += [0xEF, 0xBF, 0xBD]
      case .valid(let encoded):
        append(Unicode.UTF8.decode(encoded), to: &output)
      }
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
    switch folded(scalar) {
    case .blank: if output.last != 0x20 { output.append(0x20) }
    case .nothing: return
    case .scalar(let scalar): output += Unicode.UTF8.encode(scalar).map { Array($0) } ?? []
    }
  }

  /// What stands for a scalar.
  fileprivate enum Folded {
    case scalar(Unicode.Scalar)
    /// A blank, unless one is there already.
    case blank
    case nothing
  }

  fileprivate static func folded(_ scalar: Unicode.Scalar) -> Folded {
    switch scalar.value {
    case 0x41...0x5A: .scalar(lower(scalar))
    case 0...0x20, 0x7F, 0xA0, 0x2000...0x200A, 0x202F, 0x3000: .blank
    case 0x2018, 0x2019, 0x02BC, 0xB4: .scalar("'")
    case 0x200B...0x200F, 0xFEFF, 0x00AD: .nothing
    default: .scalar(lower(scalar))
    }
  }

  /// The small letter, for the scripts that have capitals and one small letter to each.
  static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    let value = scalar.value
    let mapped: UInt32
    switch value {
    case 0x41...0x5A, 0xC0...0xD6, 0xD8...0xDE, 0x391...0x3A9, 0x410...0x42F: mapped = value + 0x20
    case 0x400...0x40F: mapped = value + 0x50
    case 0x386...0x38F, 0x130, 0x178: return properLower(scalar)
    case 0x100...0x137, 0x14A...0x177, 0x1E00...0x1EFF, 0x460...0x4FF: mapped = value | 1
    case 0x139...0x148, 0x179...0x17E: mapped = value + (value & 1)
    case 0x1A0, 0x1A2, 0x1A4, 0x218, 0x21A: mapped = value + 1
    case 0x1AF: mapped = 0x1B0
    default: return scalar
    }
    return Unicode.Scalar(mapped) ?? scalar
  }

  private static func properLower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
  }
}

/// The folding of valid UTF-8, eight bytes at a time where they are plain.
@unsafe private struct Folding {
  let source: UnsafeBufferPointer<UInt8>
  let output: UnsafeMutableBufferPointer<UInt8>
  var read = 0
  var written = 0
  private var endsInBlank = false

  init(source: UnsafeBufferPointer<UInt8>, output: UnsafeMutableBufferPointer<UInt8>) {
    unsafe self.source = source
    unsafe self.output = output
  }

  /// Folds up to the end, or to the first byte that is no UTF-8.
  mutating func run() {
    while unsafe read < source.count {
      if unsafe foldEight() { continue }
      let byte = unsafe source[read]
      if byte < 0x80 {
        unsafe fold(ascii: byte)
      } else if let (scalar, length) = unsafe character() {
        unsafe read += length
        unsafe put(scalar)
      } else {
        return
      }
    }
  }

  /// Folds eight printable characters among which no blank follows another; false when they are
  /// others, or too near the end. Each byte of a word is looked at beside the others: additions
  /// stay within it because all are below 0x80.
  @inline(__always)
  private mutating func foldEight() -> Bool {
    guard unsafe read &+ 8 <= source.count else { return false }
    let word = unsafe UInt64(
      littleEndian: UnsafeRawBufferPointer(source).loadUnaligned(
        fromByteOffset: read, as: UInt64.self))
    let tops: UInt64 = 0x8080_8080_8080_8080
    guard word & tops == 0 else { return false }
    let ones: UInt64 = 0x0101_0101_0101_0101
    // The top bit of each byte: set from 0x20 on, set at 0x7F, clear at 0x20.
    let isPrintable = word &+ ones &* 0x60
    let isDelete = word &+ ones
    let isOther = (word ^ ones &* 0x20) &+ ones &* 0x7F
    let blanks = ~isOther & tops
    guard ~isPrintable & tops == 0, isDelete & tops == 0, blanks & blanks &>> 8 == 0,
      unsafe !(endsInBlank && blanks & 0x80 != 0)
    else { return false }
    let capitals = (word &+ ones &* 0x3F) & ~(word &+ ones &* 0x25) & tops
    unsafe UnsafeMutableRawBufferPointer(output).storeBytes(
      of: (word | capitals &>> 2).littleEndian, toByteOffset: written, as: UInt64.self)
    unsafe read &+= 8
    unsafe written &+= 8
    unsafe endsInBlank = blanks &>> 63 != 0
    return true
  }

  @inline(__always)
  private mutating func fold(ascii byte: UInt8) {
    let isBlank = byte <= 0x20 || byte == 0x7F
    unsafe output[written] = isBlank ? 0x20 : byte &- 0x41 < 26 ? byte | 0x20 : byte
    unsafe written += isBlank && endsInBlank ? 0 : 1
    unsafe endsInBlank = isBlank
    unsafe read += 1
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    switch FoldedText.folded(scalar) {
    case .nothing: return
    case .blank:
      if unsafe endsInBlank { return }
      unsafe output[written] = 0x20
      unsafe written += 1
      unsafe endsInBlank = true
    case .scalar(let scalar):
      unsafe put(scalar.value)
      unsafe endsInBlank = false
    }
  }

  private mutating func put(_ value: UInt32) {
    let length = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4
    guard length > 1 else { return unsafe add(UInt8(truncatingIfNeeded: value)) }
    let marks: UInt32 = length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0
    unsafe add(UInt8(truncatingIfNeeded: marks | value >> UInt32(6 * (length - 1))))
    for place in stride(from: length - 2, through: 0, by: -1) {
      unsafe add(UInt8(truncatingIfNeeded: 0x80 | (value >> UInt32(6 * place)) & 0x3F))
    }
  }

  @inline(__always)
  private mutating func add(_ byte: UInt8) {
    unsafe output[written] = byte
    unsafe written += 1
  }

  /// The character of two to four bytes that is read next, or nil where there is none.
  private func character() -> (Unicode.Scalar, Int)? {
    let lead = unsafe source[read]
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard lead >= 0xC2, lead <= 0xF4, unsafe read + length <= source.count else { return nil }
    var value = UInt32(lead) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
    for offset in 1..<length {
      let byte = unsafe source[read + offset]
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    // Longer than need be, or a surrogate, or beyond the last.
    guard length == 2 || value >= (length == 3 ? 0x800 : 0x10000) else { return nil }
    return Unicode.Scalar(value).map { ($0, length) }
  }
}
