internal import Codec

/// Which row holds an identity, for the identities of the newest rows: eight bytes an entry.
///
/// An entry is 32 bits of the identity's hash and the row's distance from a base. The hash bits
/// also choose the slot, so a find gives candidates: the caller asks the row itself. About one
/// find in a thousand gives a wrong candidate when four million are remembered.
///
/// Entries older than the oldest live row are dead where they lie; they are swept out when the
/// table has filled up. A million entries take 16 MB, four million 64 MB.
struct Deduplicator: ~Copyable {
  /// Rows before this one are forgotten.
  private(set) var oldestLive: Int64 = 0
  /// Entries in use that may still be live: at least the live ones.
  private(set) var occupied = 0

  private var slots: [UInt64]
  private var bits: UInt64
  private let maximumBits: UInt64
  private var base: Int64 = 0
  private var added: [UInt64] = []

  private static let empty: UInt64 = 0
  private static let dead: UInt64 = 1
  private static let firstOffset: Int64 = 2
  private static let minimumBits: UInt64 = 12

  /// A table that remembers at least `entries` identities before it is full.
  init(entries: Int) {
    precondition(entries > 0 && entries <= 1 << 30, "a bound that 32-bit slots can hold")
    bits = Self.minimumBits
    maximumBits = max(bits, UInt64(Int.bitWidth - (entries * 2 - 1).leadingZeroBitCount))
    slots = Array(repeating: Self.empty, count: 1 << Int(bits))
  }

  /// Bytes of memory the table takes.
  var byteCount: Int { slots.count * 8 }

  /// Goes through the rows that may hold an identity.
  struct Candidates {
    fileprivate let tag: UInt64
    fileprivate var slot: Int
  }

  /// Starts a find.
  @inline(__always)
  func candidates(for identity: Hash128) -> Candidates {
    let tag = identity.high >> 32
    return Candidates(tag: tag, slot: home(tag))
  }

  /// The next row that may hold the identity, or nil.
  @inline(__always)
  func next(_ candidates: inout Candidates) -> Int64? {
    let mask = slots.count &- 1
    while slots[candidates.slot] != Self.empty {
      let word = slots[candidates.slot]
      candidates.slot = (candidates.slot &+ 1) & mask
      guard word >> 32 == candidates.tag else { continue }
      let row = base &+ Int64(word & 0xFFFF_FFFF) &- Self.firstOffset
      if word & 0xFFFF_FFFF != Self.dead, row >= oldestLive { return row }
    }
    return nil
  }

  /// Remembers the row of an identity that a find did not give.
  mutating func insert(_ identity: Hash128, row: Int64) {
    if occupied &* 4 >= slots.count &* 3 { makeRoom() }
    if row &- base > Int64(UInt32.max) &- Self.firstOffset { rebase() }
    if occupied == 0, added.isEmpty { base = row }
    let word = Self.word(identity.high >> 32, row &- base &+ Self.firstOffset)
    place(word)
    added.append(word)
  }

  /// Remembers an older row than all so far, while the table is rebuilt from newest to oldest.
  mutating func restore(_ identity: Hash128, row: Int64, base oldest: Int64) {
    if occupied == 0 { base = oldest }
    if occupied &* 4 >= slots.count &* 3 { makeRoom() }
    place(Self.word(identity.high >> 32, row &- base &+ Self.firstOffset))
  }

  /// Forgets every row before `row`.
  mutating func forget(before row: Int64) {
    oldestLive = max(oldestLive, row)
  }

  /// Keeps what was inserted since the last `keep` or `undo`.
  mutating func keep() {
    added.removeAll(keepingCapacity: added.capacity <= 1 << 16)
  }

  /// Forgets what was inserted since the last `keep` or `undo`.
  mutating func undo() {
    for word in added {
      var slot = home(word >> 32)
      // Gone already where a sweep found it dead.
      while slots[slot] != word, slots[slot] != Self.empty {
        slot = (slot &+ 1) & (slots.count &- 1)
      }
      if slots[slot] == word { slots[slot] = Self.word(word >> 32, Int64(Self.dead)) }
    }
    added.removeAll(keepingCapacity: false)
  }
}

// MARK: Slots
extension Deduplicator {
  @inline(__always)
  private func home(_ tag: UInt64) -> Int { Int(truncatingIfNeeded: tag &>> (32 &- bits)) }

  @inline(__always)
  private mutating func place(_ word: UInt64) {
    let mask = slots.count &- 1
    var slot = home(word >> 32)
    while slots[slot] != Self.empty { slot = (slot &+ 1) & mask }
    slots[slot] = word
    occupied &+= 1
  }

  private static func word(_ tag: UInt64, _ offset: Int64) -> UInt64 {
    tag << 32 | UInt64(offset)
  }

  private func isLive(_ word: UInt64) -> Bool {
    let offset = word & 0xFFFF_FFFF
    guard word != Self.empty, offset != Self.dead else { return false }
    return base &+ Int64(offset) &- Self.firstOffset >= oldestLive
  }

  /// Sweeps out the dead; grows when the living fill more than half. A table that has grown to
  /// its bound and still lacks room forgets the older half.
  private mutating func makeRoom() {
    let living = slots.reduce(into: 0) { count, word in if isLive(word) { count += 1 } }
    if living * 2 > slots.count, bits < maximumBits {
      grow()
      return
    }
    if living * 8 > slots.count * 5 { forgetOlderHalf() }
    sweep()
  }

  private mutating func grow() {
    let old = slots
    bits += 1
    slots = Array(repeating: Self.empty, count: 1 << Int(bits))
    occupied = 0
    for word in old where isLive(word) { place(word) }
  }

  /// Rewrites each run of used slots without its dead: no second table is needed.
  private mutating func sweep() {
    let mask = slots.count - 1
    guard let start = slots.firstIndex(of: Self.empty) else {
      preconditionFailure("a quarter of the slots is empty")
    }
    occupied = 0
    var run: [UInt64] = []
    for step in 1...slots.count {
      let slot = (start + step) & mask
      let word = slots[slot]
      if word != Self.empty {
        if isLive(word) { run.append(word) }
        slots[slot] = Self.empty
        continue
      }
      for word in run { place(word) }
      run.removeAll(keepingCapacity: true)
    }
  }

  private mutating func forgetOlderHalf() {
    let newest = slots.reduce(into: oldestLive) { newest, word in
      if isLive(word) {
        newest = max(newest, base &+ Int64(word & 0xFFFF_FFFF) &- Self.firstOffset)
      }
    }
    oldestLive += (newest - oldestLive) / 2 + 1
  }

  /// Moves the base up to the oldest live row.
  private mutating func rebase() {
    sweep()
    let shift = UInt64(max(0, oldestLive - base))
    for slot in slots.indices where slots[slot] != Self.empty { slots[slot] -= shift }
    for index in added.indices where added[index] & 0xFFFF_FFFF > shift { added[index] -= shift }
    base += Int64(shift)
  }
}
