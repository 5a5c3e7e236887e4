/// Tells what language a text is in: by its script, and among languages of one script by how often
/// its groups of one to four letters stand in sentences of each.
///
/// Knows ar cs da de el en es fi fr he hi hu id it ja ko nl pl pt ro ru sv th tr uk vi zh. Code,
/// numbers and links count for nothing.
package struct LanguageDetector: Sendable {
  /// What was found.
  package struct Finding: Equatable, Sendable {
    /// ISO 639-1, or `und` where none can be told.
    package let language: String
    /// How sure it is against the next best, 0 to 1.
    package let confidence: Double
  }

  private let latin: LanguageProfiles
  private let cyrillic: LanguageProfiles

  /// A detector; the first one of a process makes the profiles, which takes some milliseconds.
  package init() {
    latin = Self.latinProfiles
    cyrillic = Self.cyrillicProfiles
  }

  private static let latinProfiles = LanguageProfiles(LanguageSamples.latin)
  private static let cyrillicProfiles = LanguageProfiles(LanguageSamples.cyrillic)
  /// How much of a text is looked at.
  private static let lookedAt = 4_096
  /// The languages it can tell, sorted.
  package static let languages =
    (LanguageSamples.latin.map(\.language) + LanguageSamples.cyrillic.map(\.language) + [
      "ar", "el", "he", "hi", "ja", "ko", "th", "zh",
    ]).sorted()

  /// The language of `text`.
  package func find(in text: [UInt8]) -> Finding {
    let counts = ScriptCounts(text.prefix(Self.lookedAt))
    guard let script = counts.main else { return Finding(language: "und", confidence: 0) }
    switch script {
    case .latin: return latin.best(for: counts.letters, least: 4)
    case .cyrillic: return cyrillic.best(for: counts.letters, least: 3)
    case .han, .kana:
      let isJapanese = counts.share(of: .kana) > 0.05
      return Finding(language: isJapanese ? "ja" : "zh", confidence: 1)
    case .hangul: return Finding(language: "ko", confidence: 1)
    case .greek: return Finding(language: "el", confidence: 1)
    case .arabic: return Finding(language: "ar", confidence: 1)
    case .hebrew: return Finding(language: "he", confidence: 1)
    case .devanagari: return Finding(language: "hi", confidence: 1)
    case .thai: return Finding(language: "th", confidence: 1)
    }
  }
}

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
private struct ScriptCounts {
  private var counts = [Int](repeating: 0, count: TextScript.allCases.count)
  /// Small letters, with one blank between words and at both ends.
  private(set) var letters: [UInt32] = [0x20]

  init(_ text: ArraySlice<UInt8>) {
    let folded = FoldedText.bytes(of: text)
    for word in folded.split(separator: 0x20) where !Self.isCode(word) {
      var isInWord = false
      for scalar in String(decoding: word, as: UTF8.self).unicodeScalars {
        if let script = TextScript(scalar.value) {
          counts[script.rawValue] += 1
          letters.append(scalar.value)
          isInWord = true
        } else if isInWord {
          letters.append(0x20)
          isInWord = false
        }
      }
      if isInWord { letters.append(0x20) }
    }
  }

  /// Links, paths, calls and the like say nothing about a language.
  private static func isCode(_ word: ArraySlice<UInt8>) -> Bool {
    var signs = 0
    for byte in word {
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "<"), UInt8(ascii: ">"),
        UInt8(ascii: "="), UInt8(ascii: "_"), UInt8(ascii: "\\"), UInt8(ascii: "`"),
        UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
        UInt8(ascii: "*"):
        return true
      case UInt8(ascii: "/"), 0x30...0x39: signs += 1
      default: continue
      }
    }
    return signs > 1
  }

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

/// How likely groups of letters are in each of a few languages.
struct LanguageProfiles: Sendable {
  private let languages: [String]
  private let places: GroupTable
  /// The logarithms of each group's shares, one a language, group after group.
  private let shares: [Float]
  private static let longest = 4
  /// Letters looked at: more change nothing.
  private static let lookedAt = 400

  init(_ samples: [(language: String, text: String)]) {
    languages = samples.map(\.language)
    var counts: [UInt64: [Float]] = [:]
    var totals = [Float](repeating: 0, count: samples.count)
    for (index, sample) in samples.enumerated() {
      let letters = ScriptCounts(ArraySlice(sample.text.utf8)).letters
      for key in Self.groups(in: letters[...]) {
        counts[key, default: [Float](repeating: 0, count: samples.count)][index] += 1
        totals[index] += 1
      }
    }
    let smoothing: Float = 0.3
    let groups = Float(counts.count)
    places = GroupTable(counts.keys)
    shares = counts.values.flatMap { values in
      zip(values, totals).map { count, total in
        RealMath.logarithm((count + smoothing) / (total + smoothing * groups))
      }
    }
  }

  /// The language that makes the letters likeliest; `und` below `least` letters.
  func best(for letters: [UInt32], least: Int) -> LanguageDetector.Finding {
    var sums = [Float](repeating: 0, count: languages.count)
    var known = 0
    for key in Self.groups(in: letters.prefix(Self.lookedAt)) {
      guard let place = places[key] else { continue }
      known += 1
      let start = place * sums.count
      for index in 0..<sums.count { sums[index] += shares[start + index] }
    }
    let count = letters.count { $0 != 0x20 }
    let order = languages.indices.sorted { sums[$0] > sums[$1] }
    guard count >= least, known > 0, let best = order.first else {
      return LanguageDetector.Finding(language: "und", confidence: 0)
    }
    let second = order.count > 1 ? sums[order[1]] : sums[best]
    // Groups overlap, so that each says less than its share.
    let lead = Double(sums[best] - second) / 4
    return LanguageDetector.Finding(
      language: languages[best], confidence: 1 - 1 / (1 + max(0, lead)))
  }

  /// The groups of one to four letters, blanks among them, each as one number.
  private static func groups(in letters: ArraySlice<UInt32>) -> [UInt64] {
    var groups: [UInt64] = []
    groups.reserveCapacity(longest * letters.count)
    for start in letters.indices {
      var key: UInt64 = 0
      for place in start..<min(start + longest, letters.endIndex) {
        key = key << 15 | UInt64(letters[place] & 0x7FFF) + 1
        if place == start, letters[start] == 0x20 { continue }
        groups.append(key)
      }
    }
    return groups
  }
}

/// Numbers for groups of letters in the order they were given, found by open addresses.
private struct GroupTable: Sendable {
  private var keys: [UInt64]
  private var numbers: [Int32]
  private let mask: Int

  init(_ groups: some Collection<UInt64>) {
    var size = 16
    while size < 2 * groups.count { size *= 2 }
    keys = Array(repeating: 0, count: size)
    numbers = Array(repeating: -1, count: size)
    mask = size - 1
    for (number, group) in groups.enumerated() {
      var slot = Self.start(group) & mask
      while numbers[slot] >= 0 { slot = (slot + 1) & mask }
      keys[slot] = group
      numbers[slot] = Int32(number)
    }
  }

  subscript(group: UInt64) -> Int? {
    var slot = Self.start(group) & mask
    while numbers[slot] >= 0 {
      if keys[slot] == group { return Int(numbers[slot]) }
      slot = (slot + 1) & mask
    }
    return nil
  }

  private static func start(_ group: UInt64) -> Int {
    Int(truncatingIfNeeded: (group &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }
}
