/// Owned raw bytes with room to grow and `padding` readable bytes behind them, so that scanners may
/// load whole words at the end. One owner at a time; it travels between threads by hand-over.
@safe @usableFromInline package final class ByteSlab: @unchecked Sendable {
  // @unchecked because a slab has exactly one owning thread and crosses threads only through rings.

  // unsafe because the memory is this object's from `init` to `deinit` and every access stays below
  // `capacity` plus the padding.
  /// Bytes that may be read, never relied on, behind `count`.
  @usableFromInline package static let padding = 64

  /// The first byte. Moves when the slab grows.
  @usableFromInline package internal(set) var base: UnsafeMutablePointer<UInt8>
  /// Bytes in use.
  @usableFromInline package internal(set) var count = 0
  /// Bytes that fit before the slab grows.
  @usableFromInline package internal(set) var capacity: Int

  /// An empty slab with room for `capacity` bytes.
  package init(capacity: Int) {
    self.capacity = capacity
    unsafe base = .allocate(capacity: capacity + Self.padding)
    unsafe base.initialize(repeating: 0, count: capacity + Self.padding)
  }

  /// The bytes of `buffer`, which move here without being copied.
  package init(_ buffer: consuming ByteBuffer) {
    count = buffer.count
    unsafe (base, capacity) = buffer.release()
    unsafe (base + count).initialize(repeating: 0, count: Self.padding)
  }

  deinit {
    unsafe base.deallocate()
  }

  /// The bytes in use. Valid until the slab grows or is freed.
  @unsafe package var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base, count: count)
  }

  /// Room behind the bytes in use, at least `size` long; say with `commit` how much was filled.
  @unsafe package func room(_ size: Int) -> UnsafeMutableRawBufferPointer {
    if capacity - count < size { grow(to: count + size) }
    return unsafe UnsafeMutableRawBufferPointer(start: base + count, count: capacity - count)
  }

  /// Takes the first `size` bytes of the room as in use.
  package func commit(_ size: Int) {
    precondition(size >= 0 && count + size <= capacity, "commit stays within the room")
    count += size
  }

  /// Adds a copy of `bytes`.
  package func append(_ bytes: UnsafeRawBufferPointer) {
    let target = unsafe room(bytes.count)
    unsafe target.copyMemory(from: bytes)
    commit(bytes.count)
  }

  /// Adds a copy of `bytes`.
  package func append(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { raw in unsafe append(raw) }
  }

  /// Adds one byte.
  package func append(_ byte: UInt8) {
    if count == capacity { grow(to: count + 1) }
    unsafe base[count] = byte
    count += 1
  }

  /// Forgets everything behind the first `count` bytes.
  package func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count, "truncation only shortens")
    self.count = count
  }

  /// Forgets the first `dropped` bytes; the others move to the front.
  package func dropFirst(_ dropped: Int) {
    precondition(dropped >= 0 && dropped <= count, "what is dropped is there")
    if dropped < count {
      unsafe base.update(from: base + dropped, count: count - dropped)
    }
    count -= dropped
  }

  /// Forgets the bytes and, when the slab has grown beyond `kept`, the memory too.
  package func reset(keeping kept: Int) {
    count = 0
    guard capacity > kept else { return }
    unsafe base.deallocate()
    capacity = kept
    unsafe base = .allocate(capacity: kept + Self.padding)
    unsafe base.initialize(repeating: 0, count: kept + Self.padding)
  }

  private func grow(to needed: Int) {
    let grown = max(needed, capacity * 2)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: grown + Self.padding)
    unsafe moved.update(from: base, count: count)
    unsafe (moved + count).initialize(repeating: 0, count: grown + Self.padding - count)
    unsafe base.deallocate()
    unsafe base = moved
    capacity = grown
  }
}
