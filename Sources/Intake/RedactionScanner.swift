/// One range to be replaced.
struct RedactionHit: Equatable {
  var lower: Int
  var upper: Int
  var label: RedactionLabel
}

/// How the bytes being scanned are to be read.
enum RedactionReading {
  /// Text a person or a program wrote.
  case text
  /// JSON, to learn whether anything in it may have to be redacted.
  case document
  /// A line that could not be read: names of fields count too.
  case rejected
}

/// Finds what the built-in detectors look for, in one pass that touches eight bytes at a time.
///
/// Three things make a word worth a closer look: it lies wholly in a run of `-` to DEL (so a run
/// of 15 has one), half of it in a run of capitals, digits and spaces (so a card or an IBAN has
/// one, however grouped), or it holds one of `:` to `@`. Clean prose has few of each; measured
/// together with the closer looks at 0.2 to 0.4 ns a byte.
struct RedactionScanner {
  private(set) var hits: [RedactionHit] = []
  let detectors: RedactionDetectors
  let fields: [[UInt8]]
  let markers: [[UInt8]]
  var reading = RedactionReading.text
  /// Up to where runs, capitals and assignments have been looked at.
  var runsDone = 0
  var capitalsDone = 0
  var assignmentsDone = 0
  /// The last tails looked through, by alphabet, and the last unquoted value.
  var alphanumericTail = (lower: 0, upper: 0)
  var tokenTail = (lower: 0, upper: 0)
  var plainValue = (lower: 0, upper: 0)

  init(_ policy: RedactionPolicy) {
    detectors = policy.detectors
    fields = policy.fields.map { Array($0.utf8.map { RedactionKeyword.folded($0) }) }
    markers = policy.markers
  }

  /// The least length of what the long-run detectors look for; shorter runs may pass unseen.
  static let leastRun = 15

  /// Fills `hits` from `text`; false when it is a document with escapes, which hide things.
  mutating func scan(_ text: RedactionText, as reading: RedactionReading) -> Bool {
    hits.removeAll(keepingCapacity: true)
    self.reading = reading
    runsDone = 0
    capitalsDone = 0
    assignmentsDone = 0
    alphanumericTail = (0, 0)
    tokenTail = (0, 0)
    plainValue = (0, 0)
    let stopsAtEscapes = reading == .document
    var position = 0
    while position < text.count {
      let word = text.word(at: position)
      let low = word & RedactionWord.lows
      let ascii = ~word & RedactionWord.highs
      let run = (low &+ RedactionWord.ones &* (0x80 - 0x2D)) & ascii
      let marks =
        (low &+ RedactionWord.ones &* (0x80 - 0x3A)) & ~(low &+ RedactionWord.ones &* (0x80 - 0x41))
        & ascii
      let capitals =
        (run & ~(low &+ RedactionWord.ones &* (0x80 - 0x5B)))
        | RedactionWord.zeros(in: word ^ (RedactionWord.ones &* 0x20))
      if stopsAtEscapes, RedactionWord.zeros(in: word ^ (RedactionWord.ones &* 0x5C)) != 0 {
        return false
      }
      if run == RedactionWord.highs, position >= runsDone { lookAtRun(text, around: position) }
      if UInt32(truncatingIfNeeded: capitals) == 0x8080_8080, position >= capitalsDone {
        lookAtCapitals(text, around: position)
      }
      if capitals >> 32 == 0x8080_8080, position + 4 >= capitalsDone {
        lookAtCapitals(text, around: position + 4)
      }
      if marks != 0 { lookAtMarks(text, marks, from: position) }
      position += 8
    }
    if !detectors.isDisjoint(with: [.ip, .phone]) { lookAtNetwork(text) }
    return true
  }

  private mutating func lookAtMarks(_ text: RedactionText, _ marks: UInt64, from position: Int) {
    var left = marks
    while left != 0 {
      let index = position + left.trailingZeroBitCount / 8
      left &= left - 1
      switch text[index] {
      case UInt8(ascii: "@"): lookAtSign(text, at: index)
      case UInt8(ascii: ":"), UInt8(ascii: "="):
        if index >= assignmentsDone { lookAtAssignment(text, at: index) }
      default: break
      }
    }
  }

  mutating func add(_ range: Range<Int>, _ label: RedactionLabel) {
    let detector =
      label.index < RedactionLabel.firstCustom
      ? RedactionLabel.builtIn[label.index].detector : []
    guard detectors.contains(detector), !range.isEmpty else { return }
    hits.append(RedactionHit(lower: range.lowerBound, upper: range.upperBound, label: label))
  }

  /// Puts the hits in order and makes one of those that overlap.
  mutating func mergeHits() {
    guard hits.count > 1 else { return }
    hits.sort { ($0.lower, $1.upper) < ($1.lower, $0.upper) }
    var count = 1
    for hit in hits.dropFirst() {
      if hit.lower < hits[count - 1].upper {
        hits[count - 1].upper = max(hits[count - 1].upper, hit.upper)
      } else {
        hits[count] = hit
        count += 1
      }
    }
    hits.removeSubrange(count...)
  }

  /// Replaces the hits by others, such as the same ones in other coordinates.
  mutating func mapHits(_ transform: (RedactionHit) -> RedactionHit) {
    for index in hits.indices { hits[index] = transform(hits[index]) }
  }

  mutating func addAll(_ others: [RedactionHit]) { hits += others }
}
