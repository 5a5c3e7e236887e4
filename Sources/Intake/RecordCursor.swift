internal import Codec
internal import Telemetry

/// Where decoding stands in a body: the byte, the record's number, and the line, counted on demand.
struct RecordCursor {
  private(set) var scanner = unsafe JSONScanner(ByteView(ByteSlab(capacity: 0)), from: 0, to: 0)
  /// The JSON object of defaults behind the records, or nil.
  var defaults: Range<Int>?
  /// The 1-based number of the record being read.
  var number = 0
  /// Where the records start.
  private(set) var start = 0
  private var countedTo = 0
  private var countedLine = 1

  /// The next byte to read.
  var index: Int {
    get { scanner.index }
    set { scanner.index = newValue }
  }

  var end: Int { scanner.end }
  var next: UInt8 { scanner.next }

  /// Starts on the records before `end`, behind a byte order mark if there is one.
  mutating func begin(_ bytes: ByteView, _ extent: RecordExtent) {
    start = extent.start
    let hasMark =
      extent.end - start >= 3 && bytes[start] == 0xEF && bytes[start + 1] == 0xBB
      && bytes[start + 2] == 0xBF
    scanner = JSONScanner(bytes, from: hasMark ? start + 3 : start, to: extent.end)
    defaults = extent.hasDefaults ? extent.end..<bytes.count : nil
    number = 0
    countedTo = start
    countedLine = 1
  }

  /// Moves over white space within a document.
  mutating func skipSpace() { scanner.skipSpace() }

  /// Moves over white space and the NULs that pad datagrams; says whether a record follows.
  mutating func skipBlank() -> Bool {
    while index < end {
      let byte = next
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 || byte == 0 else {
        return true
      }
      index += 1
    }
    return false
  }

  /// Moves behind the line if nothing but blanks is left of it.
  mutating func skipToLineEnd() -> Bool {
    while index < end, next != 0x0A {
      guard next == 0x20 || next == 0x0D || next == 0x09 || next == 0 else { return false }
      index += 1
    }
    return true
  }

  /// Where the line that holds `position` ends.
  func lineEnd(from position: Int) -> Int {
    scanner.bytes.firstIndex(of: 0x0A, from: position, to: end)
  }

  /// Where the line that holds `position` starts.
  func lineStart(of position: Int) -> Int {
    var first = position
    while first > start, scanner.bytes[first - 1] != 0x0A { first -= 1 }
    return first
  }

  /// The 1-based line that holds `position`, which never goes back within a body.
  mutating func line(at position: Int) -> Int {
    guard position > countedTo else { return countedLine }
    countedLine += scanner.bytes.count(of: 0x0A, from: countedTo, to: position)
    countedTo = position
    return countedLine
  }
}

/// How full a batch was before a record, to undo what the record added.
struct Mark {
  private let events: Int
  private let measures: Int
  private let scratch: Int
  private let rejections: Int
  let rejected: Int
  private let number: Int

  init(_ batch: EventBatch, _ number: Int) {
    events = batch.count
    measures = batch.measures.count
    scratch = batch.scratch.count
    rejections = batch.rejections.count
    rejected = batch.rejectedCount
    self.number = number
  }

  /// Takes back what came since; gives the record's number at the mark.
  func restore(_ batch: EventBatch) -> Int {
    batch.truncate(toCount: events, measures: measures, scratch: scratch)
    batch.rejections.removeLast(batch.rejections.count - rejections)
    batch.rejectedCount = rejected
    return number
  }
}
