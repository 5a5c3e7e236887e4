internal import Codec
internal import Money
internal import Telemetry

/// Turns the slots of one record into an event of the batch: types checked, words mapped, times and
/// ids read, usage resolved, texts redacted, dimensions interned. Owned by one thread.
struct EventBuilder: ~Copyable {
  let dimensions: DimensionTable
  var settings: IntakeSettings
  var scanner = RecordScanner()
  var cleaner: TextCleaner
  var pricer: Pricer

  // unsafe because views and texts of the batch are used while it is decoded; its body then stays
  // in place.

  /// The record in the making.
  var event = Event()
  var batch = EventBatch(body: ByteSlab(capacity: 0))
  /// The batch's body, which stays in place while its records are decoded.
  var body = unsafe ByteView(ByteSlab(capacity: 0))
  var dimensionTexts: [TextSlice]
  var usage = ReportedUsage()
  var details = DetailWriter()
  var src = TextSlice.absent
  /// The call's texts as they came.
  var texts = CallTexts()
  /// Which envelope the records come in.
  var envelope = Envelope.json
  private var caches = DimensionCaches()
  private var isRepaired = false
  /// The tenant of the whole batch, where its sender is bound to one.
  private var boundTenant: UInt32 = 0

  init(dimensions: DimensionTable, settings: IntakeSettings) {
    self.dimensions = dimensions
    self.settings = settings
    cleaner = TextCleaner(settings)
    pricer = Pricer(settings.prices)
    dimensionTexts = Array(repeating: .absent, count: Dimension.allCases.count)
  }

  /// Starts on a batch; `isRepaired` when its body held bytes that are no UTF-8.
  mutating func begin(_ batch: EventBatch, isRepaired: Bool) {
    self.batch = batch
    body = unsafe ByteView(batch.body)
    self.isRepaired = isRepaired
    boundTenant = tenantOfBatch()
  }

  /// Takes on new rules.
  mutating func follow(_ settings: IntakeSettings) {
    self.settings = settings
    cleaner = TextCleaner(settings)
    if pricer.book !== settings.prices { pricer = Pricer(settings.prices) }
  }

  /// What the records of a batch were wrapped in, as far as it says what they are.
  enum Envelope {
    case json, span, logRecord
  }

  /// Why a scanned record is no event.
  struct Refusal {
    let code: RejectCode
    let field: String
    let message: String
  }

  /// Makes an event of what was scanned from `start..<end` of the batch's body and appends it;
  /// gives the reason when it must not be kept.
  mutating func build(from start: Int, to end: Int, record: UInt32) -> Refusal? {
    guard end - start <= settings.line else {
      return Refusal(
        code: .tooLarge, field: "", message: "a record of at most \(settings.line) bytes")
    }
    guard scanner.present != FieldSet() || !scanner.leftovers.isEmpty else {
      return Refusal(code: .empty, field: "", message: "a field in the object")
    }
    event = Event()
    event.line = record
    event.firstMeasure = UInt32(batch.measures.count)
    usage = ReportedUsage()
    details.begin()
    src = .absent
    texts = CallTexts()
    for index in dimensionTexts.indices { dimensionTexts[index] = .absent }
    if isRepaired, holdsReplacement(start, end) { event.warnings.insert(.badUTF8) }
    if scanner.hasDuplicateKey { event.warnings.insert(.duplicateKey) }

    if cleaner.hasTenants { cleaner.select(tenantOfRecord) }
    settleType()
    readTimes()
    if event.hasOwnTime, event.time < batch.receivedAt - settings.retention {
      return Refusal(
        code: .tooOld, field: Field.time.name, message: "the time lies beyond the retention")
    }
    readFields()
    settleKind()
    settleOutcome()
    settleUsage()
    noteDialect()
    internDimensions()
    composeTexts()
    identify(from: start, to: end)
    event.measureCount = UInt16(batch.measures.count - Int(event.firstMeasure))
    batch.append(event)
    // Of an announced call the input is kept, which the end may leave out.
    if settings.keepsCallTexts, event.type == .llm, !event.isOpen || !texts.input.isAbsent {
      batch.keep(texts)
    }
    return nil
  }

  private func holdsReplacement(_ start: Int, _ end: Int) -> Bool {
    var index = body.firstIndex(of: 0xEF, from: start, to: end)
    while index < end {
      if body[index + 1] == 0xBF, body[index + 2] == 0xBD { return true }
      index = body.firstIndex(of: 0xEF, from: index + 1, to: end)
    }
    return false
  }

  /// Fields read before the others, whose slots are gone when `readFields` runs.
  private mutating func settleType() {
    if scanner.present.contains(.type) {
      if let type = Vocabulary.types[packed(.type)] {
        event.type = type
        scanner.drop(.type)
        return
      }
      doubt(.type, .badValue)
    } else if envelope == .json {
      adoptLoggerName()
    }
    event.type = envelope == .json ? inferredType() : typeInEnvelope
  }

  private func inferredType() -> EventType {
    let present = scanner.present
    if present.contains(.score), present.contains(.value) { return .score }
    if present.meets(Self.usageFields) { return .llm }
    if present.contains(.level), present.contains(.message) { return .log }
    let hasDuration = present.contains(.duration)
    if present.contains(.model),
      hasDuration || present.contains(.status) || present.contains(.httpStatus)
    {
      return .llm
    }
    if hasDuration || (present.contains(.start) && present.contains(.time)) { return .span }
    return .log
  }

  static let usageFields = FieldSet([
    .inputTokens, .outputTokens, .totalTokens, .cacheReadTokens, .cacheWriteTokens,
    .cacheWrite1hTokens, .reasoningTokens, .audioInputTokens, .audioOutputTokens,
    .imageInputTokens,
  ])

  /// In a logger's line `name` is the logger; in bunyan's, which has `hostname` and `pid`, it is
  /// the service, and `component` a part of it.
  private mutating func adoptLoggerName() {
    guard scanner.present.contains(.name), scanner.present.contains(.level),
      scanner.present.contains(.message)
    else { return }
    if looksLikeNodeLogger {
      if scanner.present.contains(.logger) { scanner.release(.logger) }
      scanner.move(.name, to: .service)
    } else {
      scanner.move(.name, to: .logger)
    }
  }

  /// Whether the line has the marks of bunyan or pino.
  var looksLikeNodeLogger: Bool {
    hasLeftover("pid") && hasLeftover("hostname")
  }

  /// Whether a member of this name is among the leftovers.
  func hasLeftover(_ name: StaticString) -> Bool {
    let length = name.utf8CodeUnitCount
    return scanner.leftovers.contains { slice in
      guard !slice.isInScratch, slice.length > length + 2,
        body[slice.offset + 1 + length] == 0x22
      else { return false }
      return (0..<length).allSatisfy { unsafe body[slice.offset + 1 + $0] == name.utf8Start[$0] }
    }
  }

  /// Marks a field as doubtful: it leaves the event, its raw member stays in `attrs`.
  mutating func doubt(_ field: Field, _ warning: Warning) {
    event.warnings.insert(warning)
    scanner.release(field)
  }

  /// A field's text as a packed word, where it is a short string.
  func packed(_ field: Field) -> PackedWord? {
    let slot = scanner.slot(field)
    guard slot.kind == .string, !slot.hasEscapes else { return nil }
    return PackedWord(body, from: Int(slot.start), to: Int(slot.end))
  }

  /// A field's text or a number's digits, for what is rare.
  func word(_ field: Field) -> String {
    let slot = scanner.slot(field)
    guard slot.hasEscapes else {
      return unsafe String(
        decoding: body.raw(Int(slot.start), Int(slot.end)), as: UTF8.self)
    }
    let plain = ByteSlab(capacity: 64)
    _ = JSONText.unescape(
      body, JSONScanner.RawString(start: Int(slot.start), end: Int(slot.end), hasEscapes: true),
      into: plain)
    return unsafe String(decoding: plain.bytes, as: UTF8.self)
  }

  /// The tenant that the record's sender is bound to, or that it names, as it was sent.
  private var tenantOfRecord: [UInt8] {
    guard batch.tenant.isEmpty else { return batch.tenant }
    guard scanner.present.contains(.tenant), scanner.slot(.tenant).kind == .string else {
      return []
    }
    return Array(word(.tenant).utf8)
  }

  /// The fields whose values are dimensions, by the dimension.
  private static let fields = Dimension.allCases.map { dimension in
    Field.allCases.first { $0.dimension == dimension } ?? .name
  }

  private mutating func internDimensions() {
    event.source = intern(.source)
    event.operation = intern(.operation)
    event.tenant = boundTenant == 0 ? intern(.tenant) : boundTenant
  }

  /// The id of the tenant that the sender of the batch is bound to, or 0. An operator wrote the
  /// name, so it is kept as it is.
  private func tenantOfBatch() -> UInt32 {
    batch.tenant.isEmpty ? 0 : dimensions.intern(.tenant, values: [batch.tenant])
  }

  /// The id of a family's set. It is looked up by what the sender wrote; values are redacted only
  /// when their combination is new to this thread, which is rare.
  private mutating func intern(_ family: DimensionFamily) -> UInt32 {
    let range = family.range
    let written = key(range)
    guard written != .zero else { return 0 }
    let asWritten = DimensionTable.adding(written, cleaner.salt)
    let known = caches.id(family, asWritten)
    if known != 0 { return known }
    for index in range where !dimensionTexts[index].isAbsent {
      dimensionTexts[index] =
        family == .tenant
        ? cleaner.identifier(dimensionTexts[index], batch, as: .tenant)
        : cleaner.clean(dimensionTexts[index], batch, as: Self.fields[index])
    }
    let (texts, batch) = (dimensionTexts, batch)
    let id = dimensions.intern(family, key: key(range)) {
      range.map { texts[$0].isAbsent ? nil : unsafe Array(batch.text(texts[$0])) }
    }
    caches.remember(family, id, asWritten)
    return id
  }

  private func key(_ range: Range<Int>) -> Hash128 {
    var key = Hash128.zero
    for index in range {
      let text = dimensionTexts[index]
      guard !text.isAbsent else { continue }
      let part = unsafe dimensions.keyPart(position: index, batch.text(text))
      key = DimensionTable.adding(key, part)
    }
    return key
  }
}

extension DimensionFamily {
  private static let ranges: [Range<Int>] = DimensionFamily.allCases.map { family in
    let first = Int(family.first.rawValue)
    return first..<first + family.dimensions.count
  }

  /// The raw values of its dimensions.
  fileprivate var range: Range<Int> { Self.ranges[Int(rawValue)] }
}

/// One thread's caches of dimension ids, one a family.
struct DimensionCaches: ~Copyable {
  private var source = DimensionCache()
  private var operation = DimensionCache()
  private var tenant = DimensionCache()

  /// The id remembered for a key, or 0.
  func id(_ family: DimensionFamily, _ key: Hash128) -> UInt32 {
    switch family {
    case .source: source.id(of: key)
    case .operation: operation.id(of: key)
    case .tenant: tenant.id(of: key)
    }
  }

  /// Remembers the id of a key.
  mutating func remember(_ family: DimensionFamily, _ id: UInt32, _ key: Hash128) {
    switch family {
    case .source: source.remember(id, of: key)
    case .operation: operation.remember(id, of: key)
    case .tenant: tenant.remember(id, of: key)
    }
  }
}
