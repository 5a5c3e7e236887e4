internal import Codec
internal import Money
internal import Telemetry

extension EventBuilder {
  /// Reads every field that is present into the event, its usage, its dimensions or its details.
  mutating func readFields() {
    var pending = scanner.present
    while let field = pending.popFirst() {
      guard scanner.present.contains(field) else { continue }
      if let dimension = field.dimension {
        readDimension(field, dimension)
      } else {
        readPlain(field)
      }
    }
  }

  private mutating func readPlain(_ field: Field) {
    switch field {
    case .inputTokens, .outputTokens, .totalTokens, .cacheReadTokens, .cacheWriteTokens,
      .cacheWrite1hTokens, .reasoningTokens, .audioInputTokens, .audioOutputTokens,
      .imageInputTokens:
      readTokens(field)
    case .traceID, .spanID, .parentSpanID, .traceparent:
      readID(field)
    case .user, .session, .requestID, .responseID, .eventID:
      readIdentifier(field)
    case .level, .status, .httpStatus, .errorType:
      readOutcome(field)
    case .retryWait, .gateWait, .queueWait, .poolWait, .poolInUse, .poolSize, .remainingRequests,
      .remainingTokens, .estimatedTokens:
      readMeasure(field)
    case .breaker: readWord(field, Vocabulary.breakers, .breaker)
    case .cache: readCache()
    case .verdict: readWord(field, Vocabulary.verdicts, nil)
    case .attempt, .sequence, .cost, .sampleRate, .timeToFirstToken: readNumber(field)
    case .stream: readStream()
    case .degraded, .inputIncludesCache: readFlag(field)
    case .error, .fallbackFrom, .comment, .answerResponseID: readDetailText(field)
    case .documents, .toolCalls, .timings: readDetailJSON(field)
    case .value: readScoreValue()
    case .message: event.message = text(field, limit: settings.text)
    case .input, .output, .stack: readPayload(field)
    default: break
    }
  }

  private mutating func readDimension(_ field: Field, _ dimension: Dimension) {
    var slice = text(field, limit: settings.text)
    switch field {
    case .kind:
      slice = kind(slice)
    case .provider:
      slice = provider(slice)
    case .operation:
      slice = operation(slice)
    case .src:
      src = slice
    default:
      break
    }
    dimensionTexts[Int(dimension.rawValue)] = slice
  }

  private mutating func kind(_ slice: TextSlice) -> TextSlice {
    guard !slice.isAbsent else { return slice }
    guard let kind = Vocabulary.kinds[packed(.kind)] else {
      doubt(.kind, .unknownKind)
      return compose("other")
    }
    return kind.utf8.count == slice.length && word(.kind) == kind ? slice : compose(kind)
  }

  /// Writes `text` to the scratch.
  mutating func compose(_ text: String) -> TextSlice {
    compose(Array(text.utf8))
  }

  /// Writes `text` to the scratch.
  mutating func compose(_ text: [UInt8]) -> TextSlice {
    let offset = batch.scratch.count
    batch.scratch.append(text)
    return TextSlice(offset: offset, length: text.count, inScratch: true)
  }

  /// A field's text: unescaped, cut to `limit`, absent when empty. Numbers and flags are taken as
  /// they are written; an array or object only where `takesJSON`.
  mutating func text(_ field: Field, limit: Int, takesJSON: Bool = false) -> TextSlice {
    let slot = scanner.slot(field)
    switch slot.kind {
    case .number:
      return TextSlice(
        offset: Int(slot.start), length: Int(slot.end - slot.start), inScratch: false)
    case .yes, .no:
      doubt(field, .badType)
      return .absent
    case .array, .object:
      guard takesJSON else {
        if let first = firstText(of: slot) { return first }
        doubt(field, .badType)
        return .absent
      }
      return cut(Int(slot.start), Int(slot.end), limit: limit, inScratch: false)
    case .string:
      break
    }
    guard slot.end > slot.start else { return .absent }
    guard slot.hasEscapes else {
      return cut(Int(slot.start), Int(slot.end), limit: limit, inScratch: false)
    }
    let offset = batch.scratch.count
    let raw = JSONScanner.RawString(
      start: Int(slot.start), end: Int(slot.end), hasEscapes: true)
    if JSONText.unescape(body, raw, into: batch.scratch) {
      event.warnings.insert(.badUTF8)
    }
    return cut(offset, batch.scratch.count, limit: limit, inScratch: true)
  }

  private mutating func cut(_ start: Int, _ end: Int, limit: Int, inScratch: Bool) -> TextSlice {
    if end - start <= limit {
      return TextSlice(offset: start, length: end - start, inScratch: inScratch)
    }
    event.warnings.insert(.truncated)
    // unsafe because the view is used within this call.
    let view = inScratch ? unsafe ByteView(batch.scratch) : body
    let length = unsafe cleaner.cut(
      view.raw(start, end), at: view.cut(from: start, to: end, limit: limit))
    return TextSlice(offset: start, length: length, inScratch: inScratch)
  }

  private mutating func readTokens(_ field: Field) {
    guard let count = count(field) else { return }
    let entry = scanner.entry(of: scanner.slot(field))
    if usage.convention == nil || field == .inputTokens { usage.convention = entry.convention }
    if entry.isAggregate { usage.isAggregate = true }
    switch field {
    case .inputTokens: usage.input = count
    case .outputTokens: usage.output = count
    case .totalTokens: usage.total = count
    case .cacheReadTokens: usage.cacheRead = count
    case .cacheWriteTokens: usage.cacheWrite = count
    case .cacheWrite1hTokens: usage.cacheWrite1h = count
    case .reasoningTokens: usage.reasoning = count
    case .audioInputTokens: usage.audioInput = count
    case .audioOutputTokens: usage.audioOutput = count
    default: usage.imageInput = count
    }
  }

  /// A whole number from 0 to 2⁵³, which every reader of JSON can hold; else the field is doubted.
  mutating func count(_ field: Field) -> Int64? {
    let slot = scanner.slot(field)
    guard slot.kind == .number else {
      doubt(field, .badType)
      return nil
    }
    guard let count = slot.number.integer(), 0...(1 << 53) ~= count, !isSensitive(slot) else {
      doubt(field, .badValue)
      return nil
    }
    return count
  }

  /// A number that is not negative, or the field is doubted.
  mutating func quantity(_ field: Field) -> DecimalNumber? {
    let slot = scanner.slot(field)
    guard slot.kind == .number else {
      doubt(field, .badType)
      return nil
    }
    guard !slot.number.isNegative || slot.number.mantissa == 0, !isSensitive(slot) else {
      doubt(field, .badValue)
      return nil
    }
    return slot.number
  }

  /// Whether a number's digits hit a detector: a card number is no count. Left to the attributes,
  /// where it is redacted.
  private mutating func isSensitive(_ slot: Slot) -> Bool {
    let length = Int(slot.end - slot.start)
    // The shortest card number has twelve digits.
    guard length >= 12 else { return false }
    let digits = TextSlice(offset: Int(slot.start), length: length, inScratch: false)
    return cleaner.clean(digits, batch) != digits
  }

  /// A slot's number as a finite double.
  private func double(_ slot: Slot) -> Double? {
    let number = slot.number.double {
      unsafe String(decoding: body.raw(Int(slot.start), Int(slot.end)), as: UTF8.self)
    }
    guard let number, number.isFinite else { return nil }
    return number
  }

  private mutating func readNumber(_ field: Field) {
    guard let exact = quantity(field) else { return }
    switch field {
    case .cost:
      guard let amount = exact.rounded(scaledBy: 12) else { return doubt(field, .badValue) }
      event.reportedCost = amount
    case .timeToFirstToken:
      let isSeconds = scanner.entry(of: scanner.slot(field)).unit == .seconds
      guard let wait = exact.rounded(scaledBy: isSeconds ? 9 : 6) else {
        return doubt(field, .badValue)
      }
      event.timeToFirstToken = wait
    case .sampleRate:
      guard let number = double(scanner.slot(field)), number > 0, number <= 1 else {
        return doubt(field, .badValue)
      }
      event.sampleRate = number
    default:
      guard let whole = exact.integer() else { return doubt(field, .badValue) }
      if field == .attempt { event.attempt = whole } else { event.sequence = whole }
    }
  }

  private mutating func readMeasure(_ field: Field) {
    guard quantity(field) != nil, let quantity = field.measure else { return }
    guard let number = double(scanner.slot(field)) else { return doubt(field, .badValue) }
    batch.append(Measure(quantity, number))
    details.add(field.name, json: rawValue(field))
  }

  private mutating func readWord(
    _ field: Field, _ words: WordTable<(text: String, number: Int)>,
    _ quantity: Measure.Quantity?
  ) {
    guard scanner.slot(field).kind == .string else { return doubt(field, .badType) }
    guard let word = words[packed(field)] else { return doubt(field, .badValue) }
    if let quantity { batch.append(Measure(quantity, Double(word.number))) }
    details.add(field.name, json: Array("\"\(word.text)\"".utf8))
  }

  private mutating func readCache() {
    readWord(.cache, Vocabulary.cacheResults, .cacheResult)
    guard let word = Vocabulary.cacheResults[packed(.cache)] else { return }
    event.isCacheHit = CacheResult(rawValue: UInt8(word.number))?.isAnswer ?? false
  }

  private mutating func readFlag(_ field: Field) {
    guard let flag = flag(field) else { return doubt(field, .badType) }
    if field == .inputIncludesCache { usage.inputIncludesCache = flag }
    details.add(field.name, json: Array((flag ? "true" : "false").utf8))
  }

  private mutating func readStream() {
    guard let flag = flag(.stream) else { return doubt(.stream, .badType) }
    let slot = scanner.slot(.stream)
    let isPlain = slot.kind != .string
    dimensionTexts[Int(Dimension.stream.rawValue)] =
      isPlain
      ? TextSlice(offset: Int(slot.start), length: flag ? 4 : 5, inScratch: false)
      : compose(flag ? "true" : "false")
  }

  /// A flag, also as the word that some senders write.
  private func flag(_ field: Field) -> Bool? {
    switch scanner.slot(field).kind {
    case .yes: true
    case .no: false
    case .string: Vocabulary.flags[packed(field)]
    default: nil
    }
  }

  private mutating func readDetailText(_ field: Field) {
    let slice = cleaner.clean(text(field, limit: settings.text), batch, as: field)
    guard !slice.isAbsent else { return }
    unsafe details.add(field.name, text: batch.text(slice))
    if field == .answerResponseID {
      event.answerKey = unsafe LedgerSpan.responseKey(of: batch.text(slice))
    }
  }

  private mutating func readDetailJSON(_ field: Field) {
    let kind = scanner.slot(field).kind
    guard kind == .array || kind == .object else { return doubt(field, .badType) }
    let slot = scanner.slot(field)
    let slice = TextSlice(
      offset: Int(slot.start), length: Int(slot.end - slot.start), inScratch: false)
    if field == .documents { texts.documents = slice }
    guard slice.length <= settings.text else {
      event.warnings.insert(.truncated)
      return scanner.release(field)
    }
    guard !cleaner.hides(field) else {
      let marker = cleaner.clean(slice, batch, as: field)
      return unsafe details.add(field.name, text: batch.text(marker))
    }
    details.add(field.name, json: unsafe Array(batch.text(cleaner.clean(json: slice, batch))))
  }

  private mutating func readScoreValue() {
    let slot = scanner.slot(.value)
    switch slot.kind {
    case .number:
      guard let number = double(slot), !isSensitive(slot) else {
        return doubt(.value, .badValue)
      }
      batch.append(Measure(.scoreValue, number))
      details.add(Field.value.name, json: rawValue(.value))
    case .yes, .no:
      batch.append(Measure(.scoreValue, slot.kind == .yes ? 1 : 0))
      details.add(Field.value.name, json: rawValue(.value))
    case .string: readDetailText(.value)
    default: doubt(.value, .badType)
    }
  }

  private func rawValue(_ field: Field) -> [UInt8] {
    let slot = scanner.slot(field)
    return body.copy(Int(slot.start), Int(slot.end))
  }
}

extension Field {
  /// What windows measure of this field.
  fileprivate var measure: Measure.Quantity? {
    switch self {
    case .retryWait: .retryWait
    case .gateWait: .gateWait
    case .queueWait: .queueWait
    case .poolWait: .poolWait
    case .poolInUse: .poolInUse
    case .poolSize: .poolSize
    case .remainingRequests: .remainingRequests
    case .remainingTokens: .remainingTokens
    case .estimatedTokens: .estimatedTokens
    default: nil
    }
  }
}
