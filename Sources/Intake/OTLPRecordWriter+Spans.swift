internal import Codec

extension OTLPRecordWriter {
  /// The members of a span that are no attributes.
  private struct SpanParts {
    var traceID = 0..<0
    var spanID = 0..<0
    var parentID = 0..<0
    var traceState = 0..<0
    var name = 0..<0
    var kind: UInt64 = 0
    var start: UInt64 = 0
    var end: UInt64 = 0
    var status: UInt64 = 0
    var statusMessage = 0..<0
    var exception = ExceptionParts()
    /// When the first event came that stands for the first token.
    var firstToken: UInt64?
    /// Events and links, as JSON behind commas.
    var events: [UInt8] = []
    var links: [UInt8] = []
    /// Scores that came as events, as lines that lack their target.
    var scores: [[UInt8]] = []
  }

  /// What an exception event says.
  private struct ExceptionParts {
    var type = 0..<0
    var message = 0..<0
    var stack = 0..<0
  }

  /// Writes one Span.
  mutating func writeSpan(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    var span = SpanParts()
    findings.begin()
    extras.removeAll()
    output.append(0x7B)
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .bytes): span.traceID = try reader.range()
      case (2, .bytes): span.spanID = try reader.range()
      case (3, .bytes): span.traceState = try reader.range()
      case (4, .bytes): span.parentID = try reader.range()
      case (5, .bytes): span.name = try reader.range()
      case (6, .varint): span.kind = try reader.varint()
      case (7, .fixed64): span.start = try reader.fixed64()
      case (8, .fixed64): span.end = try reader.fixed64()
      case (9, .bytes): try writeAttribute(reader.message(), of: .span)
      case (10, .varint): try count("otel.dropped_attributes_count", reader.varint())
      case (11, .bytes): try readEvent(reader.message(), into: &span)
      case (12, .varint): try count("otel.dropped_events_count", reader.varint())
      case (13, .bytes): try readLink(reader.message(), into: &span)
      case (14, .varint): try count("otel.dropped_links_count", reader.varint())
      case (15, .bytes): try readStatus(reader.message(), into: &span)
      default: try reader.skip(tag)
      }
    }
    close(&span)
  }

  private mutating func count(_ name: StaticString, _ number: UInt64) {
    guard number != 0 else { return }
    Self.key(name, to: &extras)
    Self.append(number, to: &extras)
    extras.append(0x2C)
  }

  private mutating func close(_ span: inout SpanParts) {
    writeIDs(span.traceID, span.spanID)
    if span.parentID.contains(where: { bytes[$0] != 0 }) {
      member("parent_span_id", id: span.parentID)
    }
    if !span.name.isEmpty { member("name", text: span.name) }
    writeTimes(span)
    writeOutcome(span)
    writeEntity(span.name)
    writeAnswerID()
    writeFindings(start: span.start, firstToken: span.firstToken)
    describe(span)
    closeRecord()
    writeScores(span)
  }

  /// A missing or impossible id is written too, so that it is doubted.
  private mutating func writeIDs(_ trace: Range<Int>, _ span: Range<Int>) {
    if trace.isEmpty {
      member("trace_id", json: Self.zeros)
    } else {
      member("trace_id", id: trace)
    }
    if span.isEmpty {
      member("span_id", json: Self.zeros)
    } else {
      member("span_id", id: span)
    }
  }

  private static let zeros = Array("\"0\"".utf8)

  /// A span without an end is announced; one that ends before it starts took no time.
  private mutating func writeTimes(_ span: SpanParts) {
    if span.start != 0 { member("start", time: span.start) }
    guard span.end != 0 else { return }
    let end = max(span.end, span.start)
    member("time", time: end)
    if !Self.isPlausible(span.start), span.start != 0 {
      member("duration_ms", milliseconds: end - span.start)
    }
  }

  private mutating func writeOutcome(_ span: SpanParts) {
    let isError = span.status == 2 || findings.isError
    if isError {
      member("status", json: Self.error)
    } else if span.status == 1 {
      member("status", json: Self.ok)
    }
    guard isError else { return }
    let exception = span.exception
    if !exception.type.isEmpty, !findings.fields.contains(.errorType) {
      member("exception.type", text: exception.type)
    }
    let message =
      !span.statusMessage.isEmpty
      ? span.statusMessage : findings.errorMessage ?? exception.message
    if !message.isEmpty { member("error", text: message) }
    if !exception.stack.isEmpty, !dropsPayloads { member("stack", text: exception.stack) }
  }

  private static let ok = Array("\"ok\"".utf8)
  private static let error = Array("\"error\"".utf8)

  /// A run of a tool or an agent whose attributes do not name it is named as the span is.
  private mutating func writeEntity(_ spanName: Range<Int>) {
    guard let kind = findings.kind else { return }
    let name = findings.entityName ?? spanName
    guard !name.isEmpty else { return }
    switch text(kind).lowercased().filter({ $0 != "\"" }) {
    case "tool" where !findings.fields.contains(.tool): member("tool", text: name)
    case "agent" where !findings.fields.contains(.agent): member("agent", text: name)
    default: break
    }
  }

  /// The sender names no response id, but its answer does: enough to tell one call seen twice. A
  /// chain may hand on what the call beneath it answered, so only a call takes it.
  private mutating func writeAnswerID() {
    guard let id = findings.answerID, let kind = findings.kind,
      !findings.fields.contains(.responseID)
    else { return }
    let word = text(kind).lowercased().filter { $0 != "\"" }
    if Self.callKinds.contains(word) { member("answer_response_id", text: id) }
  }

  private static let callKinds = ["llm", "chat_model", "embedding", "reranker"]

  /// Writes what was found out beside the fields: the first token's time, tools, documents.
  private mutating func writeFindings(start: UInt64, firstToken: UInt64?) {
    let first = firstToken.map { Int64(clamping: $0) } ?? findings.firstToken
    if let first, start != 0, first >= Int64(clamping: start),
      !findings.fields.contains(.timeToFirstToken)
    {
      member("ttft_ms", milliseconds: UInt64(first - Int64(clamping: start)))
    }
    if !findings.toolCalls.names.isEmpty {
      let names = findings.toolCalls.names.map { [0x22] + $0 + [0x22] }
      member("tool_calls", json: [0x5B] + Array(names.joined(separator: [0x2C])) + [0x5D])
    }
    guard !findings.flattened.documents.isEmpty else { return }
    let documents = findings.flattened.documents.sorted { $0.key < $1.key }.map {
      Self.object([("id", $0.value.id), ("score", $0.value.score), ("text", $0.value.text)])
    }
    member("documents", json: [0x5B] + Array(documents.joined(separator: [0x2C])) + [0x5D])
  }

  /// A JSON object of those members that have a value.
  static func object(_ members: [(name: String, json: [UInt8])]) -> [UInt8] {
    let texts = members.filter { !$0.json.isEmpty }.map { Array("\"\($0.name)\":".utf8) + $0.json }
    return [0x7B] + Array(texts.joined(separator: [0x2C])) + [0x7D]
  }

  private static let kinds = ["", "internal", "server", "client", "producer", "consumer"].map {
    Array("\"\($0)\",".utf8)
  }

  private mutating func describe(_ span: SpanParts) {
    if span.kind > 0, span.kind < Self.kinds.count {
      Self.key("span.kind", to: &extras)
      extras.append(Self.kinds[Int(span.kind)])
    }
    if !span.traceState.isEmpty {
      Self.key("trace_state", to: &extras)
      JSONText.append(
        bytes, span.traceState.lowerBound, span.traceState.upperBound, to: &extras)
      extras.append(0x2C)
    }
    appendList("events", span.events)
    appendList("links", span.links)
  }

  private mutating func appendList(_ name: StaticString, _ elements: [UInt8]) {
    guard !elements.isEmpty else { return }
    Self.key(name, to: &extras)
    extras.append(0x5B)
    extras.append(Array(elements.dropLast()))
    extras.append(0x5D)
    extras.append(0x2C)
  }

  private func readStatus(
    _ message: ProtobufReader, into span: inout SpanParts
  ) throws(ProtobufError) {
    var reader = message
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (2, .bytes): span.statusMessage = try reader.range()
      case (3, .varint): span.status = try reader.varint()
      default: try reader.skip(tag)
      }
    }
  }

  private func readLink(
    _ message: ProtobufReader, into span: inout SpanParts
  ) throws(ProtobufError) {
    var reader = message
    var (trace, id) = (0..<0, 0..<0)
    var attributes = ByteBuffer()
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .bytes): trace = try reader.range()
      case (2, .bytes): id = try reader.range()
      case (4, .bytes):
        try OTLPAttribute(reader.message()).append(bytes, to: &attributes)
        attributes.append(0x2C)
      default: try reader.skip(tag)
      }
    }
    span.links += "{\"trace_id\":\"".utf8
    Self.appendHex(bytes, trace, to: &span.links)
    span.links += "\",\"span_id\":\"".utf8
    Self.appendHex(bytes, id, to: &span.links)
    span.links.append(0x22)
    Self.append(attributes: attributes, to: &span.links)
    span.links += "},".utf8
  }

  /// Appends attributes, each with a comma behind it.
  private static func append(attributes: borrowing ByteBuffer, to output: inout [UInt8]) {
    guard !attributes.isEmpty else { return }
    output += ",\"attributes\":{".utf8
    output += attributes.copy.dropLast()
    output.append(0x7D)
  }
}

// Events of spans.
extension OTLPRecordWriter {
  private mutating func readEvent(
    _ message: ProtobufReader, into span: inout SpanParts
  ) throws(ProtobufError) {
    var reader = message
    var time: UInt64 = 0
    var name = 0..<0
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .fixed64): time = try reader.fixed64()
      case (2, .bytes): name = try reader.range()
      default: try reader.skip(tag)
      }
    }
    let role = EventRole(rawValue: text(name)) ?? .other
    switch role {
    case .openInferenceToken, .completionChunk, .vercelChunk:
      span.firstToken = min(time, span.firstToken ?? time)
      // Streams have one such event a piece; the time of the first is all they say.
      return
    case .evaluation: return try span.scores.append(scoreLine(message))
    default: break
    }
    var attributes = ByteBuffer()
    reader = message
    while let tag = try reader.next() {
      guard tag == ProtobufTag(3, .bytes) else {
        try reader.skip(tag)
        continue
      }
      try readEventAttribute(reader.message(), role, into: &span, &attributes)
    }
    span.events += "{\"name\":".utf8
    JSONText.append(bytes, name.lowerBound, name.upperBound, to: &span.events)
    span.events += ",\"time_unix_nano\":\"".utf8
    Self.append(time, to: &span.events)
    span.events.append(0x22)
    Self.append(attributes: attributes, to: &span.events)
    span.events += "},".utf8
  }

  /// Events whose attributes mean something to the span.
  private enum EventRole: String {
    case exception
    case openInferenceToken = "First Token Stream Event"
    case completionChunk = "gen_ai.content.completion.chunk"
    case vercelChunk = "ai.stream.firstChunk"
    case evaluation = "gen_ai.evaluation.result"
    case prompt = "gen_ai.content.prompt"
    case completion = "gen_ai.content.completion"
    case details = "gen_ai.client.inference.operation.details"
    case choice = "gen_ai.choice"
    case other
  }

  private mutating func readEventAttribute(
    _ message: ProtobufReader, _ role: EventRole, into span: inout SpanParts,
    _ attributes: inout ByteBuffer
  ) throws(ProtobufError) {
    let attribute = try OTLPAttribute(message)
    switch role {
    case .prompt, .completion, .details: return try writeAttribute(message, of: .span)
    case .choice:
      if attribute.value.kind == .text {
        findings.toolCalls.find(bytes, attribute.value.range)
      }
      if dropsPayloads { return }
    case .exception:
      if take(attribute, into: &span.exception) { return }
    default: break
    }
    try attribute.append(bytes, to: &attributes)
    attributes.append(0x2C)
  }

  /// Keeps a part of the exception; true when the event itself need not repeat it.
  private func take(_ attribute: OTLPAttribute, into exception: inout ExceptionParts) -> Bool {
    guard attribute.value.kind == .text else { return false }
    switch text(attribute.key) {
    case "exception.type": exception.type = attribute.value.range
    case "exception.message": exception.message = attribute.value.range
    case "exception.stacktrace":
      exception.stack = attribute.value.range
      return true
    default: break
    }
    return false
  }

  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes.copy(range.lowerBound, range.upperBound), as: UTF8.self)
  }

  /// The beginning of a score's line, from the event that gives it.
  private mutating func scoreLine(_ event: ProtobufReader) throws(ProtobufError) -> [UInt8] {
    let keptFindings = findings
    var kept = ByteBuffer()
    var keptExtras = ByteBuffer()
    swap(&output, &kept)
    swap(&extras, &keptExtras)
    defer {
      swap(&output, &kept)
      swap(&extras, &keptExtras)
      findings = keptFindings
    }
    output.append("{\"type\":\"score\",")
    var reader = event
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .fixed64): try member("time", time: reader.fixed64())
      case (3, .bytes): try writeAttribute(reader.message(), of: .logRecord)
      default: try reader.skip(tag)
      }
    }
    return output.copy
  }

  /// Writes the scores that stand on a span, each as a line of its own.
  private mutating func writeScores(_ span: SpanParts) {
    for line in span.scores {
      output.append(line)
      writeIDs(span.traceID, span.spanID)
      closeMembers()
      output.append("}\n")
    }
    guard !findings.flattened.scores.isEmpty else { return }
    for (_, score) in findings.flattened.scores.sorted(by: { $0.key < $1.key }) {
      write(score, of: span)
    }
  }

  private mutating func write(_ score: FlattenedAttributes.Score, of span: SpanParts) {
    let value = score.value.isEmpty ? score.label : score.value
    guard !score.name.isEmpty, !value.isEmpty else { return }
    output.append("{\"type\":\"score\",")
    member("score", json: score.name)
    member("value", json: value)
    if !score.comment.isEmpty { member("comment", json: score.comment) }
    if !score.evaluator.isEmpty { member("evaluator", json: score.evaluator) }
    if !score.value.isEmpty, !score.label.isEmpty { member("label", json: score.label) }
    if span.end != 0 { member("time", time: max(span.end, span.start)) }
    if score.target == .session, let session = findings.session {
      member("session", text: session)
    } else {
      member("trace_id", id: span.traceID)
      if score.target == .span { member("span_id", id: span.spanID) }
    }
    closeMembers()
    output.append("}\n")
  }
}
