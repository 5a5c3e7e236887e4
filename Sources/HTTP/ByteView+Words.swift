package import Codec

// unsafe because literals are compared a word at a time: the loads overlap at the end and so stay
// within the literal's bytes, and within the view's bytes that the caller has bounded.
extension ByteView {
  private static var lowercase: UInt64 { 0x2020_2020_2020_2020 }

  /// Whether `count` bytes from `start` on are the lower-case `literal` in any case. True only for
  /// bytes without control characters, because case is ignored by setting one bit.
  @inline(__always)
  func equals(_ start: Int, _ count: Int, ignoringCase literal: StaticString) -> Bool {
    guard count == literal.utf8CodeUnitCount else { return false }
    let text = unsafe UnsafeRawPointer(literal.utf8Start)
    guard count >= 8 else {
      for index in 0..<count {
        let byte = unsafe text.load(fromByteOffset: index, as: UInt8.self)
        if self[start &+ index] | 0x20 != byte { return false }
      }
      return true
    }
    var index = 0
    while true {
      let other = unsafe text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if word(at: start &+ index) | Self.lowercase != UInt64(littleEndian: other) { return false }
      if index == count &- 8 { return true }
      index = min(index &+ 8, count &- 8)
    }
  }

  /// Whether `count` bytes from `start` on are `literal`.
  func equals(_ start: Int, _ count: Int, _ literal: StaticString) -> Bool {
    guard count == literal.utf8CodeUnitCount else { return false }
    let text = unsafe UnsafeRawPointer(literal.utf8Start)
    for index in 0..<count {
      let byte = unsafe text.load(fromByteOffset: index, as: UInt8.self)
      if self[start &+ index] != byte { return false }
    }
    return true
  }

  /// Whether two ranges hold the same bytes but for the case of ASCII letters.
  func equals(_ left: ByteRange, ignoringCase right: ByteRange) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count {
      let one = ASCII.lowercase(self[left.start &+ index])
      if one != ASCII.lowercase(self[right.start &+ index]) { return false }
    }
    return true
  }

  /// Whether the bytes of `range` are `literal`.
  package func equals(_ range: ByteRange, _ literal: StaticString) -> Bool {
    equals(range.start, range.count, literal)
  }

  /// Whether the bytes of `range`, part of a head that was parsed, are the lower-case `literal` in
  /// any case.
  package func equals(_ range: ByteRange, ignoringCase literal: StaticString) -> Bool {
    equals(range.start, range.count, ignoringCase: literal)
  }

  /// A copy of the bytes of `range`.
  package func copy(_ range: ByteRange) -> [UInt8] { copy(range.start, range.end) }

  /// Where the first byte that no header value may hold stands in `start..<end`, or `end`.
  func firstControl(from start: Int, to end: Int) -> Int {
    var index = start
    while index < end {
      let word = word(at: index)
      let low = (word &- Self.lowercase) & ~word & 0x8080_8080_8080_8080
      if (low | SWAR.zeroBytes(word ^ 0x7F7F_7F7F_7F7F_7F7F)) != 0 {
        for offset in index..<min(index &+ 8, end) where ASCII.isControl(self[offset]) {
          return offset
        }
      }
      index &+= 8
    }
    return end
  }
}
