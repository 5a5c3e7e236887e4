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

    /// Whether there is a loop.
    package var isLoop: Bool { rounds > 0 }
  }

  /// A detector; it holds nothing.
  package init() {}

  /// How much of `text` goes round in loops.
  package func find(in text: [UInt8]) -> Finding {
    let folded = FoldedText.bytes(of: text, limit: Self.lookedAt)
    if let finding = Self.sameCharacter(folded) { return finding }
    let words = Words(folded)
    // Without numbers, so that counting does not hide a loop; and with them, for loops of numbers.
    let all = words.keys(withNumbers: true)
    let plain = words.keys(withNumbers: false)
    let finding = Self.loops(in: all)
    // Where numbers are much of the text they are what it says.
    guard plain.count < all.count, 3 * plain.count > 2 * all.count else { return finding }
    let plainFinding = Self.loops(in: plain)
    return plainFinding.share > finding.share ? plainFinding : finding
  }

  private static let lookedAt = 64 << 10
}

// MARK: Words
extension RepetitionDetector {
  /// The words of a text as hashes; a character of a script without blanks is a word.
  private struct Words {
    private var hashes: [(hash: UInt64, isNumber: Bool)] = []

    init(_ text: [UInt8]) {
      var hash: UInt64 = 0
      var isNumber = true
      var isOpen = false
      var index = 0
      func close(_ hashes: inout [(hash: UInt64, isNumber: Bool)]) {
        if isOpen { hashes.append((hash, isNumber)) }
        (hash, isNumber, isOpen) = (0, true, false)
      }
      while index < text.count {
        let byte = text[index]
        if (0xE3...0xE9).contains(byte) || byte >= 0xEF {
          close(&hashes)
          let length = byte >= 0xF0 ? 4 : 3
          let letter = text[index..<min(text.count, index + length)]
          if !Self.isSign(letter) {
            hashes.append((letter.reduce(7) { Self.mix($0, $1) }, false))
          }
          index += length
          continue
        }
        let isDigit = byte &- 0x30 < 10
        if isDigit || byte &- 0x61 < 26 || byte >= 0x80 || byte == UInt8(ascii: "'") && isOpen {
          hash = Self.mix(hash, byte)
          isNumber = isNumber && isDigit
          isOpen = true
        } else {
          close(&hashes)
        }
        index += 1
      }
      close(&hashes)
    }

    /// Whether a character of three bytes is punctuation of Chinese or Japanese.
    private static func isSign(_ letter: ArraySlice<UInt8>) -> Bool {
      letter.starts(with: [0xE3, 0x80]) || letter.starts(with: [0xEF, 0xBC])
        || letter.starts(with: [0xEF, 0xBD])
    }

    private static func mix(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
      (hash ^ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15 &+ 0x1656_67B1
    }

    func keys(withNumbers: Bool) -> [UInt64] {
      hashes.filter { withNumbers || !$0.isNumber }.map(\.hash)
    }
  }
}

// MARK: Loops
extension RepetitionDetector {
  private static let window = 4

  private static func loops(in words: [UInt64]) -> Finding {
    guard words.count > window else { return Finding(share: 0, rounds: 0, period: 0) }
    var last = LastPlaces(count: words.count)
    var loop = Loop()
    var best = (rounds: 0, period: 0, length: 0)
    var looped = 0
    func close() {
      guard loop.isLoop else { return }
      looped += loop.length
      if loop.length > best.length { best = (loop.rounds, loop.period, loop.length) }
    }
    for index in 0...(words.count - window) {
      var key: UInt64 = 0x1234_5678
      for word in index..<(index + window) {
        key = (key ^ words[word]) &* 0xC2B2_AE3D_27D4_EB4F &+ (key >> 29)
      }
      let distance = last.update(key, to: index).map { index - $0 } ?? 0
      if distance > 0, distance == loop.period {
        loop.matches += 1
      } else {
        close()
        loop = Loop(period: distance, matches: distance > 0 ? 1 : 0)
      }
    }
    close()
    let share = min(1, Double(looped) / Double(words.count))
    return Finding(share: share, rounds: best.rounds, period: best.period)
  }

  /// Where each key was seen last: a table of open addresses, which is all that is wanted.
  private struct LastPlaces {
    private var keys: [UInt64]
    private var places: [Int32]
    private let mask: Int

    init(count: Int) {
      var size = 16
      while size < 2 * count { size *= 2 }
      keys = Array(repeating: 0, count: size)
      places = Array(repeating: -1, count: size)
      mask = size - 1
    }

    /// Puts the key at `place`; where it was before.
    mutating func update(_ key: UInt64, to place: Int) -> Int? {
      var slot = Int(truncatingIfNeeded: key >> 20) & mask
      while places[slot] >= 0, keys[slot] != key { slot = (slot + 1) & mask }
      let before = places[slot]
      keys[slot] = key
      places[slot] = Int32(place)
      return before >= 0 ? Int(before) : nil
    }
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
