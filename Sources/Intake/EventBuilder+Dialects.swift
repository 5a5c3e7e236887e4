internal import Codec
internal import Telemetry

/// What the names and words of the dialects say about what an event is.
extension EventBuilder {
  /// The type of an OpenTelemetry span or log record that names none.
  var typeInEnvelope: EventType {
    if envelope == .logRecord { return .log }
    let present = scanner.present
    if let kind = kindSaid { return Self.callKinds.contains(kind) ? .llm : .span }
    if present.meets(Self.usageFields) || present.contains(.model)
      || present.contains(.responseModel)
    {
      return .llm
    }
    return .span
  }

  private static let callKinds = ["llm", "embedding", "rerank"]

  /// The kind by its own field, else by the operation; nil where neither says a known one.
  private var kindSaid: String? {
    if scanner.present.contains(.kind) { return Vocabulary.kinds[packed(.kind)] }
    return scanner.present.contains(.operation) ? kindOfOperation : nil
  }

  private var kindOfOperation: String? {
    if let kind = Vocabulary.operationKinds[packed(.operation)] { return kind }
    guard let call = Self.vercelCall(word(.operation)) else { return nil }
    return Vocabulary.operationKinds[PackedWord(call)]
  }

  /// The operation that an operation id of the Vercel AI SDK stands for. Its outer spans repeat
  /// the sums of the calls within.
  private static func vercelCall(_ id: String) -> String? {
    guard id.hasPrefix("ai.") else { return nil }
    if id.hasSuffix(".doGenerate") || id.hasSuffix(".doStream") { return "chat" }
    if id.hasSuffix(".doEmbed") { return "embeddings" }
    if id.hasSuffix(".doRerank") { return "rerank" }
    return id == "ai.toolCall" ? "execute_tool" : "invoke_workflow"
  }

  /// Whether a dialect's name, not Barograph's own, gave the field.
  private func isDialect(_ field: Field) -> Bool {
    scanner.present.contains(field) && scanner.entry(of: scanner.slot(field)).isDotted
  }

  /// The operation as OpenTelemetry names it.
  mutating func operation(_ slice: TextSlice) -> TextSlice {
    guard !slice.isAbsent, isDialect(.operation) else { return slice }
    if let known = Vocabulary.operations[packed(.operation)] { return compose(known) }
    guard slice.length > 3, let call = Self.vercelCall(word(.operation)) else { return slice }
    return compose(call)
  }

  /// The provider as OpenTelemetry names it.
  mutating func provider(_ slice: TextSlice) -> TextSlice {
    guard !slice.isAbsent, isDialect(.provider) else { return slice }
    if let known = Vocabulary.providers[packed(.provider)] { return compose(known) }
    if isPlain(scanner.slot(.provider)) { return slice }
    let raw = word(.provider)
    // The Vercel AI SDK adds the interface: "openai.chat", "anthropic.messages".
    let hasInterface = Self.vercelInterfaces.contains { raw.hasSuffix($0) }
    let name = hasInterface ? String(raw.prefix { $0 != "." }) : raw
    let lower = name.lowercased()
    if let known = Self.vercelProviders.first(where: { lower.hasPrefix($0.prefix) }) {
      return compose(known.name)
    }
    if hasInterface, 1...16 ~= lower.utf8.count,
      let known = Vocabulary.providers[PackedWord(lower)]
    {
      return compose(known)
    }
    return lower == raw ? slice : compose(lower)
  }

  /// Whether a text is small letters only: one word, of which no other reading is known.
  private func isPlain(_ slot: Slot) -> Bool {
    for index in Int(slot.start)..<Int(slot.end) where body[index] &- 0x61 >= 26 { return false }
    return slot.kind == .string
  }

  /// The Vercel AI SDK's names that have parts of their own.
  private static let vercelProviders = [
    (prefix: "google.generative-ai", name: "gcp.gemini"),
    (prefix: "google.vertex", name: "gcp.vertex_ai"),
    (prefix: "amazon-bedrock", name: "aws.bedrock"),
    (prefix: "azure-openai", name: "azure.ai.openai"),
  ]

  private static let vercelInterfaces = [
    ".chat", ".messages", ".responses", ".completion", ".embedding",
  ]

  /// Completes kind and operation from each other, where a dialect gave one of them.
  mutating func settleKind() {
    settleModels()
    let (kind, operation) = (Int(Dimension.kind.rawValue), Int(Dimension.operation.rawValue))
    if dimensionTexts[kind].isAbsent, isDialect(.operation), let said = kindOfOperation {
      dimensionTexts[kind] = compose(said)
    } else if dimensionTexts[operation].isAbsent, isDialect(.kind),
      let said = Vocabulary.operations[packed(.kind)]
    {
      dimensionTexts[operation] = compose(said)
    }
  }

  /// MLflow names one model, which stands for the one asked and the one that answered.
  private mutating func settleModels() {
    let (model, answering) = (Int(Dimension.model.rawValue), Int(Dimension.responseModel.rawValue))
    guard scanner.present.contains(.model), dimensionTexts[answering].isAbsent,
      scanner.entry(of: scanner.slot(.model)).hint == .answeringModel
    else { return }
    dimensionTexts[answering] = dimensionTexts[model]
  }

  /// The first text of a list, where the field's name says that it has one.
  mutating func firstText(of slot: Slot) -> TextSlice? {
    guard scanner.entry(of: slot).unit == .list, slot.kind == .array else { return nil }
    var json = JSONScanner(body, from: Int(slot.start) + 1, to: Int(slot.end))
    json.skipSpace()
    if json.next == 0x5D { return .absent }
    guard json.next == 0x22 else { return nil }
    do throws(JSONError) {
      return plain(try json.string())
    } catch {
      preconditionFailure("the list was scanned before")
    }
  }

  private mutating func plain(_ raw: JSONScanner.RawString) -> TextSlice {
    guard raw.hasEscapes else {
      return TextSlice(offset: raw.start, length: raw.end - raw.start, inScratch: false)
    }
    let offset = batch.scratch.count
    if JSONText.unescape(body, raw, into: batch.scratch) { event.warnings.insert(.badUTF8) }
    return TextSlice(offset: offset, length: batch.scratch.count - offset, inScratch: true)
  }

  /// Client libraries write the HTTP status into the message: "Error code: 429".
  mutating func adoptStatusInMessage() {
    guard event.type == .llm, event.status == .error, event.httpStatus == Event.absent,
      scanner.present.contains(.error)
    else { return }
    let message = word(.error)
    guard let mark = message.firstRange(of: "Error code: ") else { return }
    let digits = message[mark.upperBound...].prefix { $0.isASCII && $0.isNumber }
    if let code = Int64(digits), 100...599 ~= code { event.httpStatus = code }
  }
}
