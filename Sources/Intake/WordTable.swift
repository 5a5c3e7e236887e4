internal import Codec

/// A short ASCII word folded to lower case and packed into 16 bytes, to compare in two steps.
struct PackedWord: Equatable, Sendable {
  private let first: UInt64
  private let second: UInt64

  /// The word at `start..<end`; nil when it is empty or longer than 16 bytes.
  init?(_ bytes: ByteView, from start: Int, to end: Int) {
    let length = end - start
    guard length > 0, length <= 16 else { return nil }
    first = Self.lower(bytes.word(at: start) & Self.mask(length))
    second = length > 8 ? Self.lower(bytes.word(at: start + 8) & Self.mask(length - 8)) : 0
  }

  /// The packed form of a word known beforehand.
  init(_ text: String) {
    let slab = ByteSlab(capacity: 32)
    slab.append(Array(text.utf8))
    guard let packed = unsafe PackedWord(ByteView(slab), from: 0, to: slab.count) else {
      preconditionFailure("a word of a table has 1 to 16 bytes")
    }
    self = packed
  }

  private static func mask(_ length: Int) -> UInt64 {
    length >= 8 ? .max : 1 << UInt64(length * 8) - 1
  }

  /// Sets bit 5 of each byte in 'A'…'Z'.
  private static func lower(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low = word & (0x7F &* ones)
    let isUpper =
      (low &+ (0x3F &* ones)) & ~(low &+ (0x25 &* ones)) & ~word & (0x80 &* ones)
    return word | isUpper >> 2
  }
}

/// Words of a closed vocabulary and what they mean.
struct WordTable<Meaning: Sendable>: Sendable {
  private let rows: [(word: PackedWord, meaning: Meaning)]

  /// Meanings with the words for each, separated by blanks.
  init(_ rows: [(Meaning, String)]) {
    self.rows = rows.flatMap { meaning, words in
      words.split(separator: " ").map { (PackedWord(String($0)), meaning) }
    }
  }

  /// What the word means, or nil when it is not in the vocabulary.
  subscript(word: PackedWord?) -> Meaning? {
    guard let word else { return nil }
    for row in rows where row.word == word { return row.meaning }
    return nil
  }
}
