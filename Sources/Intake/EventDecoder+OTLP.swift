internal import Codec
package import Telemetry

/// What an OTLP request carries.
package enum OTLPSignal: Sendable {
  case traces, logs, metrics
}

/// How an OTLP request is written.
package enum OTLPEncoding: Sendable {
  case protobuf, json
}

/// Why a request is no OTLP message; nothing of it is taken.
package struct OTLPError: Error, Equatable {
  /// The cause in words, with the byte at which reading stopped.
  package let cause: String
}

extension EventDecoder {
  /// Reads a request of `signal` from the batch's body, which is replaced by lines of JSON, one an
  /// event; metrics become samples of the batch. A broken request gives no event and throws; a
  /// record that must not be kept is refused alone.
  package mutating func decodeOTLP(
    _ batch: EventBatch, _ signal: OTLPSignal, _ encoding: OTLPEncoding
  ) throws(OTLPError) {
    defer { report() }
    // unsafe because views of the body live no longer than this call, which leaves it in place.
    let request: ByteSlab
    switch encoding {
    case .protobuf: request = batch.body
    case .json: request = try Self.transcode(batch.body, signal)
    }
    if signal == .metrics { return try decodeMetrics(request, into: batch) }
    var writer = OTLPRecordWriter(
      unsafe ByteView(request),
      dropsPayloads: builder.settings.dropsAllPayloads && !builder.settings.keepsCallTexts)
    do throws(ProtobufError) {
      try writer.write(signal == .traces ? .traces : .logs)
    } catch {
      throw OTLPError(cause: "\(error.cause) at byte \(error.offset)")
    }
    batch.body = ByteSlab(writer.lines())
    builder.envelope = signal == .traces ? .span : .logRecord
    decodeRecords(batch)
    builder.envelope = .json
    SpanAncestry(batch).handDown()
  }

  private mutating func decodeMetrics(
    _ request: ByteSlab, into batch: EventBatch
  ) throws(OTLPError) {
    do throws(ProtobufError) {
      // unsafe because the view lives no longer than this call, which leaves the request in place.
      try metrics.read(unsafe ByteView(request), into: batch)
    } catch {
      batch.samples.removeAll()
      batch.rejections.removeAll()
      batch.rejectedCount = 0
      throw OTLPError(cause: "\(error.cause) at byte \(error.offset)")
    }
  }

  private static func transcode(
    _ body: ByteSlab, _ signal: OTLPSignal
  ) throws(OTLPError) -> ByteSlab {
    // unsafe because the body stays in place for the length of this call.
    var reader = OTLPJSONReader(unsafe ByteView(body))
    do throws(JSONError) {
      try reader.read(OTLPSchema.request(of: signal))
    } catch {
      throw OTLPError(cause: "expected \(error.expected) at byte \(error.offset)")
    }
    return ByteSlab(reader.message())
  }

  /// Decodes the lines that `OTLPRecordWriter` wrote.
  private mutating func decodeRecords(_ batch: EventBatch) {
    begin(batch, RecordExtent(end: batch.body.count))
    while records.skipBlank() {
      let start = records.index
      if records.next == 0x5B {
        let lineEnd = records.lineEnd(from: start)
        records.defaults = start + 1..<lineEnd - 1
        records.index = lineEnd
        continue
      }
      let isScore = beginsScore(at: start)
      if !isScore || builder.envelope == .logRecord { records.number += 1 }
      let mark = Mark(batch, records.number)
      do throws(JSONError) {
        try decodeObject(batch, isElement: true)
      } catch {
        _ = mark.restore(batch)
        let end = records.lineEnd(from: start)
        records.index = end
        add(
          batch, error.fault == .depth ? .tooDeep : .badJSON, line: records.number, field: "",
          "at most \(builder.settings.depth) levels", from: start, to: end)
      }
      // A score on a span is no record of the request, so its refusal is none either.
      if isScore, builder.envelope == .span, batch.rejectedCount > mark.rejected {
        _ = mark.restore(batch)
      }
    }
  }

  /// Whether the line at `start` begins as those of scores do.
  private func beginsScore(at start: Int) -> Bool {
    let bytes = records.scanner.bytes
    return bytes[start + 2] == Self.score[2]
      && bytes.copy(start, start + Self.score.count) == Self.score
  }

  private static let score = Array("{\"type\":\"score\"".utf8)
}

/// Whose a span is when it does not say so: session, user and tenant of the nearest ancestor that
/// came in the same request.
struct SpanAncestry {
  /// Ancestors that are asked.
  private static let limit = 64
  private let batch: EventBatch
  private var slots: [Int32] = []

  /// The spans of a decoded batch.
  init(_ batch: EventBatch) {
    self.batch = batch
    guard Self.isWorthwhile(batch) else { return }
    var size = 16
    while size < batch.count * 2 { size *= 2 }
    slots = Array(repeating: -1, count: size)
    for index in 0..<batch.count {
      let event = batch[index]
      guard event.spanID != 0, event.type == .llm || event.type == .span else { continue }
      var slot = Self.hash(event.traceLow, event.spanID) & (size - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Int32(index)
    }
  }

  /// Whether some event says whose it is and some other does not.
  private static func isWorthwhile(_ batch: EventBatch) -> Bool {
    var (says, lacks) = (false, false)
    // unsafe because the events stay in place while they are only read.
    let events = unsafe batch.storage
    for index in 0..<batch.count {
      let known =
        unsafe !events[index].session.isAbsent || !events[index].user.isAbsent
        || events[index].tenant != 0
      let isWhole =
        unsafe !events[index].session.isAbsent && !events[index].user.isAbsent
        && events[index].tenant != 0
      says = says || known
      let hasParent = unsafe events[index].parentSpanID != 0
      lacks = lacks || (hasParent && !isWhole)
    }
    return says && lacks
  }

  /// Completes every event of the batch that has an ancestor in it.
  func handDown() {
    if slots.isEmpty { return }
    for index in 0..<batch.count where batch[index].parentSpanID != 0 {
      var event = batch[index]
      guard Self.lacks(event) else { continue }
      var parent = find(event.traceHigh, event.traceLow, event.parentSpanID)
      var steps = 0
      while let at = parent, steps < Self.limit, at != index {
        let ancestor = batch[at]
        if event.session.isAbsent { event.session = ancestor.session }
        if event.user.isAbsent { event.user = ancestor.user }
        if event.tenant == 0 { event.tenant = ancestor.tenant }
        guard Self.lacks(event), ancestor.parentSpanID != 0 else { break }
        parent = find(ancestor.traceHigh, ancestor.traceLow, ancestor.parentSpanID)
        steps += 1
      }
      batch[index] = event
    }
  }

  private static func lacks(_ event: Event) -> Bool {
    event.session.isAbsent || event.user.isAbsent || event.tenant == 0
  }

  private func find(_ high: UInt64, _ low: UInt64, _ span: UInt64) -> Int? {
    var slot = Self.hash(low, span) & (slots.count - 1)
    while slots[slot] >= 0 {
      let event = batch[Int(slots[slot])]
      if event.spanID == span, event.traceLow == low, event.traceHigh == high {
        return Int(slots[slot])
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private static func hash(_ trace: UInt64, _ span: UInt64) -> Int {
    Int(truncatingIfNeeded: ((trace ^ span) &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }
}
