internal import Codec

/// Finds the JSON in what a model wrote, and puts right what models get wrong.
///
/// Time is linear in the text. Of several values the fenced one counts, else the longest.
package enum JSONFinder {
  /// The value in `text`, or nil when there is none.
  package static func find(
    in text: [UInt8], limits: JSONReader.Limits = JSONReader.Limits()
  ) -> FoundJSON? {
    let body = trimmed(text)
    guard !body.isEmpty else { return nil }
    do {
      let value = try JSONReader.read(text[body], limits: limits)
      return FoundJSON(value: value, range: body, repairs: [])
    } catch {
      var search = JSONSearch(text, body: body, depthLimit: limits.depth)
      return search.container() ?? search.scalar()
    }
  }

  static func trimmed(_ text: [UInt8]) -> Range<Int> {
    var (start, end) = (text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0, text.count)
    while start < end, isSpace(text[start]) { start += 1 }
    while end > start, isSpace(text[end - 1]) { end -= 1 }
    return start..<end
  }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}

/// The search for JSON in one text.
private struct JSONSearch {
  private let text: [UInt8]
  private let body: Range<Int>
  private let depthLimit: Int
  /// Bytes that may still be read twice: what keeps the whole linear.
  private var patience: Int
  private var best: Candidate?

  private struct Candidate {
    let value: JSONValue
    let range: Range<Int>
    let repairs: RepairList
    let isFenced: Bool
    /// Cut before anything in it was whole.
    let isHollow: Bool

    func beats(_ other: Candidate) -> Bool {
      if isHollow != other.isHollow { return !isHollow }
      if isFenced != other.isFenced { return isFenced }
      return range.count > other.range.count
    }
  }

  init(_ text: [UInt8], body: Range<Int>, depthLimit: Int) {
    self.text = text
    self.body = body
    self.depthLimit = depthLimit
    patience = 4 * body.count + 1_024
  }

  /// The best object or array.
  mutating func container() -> FoundJSON? {
    var position = body.lowerBound
    while let start = text[position..<body.upperBound].firstIndex(where: {
      $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[")
    }) {
      position = attempt(at: start)
    }
    return best.map { found($0) }
  }

  /// Tries a value at `start`; where the search goes on.
  private mutating func attempt(at start: Int) -> Int {
    var reader = LenientReader(text, from: start, to: body.upperBound, depthLimit: depthLimit)
    let value: JSONValue?
    do {
      value = try reader.value(depth: 0)
    } catch {
      // Behind what was whole nothing of this value is worth another look.
      return reader.wholeParts > 0 ? max(reader.index, start + 1) : retry(start, reader.index)
    }
    guard let value else { return start + 1 }
    let isCut = reader.repairs.contains(.truncated)
    let candidate = Candidate(
      value: value, range: start..<reader.index, repairs: reader.repairs,
      isFenced: isFenced(start), isHollow: isCut && reader.wholeParts == 0)
    if best.map({ candidate.beats($0) }) ?? true { best = candidate }
    return candidate.isHollow ? retry(start, reader.index) : reader.index
  }

  /// Where to go on after a failure: right behind the start as long as patience lasts.
  private mutating func retry(_ start: Int, _ failure: Int) -> Int {
    patience -= failure - start
    return patience > 0 ? start + 1 : max(failure, start + 1)
  }

  /// Whether only a fence and its language stand before `start` on the lines above.
  private func isFenced(_ start: Int) -> Bool {
    var index = start
    while index > body.lowerBound, JSONFinder.isSpace(text[index - 1]) { index -= 1 }
    let floor = max(body.lowerBound, index - 16)
    while index > floor, (text[index - 1] | 0x20) &- 0x61 < 26 || text[index - 1] &- 0x30 < 10 {
      index -= 1
    }
    return index - 3 >= body.lowerBound
      && text[(index - 3)..<index].allSatisfy { $0 == UInt8(ascii: "`") }
  }

  /// A text, number or word that is all there is, but for a fence.
  mutating func scalar() -> FoundJSON? {
    var range = body
    var isFenced = false
    if text[range].starts(with: "```".utf8) {
      isFenced = true
      let line = text[range].firstIndex(of: 0x0A).map { $0 + 1 } ?? range.upperBound
      range = line..<range.upperBound
      if text[range].suffix(3).elementsEqual("```".utf8) {
        range = range.lowerBound..<(range.upperBound - 3)
      }
    }
    var reader = LenientReader(
      text, from: range.lowerBound, to: range.upperBound, depthLimit: depthLimit)
    reader.skipSpace()
    let start = reader.index
    do {
      guard let value = try reader.value(depth: 0) else { return nil }
      let end = reader.index
      reader.skipSpace()
      guard reader.isAtEnd, !reader.repairs.contains(.truncated) else { return nil }
      return found(
        Candidate(
          value: value, range: start..<end, repairs: reader.repairs, isFenced: isFenced,
          isHollow: false))
    } catch {
      return nil
    }
  }

  private func found(_ candidate: Candidate) -> FoundJSON {
    var repairs = RepairList()
    if hasProse(around: candidate) { repairs.note(.prose, at: body.lowerBound) }
    if candidate.isFenced { repairs.note(.codeFence, at: body.lowerBound) }
    return FoundJSON(
      value: candidate.value, range: candidate.range,
      repairs: repairs.repairs + candidate.repairs.repairs)
  }

  /// Whether anything but space, a comment and a fence stands outside of the value.
  private func hasProse(around candidate: Candidate) -> Bool {
    let before = text[body.lowerBound..<candidate.range.lowerBound]
    let after = text[candidate.range.upperBound..<body.upperBound]
    let isPlainAfter = after.allSatisfy {
      JSONFinder.isSpace($0) || candidate.isFenced && $0 == UInt8(ascii: "`")
    }
    let isPlainBefore =
      before.allSatisfy { JSONFinder.isSpace($0) }
      || candidate.isFenced && before.starts(with: "```".utf8)
        && !before.dropFirst(3).contains(UInt8(ascii: "`"))
    return !isPlainBefore || !isPlainAfter
  }
}
