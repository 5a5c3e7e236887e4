internal import Synchronization

/// The memory of one shard: words that its one writer changes and that anybody may read at any
/// time. Memory is handed out in runs of 64-byte lines and never returned to the system, so a
/// reader that is late reads words that mean something else, never words that are gone; the version
/// of what it read tells it so.
@safe final class SlotMemory: @unchecked Sendable {
  // @unchecked because every shared word is an Atomic; the free lists belong to the writer.
  // unsafe because words are reached by address; an address comes from `allocate` and lies within
  // a slab, and slabs live as long as this object.
  typealias Word = Atomic<Int64>

  static let wordsALine = 8
  static let slabLines = 4_096
  private static let maximumSlabs = 4_096

  /// Where each slab begins. Released when a slab is made, acquired by whoever was told of a line.
  private let slabs: UnsafeMutablePointer<Atomic<UInt>>
  private var slabCount = 0
  private var nextLine = slabLines
  private var free: [[UInt32]] = Array(repeating: [], count: 257)
  /// Bytes in use by anything, over all shards; relaxed, a plain sum.
  private let gauge: WindowMemoryGauge

  init(gauge: WindowMemoryGauge) {
    self.gauge = gauge
    unsafe slabs = .allocate(capacity: Self.maximumSlabs)
    for index in 0..<Self.maximumSlabs { unsafe (slabs + index).initialize(to: Atomic(0)) }
  }

  deinit {
    for index in 0..<slabCount {
      unsafe UnsafeMutablePointer<Word>(
        bitPattern: slabs[index].load(ordering: .relaxed))?.deallocate()
    }
    unsafe slabs.deallocate()
  }

  /// A run of `lines` lines, all zero. Its id is never 0. On the writer's thread.
  func allocate(lines: Int) -> UInt32 {
    gauge.add(lines * Self.wordsALine * 8)
    if let id = free[lines].popLast() {
      clear(id, lines: lines)
      return id
    }
    if nextLine + lines > Self.slabLines { addSlab() }
    let id = UInt32((slabCount - 1) * Self.slabLines + nextLine)
    nextLine += lines
    return id
  }

  /// Takes a run back. On the writer's thread.
  func release(_ id: UInt32, lines: Int) {
    gauge.add(-lines * Self.wordsALine * 8)
    free[lines].append(id)
  }

  /// The words of a run.
  @inline(__always)
  func run(_ id: UInt32) -> WordRun { handle.run(id) }

  /// The same memory for slots and cells: there are many, made anew at each look, and counting
  /// who holds on to the memory would cost more than what they do with it.
  var handle: SlotMemoryHandle { unsafe SlotMemoryHandle(slabs: slabs, memory: self) }

  func clear(_ id: UInt32, lines: Int) {
    let run = run(id)
    for index in 0..<(lines * Self.wordsALine) { run[index] = 0 }
  }

  private func addSlab() {
    precondition(slabCount < Self.maximumSlabs, "windows_memory is far below this")
    let words = Self.slabLines * Self.wordsALine
    let raw = UnsafeMutableRawPointer.allocate(byteCount: words * 8, alignment: 64)
    let slab = unsafe raw.bindMemory(to: Word.self, capacity: words)
    for index in 0..<words { unsafe (slab + index).initialize(to: Atomic(0)) }
    unsafe slabs[slabCount].store(UInt(bitPattern: slab), ordering: .releasing)
    slabCount += 1
    // Line 0 of the first slab is nobody's, so that 0 can mean none.
    nextLine = slabCount == 1 ? 1 : 0
  }
}

/// A shard's memory, not held on to: whoever has the shard does.
@safe struct SlotMemoryHandle {
  // unsafe because both are used while the shard lives only, and its memory with it.
  private let slabs: UnsafeMutablePointer<Atomic<UInt>>
  private let memory: Unmanaged<SlotMemory>

  @unsafe init(slabs: UnsafeMutablePointer<Atomic<UInt>>, memory: SlotMemory) {
    unsafe self.slabs = unsafe slabs
    unsafe self.memory = unsafe Unmanaged.passUnretained(memory)
  }

  /// The words of a run.
  @inline(__always)
  func run(_ id: UInt32) -> WordRun {
    let slab = Int(id) / SlotMemory.slabLines
    let base = unsafe slabs[slab].load(ordering: .acquiring)
    let first = unsafe UnsafeMutablePointer<SlotMemory.Word>(bitPattern: base)
    guard let first = unsafe first else { preconditionFailure("an id of this memory") }
    let line = Int(id) % SlotMemory.slabLines
    return unsafe WordRun(first: first + line * SlotMemory.wordsALine)
  }

  /// A run of zeros. On the writer's thread.
  func allocate(lines: Int) -> UInt32 {
    unsafe memory._withUnsafeGuaranteedRef { $0.allocate(lines: lines) }
  }

  /// Takes a run back. On the writer's thread.
  func release(_ id: UInt32, lines: Int) {
    unsafe memory._withUnsafeGuaranteedRef { $0.release(id, lines: lines) }
  }
}

/// Words that lie side by side.
@safe struct WordRun {
  // unsafe because the words are reached by address; see `SlotMemory`.
  private let first: UnsafeMutablePointer<SlotMemory.Word>

  @unsafe init(first: UnsafeMutablePointer<SlotMemory.Word>) {
    unsafe self.first = unsafe first
  }

  /// A word. Relaxed: what must be seen in order goes through `publish` and `acquire`.
  subscript(index: Int) -> Int64 {
    @inline(__always) get { unsafe first[index].load(ordering: .relaxed) }
    @inline(__always) nonmutating set { unsafe first[index].store(newValue, ordering: .relaxed) }
  }

  /// Stores a word after everything this thread wrote before; pairs with `acquire`.
  @inline(__always)
  func publish(_ index: Int, _ value: Int64) {
    unsafe first[index].store(value, ordering: .releasing)
  }

  /// Loads a word before everything this thread reads after; pairs with `publish`.
  @inline(__always)
  func acquire(_ index: Int) -> Int64 { unsafe first[index].load(ordering: .acquiring) }

  /// One half of a word: ids are stored two to a word.
  @inline(__always)
  func half(_ place: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: acquire(place >> 1) >> (Int64(place & 1) &* 32))
  }

  @inline(__always)
  func setHalf(_ place: Int, _ value: UInt32) {
    let shift = Int64(place & 1) &* 32
    let other = self[place >> 1] & ~(0xFFFF_FFFF &<< shift)
    publish(place >> 1, other | Int64(value) &<< shift)
  }
}

/// Bytes that the slots of all shards take, and how many they may.
package final class WindowMemoryGauge: Sendable {
  /// Bytes beyond which no new group gets memory of its own.
  package let limit: Int
  /// Relaxed: a plain sum.
  private let used = Atomic(0)

  /// A gauge that shows nothing yet.
  package init(limit: Int) {
    self.limit = limit
  }

  /// Bytes in use.
  package var bytes: Int { used.load(ordering: .relaxed) }
  /// Whether the bound is reached.
  package var isFull: Bool { bytes >= limit }

  func add(_ bytes: Int) {
    used.wrappingAdd(bytes, ordering: .relaxed)
  }
}
