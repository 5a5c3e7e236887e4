/// What text and messages are written to, piece by piece.
@usableFromInline package protocol ByteSink: ~Copyable {
  /// Adds one byte.
  mutating func append(_ byte: UInt8)
  /// Adds the low `count` bytes of `word`, the lowest first.
  mutating func append(_ word: UInt64, count: Int)
  /// Adds a copy of `bytes[start..<end]`.
  mutating func append(_ bytes: ByteView, _ start: Int, _ end: Int)
}

extension [UInt8]: ByteSink {
  /// Adds the low `count` bytes of `word`, the lowest first.
  @inlinable
  package mutating func append(_ word: UInt64, count: Int) {
    for place in 0..<count { append(UInt8(truncatingIfNeeded: word &>> UInt64(place &* 8))) }
  }

  /// Adds a copy of `bytes[start..<end]`.
  @inlinable
  package mutating func append(_ bytes: ByteView, _ start: Int, _ end: Int) {
    unsafe append(contentsOf: bytes.raw(start, end))
  }
}

/// Bytes in the making where most pieces are short: no piece costs more than a comparison and a
/// few moves of whole words, which an array's checks do. A finished one becomes a `ByteSlab`.
@safe @usableFromInline package struct ByteBuffer: ~Copyable, ByteSink {
  // unsafe because the memory is this value's alone; every piece makes its room first, and whole
  // words reach no further than the padding behind it, as those of views do.
  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  /// Bytes in use.
  @usableFromInline package internal(set) var count = 0
  @usableFromInline var capacity: Int

  /// An empty buffer with room for `capacity` bytes.
  package init(capacity: Int = 64) {
    self.capacity = capacity
    unsafe base = .allocate(capacity: capacity + ByteSlab.padding)
  }

  deinit {
    unsafe base.deallocate()
  }

  /// Whether there is nothing in it.
  @inlinable package var isEmpty: Bool { count == 0 }

  /// The last byte, or nil.
  @inlinable package var last: UInt8? { unsafe count > 0 ? base[count &- 1] : nil }

  /// The bytes as an array.
  package var copy: [UInt8] { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }

  /// The bytes as a view; valid until some are added.
  @unsafe package var view: ByteView { unsafe ByteView(base: base, count: count) }

  /// Gives the memory away, with its capacity.
  @unsafe consuming func release() -> (base: UnsafeMutablePointer<UInt8>, capacity: Int) {
    let memory = unsafe (base, capacity)
    discard self
    return unsafe memory
  }

  /// Forgets the last `dropped` bytes.
  package mutating func removeLast(_ dropped: Int = 1) {
    precondition(dropped >= 0 && dropped <= count, "what is dropped is there")
    count -= dropped
  }

  /// Forgets the bytes; the room stays.
  package mutating func removeAll() {
    count = 0
  }

  @inlinable @inline(__always)
  mutating func reserve(_ size: Int) {
    if capacity &- count < size { grow(size) }
  }

  @usableFromInline
  mutating func grow(_ size: Int) {
    let grown = max(count + size, capacity * 2)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: grown + ByteSlab.padding)
    unsafe moved.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = moved
    capacity = grown
  }

  /// Adds one byte.
  @inlinable @inline(__always)
  package mutating func append(_ byte: UInt8) {
    reserve(1)
    unsafe base[count] = byte
    count &+= 1
  }

  /// Adds the low `count` bytes of `word`, the lowest first.
  @inlinable @inline(__always)
  package mutating func append(_ word: UInt64, count size: Int) {
    reserve(8)
    unsafe UnsafeMutableRawPointer(base + count).storeBytes(
      of: word.littleEndian, as: UInt64.self)
    count &+= size
  }

  /// Replaces the bytes at `index`, which are in use, by those of `number`, the lowest first.
  @inlinable @inline(__always)
  package mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(
    _ number: Number, at index: Int
  ) {
    precondition(index >= 0 && index &+ Number.bitWidth / 8 <= count, "bytes of this buffer")
    unsafe UnsafeMutableRawPointer(base + index).storeBytes(
      of: number.littleEndian, as: Number.self)
  }

  /// Adds a copy of `bytes[start..<end]`.
  @inlinable @inline(__always)
  package mutating func append(_ bytes: ByteView, _ start: Int, _ end: Int) {
    let size = end &- start
    reserve(size)
    let target = unsafe UnsafeMutableRawPointer(base + count)
    let source = unsafe UnsafeRawPointer(bytes.base + start)
    if size > 64 {
      unsafe target.copyMemory(from: source, byteCount: size)
    } else {
      var done = 0
      while done < size {
        let piece = unsafe source.loadUnaligned(fromByteOffset: done, as: SIMD16<UInt8>.self)
        unsafe target.storeBytes(of: piece, toByteOffset: done, as: SIMD16<UInt8>.self)
        done &+= 16
      }
    }
    count &+= size
  }

  /// Adds a copy of `bytes`.
  package mutating func append(_ bytes: [UInt8]) {
    reserve(bytes.count)
    for (place, byte) in bytes.enumerated() { unsafe base[count &+ place] = byte }
    count &+= bytes.count
  }

  /// Adds a literal.
  @inlinable @inline(__always)
  package mutating func append(_ text: StaticString) {
    let size = text.utf8CodeUnitCount
    reserve(size)
    unsafe (base + count).update(from: text.utf8Start, count: size)
    count &+= size
  }
}
