/// A borrowed run of bytes behind which at least `ByteSlab.padding` more may be read, so that words
/// can be loaded at its end. The owner of the bytes keeps them alive and unmoved.
@safe package struct ByteView {
  // unsafe because bounds are checked by callers once per token, not per byte: an index is at most
  // `count`, and word loads reach no further than the padding.
  @usableFromInline let base: UnsafePointer<UInt8>
  /// How many bytes the view holds.
  package let count: Int

  /// The bytes of `slab` as they are now; valid until it grows.
  @unsafe package init(_ slab: ByteSlab) {
    unsafe base = UnsafePointer(slab.base)
    count = slab.count
  }

  /// `count` bytes at `base`, with padding behind them.
  @unsafe @inlinable
  package init(base: UnsafePointer<UInt8>, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  /// The byte at `index`.
  @inlinable @inline(__always)
  package subscript(index: Int) -> UInt8 { unsafe base[index] }

  /// Eight bytes from `index` on, the first in the lowest bits.
  @inlinable @inline(__always)
  package func word(at index: Int) -> UInt64 {
    unsafe UInt64(
      littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
  }

  /// The bytes `start..<end`.
  @unsafe @inlinable @inline(__always)
  package func raw(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base + start, count: end &- start)
  }

  /// A copy of the bytes `start..<end`.
  package func copy(_ start: Int, _ end: Int) -> [UInt8] {
    unsafe Array(raw(start, end))
  }

  /// Where `byte` first stands in `start..<end`, or `end`.
  package func firstIndex(of byte: UInt8, from start: Int, to end: Int) -> Int {
    let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
    var index = start
    while index < end {
      let found = SWAR.zeroBytes(word(at: index) ^ pattern)
      if found != 0 { return min(end, index &+ found.trailingZeroBitCount &>> 3) }
      index &+= 8
    }
    return end
  }

  /// How often `byte` stands in `start..<end`.
  package func count(of byte: UInt8, from start: Int, to end: Int) -> Int {
    var total = 0
    var index = firstIndex(of: byte, from: start, to: end)
    while index < end {
      total &+= 1
      index = firstIndex(of: byte, from: index &+ 1, to: end)
    }
    return total
  }
}

/// Tests of eight bytes at once.
package enum SWAR {
  /// The top bit of each byte up to and including the first that is 0; later ones may be wrong.
  @inlinable @inline(__always)
  package static func zeroBytes(_ word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
  }

  /// The top bit of each byte up to the first that ends a plain run of a JSON string: a quote, a
  /// backslash or a control character.
  @inlinable @inline(__always)
  package static func stringStops(_ word: UInt64) -> UInt64 {
    let quote = zeroBytes(word ^ 0x2222_2222_2222_2222)
    let escape = zeroBytes(word ^ 0x5C5C_5C5C_5C5C_5C5C)
    let control = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
    return quote | escape | control
  }
}
