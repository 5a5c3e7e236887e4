/// What texts measure.
enum TextMeasures {
  static func length(of text: [UInt8], in unit: EvaluatorCheck.LengthUnit) -> Int {
    switch unit {
    case .bytes: text.count
    case .characters: text.count - ByteCount.continuations(in: text)
    case .lines: text.isEmpty ? 0 : text.count { $0 == 0x0A } + (text.last == 0x0A ? 0 : 1)
    case .words: FoldedWords(FoldedText.bytes(of: text)).all.count
    }
  }

  /// Whether nothing of a text can be seen.
  static func isBlank(_ text: [UInt8]) -> Bool {
    !text.contains { (0x21...0x7E).contains($0) }
      && FoldedText.bytes(of: text).allSatisfy { $0 == 0x20 }
  }

  /// Which share of the telling words of a text stands in documents; nil without such words.
  static func overlap(
    of text: FoldedWords, with documents: [FoldedWords]
  ) -> (share: Double, found: Int, count: Int)? {
    var wanted = WantedWords(text.tellingWords)
    guard wanted.count > 0 else { return nil }
    for document in documents { wanted.find(document.tellingWords) }
    return (Double(wanted.found) / Double(wanted.count), wanted.found, wanted.count)
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
    // Few texts have any.
    guard ByteFinder.contains(fence, in: body) else { return 0 }
    return body.split(separator: 0x0A).count { line in
      line.drop { $0 == 0x20 || $0 == 0x09 }.starts(with: fence)
    }
  }

  private static let fence = Array("```".utf8)
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
