internal import Codec

/// A hash table from pairs of words to small numbers, open addressed in two flat arrays: a look-up
/// is one step mostly, nothing is allocated but to grow. The hash is keyed, so that nobody who
/// chooses trace ids can aim at collisions.
struct SlotTable {
  private var keys: [Hash128] = Array(repeating: .zero, count: 64)
  private var values: [Int32] = Array(repeating: -1, count: 64)
  private(set) var count = 0
  private let key: HashKey

  init(key: HashKey) { self.key = key }

  /// The number of a key, or −1.
  func value(_ key: Hash128) -> Int32 {
    var place = place(of: key)
    while values[place] >= 0 {
      if keys[place] == key { return values[place] }
      place = (place &+ 1) & (keys.count &- 1)
    }
    return -1
  }

  /// Gives a key its number, a new one or in place of the old.
  mutating func set(_ key: Hash128, _ value: Int32) {
    precondition(value >= 0, "a number of a slot is 0 or more")
    if (count + 1) * 2 > keys.count { grow() }
    var place = place(of: key)
    while values[place] >= 0, keys[place] != key { place = (place &+ 1) & (keys.count &- 1) }
    if values[place] < 0 { count += 1 }
    keys[place] = key
    values[place] = value
  }

  /// Forgets a key, if it is there.
  mutating func remove(_ key: Hash128) {
    var place = place(of: key)
    while values[place] >= 0, keys[place] != key { place = (place &+ 1) & (keys.count &- 1) }
    guard values[place] >= 0 else { return }
    count -= 1
    // Moves back what would no longer be found behind the gap.
    var gap = place
    var next = (gap &+ 1) & (keys.count &- 1)
    while values[next] >= 0 {
      let home = self.place(of: keys[next])
      let distance = (next &- home) & (keys.count &- 1)
      if distance >= (next &- gap) & (keys.count &- 1) {
        (keys[gap], values[gap]) = (keys[next], values[next])
        gap = next
      }
      next = (next &+ 1) & (keys.count &- 1)
    }
    values[gap] = -1
  }

  private func place(of key: Hash128) -> Int {
    let hash = self.key.hash(key.high, key.low, salt: 0)
    return Int(truncatingIfNeeded: hash.low) & (keys.count &- 1)
  }

  private mutating func grow() {
    let (oldKeys, oldValues) = (keys, values)
    keys = Array(repeating: .zero, count: oldKeys.count * 2)
    values = Array(repeating: -1, count: oldValues.count * 2)
    count = 0
    for (key, value) in zip(oldKeys, oldValues) where value >= 0 { set(key, value) }
  }
}
