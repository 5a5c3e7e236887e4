internal import Codec

/// The numbers that windows count and that a stored event keeps only in its `details`, by the name
/// they have there.
extension Measure.Quantity {
  private static let words: [(name: String, quantity: Self)] = [
    ("retry_wait_ms", .retryWait), ("gate_wait_ms", .gateWait), ("queue_ms", .queueWait),
    ("pool_wait_ms", .poolWait), ("pool_in_use", .poolInUse), ("pool_size", .poolSize),
    ("ratelimit_remaining_requests", .remainingRequests),
    ("ratelimit_remaining_tokens", .remainingTokens), ("breaker", .breaker),
    ("cache", .cacheResult), ("estimated_tokens", .estimatedTokens), ("value", .scoreValue),
    ("unpriced_tokens", .unpricedTokens),
  ]
  private static let named = words.map { (name: Array($0.name.utf8), quantity: $0.quantity) }

  fileprivate init?(_ name: UnsafeRawBufferPointer) {
    for (known, quantity) in Self.named where unsafe name.elementsEqual(known) {
      self = quantity
      return
    }
    return nil
  }

  /// The number of a word that this quantity is given as.
  fileprivate func number(of word: UnsafeRawBufferPointer) -> Double? {
    switch self {
    case .breaker: unsafe Self.place(of: word, in: BreakerState.self)
    case .cacheResult: unsafe Self.place(of: word, in: CacheResult.self)
    default: nil
    }
  }

  private static func place<Vocabulary: Word>(
    of word: UnsafeRawBufferPointer, in _: Vocabulary.Type
  ) -> Double? {
    Vocabulary.allCases.first { unsafe word.elementsEqual($0.text.utf8) }.map {
      Double($0.rawValue)
    }
  }
}

extension EventBatch {
  // unsafe because it reads the event's own text, which nobody adds to meanwhile.
  /// Makes again, from the `details` of an event that was read back, the measures it came with.
  package func restoreMeasures(of event: inout Event) {
    event.firstMeasure = UInt32(measures.count)
    event.measureCount = 0
    guard !event.details.isAbsent else { return }
    let slab = event.details.isInScratch ? scratch : body
    let start = event.details.offset
    var scanner = unsafe JSONScanner(
      ByteView(slab), from: start, to: start + event.details.length)
    do throws(JSONError) {
      try readMeasures(&scanner)
    } catch {
      // We wrote these details, but somebody may have edited the file: what was read counts.
    }
    event.measureCount = UInt16(measures.count - Int(event.firstMeasure))
  }

  private func readMeasures(_ scanner: inout JSONScanner) throws(JSONError) {
    guard scanner.take(0x7B) else { return }
    while scanner.next == 0x22 {
      let name = try scanner.string()
      scanner.skipSpace()
      guard scanner.take(0x3A) else { return }
      scanner.skipSpace()
      if let quantity = unsafe Measure.Quantity(scanner.bytes.raw(name.start, name.end)) {
        if let number = try number(&scanner, quantity) { append(Measure(quantity, number)) }
      } else {
        try scanner.skipValue(depth: 1, limit: Limits.depth + 1)
      }
      scanner.skipSpace()
      guard scanner.take(0x2C) else { return }
      scanner.skipSpace()
    }
  }

  /// Reads over a member's value; gives what it measures.
  private func number(
    _ scanner: inout JSONScanner, _ quantity: Measure.Quantity
  ) throws(JSONError) -> Double? {
    switch scanner.next {
    case 0x22:
      let word = try scanner.string()
      return unsafe quantity.number(of: scanner.bytes.raw(word.start, word.end))
    case 0x2D, 0x30...0x39:
      let start = scanner.index
      let number = try scanner.number()
      let (bytes, end) = (scanner.bytes, scanner.index)
      return number.double { String(decoding: bytes.copy(start, end), as: UTF8.self) }
    case 0x74, 0x66:
      let isTrue = scanner.next == 0x74
      try scanner.literal()
      return quantity == .scoreValue ? (isTrue ? 1 : 0) : nil
    default:
      try scanner.skipValue(depth: 1, limit: Limits.depth + 1)
      return nil
    }
  }
}
