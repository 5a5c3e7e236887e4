internal import Codec
internal import Telemetry

// unsafe because it copies columns from where SQLite holds them, before the next step.
/// Reads rows back as events, with what the row alone knows.
struct StoreRowReader: ~Copyable {
  private let statement: Statement
  private let payloads: Statement

  /// A row as it stands.
  struct Row {
    let event: Event
    let scope: UInt32
    let receivedAt: Int64
  }

  init(_ database: Database) throws(StoreError) {
    let columns = try database.prepare(
      "SELECT \(Column.allCases.map(\.name).joined(separator: ", ")) FROM event_columns"
        + " WHERE id = ?1")
    let texts = try database.prepare("SELECT input, output, stack FROM payloads WHERE id = ?1")
    statement = columns
    payloads = texts
  }

  /// The row with this id, its texts, or all but its payloads, written to the scratch of `batch`;
  /// nil when it is gone.
  func row(
    _ id: Int64, into batch: EventBatch, withPayloads: Bool = true
  ) throws(StoreError) -> Row? {
    statement.bind(1, id)
    defer { statement.reset() }
    guard try statement.step() else { return nil }
    var event = Event()
    readWords(&event)
    readTimes(&event)
    readIDs(&event)
    readUsage(&event)
    readTexts(&event, batch)
    if withPayloads { try readPayloads(&event, id, batch) }
    let lag = integer(.lag) ?? 0
    return Row(
      event: event, scope: UInt32(truncatingIfNeeded: integer(.scope) ?? 0),
      receivedAt: event.time + lag * 1_000_000)
  }

  private func readWords(_ event: inout Event) {
    event.type = word(.type) ?? .log
    event.status = word(.status)
    event.errorType = word(.errorType)
    event.level = word(.level)
    event.costStatus = word(.costStatus)
    event.isOpen = integer(.isOpen) == 1
    if let bits = integer(.warnings) {
      for warning in Warning.allCases where bits >> warning.rawValue & 1 == 1 {
        event.warnings.insert(warning)
      }
    }
    event.source = UInt32(truncatingIfNeeded: integer(.source) ?? 0)
    event.operation = UInt32(truncatingIfNeeded: integer(.operation) ?? 0)
    event.tenant = UInt32(truncatingIfNeeded: integer(.tenant) ?? 0)
  }

  private func readTimes(_ event: inout Event) {
    event.time = number(.time)
    event.hasOwnTime = integer(.lag) != nil
    event.duration = number(.duration)
    event.start = number(.start)
    if event.start == Event.absent, event.duration != Event.absent {
      event.start = event.time - event.duration
    }
    event.timeToFirstToken = number(.ttft)
    event.httpStatus = number(.httpStatus)
    event.attempt = number(.attempt)
    event.sequence = number(.seq)
    if let rate = statement.isNull(Column.sampleRate.position)
      ? nil : statement.double(Column.sampleRate.position)
    {
      event.sampleRate = rate
    }
  }

  private func readIDs(_ event: inout Event) {
    (event.traceHigh, event.traceLow) = words(.trace)
    event.spanID = words(.span).high
    event.parentSpanID = words(.parent).high
    let (high, low) = words(.identity)
    event.identity = Hash128(high: high, low: low)
  }

  private func readUsage(_ event: inout Event) {
    event.leaves.input = leaf(.input)
    event.leaves.cacheRead = leaf(.cacheRead)
    event.leaves.cacheWrite = leaf(.cacheWrite)
    event.leaves.cacheWrite1h = leaf(.cacheWrite1h)
    event.leaves.audioInput = leaf(.audioInput)
    event.leaves.imageInput = leaf(.imageInput)
    event.leaves.output = leaf(.output)
    event.leaves.reasoning = leaf(.reasoning)
    event.leaves.audioOutput = leaf(.audioOutput)
    event.cost = number(.cost)
    event.reportedCost = number(.reportedCost)
    if event.reportedCost == Event.absent, event.costStatus == .reported {
      event.reportedCost = event.cost
    }
    event.priceRow = UInt32(truncatingIfNeeded: integer(.priceRow) ?? 0)
    event.computedCost = number(.computedCost)
    event.usageRule = word(.usageRule)
  }

  private func readTexts(_ event: inout Event, _ batch: EventBatch) {
    event.user = text(.user, batch)
    event.session = text(.session, batch)
    event.requestID = text(.requestID, batch)
    event.responseID = text(.responseID, batch)
    event.eventID = text(.eventID, batch)
    event.message = text(.message, batch)
    event.details = text(.details, batch)
    event.attributes = text(.attrs, batch)
  }

  private func readPayloads(
    _ event: inout Event, _ id: Int64, _ batch: EventBatch
  ) throws(StoreError) {
    payloads.bind(1, id)
    defer { payloads.reset() }
    guard try payloads.step() else { return }
    event.input = copyPayload(0, batch)
    event.output = copyPayload(1, batch)
    event.stack = copyPayload(2, batch)
  }

  private func copyPayload(_ column: Int32, _ batch: EventBatch) -> TextSlice {
    guard payloads.isBlob(column) else { return Self.copy(payloads, column, batch) }
    guard let text = PayloadText.bytes(payloads, column) else { return .absent }
    let offset = batch.scratch.count
    batch.scratch.append(text)
    return TextSlice(offset: offset, length: text.count, inScratch: true)
  }
}

// MARK: Columns
extension StoreRowReader {
  private enum Column: Int32, CaseIterable {
    case type, time, lag, start, duration, ttft, source, operation, tenant, scope
    case trace, span, parent, status, errorType, level, httpStatus, attempt, seq, isOpen
    case input, cacheRead, cacheWrite, cacheWrite1h, audioInput, imageInput
    case output, reasoning, audioOutput, cost, reportedCost, costStatus, priceRow, sampleRate
    case computedCost, usageRule
    case user, session, requestID, responseID, eventID, message, warnings, identity
    case details, attrs

    var position: Int32 { rawValue }

    var name: String {
      if let column = EventColumn.allCases.first(where: { "\($0)" == "\(self)" }) {
        return column.name
      }
      return ExtraColumn.allCases.first { "\($0)" == "\(self)" }?.name ?? "\(self)"
    }
  }

  private func integer(_ column: Column) -> Int64? { statement.optionalInteger(column.position) }

  private func number(_ column: Column) -> Int64 { integer(column) ?? Event.absent }

  private func leaf(_ column: Column) -> Int64 { integer(column) ?? -1 }

  private func word<Vocabulary: Word>(_ column: Column) -> Vocabulary? {
    integer(column).flatMap { UInt8(exactly: $0) }.flatMap(Vocabulary.init(rawValue:))
  }

  /// The first and the second eight bytes of a blob, 0 where there are none.
  private func words(_ column: Column) -> (high: UInt64, low: UInt64) {
    guard let bytes = unsafe statement.borrowedBytes(column.position), bytes.count >= 8 else {
      return (0, 0)
    }
    let high = unsafe bytes.loadUnaligned(as: UInt64.self)
    let low =
      bytes.count >= 16 ? unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self) : 0
    return (UInt64(bigEndian: high), UInt64(bigEndian: low))
  }

  private func text(_ column: Column, _ batch: EventBatch) -> TextSlice {
    Self.copy(statement, column.position, batch)
  }

  private static func copy(
    _ statement: Statement, _ column: Int32, _ batch: EventBatch
  ) -> TextSlice {
    guard let bytes = unsafe statement.borrowedBytes(column) else { return .absent }
    let offset = batch.scratch.count
    unsafe batch.scratch.append(bytes)
    return TextSlice(offset: offset, length: bytes.count, inScratch: true)
  }
}
