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
  private static let lookedAt = 512
  /// The languages it can tell, sorted.
  package static let languages =
    (LanguageSamples.latin.map(\.language) + LanguageSamples.cyrillic.map(\.language) + [
      "ar", "el", "he", "hi", "ja", "ko", "th", "zh",
    ]).sorted()

  /// The language of `text`, by its beginning.
  package func find(in text: [UInt8]) -> Finding {
    find(inFolded: FoldedText.bytes(of: text, limit: Self.lookedAt))
  }

  /// The same of a text that is folded already.
  func find(inFolded text: [UInt8]) -> Finding {
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
