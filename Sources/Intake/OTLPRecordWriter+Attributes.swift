internal import Codec

/// What the attributes of one record say that no single field takes.
struct OTLPFindings {
  /// An attribute says that it failed, and how.
  var isError = false
  var errorMessage: Range<Int>?
  /// The id of the provider's answer, which came whole.
  var answerID: Range<Int>?
  /// When the first token came, in ns since 1970.
  var firstToken: Int64?
  /// Names of the tools that a model asked for.
  var toolCalls = ToolCallNames()
  /// What happened, of a log record.
  var eventName: Range<Int>?
  /// The kind, and the name of what it is a kind of.
  var kind: Range<Int>?
  var entityName: Range<Int>?
  /// The session, to be the target of scores.
  var session: Range<Int>?
  var flattened = FlattenedAttributes()
  /// The fields that attributes gave.
  var fields = FieldSet()

  /// Forgets the last record.
  mutating func begin() {
    isError = false
    errorMessage = nil
    answerID = nil
    firstToken = nil
    toolCalls.begin()
    eventName = nil
    kind = nil
    entityName = nil
    session = nil
    flattened.begin()
    fields = FieldSet()
  }
}

extension OTLPRecordWriter {
  /// What an attribute belongs to.
  enum Owner {
    case resource, scope, span, logRecord
  }

  /// Writes a KeyValue as a field of the record, where the table knows its key, or into `attrs`.
  mutating func writeAttribute(
    _ message: ProtobufReader, of owner: Owner
  ) throws(ProtobufError) {
    let attribute = try OTLPAttribute(message)
    let (key, value) = (attribute.key, attribute.value)
    let index = table.find(bytes, key.lowerBound, key.upperBound, in: FieldTable.root)
    if index != FieldTable.unknown, owner != .scope {
      let entry = table[index]
      if entry.hint != .none, owner != .resource { note(entry.hint, value) }
      if dropsPayloads, Self.isPayload(entry) { return }
      if value.kind != .none, Self.takes(entry, value.kind, of: owner) {
        if entry.hasField { findings.fields.insert(entry.field) }
        if entry.hasField, value.kind == .text { note(entry.field, value.range) }
        return try append(attribute, asJSON: isJSON(value, for: entry))
      }
    } else if owner == .span, noteFlattened(key, value) {
      return
    }
    try attribute.append(bytes, to: &extras)
    extras.append(0x2C)
  }

  private static func isPayload(_ entry: FieldTable.Entry) -> Bool {
    guard entry.hasField else { return entry.hint == .content || entry.hint == .toolCalls }
    return entry.field == .input || entry.field == .output || entry.field == .stack
  }

  private mutating func note(_ field: Field, _ text: Range<Int>) {
    switch field {
    case .session: findings.session = text
    case .kind: findings.kind = text
    default: break
    }
  }

  /// A dotted name says what it means. A bare one may be anybody's, so it is taken only where the
  /// envelope does not say the same itself.
  private static func takes(
    _ entry: FieldTable.Entry, _ kind: OTLPValue.Kind, of owner: Owner
  ) -> Bool {
    guard entry.hasField else { return entry.isEncoded && entry.inner != 0 }
    if owner == .resource { return resourceFields.contains(entry.field) }
    if entry.isDotted { return true }
    if owner == .logRecord, entry.field == .duration || (entry.field == .error && kind == .text) {
      return true
    }
    return !envelopeFields.contains(entry.field)
  }

  private static let resourceFields = FieldSet([
    .service, .env, .release, .instance, .session, .user, .tenant, .agent,
  ])

  private static let envelopeFields = FieldSet([
    .type, .time, .timeNanoseconds, .start, .duration, .service, .release, .instance, .src,
    .sequence, .eventID, .traceID, .spanID, .parentSpanID, .traceparent, .name, .kind, .status,
    .error, .stack, .level, .message, .logger, .operation, .prompt, .score, .value, .evaluator,
    .comment, .timings, .attributes, .sampleRate,
  ])

  private mutating func append(
    _ attribute: OTLPAttribute, asJSON: Bool
  ) throws(ProtobufError) {
    let (key, value) = (attribute.key, attribute.value)
    if asJSON {
      JSONText.append(bytes, key.lowerBound, key.upperBound, to: &output)
      output.append(0x3A)
      output.append(bytes, value.range.lowerBound, value.range.upperBound)
    } else {
      try attribute.append(bytes, to: &output)
    }
    output.append(0x2C)
  }

  /// Whether a text is written as the JSON that it holds: structure where the name says so, and
  /// digits where a field is a number, which some senders have as texts all the same.
  private func isJSON(_ value: OTLPValue, for entry: FieldTable.Entry) -> Bool {
    guard value.kind == .text else { return false }
    if entry.isEncoded { return isJSON(value.range) }
    return entry.hasField && Self.numericFields.contains(entry.field) && isNumber(value.range)
  }

  private static let numericFields = FieldSet([
    .duration, .inputTokens, .outputTokens, .totalTokens, .cacheReadTokens, .cacheWriteTokens,
    .cacheWrite1hTokens, .reasoningTokens, .audioInputTokens, .audioOutputTokens,
    .imageInputTokens, .estimatedTokens, .cost, .timeToFirstToken, .attempt, .retryWait,
    .gateWait, .queueWait, .poolWait, .poolInUse, .poolSize, .remainingRequests,
    .remainingTokens, .value,
  ])

  private func isNumber(_ range: Range<Int>) -> Bool {
    guard let first = range.first, bytes[first] &- 0x30 < 10 || bytes[first] == 0x2D,
      range.count <= 40
    else { return false }
    var json = JSONScanner(bytes, from: range.lowerBound, to: range.upperBound)
    do throws(JSONError) {
      _ = try json.number()
    } catch {
      return false
    }
    return json.index == range.upperBound
  }

  /// Whether a text is a JSON object, array or string, and nothing else.
  func isJSON(_ range: Range<Int>) -> Bool {
    guard let first = range.first,
      bytes[first] == 0x7B || bytes[first] == 0x5B || bytes[first] == 0x22
    else { return false }
    var json = JSONScanner(bytes, from: range.lowerBound, to: range.upperBound)
    do throws(JSONError) {
      try json.skipValue(depth: 0, limit: Self.encodedDepth)
    } catch {
      return false
    }
    json.skipSpace()
    return json.index == range.upperBound
      && UTF8Check.firstInvalid(bytes, from: range.lowerBound, to: range.upperBound) == nil
  }

  /// Levels of JSON inside a text; the record's own limit leaves room for as many.
  private static let encodedDepth = 32

  private mutating func note(_ hint: FieldNames.Hint, _ value: OTLPValue) {
    guard value.kind == .text else {
      if hint == .toolCalls { noteToolCalls(value) }
      return
    }
    let range = value.range
    switch hint {
    case .none, .content, .answeringModel: break
    case .answer: findings.answerID = AnswerObject.id(bytes, range)
    case .entityName: if !range.isEmpty { findings.entityName = range }
    case .toolCalls: findings.toolCalls.find(bytes, range)
    case .errorLevel:
      findings.isError = bytes.copy(range.lowerBound, range.upperBound) == Self.error
    case .errorMessage: if !range.isEmpty { findings.errorMessage = range }
    case .eventName: findings.eventName = range
    case .firstTokenTime:
      let isQuoted = range.count > 2 && bytes[range.lowerBound] == 0x22
      let inset = isQuoted ? 1 : 0
      findings.firstToken = Timestamp.parse(
        bytes, from: range.lowerBound + inset, to: range.upperBound - inset, now: 0)
    }
  }

  private static let error = Array("ERROR".utf8)

  /// Finds tool calls in messages that came as structure.
  private mutating func noteToolCalls(_ value: OTLPValue) {
    var text = ByteBuffer()
    do throws(ProtobufError) {
      try value.append(bytes, to: &text)
    } catch {
      // The fault comes up again where the value itself is written.
      return
    }
    // unsafe because the text outlives the view.
    unsafe findings.toolCalls.find(text.view, 0..<text.count)
  }
}
