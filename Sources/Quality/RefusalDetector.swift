internal import Pattern

/// Tells answers that refuse from answers that do not, by how refusals are worded in English,
/// German, French, Spanish, Portuguese, Italian, Chinese, Japanese, Russian, and the plainest ones
/// in Dutch, Polish, Swedish, Turkish and Korean. Looks at the beginning, outside of quotations.
package final class RefusalDetector {
  private let phrases = PhraseList(RefusalDetector.pattern)
  /// How much of the beginning is looked at: refusals come first.
  static let lookedAt = 700

  /// A detector for one thread.
  package init() {}

  /// The words that refuse, or nil when none do.
  package func find(in answer: [UInt8]) -> String? {
    let folded = FoldedText.bytes(of: answer[JSONFinder.trimmed(answer)], limit: Self.lookedAt)
    let text = Quotations.removed(from: folded)
    return phrases.first(in: text).map { String(decoding: text[$0], as: UTF8.self) }
  }

  private static let pattern = PhraseList.pattern(RefusalPhrases.all)
}

/// What stands in quotation marks is said by somebody else.
enum Quotations {
  private static let pairs: [(open: [UInt8], close: [[UInt8]])] = [
    ([0x22], [[0x22]]), (Array("“".utf8), [Array("”".utf8)]),
    (Array("„".utf8), [Array("“".utf8), Array("”".utf8)]), (Array("«".utf8), [Array("»".utf8)]),
    (Array("「".utf8), [Array("」".utf8)]), (Array("『".utf8), [Array("』".utf8)]),
  ]

  /// The text without its quotations, but for one that is all there is; nothing of a text that
  /// begins as spoken lines of a story do.
  static func removed(from text: [UInt8]) -> [UInt8] {
    if text.starts(with: "—".utf8) || text.starts(with: "– ".utf8) { return [] }
    guard text.contains(where: { mayOpen($0) }) else { return text }
    var output: [UInt8] = []
    var index = 0
    while index < text.count {
      guard let end = quotationEnd(in: text, at: index) else {
        output.append(text[index])
        index += 1
        continue
      }
      if index == 0, end == text.count { return text }
      output.append(0x20)
      index = end
    }
    return output
  }

  /// Whether a quotation mark may begin with this byte.
  private static func mayOpen(_ byte: UInt8) -> Bool {
    byte == 0x22 || byte == 0xC2 || byte == 0xE2 || byte == 0xE3
  }

  private static func quotationEnd(in text: [UInt8], at index: Int) -> Int? {
    guard mayOpen(text[index]),
      let pair = pairs.first(where: { text[index...].starts(with: $0.open) })
    else {
      return nil
    }
    var place = index + pair.open.count
    while place < text.count {
      guard text[place] >= 0x80 || text[place] == 0x22 else {
        place += 1
        continue
      }
      if let close = pair.close.first(where: { text[place...].starts(with: $0) }) {
        return place + close.count
      }
      place += 1
    }
    return nil
  }
}
