/// The scripts that are told apart.
enum TextScript: Int, CaseIterable {
  case latin, cyrillic, greek, arabic, hebrew, devanagari, thai, han, kana, hangul

  init?(_ value: UInt32) {
    switch value {
    case 0x61...0x7A, 0xDF...0xF6, 0xF8...0x24F, 0x1E00...0x1EFF: self = .latin
    case 0x400...0x52F: self = .cyrillic
    case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
    case 0x600...0x6FF, 0x750...0x77F: self = .arabic
    case 0x590...0x5FF: self = .hebrew
    case 0x900...0x97F: self = .devanagari
    case 0xE00...0xE7F: self = .thai
    case 0x3040...0x30FF: self = .kana
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0x20000...0x2FFFF: self = .han
    case 0xAC00...0xD7AF, 0x1100...0x11FF: self = .hangul
    default: return nil
    }
  }
}

/// How many letters of each script a text has, and its words.
struct ScriptCounts {
  private var counts = [Int](repeating: 0, count: TextScript.allCases.count)
  /// Small letters, with one blank between words and at both ends.
  private(set) var letters: [UInt32]

  /// The counts of folded text.
  init(_ folded: ArraySlice<UInt8>) {
    var found = [UInt32](repeating: 0x20, count: folded.count + 2)
    var counted = counts
    var written = 1
    var start = 0
    let text = folded.span
    let kinds = Self.kinds.span
    var letters = found.mutableSpan
    var counts = counted.mutableSpan
    while start < text.count {
      // Up to the next blank; links, paths, calls and the like say nothing about a language.
      var (end, signs, isCode) = (start, 0, false)
      while end < text.count, text[end] != 0x20 {
        let kind = kinds[Int(text[end])]
        if kind == 2 { isCode = true }
        signs &+= Int(kind & 1)
        end &+= 1
      }
      if end > start, !isCode, signs < 2 {
        Self.add(text, from: start, to: end, &letters, &written, &counts)
      }
      start = end &+ 1
    }
    found.removeLast(found.count - written)
    self.letters = found
    self.counts = counted
  }

  /// Adds the letters of what stands between two blanks, each word with a blank behind it.
  private static func add(
    _ text: Span<UInt8>, from start: Int, to end: Int, _ letters: inout MutableSpan<UInt32>,
    _ written: inout Int, _ counts: inout MutableSpan<Int>
  ) {
    var index = start
    while index < end {
      let byte = text[index]
      var letter: UInt32 = 0
      if byte < 0x80 {
        index &+= 1
        if byte &- 0x61 < 26 {
          letter = UInt32(byte)
          counts[TextScript.latin.rawValue] &+= 1
        }
      } else {
        let scalar = scalar(text, at: &index, before: end)
        if let script = TextScript(scalar) {
          letter = scalar
          counts[script.rawValue] &+= 1
        }
      }
      // A blank behind a blank is none.
      if letter == 0, letters[written &- 1] == 0x20 { continue }
      letters[written] = letter == 0 ? 0x20 : letter
      written &+= 1
    }
    guard letters[written &- 1] != 0x20 else { return }
    letters[written] = 0x20
    written &+= 1
  }

  /// The character of several bytes at `index`, which moves behind it. Folded text is UTF-8 but for
  /// its end, which may be cut.
  private static func scalar(
    _ text: Span<UInt8>, at index: inout Int, before end: Int
  ) -> UInt32 {
    let lead = text[index]
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    var value = UInt32(lead) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
    index &+= 1
    for _ in 1..<length {
      guard index < end, text[index] & 0xC0 == 0x80 else { return 0 }
      value = value << 6 | UInt32(text[index] & 0x3F)
      index &+= 1
    }
    return value
  }

  /// Of each byte: 2 stands in code only, of those with 1 a word has one at most.
  private static let kinds: [UInt8] = {
    var kinds = [UInt8](repeating: 0, count: 256)
    for byte in "{}<>=_\\`@#$%*".utf8 { kinds[Int(byte)] = 2 }
    for byte in "/0123456789".utf8 { kinds[Int(byte)] = 1 }
    return kinds
  }()

  /// The script most letters are of; an ideograph says as much as two letters. Kana and Chinese
  /// characters are one text.
  var main: TextScript? {
    let total = counts.reduce(0, +)
    guard total > 0 else { return nil }
    var weights = counts
    weights[TextScript.han.rawValue] = 2 * (counts[TextScript.han.rawValue])
    weights[TextScript.han.rawValue] += 2 * counts[TextScript.kana.rawValue]
    guard let most = weights.indices.max(by: { weights[$0] < weights[$1] }) else { return nil }
    return TextScript(rawValue: most)
  }

  func share(of script: TextScript) -> Double {
    let east = counts[TextScript.han.rawValue] + counts[TextScript.kana.rawValue]
    return Double(counts[script.rawValue]) / Double(max(1, east))
  }
}
