/// A sparse histogram within one slot: a hash table of 32-bit entries, each the bucket's index and
/// a count. It starts with one line, for twelve buckets, and doubles.
///
/// A count that outgrows its entry goes on in a further entry of the same bucket, so readers add up
/// all they meet. Counts may be negative: what is taken back may lie in another shard.
enum BucketTable {
  /// Lines as a power of two, above the id. An id has 24 bits.
  private static let idBits: UInt32 = 24
  private static let firstEntry = 2
  private static let countBits: UInt32 = 20
  private static let countLimit: Int64 = 1 << 19 - 1

  /// The id and the number of lines that a head names.
  @inline(__always)
  static func parts(_ head: UInt32) -> (id: UInt32, lines: Int) {
    (head & 0xFF_FFFF, 1 << Int(head >> idBits))
  }

  /// Adds to a bucket of the table with this head, 0 for none yet; gives the head it has now.
  /// `retire` is told of a run that is no longer used.
  static func add(
    _ count: Int64, to bucket: Int, of head: UInt32, in memory: SlotMemoryHandle,
    retire: (UInt32, Int) -> Void
  ) -> UInt32 {
    var head = head
    if head == 0 { head = memory.allocate(lines: 1) }
    var rest = count
    while rest != 0 {
      let (id, lines) = parts(head)
      let run = memory.run(id)
      let added = add(rest, bucket, run, lines)
      rest -= added
      if added == 0 {
        let larger = grown(head, in: memory)
        retire(id, lines)
        head = larger
      }
    }
    return head
  }

  /// Adds as much as fits in one entry; 0 when a larger table is needed.
  @inline(__always)
  private static func add(_ count: Int64, _ bucket: Int, _ run: WordRun, _ lines: Int) -> Int64 {
    let places = lines &* 16 &- firstEntry
    let tag = UInt32(bucket &- ExponentialScale.lowest &+ 1)
    var place = home(tag, places)
    while true {
      let entry = load(run, place)
      if entry == 0 {
        let used = run[0]
        guard used &* 8 < Int64(places) &* 7 else { return 0 }
        run[0] = used &+ 1
        let fitting = clamp(count)
        store(run, place, tag, fitting)
        return fitting
      }
      if entry >> countBits == tag {
        let old = value(entry)
        let sum = clamp(old &+ count)
        if sum != old {
          store(run, place, tag, sum)
          return sum &- old
        }
      }
      place = place &+ 1 == places ? 0 : place &+ 1
    }
  }

  /// Lets `body` see every entry of a table; what it gets while the writer is at work may be torn.
  @inline(__always)
  static func forEach(
    of head: UInt32, in memory: SlotMemoryHandle, _ body: (_ bucket: Int, _ count: Int64) -> Void
  ) {
    guard head != 0 else { return }
    let (id, lines) = parts(head)
    let run = memory.run(id)
    for word in 1..<(lines * SlotMemory.wordsALine) {
      let pair = run[word]
      guard pair != 0 else { continue }
      visit(UInt32(truncatingIfNeeded: pair), body)
      visit(UInt32(truncatingIfNeeded: pair >> 32), body)
    }
  }

  @inline(__always)
  private static func visit(_ entry: UInt32, _ body: (Int, Int64) -> Void) {
    guard entry != 0 else { return }
    let bucket = Int(entry >> countBits) &- 1 &+ ExponentialScale.lowest
    body(bucket, value(entry))
  }

  private static func grown(_ head: UInt32, in memory: SlotMemoryHandle) -> UInt32 {
    let (_, lines) = parts(head)
    let id = memory.allocate(lines: lines * 2)
    let run = memory.run(id)
    forEach(of: head, in: memory) { bucket, count in
      let added = count == 0 ? 0 : add(count, bucket, run, lines * 2)
      precondition(added == count, "what was in one entry fits in one")
    }
    return id | UInt32((lines * 2).trailingZeroBitCount) << idBits
  }

  @inline(__always)
  private static func home(_ tag: UInt32, _ places: Int) -> Int {
    Int((UInt64(tag &* 0x9E37_79B1) &* UInt64(places)) >> 32)
  }

  @inline(__always)
  private static func clamp(_ count: Int64) -> Int64 { min(max(count, -countLimit), countLimit) }

  @inline(__always)
  private static func value(_ entry: UInt32) -> Int64 {
    Int64(Int32(bitPattern: entry << (32 - countBits)) >> Int32(32 - countBits))
  }

  @inline(__always)
  private static func load(_ run: WordRun, _ place: Int) -> UInt32 {
    let half = place &+ firstEntry
    return UInt32(truncatingIfNeeded: run[half >> 1] >> (Int64(half & 1) &* 32))
  }

  @inline(__always)
  private static func store(_ run: WordRun, _ place: Int, _ tag: UInt32, _ count: Int64) {
    let half = place &+ firstEntry
    let shift = Int64(half & 1) &* 32
    let entry = Int64(tag << countBits | UInt32(truncatingIfNeeded: count) & (1 << countBits - 1))
    run[half >> 1] = run[half >> 1] & ~(0xFFFF_FFFF &<< shift) | entry &<< shift
  }
}
