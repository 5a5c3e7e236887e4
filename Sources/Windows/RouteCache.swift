/// Where the events of one combination of values are counted: the cells of all breakdowns, found by
/// one look-up. A combination has one place, so a newer one drives out an older one.
@safe struct RouteCache: ~Copyable {
  // unsafe because it is looked at for every event, in memory of its own, at places below `places`.
  /// What decides where an event is counted.
  struct Key: Equatable {
    var source: UInt32 = 0
    var operation: UInt32 = 0
    var tenant: UInt32 = 0
    /// The type, and the error type where it is an error.
    var outcome: UInt32 = 0
    /// A hash of the attributes that breakdowns are over; 0 without such breakdowns.
    var attributes: UInt64 = 0

    @inline(__always)
    fileprivate var hash: UInt64 {
      var word = UInt64(source) << 32 | UInt64(operation)
      word = (word ^ attributes) &* 0x9E37_79B9_7F4A_7C15
      word ^= UInt64(tenant) << 32 | UInt64(outcome)
      word = (word ^ word >> 29) &* 0xBF58_476D_1CE4_E5B9
      return word ^ word >> 32
    }
  }

  private static let places = 4_096
  /// How many breakdowns there are.
  let width: Int
  private let keys: UnsafeMutablePointer<Key?>
  private let cells: UnsafeMutablePointer<UInt32>

  /// An empty cache for `width` breakdowns.
  init(width: Int) {
    self.width = width
    unsafe keys = .allocate(capacity: Self.places)
    unsafe keys.initialize(repeating: nil, count: Self.places)
    unsafe cells = .allocate(capacity: Self.places * width)
    unsafe cells.initialize(repeating: 0, count: Self.places * width)
  }

  deinit {
    unsafe keys.deallocate()
    unsafe cells.deallocate()
  }

  /// The place of a key, and whether what it holds is this key's.
  @inline(__always)
  func find(_ key: Key) -> (place: Int, isKnown: Bool) {
    let place = Int(truncatingIfNeeded: key.hash) & (Self.places &- 1)
    return unsafe (place, keys[place] == key)
  }

  /// The cell of a breakdown at a place; 0 for none.
  @inline(__always)
  func cell(_ place: Int, _ breakdown: Int) -> UInt32 {
    unsafe cells[place &* width &+ breakdown]
  }

  /// Remembers the cells of a key.
  mutating func set(_ place: Int, _ key: Key, _ ids: [UInt32]) {
    precondition(ids.count == width, "a cell or none for each breakdown")
    unsafe keys[place] = key
    for (index, id) in ids.enumerated() { unsafe cells[place * width + index] = id }
  }

  /// Forgets everything.
  mutating func clear() {
    for index in 0..<Self.places { unsafe keys[index] = nil }
  }
}
