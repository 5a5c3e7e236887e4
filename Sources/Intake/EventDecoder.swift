internal import Codec
internal import Redaction
package import Telemetry

/// Where records lie in a batch's body. What lies behind the end is a JSON object of defaults, if
/// `hasDefaults`.
package struct RecordExtent: Sendable {
  package var start: Int
  package var end: Int
  package var hasDefaults: Bool

  /// The records in `start..<end`.
  package init(start: Int = 0, end: Int, hasDefaults: Bool = false) {
    self.start = start
    self.end = end
    self.hasDefaults = hasDefaults
  }
}

/// Reads bodies and datagrams into batches of events: splits records, decodes each, and keeps the
/// verdict on every one that is refused. One a thread.
package struct EventDecoder: ~Copyable {
  var builder: EventBuilder
  var redactor: Redactor
  var metrics: OTLPMetricReader
  var records = RecordCursor()

  /// A decoder that interns in `dimensions` and follows `settings`.
  package init(dimensions: DimensionTable, settings: IntakeSettings) {
    builder = EventBuilder(dimensions: dimensions, settings: settings)
    redactor = Redactor(settings.strictest)
    metrics = OTLPMetricReader(dimensions: dimensions, settings: settings)
  }

  /// Takes on new rules, after a reload.
  package mutating func follow(_ settings: IntakeSettings) {
    builder.follow(settings)
    redactor = Redactor(settings.strictest)
    metrics.follow(settings)
  }

  /// Whether a detector hits a text that the sender chose, such as the id of a request.
  package mutating func isSensitive(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    // unsafe because the redactor reads the array within the call.
    return unsafe bytes.withUnsafeBytes { unsafe redactor.hits(in: $0).total > 0 }
  }

  /// Counts what was replaced lately.
  mutating func report() {
    let book = builder.settings.redactions
    redactor.report(to: book)
    builder.cleaner.report()
    metrics.labels.report(to: book)
  }

  /// Reads newline-separated records from `extent` of the batch's body. A record may span lines as
  /// long as its JSON does. A broken one costs no other.
  package mutating func decodeLines(_ batch: EventBatch, _ extent: RecordExtent) {
    defer { report() }
    let before = batch.count + batch.rejectedCount
    begin(batch, extent)
    while records.skipBlank() {
      let start = records.index
      let mark = Mark(batch, records.number)
      do throws(JSONError) {
        try decodeRecord(batch)
        guard records.skipToLineEnd() else {
          throw JSONError(.syntax, at: records.index, expected: "the end of the line")
        }
      } catch {
        records.number = mark.restore(batch) + 1
        refuseLine(batch, error, from: start)
      }
    }
    if batch.count + batch.rejectedCount == before { refuseNothing(batch) }
  }

  /// Reads one JSON value, an object or an array of objects. A syntax error refuses it whole: the
  /// batch then holds no event and one rejection, and the answer is false.
  package mutating func decodeDocument(_ batch: EventBatch, _ extent: RecordExtent) -> Bool {
    defer { report() }
    begin(batch, extent)
    guard records.skipBlank() else {
      refuseNothing(batch)
      return false
    }
    let mark = Mark(batch, records.number)
    do throws(JSONError) {
      let start = records.index
      do throws(JSONError) {
        try decodeRecord(batch)
      } catch  where error.fault == .depth {
        records.index = start
        try skipDeep(batch, from: start)
      }
      if records.skipBlank() {
        throw JSONError(.syntax, at: records.index, expected: "the end of the document")
      }
      return true
    } catch {
      _ = mark.restore(batch)
      refuseDocument(batch, error)
      return false
    }
  }

  // unsafe because views of the body live no longer than its decoding; it then stays in place.
  mutating func begin(_ batch: EventBatch, _ extent: RecordExtent) {
    var extent = extent
    let isBroken =
      UTF8Check.firstInvalid(unsafe ByteView(batch.body), from: extent.start, to: extent.end)
      != nil
    if isBroken { extent.end += Self.repair(batch, extent) }
    builder.begin(batch, isRepaired: isBroken)
    records.begin(unsafe ByteView(batch.body), extent)
  }

  /// Replaces what is no UTF-8 in the records; gives by how much they grew.
  private static func repair(_ batch: EventBatch, _ extent: RecordExtent) -> Int {
    let repaired = ByteSlab(capacity: batch.body.count + 64)
    let old = unsafe ByteView(batch.body)
    unsafe repaired.append(old.raw(0, extent.start))
    UTF8Check.repair(old, from: extent.start, to: extent.end, into: repaired)
    let growth = repaired.count - extent.end
    unsafe repaired.append(old.raw(extent.end, old.count))
    batch.body = repaired
    return growth
  }

  /// Reads the object, or the array of objects, at the cursor.
  private mutating func decodeRecord(_ batch: EventBatch) throws(JSONError) {
    switch records.next {
    case 0x7B:
      records.number += 1
      try decodeObject(batch, isElement: false)
    case 0x5B:
      try decodeArray(batch)
    default:
      records.number += 1
      let start = records.index
      try skipValue()
      reject(batch, .notAnObject, "a JSON object", from: start, isElement: false)
    }
  }

  private mutating func decodeArray(_ batch: EventBatch) throws(JSONError) {
    let start = records.index
    records.index += 1
    records.skipSpace()
    guard records.next != 0x5D else {
      try expect(0x5D)
      records.number += 1
      return reject(batch, .empty, "an event in the array", from: start, isElement: false)
    }
    while true {
      records.number += 1
      try decodeElement(batch)
      records.skipSpace()
      guard records.next == 0x2C else {
        return try expect(0x5D)
      }
      records.index += 1
      records.skipSpace()
    }
  }

  private mutating func decodeElement(_ batch: EventBatch) throws(JSONError) {
    let start = records.index
    guard records.next == 0x7B else {
      if records.next == 0x5B {
        var json = records.scanner
        try json.skipBrackets()
        records.index = json.index
      } else {
        try skipValue()
      }
      return reject(batch, .notAnObject, "a JSON object", from: start, isElement: true)
    }
    do throws(JSONError) {
      try decodeObject(batch, isElement: true)
    } catch  where error.fault == .depth {
      records.index = start
      try skipDeep(batch, from: start)
    }
  }

  mutating func decodeObject(_ batch: EventBatch, isElement: Bool) throws(JSONError) {
    let start = records.index
    let mark = Mark(batch, records.number)
    var json = records.scanner
    builder.scanner.begin(body: batch.body, scratch: batch.scratch)
    if let defaults = records.defaults {
      var text = JSONScanner(json.bytes, from: defaults.lowerBound, to: defaults.upperBound)
      try builder.scanner.scan(&text, depthLimit: builder.settings.depth)
    }
    try builder.scanner.scan(&json, depthLimit: builder.settings.depth)
    records.index = json.index
    if let refusal = builder.build(
      from: start, to: json.index, record: UInt32(records.number))
    {
      _ = mark.restore(batch)
      reject(
        batch, refusal.code, refusal.message, field: refusal.field, from: start,
        isElement: isElement)
    }
  }

  private mutating func skipValue() throws(JSONError) {
    var json = records.scanner
    try json.skipValue(depth: 0, limit: builder.settings.depth)
    records.index = json.index
  }

  private mutating func skipDeep(_ batch: EventBatch, from start: Int) throws(JSONError) {
    var json = records.scanner
    try json.skipBrackets()
    records.index = json.index
    reject(
      batch, .tooDeep, "at most \(builder.settings.depth) levels", from: start, isElement: true)
  }

  private mutating func expect(_ bracket: UInt8) throws(JSONError) {
    guard records.next == bracket else {
      throw JSONError(.syntax, at: records.index, expected: "',' or ']'")
    }
    records.index += 1
  }
}

// Refusals.
extension EventDecoder {
  private mutating func refuseNothing(_ batch: EventBatch) {
    batch.rejectedCount += 1
    batch.rejections.append(
      Rejection(line: 1, code: .empty, field: [], message: "expected an event", text: []))
  }

  /// Refuses the line that starts at `start` and goes on behind it.
  private mutating func refuseLine(_ batch: EventBatch, _ error: JSONError, from start: Int) {
    let lineEnd = records.lineEnd(from: start)
    var fault = error
    if error.fault == .syntax {
      var line = JSONScanner(records.scanner.bytes, from: start, to: lineEnd)
      do throws(JSONError) {
        try line.skipValue(depth: 0, limit: builder.settings.depth)
      } catch {
        fault = error
      }
    }
    records.index = lineEnd
    refuse(batch, fault, line: records.line(at: start), from: start, to: lineEnd)
  }

  private mutating func refuseDocument(_ batch: EventBatch, _ error: JSONError) {
    let line = records.line(at: min(error.offset, records.end))
    refuse(batch, error, line: line, from: records.start, to: records.end)
  }

  private mutating func refuse(
    _ batch: EventBatch, _ error: JSONError, line: Int, from start: Int, to end: Int
  ) {
    let code: RejectCode = error.fault == .depth ? .tooDeep : .badJSON
    let column = min(error.offset, end) - records.lineStart(of: min(error.offset, end)) + 1
    let message = "expected \(error.expected) at column \(column)"
    add(batch, code, line: line, field: "", message, from: start, to: end)
  }

  private mutating func reject(
    _ batch: EventBatch, _ code: RejectCode, _ expected: String, field: String = "",
    from start: Int, isElement: Bool
  ) {
    let line = isElement ? records.number : records.line(at: start)
    let message = field.isEmpty ? "expected \(expected)" : expected
    add(batch, code, line: line, field: field, message, from: start, to: records.index)
  }

  mutating func add(
    _ batch: EventBatch, _ code: RejectCode, line: Int, field: String, _ message: String,
    from start: Int, to end: Int
  ) {
    batch.rejectedCount += 1
    guard batch.rejections.count < Limits.keptRejections else { return }
    let bytes = records.scanner.bytes
    var kept = bytes.cut(from: start, to: end, limit: Limits.rejectedText)
    if kept < end - start { kept = unsafe redactor.cut(bytes.raw(start, end), at: kept) }
    var text: [UInt8] = []
    if unsafe !redactor.redact(rejected: bytes.raw(start, start + kept), into: &text) {
      text = bytes.copy(start, start + kept)
    }
    batch.rejections.append(
      Rejection(
        line: line, code: code, field: Array(field.utf8), message: message, text: text))
  }
}
