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
/// one, however grouped), or it holds one of `:` to `@`. Clean prose has few of each and costs
/// about 0.35 ns a byte; members dense with ids, dates and names cost up to 2 ns a byte.
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
    while let interest = text.interest(from: position, orEscapes: stopsAtEscapes) {
      position = interest.position
      if stopsAtEscapes, interest.hasEscape { return false }
      if interest.isRun, position >= runsDone, Self.isLong(text, around: position) {
        lookAtRun(text, around: position)
      }
      if interest.isLowerHalfCapital, position >= capitalsDone {
        lookAtCapitals(text, around: position)
      }
      if interest.isUpperHalfCapital, position + 4 >= capitalsDone {
        lookAtCapitals(text, around: position + 4)
      }
      if interest.marks != 0 { lookAtMarks(text, interest.marks, from: position) }
      position += 8
    }
    if !detectors.isDisjoint(with: [.ip, .phone]) { lookAtNetwork(text) }
    return true
  }

  /// Whether the run that fills the word at `position` reaches `leastRun`, as far as the words
  /// next to it tell.
  private static func isLong(_ text: RedactionText, around position: Int) -> Bool {
    let last = position >= 8 ? RedactionWord.runs(in: text.word(at: position - 8)) : 0
    let next = RedactionWord.runs(in: text.word(at: position + 8))
    let before = (~last & RedactionWord.highs).leadingZeroBitCount / 8
    let behind = (~next & RedactionWord.highs).trailingZeroBitCount / 8
    return before + 8 + behind >= leastRun
  }

  private mutating func lookAtMarks(_ text: RedactionText, _ marks: UInt64, from position: Int) {
    var left = marks
    while left != 0 {
      let index = position + left.trailingZeroBitCount / 8
      left &= left - 1
      switch text[index] {
      case UInt8(ascii: "@"): lookAtSign(text, at: index)
      case UInt8(ascii: "%"):
        if text.has("%40", at: index) {
          lookAtAddress(text, around: index..<index + 3)
        } else if text.has("%2540", at: index) {
          lookAtAddress(text, around: index..<index + 5)
        }
      case UInt8(ascii: ":"), UInt8(ascii: "="):
        if index >= assignmentsDone, reading == .rejected || Self.mayBeSecret(text, index) {
          lookAtAssignment(text, at: index)
        }
      default: break
      }
    }
  }

  /// Whether the letter before the sign at `index`, or before a quote there, ends a secret's name.
  private static func mayBeSecret(_ text: RedactionText, _ index: Int) -> Bool {
    var last = text[index - 1]
    if last == UInt8(ascii: "\"") { last = text[index - 2] }
    guard RedactionByte.isLetter(last) else { return true }
    let isQuoted = text[index - 1] == UInt8(ascii: "\"")
    let secondLast = text[index - (isQuoted ? 3 : 2)]
    return lastLetters >> UInt32(last & 31) & secondLastLetters >> UInt32(secondLast & 31) & 1 == 1
  }

  /// The letters `RedactionKeyword`'s names end in, as bits: d e l n s t y.
  private static let lastLetters: UInt32 =
    1 << 4 | 1 << 5 | 1 << 12 | 1 << 14 | 1 << 19 | 1 << 20 | 1 << 25
  /// The letters before those, as bits: a d e l o r s t w.
  private static let secondLastLetters: UInt32 =
    1 << 1 | 1 << 4 | 1 << 5 | 1 << 12 | 1 << 15 | 1 << 18 | 1 << 19 | 1 << 20 | 1 << 23

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

  /// Takes these hits for those that there are.
  mutating func replaceHits(_ others: [RedactionHit]) { hits = others }
}
