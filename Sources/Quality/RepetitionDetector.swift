/// Finds texts that have fallen into a loop: the same words over and over, one right after the
/// other. Lists and tables, whose lines only look alike, are none.
///
/// Time is linear in the text: the distance to the last time the same four words stood in a row
/// tells the length of a loop.
package struct RepetitionDetector: Sendable {
  /// What was found.
  package struct Finding: Equatable, Sendable {
    /// The share of the words that stand in loops, 0 to 1.
    package let share: Double
    /// Of the longest loop: how often it goes round, and how many words it has.
    package let rounds: Int
    package let period: Int

    fileprivate static let none = Finding(share: 0, rounds: 0, period: 0)

    /// Whether there is a loop.
    package var isLoop: Bool { rounds > 0 }
  }

  /// A detector; it holds nothing.
  package init() {}

  /// How much of `text` goes round in loops.
  package func find(in text: [UInt8]) -> Finding {
    find(inFolded: FoldedText.bytes(of: text, limit: Self.lookedAt))
  }

  /// The same of a text that is folded already, with its words.
  func find(inFolded text: [UInt8], _ words: FoldedWords? = nil) -> Finding {
    if text.count > Self.lookedAt { return find(inFolded: Array(text.prefix(Self.lookedAt))) }
    if Self.mayHoldRun(text), let finding = Self.sameCharacter(text) { return finding }
    // Without numbers, so that counting does not hide a loop; and with them, for loops of numbers.
    let words = words ?? FoldedWords(text)
    let plainCount = words.all.count - words.numbers
    // Where numbers are much of the text they are what it says.
    guard words.numbers > 0, 3 * plainCount > 2 * words.all.count else {
      return Self.loops(in: words.all) ?? .none
    }
    // What goes round with its numbers does so without them.
    guard let plain = Self.loops(in: words.plain) else { return .none }
    let whole = Self.loops(in: words.all) ?? .none
    return plain.share > whole.share ? plain : whole
  }

  private static let lookedAt = 64 << 10
}

// MARK: Loops
extension RepetitionDetector {
  private static let window = 4

  /// The loops among words; nil where no four words stand in a row twice.
  private static func loops(in words: [UInt64]) -> Finding? {
    guard words.count > window else { return nil }
    // Where each four words stood last, by open addresses: the upper half of their hash, and the
    // place from 1.
    var size = 16
    while size < 2 * words.count { size *= 2 }
    var places = [UInt64](repeating: 0, count: size)
    var table = places.mutableSpan
    let mask = size - 1
    var loop = Loop()
    var best = (rounds: 0, period: 0, length: 0)
    var looped = 0
    var isRepeated = false
    func close() {
      guard loop.isLoop else { return }
      looped += loop.length
      if loop.length > best.length { best = (loop.rounds, loop.period, loop.length) }
    }
    for index in 0...(words.count - window) {
      let key =
        words[index] ^ rotated(words[index + 1], 17) ^ rotated(words[index + 2], 31)
        ^ rotated(words[index + 3], 47)
      var slot = Int(truncatingIfNeeded: key) & mask
      while table[slot] != 0, (table[slot] ^ key) >> 32 != 0 { slot = (slot &+ 1) & mask }
      let last = Int(table[slot] & 0xFFFF_FFFF)
      table[slot] = key & ~0xFFFF_FFFF | UInt64(index &+ 1)
      let distance = last == 0 ? 0 : index &+ 1 &- last
      if distance > 0 { isRepeated = true }
      if distance > 0, distance == loop.period {
        loop.matches += 1
      } else {
        if loop.matches > 0 { close() }
        loop = Loop(period: distance, matches: distance > 0 ? 1 : 0)
      }
    }
    guard isRepeated else { return nil }
    close()
    let share = min(1, Double(looped) / Double(words.count))
    return Finding(share: share, rounds: best.rounds, period: best.period)
  }

  @inline(__always)
  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word &<< bits | word &>> (64 - bits)
  }

  /// A stretch in which every word is the one `period` before it.
  private struct Loop {
    var period = 0
    var matches = 0

    var length: Int { matches == 0 ? 0 : period + matches + window - 1 }
    var rounds: Int { period == 0 ? 0 : length / period }

    /// Whether it goes round too often for a figure of speech: short ones may go round more.
    var isLoop: Bool {
      guard period > 0 else { return false }
      switch period {
      case 1: return rounds >= 10
      case 2...4: return rounds >= 5 && length >= 15
      case 5...29: return rounds >= 4
      default: return rounds >= 3
      }
    }
  }

  /// Whether a character may go on for fifty times: somewhere on the way a word of eight bytes is
  /// then the one a character behind it.
  private static func mayHoldRun(_ text: [UInt8]) -> Bool {
    // unsafe because words are read from the text's own bytes; each read ends within it.
    unsafe text.withUnsafeBytes { bytes in
      var place = 0
      while place + 12 <= bytes.count {
        let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        for length in 1...4 {
          let next = unsafe bytes.loadUnaligned(fromByteOffset: place + length, as: UInt64.self)
          if next == word { return true }
        }
        place += 16
      }
      return false
    }
  }

  /// A single character without end; rulers of headings and tables are shorter.
  private static func sameCharacter(_ text: [UInt8]) -> Finding? {
    var index = 0
    while index < text.count {
      let length = characterLength(text[index])
      // Each byte is the one a character before it for as long as the character goes on.
      var end = index + length
      while end < text.count, text[end] == text[end - length] { end += 1 }
      let count = (end - index) / length
      if count >= 50, count >= 120 || !isRuler(text[index..<(index + length)]) {
        return Finding(
          share: Double(count * length) / Double(text.count), rounds: count, period: 1)
      }
      index += max(1, count) * length
    }
    return nil
  }

  private static func characterLength(_ lead: UInt8) -> Int {
    lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
  }

  private static func isRuler(_ character: ArraySlice<UInt8>) -> Bool {
    guard let first = character.first else { return false }
    return "-=_*~#.+".utf8.contains(first) || character.starts(with: [0xE2, 0x94])
      || character.starts(with: [0xE2, 0x95])
  }
}
