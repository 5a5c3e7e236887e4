import Synchronization

/// A bounded queue from one thread to one other, without locks. Exactly one thread pushes and
/// exactly one pops; which ones they are may change only with a hand-over that synchronises.
///
/// A push and a pop cost an atomic load and a store each; the other side's index is read only when
/// the copy last seen says full or empty.
@safe package final class SingleProducerRing<Element: AnyObject & Sendable>: @unchecked Sendable {
  // @unchecked because every slot and cached index has one owner at a time: the producer until its
  // release of `tail`, the consumer until its release of `head`.

  // unsafe because the slots are raw memory: a slot is initialised exactly from the push that
  // filled it to the pop that empties it, and indices are masked into the allocation.
  private let slots: UnsafeMutablePointer<Element>
  private let lines: UnsafeMutableRawPointer
  private let mask: Int

  /// The producer's and the consumer's words, each on two lines of its own because processors
  /// fetch lines in pairs.
  private let producer: UnsafeMutablePointer<Side>
  private let consumer: UnsafeMutablePointer<Side>
  private static var stride: Int { 128 }

  private struct Side: ~Copyable {
    /// How many elements this side has moved ever. Its release pairs with the other side's
    /// acquire, which so sees the slot's content (producer) or the slot empty (consumer).
    let moved = Atomic<Int>(0)
    /// What the other side's `moved` last was; only this side touches it.
    var seen = 0
  }

  /// A ring for `capacity` elements, rounded up to a power of two.
  package init(capacity: Int) {
    precondition(capacity > 0 && capacity <= 1 << 24, "a ring holds 1 to 16 Mi elements")
    var size = 1
    while size < capacity { size *= 2 }
    mask = size - 1
    unsafe slots = .allocate(capacity: size)
    unsafe lines = .allocate(byteCount: 2 * Self.stride, alignment: Self.stride)
    unsafe producer = lines.bindMemory(to: Side.self, capacity: 1)
    unsafe consumer = (lines + Self.stride).bindMemory(to: Side.self, capacity: 1)
    unsafe producer.initialize(to: Side())
    unsafe consumer.initialize(to: Side())
  }

  deinit {
    while pop() != nil {}
    unsafe producer.deinitialize(count: 1)
    unsafe consumer.deinitialize(count: 1)
    unsafe lines.deallocate()
    unsafe slots.deallocate()
  }

  /// How many elements fit.
  package var capacity: Int { mask + 1 }

  /// How many elements wait; exact for the two sides when the other rests, else a recent value.
  package var count: Int {
    // Relaxed: a number to show; no slot is read on its strength.
    let tail = unsafe producer.pointee.moved.load(ordering: .relaxed)
    let head = unsafe consumer.pointee.moved.load(ordering: .relaxed)
    return min(max(0, tail - head), capacity)
  }

  /// Adds `element` behind all others; false, and nothing added, when the ring is full.
  package func push(_ element: Element) -> Bool {
    // Relaxed: only this side writes it.
    let tail = unsafe producer.pointee.moved.load(ordering: .relaxed)
    if unsafe tail - producer.pointee.seen > mask {
      // Acquire pairs with the consumer's release in `pop`: the slot it emptied is ours again.
      unsafe producer.pointee.seen = consumer.pointee.moved.load(ordering: .acquiring)
      if unsafe tail - producer.pointee.seen > mask { return false }
    }
    unsafe (slots + (tail & mask)).initialize(to: element)
    // Release pairs with the consumer's acquire in `pop`: it sees the slot filled.
    unsafe producer.pointee.moved.store(tail + 1, ordering: .releasing)
    return true
  }

  /// Takes the element that waits longest; nothing when the ring is empty.
  package func pop() -> Element? {
    // Relaxed: only this side writes it.
    let head = unsafe consumer.pointee.moved.load(ordering: .relaxed)
    if unsafe head == consumer.pointee.seen {
      // Acquire pairs with the producer's release in `push`: the slot is filled.
      unsafe consumer.pointee.seen = producer.pointee.moved.load(ordering: .acquiring)
      if unsafe head == consumer.pointee.seen { return nil }
    }
    let element = unsafe (slots + (head & mask)).move()
    // Release pairs with the producer's acquire in `push`: the slot is empty.
    unsafe consumer.pointee.moved.store(head + 1, ordering: .releasing)
    return element
  }
}
