internal import Codec

extension OTLPRecordWriter {
  /// The members of a log record that are no attributes.
  private struct LogParts {
    var time: UInt64 = 0
    var observed: UInt64 = 0
    var severity: UInt64 = 0
    var severityText = 0..<0
    var body = OTLPValue()
    var traceID = 0..<0
    var spanID = 0..<0
    var eventName = 0..<0
  }

  /// What a record's event makes of it.
  private enum LogRole {
    case plain, call, request, failedRequest, score, message
  }

  /// Writes one LogRecord.
  mutating func writeLogRecord(_ message: ProtobufReader) throws(ProtobufError) {
    var reader = message
    var log = LogParts()
    findings.begin()
    extras.removeAll()
    output.append(0x7B)
    while let tag = try reader.next() {
      switch (tag.field, tag.wire) {
      case (1, .fixed64): log.time = try reader.fixed64()
      case (2, .varint): log.severity = try reader.varint()
      case (3, .bytes): log.severityText = try reader.range()
      case (5, .bytes): log.body = try OTLPValue(reader.message())
      case (6, .bytes): try writeAttribute(reader.message(), of: .logRecord)
      case (9, .bytes): log.traceID = try reader.range()
      case (10, .bytes): log.spanID = try reader.range()
      case (11, .fixed64): log.observed = try reader.fixed64()
      case (12, .bytes): log.eventName = try reader.range()
      default: try reader.skip(tag)
      }
    }
    try close(log)
  }

  private mutating func close(_ log: LogParts) throws(ProtobufError) {
    let name = log.eventName.isEmpty ? findings.eventName ?? 0..<0 : log.eventName
    let role = role(text(name), log.body)
    writeType(role)
    let time = log.time != 0 ? log.time : log.observed
    if time != 0 { member("time", time: time) }
    writeLevel(log)
    writeTarget(log, role)
    try writeBody(log.body, name, role)
    if !log.eventName.isEmpty {
      Self.key("event.name", to: &extras)
      JSONText.append(bytes, name.lowerBound, name.upperBound, to: &extras)
      extras.append(0x2C)
    }
    if !findings.toolCalls.names.isEmpty {
      let names = findings.toolCalls.names.map { [0x22] + $0 + [0x22] }
      member("tool_calls", json: [0x5B] + Array(names.joined(separator: [0x2C])) + [0x5D])
    }
    closeRecord()
  }

  /// Command-line agents name the event in the body or in `event.name`, with or without their own
  /// name before it.
  private func role(_ name: String, _ body: OTLPValue) -> LogRole {
    switch name {
    case "gen_ai.client.inference.operation.details": return .call
    case "gen_ai.evaluation.result": return .score
    default: break
    }
    if name.hasPrefix("gen_ai."), name.hasSuffix(".message") || name == "gen_ai.choice" {
      return .message
    }
    let said = body.kind == .text && body.range.count < 64 ? text(body.range) : ""
    for word in [name, said] {
      if word == "api_request" || word.hasSuffix(".api_request") { return .request }
      if word == "api_error" || word.hasSuffix(".api_error") { return .failedRequest }
    }
    return .plain
  }

  private mutating func writeType(_ role: LogRole) {
    switch role {
    case .plain, .message: break
    case .call: member("type", json: Self.call)
    case .score: member("type", json: Self.score)
    case .request, .failedRequest:
      member("type", json: Self.call)
      member("kind", json: Self.call)
      // What these agents report are Anthropic's own counts.
      member("input_includes_cache", json: Self.no)
      member("status", json: role == .request ? Self.ok : Self.error)
    }
  }

  private static let call = Array("\"llm\"".utf8)
  private static let score = Array("\"score\"".utf8)
  private static let no = Array("false".utf8)
  private static let ok = Array("\"ok\"".utf8)
  private static let error = Array("\"error\"".utf8)

  private mutating func writeLevel(_ log: LogParts) {
    if 1...24 ~= log.severity {
      member("severityNumber", json: Array(String(log.severity).utf8))
    } else if !log.severityText.isEmpty {
      member("level", text: log.severityText)
    }
  }

  /// A call's record stands for the span it belongs to; an agent's request has none of its own, so
  /// that the span around it is its parent.
  private mutating func writeTarget(_ log: LogParts, _ role: LogRole) {
    if log.traceID.contains(where: { bytes[$0] != 0 }) { member("trace_id", id: log.traceID) }
    guard log.spanID.contains(where: { bytes[$0] != 0 }) else { return }
    switch role {
    case .request, .failedRequest: member("parent_span_id", id: log.spanID)
    default: member("span_id", id: log.spanID)
    }
  }

  /// A text is the message. Structure is told as JSON; that of GenAI messages is a payload.
  private mutating func writeBody(
    _ body: OTLPValue, _ name: Range<Int>, _ role: LogRole
  ) throws(ProtobufError) {
    if body.kind == .text, role != .message {
      if !body.range.isEmpty { member("message", text: body.range) }
      return
    }
    var json = ByteBuffer()
    if body.kind != .none { try body.append(bytes, to: &json) }
    if role == .message {
      if !json.isEmpty, !dropsPayloads {
        Self.key(text(name) == "gen_ai.choice" ? "output" : "input", to: &output)
        // unsafe because the views live no longer than the calls that they are made for.
        unsafe output.append(json.view, 0, json.count)
        output.append(0x2C)
      }
      unsafe findings.toolCalls.find(json.view, 0..<json.count)
      return member("message", text: name)
    }
    if json.isEmpty {
      if !name.isEmpty { member("message", text: name) }
      return
    }
    Self.key("message", to: &output)
    unsafe JSONText.append(json.view, 0, json.count, to: &output)
    output.append(0x2C)
  }
}
