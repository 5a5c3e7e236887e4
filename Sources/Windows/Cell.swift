internal import Synchronization

/// One group in one shard: a ring of single seconds, a ring of blocks of ten, the newest gauges.
/// Everything counted lies in exactly one of the two rings; as seconds grow old their slots are
/// folded into blocks.
///
/// Written by the shard's one thread. Anybody may read at any time: a read that met a fold or a run
/// that was retired sees that the version changed, and reads again.
struct Cell {
  /// What a sender last said about its own limits and pool.
  enum Gauge: Int, CaseIterable, Sendable {
    case remainingRequests, remainingTokens, poolInUse, poolSize, breaker
  }

  static let lines = 2
  private static let ringLines = 22
  private static let blockLines = 24
  /// Words of the cell's own run; the rings' ids are the halves of word 2.
  private static let versionWord = 0
  private static let groupWord = 1
  private static let singlePlace = 4
  private static let blockPlace = 5
  private static let lastWord = 3
  private static let announcedWord = 4
  private static let firstGauge = 5

  let id: UInt32
  let run: WordRun
  let memory: SlotMemoryHandle

  /// The cell with this id.
  init(_ id: UInt32, in memory: SlotMemoryHandle) {
    self.id = id
    self.memory = memory
    run = memory.run(id)
  }

  /// Makes a cell for a group. On the writer's thread.
  static func make(group: Int64, in memory: SlotMemoryHandle) -> Cell {
    let cell = Cell(memory.allocate(lines: lines), in: memory)
    cell.run[groupWord] = group
    cell.run.setHalf(singlePlace, memory.allocate(lines: ringLines))
    return cell
  }

  /// The group's serial number: tells a reader that the memory is still this group's.
  var group: Int64 { run[Self.groupWord] }
  /// The newest second anything was counted in, or looked after.
  var lastSecond: Int64 { run[Self.lastWord] }
  /// Whether starts were ever announced.
  var isAnnounced: Bool { run[Self.announcedWord] != 0 }

  /// Makes the changes of `body` one for readers: they see none of it or all.
  @inline(__always)
  func change(_ body: () -> Void) {
    let version = run[Self.versionWord]
    run[Self.versionWord] = version &+ 1
    // Pairs with the fence in `unchanged`: whoever reads a word that `body` writes sees the odd
    // version or a later one.
    atomicMemoryFence(ordering: .releasing)
    body()
    run.publish(Self.versionWord, version &+ 2)
  }

  /// The version to read under; odd while a change is under way.
  var version: Int64 { run.acquire(Self.versionWord) }

  /// Whether nothing changed since `version` was taken.
  func unchanged(since version: Int64) -> Bool {
    atomicMemoryFence(ordering: .acquiring)
    return run[Self.versionWord] == version
  }
}

// MARK: Writing
extension Cell {
  /// Notes that something was counted at `second`.
  @inline(__always)
  func touch(_ second: Int64) {
    if second > run[Self.lastWord] { run[Self.lastWord] = second }
  }

  /// Notes that a start was announced.
  func announce() {
    run[Self.announcedWord] = 1
  }

  /// Keeps a gauge when it is newer than the one held. Torn reads are harmless: both words are of
  /// true reports.
  func note(_ gauge: Gauge, _ value: Double, at time: Int64) {
    let word = Self.firstGauge + 2 * gauge.rawValue
    guard time >= run[word] else { return }
    run[word + 1] = Int64(bitPattern: value.bitPattern)
    run.publish(word, time)
  }

  /// The slot that counts `second` when `highest` is the newest second; nil when it is too old.
  @inline(__always)
  func slot(for second: Int64, highest: Int64) -> Slot? {
    if second > highest &- WindowReach.singleSeconds { return single(second) }
    let block = WindowReach.block(of: second)
    guard block > WindowReach.block(of: highest) - WindowReach.blocks else { return nil }
    return slot(forBlock: block) { body in change(body) }
  }

  @inline(__always)
  private func single(_ second: Int64) -> Slot {
    let ring = memory.run(run.half(Self.singlePlace))
    let place = Int(second % Int64(WindowReach.singlePlaces))
    let held = ring.half(place)
    if held != 0 {
      let slot = Slot(held, in: memory)
      if slot.tag == second { return slot }
      fold(place, ring)
    }
    let slot = Slot(memory.allocate(lines: Slot.lines), in: memory)
    slot.tag = second
    ring.setHalf(place, slot.id)
    return slot
  }

  /// The slot of a block; nil when a newer one has its place, which an hour and more lies between.
  /// `change` makes what it is given one for readers; within a change it only calls.
  private func slot(forBlock block: Int64, change: (() -> Void) -> Void) -> Slot? {
    var ringID = run.half(Self.blockPlace)
    if ringID == 0 {
      ringID = memory.allocate(lines: Self.blockLines)
      run.setHalf(Self.blockPlace, ringID)
    }
    let ring = memory.run(ringID)
    let place = Int(block % Int64(WindowReach.blockPlaces))
    let held = ring.half(place)
    if held != 0 {
      let slot = Slot(held, in: memory)
      if slot.tag == block { return slot }
      guard slot.tag < block else { return nil }
      change {
        ring.setHalf(place, 0)
        slot.release()
      }
    }
    let slot = Slot(memory.allocate(lines: Slot.lines), in: memory)
    slot.tag = block
    ring.setHalf(place, slot.id)
    return slot
  }

  /// Moves a single second into its block.
  private func fold(_ place: Int, _ ring: WordRun) {
    let slot = Slot(ring.half(place), in: memory)
    change {
      ring.setHalf(place, 0)
      let target = self.slot(forBlock: WindowReach.block(of: slot.tag)) { body in body() }
      if let target {
        slot.join(into: target, isSecond: true) { memory.release($0, lines: $1) }
      }
      slot.release()
    }
  }

  /// Folds what is too old to be single and frees what is too old for any window. True when
  /// nothing is left.
  func tend(highest: Int64) -> Bool {
    let ring = memory.run(run.half(Self.singlePlace))
    var isEmpty = true
    for place in 0..<WindowReach.singlePlaces {
      let held = ring.half(place)
      guard held != 0 else { continue }
      let block = WindowReach.block(of: Slot(held, in: memory).tag)
      let end = (block + 1) * WindowReach.blockSeconds - 1
      if end <= highest - WindowReach.singleSeconds { fold(place, ring) } else { isEmpty = false }
    }
    return freeBlocks(highest: highest) && isEmpty
  }

  private func freeBlocks(highest: Int64) -> Bool {
    let ringID = run.half(Self.blockPlace)
    guard ringID != 0 else { return true }
    let ring = memory.run(ringID)
    let oldest = WindowReach.block(of: highest) - WindowReach.blocks
    var isEmpty = true
    for place in 0..<WindowReach.blockPlaces {
      let held = ring.half(place)
      guard held != 0 else { continue }
      let slot = Slot(held, in: memory)
      guard slot.tag <= oldest else {
        isEmpty = false
        continue
      }
      change {
        ring.setHalf(place, 0)
        slot.release()
      }
    }
    return isEmpty
  }

  /// Adds everything in it to another cell of the same shard.
  func join(into other: Cell, highest: Int64) {
    forEachSlot { slot, firstSecond, isBlock in
      let target =
        isBlock
        ? other.slot(for: firstSecond, highest: firstSecond + WindowReach.singleSeconds)
        : other.slot(for: firstSecond, highest: highest)
      guard let target else { return }
      slot.join(into: target, isSecond: false) { id, lines in
        other.change { memory.release(id, lines: lines) }
      }
    }
    other.touch(lastSecond)
    if isAnnounced { other.announce() }
  }

  /// Gives all memory back.
  func release() {
    change {
      run[Self.groupWord] = 0
      forEachSlot { slot, _, _ in slot.release() }
      memory.release(run.half(Self.singlePlace), lines: Self.ringLines)
      let blocks = run.half(Self.blockPlace)
      if blocks != 0 { memory.release(blocks, lines: Self.blockLines) }
    }
    memory.release(id, lines: Self.lines)
  }
}

// MARK: Reading
extension Cell {
  /// Lets `body` see every slot held, with the first second it is for.
  @inline(__always)
  func forEachSlot(_ body: (_ slot: Slot, _ firstSecond: Int64, _ isBlock: Bool) -> Void) {
    let singles = run.half(Self.singlePlace)
    if singles != 0 {
      visit(memory.run(singles), WindowReach.singlePlaces) { body($0, $0.tag, false) }
    }
    let blocks = run.half(Self.blockPlace)
    guard blocks != 0 else { return }
    visit(memory.run(blocks), WindowReach.blockPlaces) {
      body($0, $0.tag * WindowReach.blockSeconds, true)
    }
  }

  @inline(__always)
  private func visit(_ ring: WordRun, _ places: Int, _ body: (Slot) -> Void) {
    for word in 0..<(places / 2) where ring[word] != 0 {
      for place in [2 * word, 2 * word + 1] {
        let held = ring.half(place)
        if held != 0 { body(Slot(held, in: memory)) }
      }
    }
  }

  /// Lets `body` see the slots that hold the seconds from `first` to `last`: single seconds, and
  /// blocks that begin within.
  @inline(__always)
  func forEachSlot(
    from first: Int64, to last: Int64, _ body: (_ slot: Slot, _ single: Int64?) -> Void
  ) {
    let singles = memory.run(run.half(Self.singlePlace))
    let places = Int64(WindowReach.singlePlaces)
    // Each second has one place, so a range that is no longer than the ring meets each place once;
    // a longer one looks at all, for an idle group holds old seconds singly.
    for second in max(first, last - places + 1)...max(first, last) {
      let held = singles.half(Int(second % places))
      guard held != 0 else { continue }
      let slot = Slot(held, in: memory)
      let tag = slot.tag
      if first <= tag, tag <= last { body(slot, tag) }
    }
    let blockRing = run.half(Self.blockPlace)
    let (firstBlock, lastBlock) = (WindowReach.block(of: first + 9), WindowReach.block(of: last))
    guard blockRing != 0, firstBlock <= lastBlock else { return }
    let blocks = memory.run(blockRing)
    for block in firstBlock...lastBlock {
      let held = blocks.half(Int(block % Int64(WindowReach.blockPlaces)))
      guard held != 0 else { continue }
      let slot = Slot(held, in: memory)
      if slot.tag == block { body(slot, nil) }
    }
  }

  /// The newest value of a gauge and when it was reported; nil when it never was.
  func gauge(_ gauge: Gauge) -> (time: Int64, value: Double)? {
    let word = Self.firstGauge + 2 * gauge.rawValue
    let time = run.acquire(word)
    guard time != 0 else { return nil }
    return (time, Double(bitPattern: UInt64(bitPattern: run[word + 1])))
  }
}
