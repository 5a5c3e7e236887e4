import Pattern

typealias RedactionExpression = PatternMatcher

/// What looks for hits.
enum RedactionMeans {
  case all
  /// All but the policy's expressions, which may match markers.
  case detectors
}

/// Takes secrets and personal data out of texts; the scratch memory of one thread.
///
/// Clean input costs one pass (see `RedactionScanner`) and allocates nothing. All output is
/// appended, and nothing is appended when the answer is `false`.
package struct Redactor: ~Copyable {
  /// What was replaced since the redactor was made.
  package internal(set) var counts: RedactionCounts
  var scanner: RedactionScanner
  var shadow = RedactionShadow()
  let policy: RedactionPolicy
  let markers: [[UInt8]]
  private let expressions: [RedactionExpression]

  /// A redactor for one thread; it keeps its memory from call to call.
  package init(_ policy: RedactionPolicy) {
    self.policy = policy
    markers = policy.markers
    scanner = RedactionScanner(policy)
    expressions = policy.expressions.map { RedactionExpression($0.pattern) }
    counts = RedactionCounts(
      customCount: policy.expressions.count + policy.fields.count)
  }

  /// Appends `text` with every hit replaced by its marker; `false` when there is none.
  package mutating func redact(
    text bytes: UnsafeRawBufferPointer, into output: inout [UInt8]
  ) -> Bool {
    let text = unsafe RedactionText(bytes)
    guard findAtAnyDepth(in: text) else { return false }
    let start = output.count
    appendRedacted(text, to: &output)
    unsafe settle(&output, from: start) { redactor, bytes, again in
      unsafe redactor.redactOnce(text: bytes, into: &again)
    }
    return true
  }

  /// How many hits of each kind `text` holds; nothing is replaced, and `counts` stays.
  package mutating func hits(in bytes: UnsafeRawBufferPointer) -> RedactionCounts {
    var found = RedactionCounts(customCount: policy.expressions.count + policy.fields.count)
    if unsafe findAtAnyDepth(in: RedactionText(bytes)) {
      for hit in scanner.hits { found.add(hit.label) }
    }
    return found
  }

  /// Appends a line that could not be read, with every hit replaced, also those hidden by JSON's
  /// escapes; `false` when there is none. The line may be cut or broken anywhere.
  package mutating func redact(
    rejected bytes: UnsafeRawBufferPointer, into output: inout [UInt8]
  ) -> Bool {
    let text = unsafe RedactionText(bytes)
    guard findRejected(in: text) else { return false }
    appendRedacted(text, to: &output)
    return true
  }

  /// Where a text, or JSON, that is too long is to be cut: at `length`, or before the hit that lies
  /// across it, half of which no detector would know again.
  package mutating func cut(_ bytes: UnsafeRawBufferPointer, at length: Int) -> Int {
    _ = unsafe findRejected(in: RedactionText(bytes))
    let across = scanner.hits.first { $0.lower < length && $0.upper > length }
    return across?.lower ?? length
  }

  /// Appends `hmac:` and 32 hexadecimal digits in place of a user, session or tenant id that hits
  /// a detector, so that equal ids stay equal; `false` when the id may be stored as it is.
  package mutating func redact(
    identifier bytes: UnsafeRawBufferPointer, key: [UInt8],
    authenticate: (_ message: UnsafeRawBufferPointer, _ key: [UInt8]) -> [UInt8],
    into output: inout [UInt8]
  ) -> Bool {
    guard unsafe findAtAnyDepth(in: RedactionText(bytes)) else { return false }
    for hit in scanner.hits { counts.add(hit.label) }
    output += Array("hmac:".utf8)
    let code = unsafe authenticate(bytes, key)
    precondition(code.count >= 16, "an authentication code has at least 128 bits")
    for byte in code.prefix(16) {
      output.append(Self.hexadecimal(byte >> 4))
      output.append(Self.hexadecimal(byte & 0xF))
    }
    return true
  }

  private static func hexadecimal(_ digit: UInt8) -> UInt8 {
    digit < 10 ? 0x30 + digit : 0x61 + digit - 10
  }
}

extension Redactor {
  /// Redacts what was appended again while that finds more: what stood against a replaced hit,
  /// and was no word of its own before, may be one now. Only detectors run, which know markers.
  mutating func settle(
    _ output: inout [UInt8], from start: Int,
    _ redactOnce: (inout Redactor, UnsafeRawBufferPointer, inout [UInt8]) -> Bool
  ) {
    for _ in 0..<Self.settlingRounds {
      var again: [UInt8] = []
      // unsafe because redaction reads raw bytes; they are the output's own, unchanged meanwhile.
      let isHit = unsafe output[start...].withUnsafeBytes { bytes in
        unsafe redactOnce(&self, bytes, &again)
      }
      guard isHit else { return }
      output.replaceSubrange(start..., with: again)
    }
  }

  private static let settlingRounds = 8

  private mutating func redactOnce(
    text bytes: UnsafeRawBufferPointer, into output: inout [UInt8]
  ) -> Bool {
    let text = unsafe RedactionText(bytes)
    guard findAtAnyDepth(in: text, by: .detectors) else { return false }
    appendRedacted(text, to: &output)
    return true
  }

  /// Fills the scanner's hits, in order and apart.
  mutating func find(
    in text: RedactionText, as reading: RedactionReading = .text, by means: RedactionMeans = .all
  ) -> Bool {
    _ = scanner.scan(text, as: reading)
    for (index, expression) in expressions.enumerated() where means == .all {
      let label = RedactionLabel(index: RedactionLabel.firstCustom + index)
      scanner.addAll(Self.matches(of: expression, in: text, label))
    }
    scanner.mergeHits()
    return !scanner.hits.isEmpty
  }

  private static func matches(
    of expression: RedactionExpression, in text: RedactionText, _ label: RedactionLabel
  ) -> [RedactionHit] {
    var hits: [RedactionHit] = []
    var position = 0
    while position <= text.count, let match = text.search(expression, from: position) {
      if !match.isEmpty {
        hits.append(RedactionHit(lower: match.lowerBound, upper: match.upperBound, label: label))
      }
      position = max(match.upperBound, match.lowerBound + 1)
    }
    return hits
  }

  /// As `find`, and where escapes stand in the text, as in a document that is the text of another,
  /// also in what it says without them.
  private mutating func findAtAnyDepth(
    in text: RedactionText, by means: RedactionMeans = .all
  ) -> Bool {
    _ = find(in: text, by: means)
    guard text.hasUnicodeEscape else { return !scanner.hits.isEmpty }
    let plain = scanner.hits
    _ = findThroughEscapes(in: text, by: means)
    scanner.addAll(plain)
    scanner.mergeHits()
    return !scanner.hits.isEmpty
  }

  /// As `find`, in a line that may be broken anywhere.
  private mutating func findRejected(in text: RedactionText) -> Bool {
    _ = find(in: text, as: .rejected)
    if text.first(UInt8(ascii: "\\"), from: 0) < text.count {
      let plain = scanner.hits
      _ = findThroughEscapes(in: text, as: .rejected)
      scanner.addAll(plain)
      scanner.mergeHits()
    }
    return !scanner.hits.isEmpty
  }

  /// As `find`, in what `text` says without its escapes, and again without those that then stand
  /// there; the hits are in `text`'s coordinates.
  mutating func findThroughEscapes(
    in text: RedactionText, as reading: RedactionReading = .text, by means: RedactionMeans = .all
  ) -> Bool {
    // The shadow leaves `self` so that its bytes can be read while the scanner is changed.
    var shadow = RedactionShadow()
    swap(&shadow, &self.shadow)
    shadow.read(text, keepingOrigins: true)
    var all: [RedactionHit] = []
    repeat {
      // unsafe because the scanner takes raw bytes; they are the shadow's own, and it is not
      // touched before the call returns.
      _ = unsafe shadow.bytes.withUnsafeBytes { bytes in
        unsafe find(in: RedactionText(bytes), as: reading, by: means)
      }
      scanner.mapHits { hit in
        RedactionHit(
          lower: shadow.origin(of: hit.lower), upper: shadow.origin(of: hit.upper),
          label: hit.label)
      }
      if all.isEmpty { all = scanner.hits } else { all += scanner.hits }
    } while shadow.readOn()
    swap(&shadow, &self.shadow)
    scanner.replaceHits(all)
    scanner.mergeHits()
    return !all.isEmpty
  }

  func appendMarker(_ label: RedactionLabel, to output: inout [UInt8]) {
    output += markers[label.index]
  }

  private mutating func appendRedacted(_ text: RedactionText, to output: inout [UInt8]) {
    var copied = 0
    for hit in scanner.hits {
      text.append(copied..<hit.lower, to: &output)
      appendMarker(hit.label, to: &output)
      counts.add(hit.label)
      copied = hit.upper
    }
    text.append(copied..<text.count, to: &output)
  }
}
