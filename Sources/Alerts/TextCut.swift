/// Texts made to fit what a service takes.
enum TextCut {
  /// `text`, or as many whole characters of it as leave room for a mark. Lengths are in UTF-16, the
  /// largest that services count in but for bytes.
  static func text(_ text: String, _ limit: Int) -> String {
    cut(text, limit, mark: 1) { $0.utf16.count }
  }

  /// The same with a length in bytes of UTF-8.
  static func bytes(_ text: String, _ limit: Int) -> String {
    cut(text, limit, mark: 3) { $0.utf8.count }
  }

  /// On one line: what would end it or move on it is a space.
  static func line(_ text: String, _ limit: Int) -> String {
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: line.append(" ")
      default: line.append(scalar)
      }
    }
    return self.text(String(line), limit)
  }

  private static func cut(
    _ text: String, _ limit: Int, mark: Int, length: (Substring) -> Int
  ) -> String {
    // A character has no fewer bytes than UTF-16 units, so this settles most.
    if text.utf8.count <= limit || length(text[...]) <= limit { return text }
    var used = mark
    var end = text.startIndex
    while end < text.endIndex {
      let next = text.index(after: end)
      used += length(text[end..<next])
      if used > limit { break }
      end = next
    }
    return text[..<end] + "…"
  }
}
