internal import Codec

/// A score with the dimensions under which it counts: those of what it scores, or its own.
package struct ResolvedScore: Sendable {
  /// The score, without texts; its dimension sets are those it counts under, with its own name and
  /// evaluator. Its measures lie beside it, from 0 on.
  package let event: Event
  package let measures: [Measure]
  /// When it was received, in ns since 1970.
  package let receivedAt: Int64
  /// The boolean or category it gives, as text; nil for a number.
  package let word: [UInt8]?

  /// A score that counts under the sets of `event`.
  package init(event: Event, measures: [Measure], receivedAt: Int64, word: [UInt8]?) {
    self.event = event
    self.measures = measures
    self.receivedAt = receivedAt
    self.word = word
  }

  /// The same score under other dimension sets.
  package func under(source: UInt32, operation: UInt32, tenant: UInt32) -> ResolvedScore {
    var event = event
    (event.source, event.operation, event.tenant) = (source, operation, tenant)
    return ResolvedScore(
      event: event, measures: measures, receivedAt: receivedAt, word: word)
  }

  /// The number it gives, or nil for a category.
  package var value: Double? { measures.first { $0.quantity == .scoreValue }?.value }
}

extension EventBatch {
  /// The boolean or category that a score's `details` give as its value, as text; nil for a number
  /// and where there is none.
  package func scoreWord(of event: Event) -> [UInt8]? {
    guard !event.details.isAbsent else { return nil }
    // unsafe because it reads the event's own text, which nobody adds to meanwhile.
    let details = ByteSlab(capacity: event.details.length)
    unsafe details.append(text(event.details))
    var scanner = unsafe JSONScanner(ByteView(details), from: 0, to: details.count)
    do throws(JSONError) {
      return try Self.scoreWord(&scanner)
    } catch {
      // Details that somebody edited in the file: a score without a word.
      return nil
    }
  }

  private static func scoreWord(_ scanner: inout JSONScanner) throws(JSONError) -> [UInt8]? {
    guard scanner.take(0x7B) else { return nil }
    while scanner.next == 0x22 {
      let name = try scanner.string()
      scanner.skipSpace()
      guard scanner.take(0x3A) else { return nil }
      scanner.skipSpace()
      if scanner.bytes.copy(name.start, name.end) == Array("value".utf8) {
        return try word(&scanner)
      }
      try scanner.skipValue(depth: 1, limit: Limits.depth + 1)
      scanner.skipSpace()
      guard scanner.take(0x2C) else { return nil }
      scanner.skipSpace()
    }
    return nil
  }

  private static func word(_ scanner: inout JSONScanner) throws(JSONError) -> [UInt8]? {
    let start = scanner.index
    switch scanner.next {
    case 0x74, 0x66:
      try scanner.literal()
      return scanner.bytes.copy(start, scanner.index)
    case 0x22:
      let string = try scanner.string()
      let text = ByteSlab(capacity: string.end - string.start + 4)
      _ = JSONText.unescape(scanner.bytes, string, into: text)
      // unsafe because the slab is local and read up to what was written.
      let word = unsafe Array(UnsafeRawBufferPointer(start: text.base, count: text.count))
      return word.count <= Limits.scoreWord ? word : Array("other".utf8)
    default: return nil
    }
  }
}
