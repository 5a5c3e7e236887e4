/// Tells texts that try to take over the model that reads them, by how such texts are worded: in
/// English, German, French, Spanish, Portuguese, Italian, Chinese, Japanese and Russian, and the
/// plainest ones in a few more. It knows wordings, not intentions: a warning sign, no wall.
package final class InjectionDetector {
  private let phrases = PhraseList(InjectionDetector.pattern)
  /// How much of a text is looked at.
  static let lookedAt = 256 << 10

  /// A detector for one thread.
  package init() {}

  /// The words that give it away, or nil when none do.
  package func find(in text: [UInt8]) -> String? {
    let folded = FoldedText.bytes(of: text, limit: Self.lookedAt)
    return phrases.first(in: folded).map { match in
      String(decoding: folded[match].prefix(Self.shown), as: UTF8.self)
    }
  }

  /// How much of a match is shown.
  private static let shown = 80
  private static let pattern = PhraseList.pattern(InjectionPhrases.all)
}
