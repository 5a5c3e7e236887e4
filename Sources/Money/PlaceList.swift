/// Large values side by side, read and changed where they lie: an array copies a whole element out
/// to read one member of it.
@safe struct PlaceList<Element>: ~Copyable {
  // unsafe because the memory is this value's alone, and every number is checked against the count.
  private var base: UnsafeMutablePointer<Element>
  private var capacity = 16
  private(set) var count = 0

  init() {
    unsafe base = .allocate(capacity: capacity)
  }

  deinit {
    unsafe base.deinitialize(count: count)
    unsafe base.deallocate()
  }

  var indices: Range<Int> { 0..<count }
  var isEmpty: Bool { count == 0 }

  /// The element at `index`, in its place.
  subscript(index: Int) -> Element {
    @inline(__always)
    _read {
      precondition(index >= 0 && index < count, "an element of this list")
      yield unsafe base[index]
    }
    @inline(__always)
    _modify {
      precondition(index >= 0 && index < count, "an element of this list")
      yield unsafe &base[index]
    }
  }

  mutating func append(_ element: Element) {
    if count == capacity { grow() }
    unsafe (base + count).initialize(to: element)
    count += 1
  }

  /// Forgets the elements; the room stays.
  mutating func removeAll() {
    unsafe base.deinitialize(count: count)
    count = 0
  }

  private mutating func grow() {
    let moved = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    unsafe moved.moveInitialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = moved
    capacity *= 2
  }
}
