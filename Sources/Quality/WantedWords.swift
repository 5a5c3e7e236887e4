/// Words that are looked for, by their hashes, each once, and which of them were found.
struct WantedWords {
  private(set) var count = 0
  private(set) var found = 0
  /// Open addresses; 0 is empty, and the lowest bit says that the word was found.
  private var table: [UInt64]

  /// Looks for the words with these hashes.
  init(_ hashes: [UInt64]) {
    var size = 16
    while size < 2 * hashes.count { size *= 2 }
    var slots = [UInt64](repeating: 0, count: size)
    let mask = size - 1
    var wanted = 0
    var entries = slots.mutableSpan
    for hash in hashes {
      let key = Self.key(hash)
      var slot = Int(truncatingIfNeeded: hash >> 8) & mask
      while entries[slot] != 0, entries[slot] != key { slot = (slot &+ 1) & mask }
      if entries[slot] == 0 { wanted &+= 1 }
      entries[slot] = key
    }
    table = slots
    count = wanted
  }

  /// Takes note of the words that stand in a document.
  mutating func find(_ hashes: [UInt64]) {
    var slots: [UInt64] = []
    swap(&slots, &table)
    let mask = slots.count - 1
    var seen = 0
    var entries = slots.mutableSpan
    for hash in hashes {
      let key = Self.key(hash)
      var slot = Int(truncatingIfNeeded: hash >> 8) & mask
      while entries[slot] != 0, entries[slot] & ~1 != key { slot = (slot &+ 1) & mask }
      guard entries[slot] == key else { continue }
      entries[slot] = key | 1
      seen &+= 1
    }
    table = slots
    found += seen
  }

  /// Never 0, and even.
  private static func key(_ hash: UInt64) -> UInt64 { hash & ~1 | 1 << 63 }
}
