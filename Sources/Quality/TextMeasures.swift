/// What texts measure.
enum TextMeasures {
  static func length(of text: [UInt8], in unit: EvaluatorCheck.LengthUnit) -> Int {
    switch unit {
    case .bytes: text.count
    case .characters: text.count { $0 & 0xC0 != 0x80 }
    case .lines: text.isEmpty ? 0 : text.count { $0 == 0x0A } + (text.last == 0x0A ? 0 : 1)
    case .words: words(of: text).count
    }
  }

  /// Whether nothing of a text can be seen.
  static func isBlank(_ text: [UInt8]) -> Bool {
    !text.contains { (0x21...0x7E).contains($0) }
      && FoldedText.bytes(of: text).allSatisfy { $0 == 0x20 }
  }

  /// The words of a text in small letters; a character of Chinese or Japanese is one.
  static func words(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    let folded = FoldedText.bytes(of: text)
    var words: [ArraySlice<UInt8>] = []
    var start: Int?
    var index = 0
    while index < folded.count {
      let byte = folded[index]
      if (0xE3...0xE9).contains(byte) {
        if let start { words.append(folded[start..<index]) }
        start = nil
        let end = min(folded.count, index + 3)
        if !(byte == 0xE3 && folded[index + 1] == 0x80) { words.append(folded[index..<end]) }
        index = end
        continue
      }
      let isPart =
        byte &- 0x30 < 10 || byte &- 0x61 < 26 || byte >= 0x80 && !isSign(folded, index)
      if isPart, start == nil {
        start = index
      } else if !isPart, let begin = start {
        words.append(folded[begin..<index])
        start = nil
      }
      index += 1
    }
    if let start { words.append(folded[start...]) }
    return words
  }

  /// Whether punctuation beyond ASCII begins or goes on here: `“”–…` and fullwidth signs.
  private static func isSign(_ text: [UInt8], _ index: Int) -> Bool {
    let byte = text[index]
    if byte == 0xE2 || byte == 0xEF { return true }
    let lead =
      index > 0 && text[index - 1] >= 0xE2 ? 1 : index > 1 && text[index - 2] >= 0xE2 ? 2 : 0
    return lead > 0 && byte & 0xC0 == 0x80
      && (text[index - lead] == 0xE2 || text[index - lead] == 0xEF)
  }

  /// Which share of the telling words of `text` stands in `documents`; nil without such words.
  /// Telling are numbers and words of four letters or more; pairs of Chinese characters.
  static func overlap(
    of text: [UInt8], with documents: [[UInt8]]
  ) -> (share: Double, found: Int, count: Int)? {
    let wanted = Set(telling(words(of: text)))
    guard !wanted.isEmpty else { return nil }
    var known = Set<[UInt8]>()
    for document in documents { known.formUnion(telling(words(of: document))) }
    let found = wanted.count { known.contains($0) }
    return (Double(found) / Double(wanted.count), found, wanted.count)
  }

  private static func telling(_ words: [ArraySlice<UInt8>]) -> [[UInt8]] {
    var telling: [[UInt8]] = []
    var last: ArraySlice<UInt8>?
    for word in words {
      let isSingle = word.count == 3 && (word.first ?? 0) >= 0xE3
      if isSingle {
        if let last { telling.append(Array(last + word)) }
        last = word
        continue
      }
      last = nil
      let letters = word.count { $0 & 0xC0 != 0x80 }
      if letters >= 4 || word.allSatisfy({ $0 &- 0x30 < 10 }) { telling.append(Array(word)) }
    }
    return telling
  }

  /// By what a text can be seen to be cut off, or nil. One that is said to be whole is believed
  /// unless JSON or a code fence is left open.
  static func cut(_ text: [UInt8], saysItIsWhole: Bool) -> String? {
    let body = text[JSONFinder.trimmed(text)]
    guard let first = body.first, let last = body.last else { return nil }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
      let found = JSONFinder.find(in: Array(body)), found.range.upperBound == body.count,
      found.repairs.contains(where: { $0.kind == .truncated })
    {
      return "JSON without its end"
    }
    if fences(in: body) % 2 == 1 { return "a code fence without its end" }
    guard !saysItIsWhole else { return nil }
    let line = body.split(separator: 0x0A).last ?? body
    let isLetter = last | 0x20 &- 0x61 < 26 || last == UInt8(ascii: ",") || last >= 0x80
    let endsInSign = FoldedText.endsInSign(body)
    return isLetter && !endsInSign && line.count >= 80 ? "a sentence without its end" : nil
  }

  private static func fences(in body: ArraySlice<UInt8>) -> Int {
    body.split(separator: 0x0A).count { line in
      line.drop { $0 == 0x20 || $0 == 0x09 }.starts(with: "```".utf8)
    }
  }
}

extension FoldedText {
  /// Whether the last character is no letter and no digit, whatever the script.
  static func endsInSign(_ text: ArraySlice<UInt8>) -> Bool {
    guard let last = String(decoding: text.suffix(8), as: UTF8.self).unicodeScalars.last else {
      return true
    }
    if last == "," { return false }
    return !last.properties.isAlphabetic && last.properties.numericType == nil
  }
}
