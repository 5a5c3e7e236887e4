internal import CSQLite
internal import Codec
internal import Telemetry

/// Where the texts of a batch lie, read once a batch and not once a text.
@safe struct BatchTexts {
  // unsafe because it borrows the two slabs of a batch that nobody fills while it is stored.
  private let body: UnsafeRawPointer
  private let scratch: UnsafeRawPointer
  private let bodyCount: Int
  private let scratchCount: Int

  /// The texts of `batch`, valid until it is filled further.
  @unsafe init(_ batch: EventBatch) {
    unsafe body = UnsafeRawPointer(batch.body.base)
    unsafe scratch = UnsafeRawPointer(batch.scratch.base)
    bodyCount = batch.body.count
    scratchCount = batch.scratch.count
  }

  @inline(__always)
  @unsafe func raw(_ slice: TextSlice) -> UnsafeRawBufferPointer {
    let length = slice.length
    let end = slice.offset &+ length
    precondition(end <= (slice.isInScratch ? scratchCount : bodyCount), "a text of this batch")
    let base = unsafe slice.isInScratch ? scratch : body
    return unsafe UnsafeRawBufferPointer(start: base + slice.offset, count: length)
  }
}

/// What an event's row needs beyond the event.
struct RowContext {
  let scope: UInt32
  let receivedAt: Int64
  let texts: BatchTexts

  init(_ batch: EventBatch) {
    scope = batch.tenantScope
    receivedAt = batch.receivedAt
    texts = unsafe BatchTexts(batch)
  }
}

/// Writes events as rows: about 1.2 µs for a call with 18 columns that are not null. Allocates
/// nothing; texts go to SQLite without a copy.
@safe struct StoreRowWriter: ~Copyable {
  // unsafe because it binds the batch's own bytes, which outlive the step that reads them, and its
  // own buffer for ids, which lives as long as the writer.
  private let statement: Statement
  private let handle: OpaquePointer
  private let extras: Statement
  private let payloads: Statement
  private let ids: UnsafeMutablePointer<UInt64>
  private var bound: UInt64 = 0
  private var binding: UInt64 = 0

  init(_ database: Database, replacing: Bool) throws(StoreError) {
    let insert = try database.prepare(EventColumn.insert(replacing: replacing))
    let insertExtras = try database.prepare(ExtraColumn.insert)
    let insertPayloads = try database.prepare(
      "INSERT OR REPLACE INTO payloads (id, input, output, stack) VALUES (?1, ?2, ?3, ?4)")
    statement = insert
    extras = insertExtras
    payloads = insertPayloads
    unsafe handle = unsafe insert.handle
    unsafe ids = .allocate(capacity: 8)
    unsafe ids.initialize(repeating: 0, count: 8)
  }

  deinit {
    unsafe ids.deallocate()
  }

  /// Writes `event` as row `id`; `storesIdentity` where its columns do not tell it.
  mutating func write(
    _ event: UnsafePointer<Event>, id: Int64, context: RowContext, storesIdentity: Bool
  ) throws(StoreError) {
    binding = 0
    unsafe bindCommon(event, id, context)
    unsafe bindIDs(event)
    unsafe bindUsage(event)
    unsafe bindTexts(event, context.texts)
    if storesIdentity { unsafe bindIdentity(event) }
    clearStale()
    let code = unsafe sqlite3_step(handle)
    unsafe sqlite3_reset(handle)
    guard code == SQLITE_DONE else { throw statement.failure(code) }
    if unsafe Self.hasExtras(event) { unsafe try writeExtras(event, id) }
    if unsafe Self.hasPayload(event) { unsafe try writePayloads(event, id, context.texts) }
  }

  @inline(__always)
  private mutating func bindCommon(
    _ event: UnsafePointer<Event>, _ id: Int64, _ context: RowContext
  ) {
    put(.id, id)
    put(.type, Int64(unsafe event.pointee.type.rawValue))
    put(.time, unsafe event.pointee.time)
    if unsafe event.pointee.hasOwnTime {
      let lag = unsafe context.receivedAt &- event.pointee.time
      put(.lag, Self.milliseconds(lag))
    }
    put(.source, Int64(unsafe event.pointee.source))
    put(.operation, Int64(unsafe event.pointee.operation))
    put(.tenant, Int64(unsafe event.pointee.tenant))
    put(.scope, Int64(context.scope))
    if let status = unsafe event.pointee.status { put(.status, Int64(status.rawValue)) }
    if let type = unsafe event.pointee.errorType { put(.errorType, Int64(type.rawValue)) }
    if let level = unsafe event.pointee.level { put(.level, Int64(level.rawValue)) }
    putPresent(.duration, unsafe event.pointee.duration)
    putPresent(.ttft, unsafe event.pointee.timeToFirstToken)
    putPresent(.attempt, unsafe event.pointee.attempt)
    putPresent(.seq, unsafe event.pointee.sequence)
  }

  @inline(__always)
  private mutating func bindIDs(_ event: UnsafePointer<Event>) {
    if unsafe event.pointee.hasTrace {
      unsafe ids[0] = event.pointee.traceHigh.bigEndian
      unsafe ids[1] = event.pointee.traceLow.bigEndian
      unsafe put(.trace, ids, 16)
    }
    if unsafe event.pointee.spanID != 0 {
      unsafe ids[2] = event.pointee.spanID.bigEndian
      unsafe put(.span, ids + 2, 8)
    }
    if unsafe event.pointee.parentSpanID != 0 {
      unsafe ids[3] = event.pointee.parentSpanID.bigEndian
      unsafe put(.parent, ids + 3, 8)
    }
  }

  private mutating func bindIdentity(_ event: UnsafePointer<Event>) {
    unsafe ids[4] = event.pointee.identity.high.bigEndian
    unsafe ids[5] = event.pointee.identity.low.bigEndian
    unsafe put(.identity, ids + 4, 16)
  }

  @inline(__always)
  private mutating func bindUsage(_ event: UnsafePointer<Event>) {
    putLeaf(.input, unsafe event.pointee.leaves.input)
    putLeaf(.cacheRead, unsafe event.pointee.leaves.cacheRead)
    putLeaf(.cacheWrite, unsafe event.pointee.leaves.cacheWrite)
    putLeaf(.output, unsafe event.pointee.leaves.output)
    putLeaf(.reasoning, unsafe event.pointee.leaves.reasoning)
    putPresent(.cost, unsafe event.pointee.cost)
    if let status = unsafe event.pointee.costStatus { put(.costStatus, Int64(status.rawValue)) }
    if unsafe event.pointee.priceRow != 0 { put(.priceRow, Int64(unsafe event.pointee.priceRow)) }
  }

  @inline(__always)
  private mutating func bindTexts(_ event: UnsafePointer<Event>, _ texts: BatchTexts) {
    unsafe put(.user, event.pointee.user, texts)
    unsafe put(.session, event.pointee.session, texts)
    unsafe put(.requestID, event.pointee.requestID, texts)
    unsafe put(.responseID, event.pointee.responseID, texts)
    unsafe put(.eventID, event.pointee.eventID, texts)
    unsafe put(.message, event.pointee.message, texts)
    unsafe put(.details, event.pointee.details, texts)
    unsafe put(.attrs, event.pointee.attributes, texts)
  }

  /// Rounds down, so that a receipt made again from time and lag is never later than it was.
  private static func milliseconds(_ nanoseconds: Int64) -> Int64 {
    nanoseconds / 1_000_000 - (nanoseconds % 1_000_000 < 0 ? 1 : 0)
  }
}

// MARK: Arguments
extension StoreRowWriter {
  @inline(__always)
  private mutating func put(_ column: EventColumn, _ value: Int64) {
    unsafe sqlite3_bind_int64(handle, column.rawValue, value)
    binding |= 1 &<< UInt64(truncatingIfNeeded: column.rawValue)
  }

  @inline(__always)
  private mutating func putPresent(_ column: EventColumn, _ value: Int64) {
    if value != Event.absent { put(column, value) }
  }

  @inline(__always)
  private mutating func putLeaf(_ column: EventColumn, _ value: Int64) {
    if value >= 0 { put(column, value) }
  }

  @inline(__always)
  private mutating func put(
    _ column: EventColumn, _ bytes: UnsafeMutablePointer<UInt64>, _ count: Int32
  ) {
    unsafe sqlite3_bind_blob(handle, column.rawValue, bytes, count, nil)
    binding |= 1 &<< UInt64(truncatingIfNeeded: column.rawValue)
  }

  @inline(__always)
  private mutating func put(_ column: EventColumn, _ slice: TextSlice, _ texts: BatchTexts) {
    guard !slice.isAbsent else { return }
    let raw = unsafe texts.raw(slice)
    unsafe sqlite3_bind_text(
      handle, column.rawValue, raw.baseAddress?.assumingMemoryBound(to: CChar.self),
      Int32(truncatingIfNeeded: raw.count), nil)
    binding |= 1 &<< UInt64(truncatingIfNeeded: column.rawValue)
  }

  /// Arguments outlive a reset: those that the last row had and this one lacks become null.
  @inline(__always)
  private mutating func clearStale() {
    var stale = bound & ~binding
    while stale != 0 {
      unsafe sqlite3_bind_null(handle, Int32(stale.trailingZeroBitCount))
      stale &= stale &- 1
    }
    bound = binding
  }
}

// MARK: What few events have
extension StoreRowWriter {
  private static func hasExtras(_ event: UnsafePointer<Event>) -> Bool {
    unsafe event.pointee.isOpen || !event.pointee.warnings.isEmpty
      || event.pointee.httpStatus != Event.absent || event.pointee.sampleRate != 1
      || hasOwnStart(event) || hasOwnReport(event)
      || event.pointee.leaves.cacheWrite1h & event.pointee.leaves.audioInput
        & event.pointee.leaves.imageInput & event.pointee.leaves.audioOutput != -1
  }

  private static func hasPayload(_ event: UnsafePointer<Event>) -> Bool {
    unsafe !event.pointee.input.isAbsent || !event.pointee.output.isAbsent
      || !event.pointee.stack.isAbsent
  }

  /// Whether the start is not what time and duration say.
  private static func hasOwnStart(_ event: UnsafePointer<Event>) -> Bool {
    unsafe event.pointee.start != Event.absent
      && (event.pointee.duration == Event.absent
        || event.pointee.start != event.pointee.time &- event.pointee.duration)
  }

  /// Whether the reported cost is not what `cost` says already.
  private static func hasOwnReport(_ event: UnsafePointer<Event>) -> Bool {
    unsafe event.pointee.reportedCost != Event.absent
      && (event.pointee.reportedCost != event.pointee.cost
        || event.pointee.costStatus != .reported)
  }

  private func writeExtras(_ event: UnsafePointer<Event>, _ id: Int64) throws(StoreError) {
    func put(_ column: ExtraColumn, _ value: Int64, unless isAbsent: Bool) {
      if isAbsent { extras.bindNull(column.rawValue) } else { extras.bind(column.rawValue, value) }
    }
    let leaves = unsafe event.pointee.leaves
    put(.id, id, unless: false)
    unsafe put(.start, event.pointee.start, unless: !Self.hasOwnStart(event))
    unsafe put(.isOpen, 1, unless: !event.pointee.isOpen)
    unsafe put(
      .httpStatus, event.pointee.httpStatus, unless: event.pointee.httpStatus == Event.absent)
    put(.cacheWrite1h, leaves.cacheWrite1h, unless: leaves.cacheWrite1h < 0)
    put(.audioInput, leaves.audioInput, unless: leaves.audioInput < 0)
    put(.imageInput, leaves.imageInput, unless: leaves.imageInput < 0)
    put(.audioOutput, leaves.audioOutput, unless: leaves.audioOutput < 0)
    unsafe put(.reportedCost, event.pointee.reportedCost, unless: !Self.hasOwnReport(event))
    let rate = unsafe event.pointee.sampleRate
    if rate == 1 {
      extras.bindNull(ExtraColumn.sampleRate.rawValue)
    } else {
      extras.bind(ExtraColumn.sampleRate.rawValue, rate)
    }
    let warnings = unsafe event.pointee.warnings
    put(.warnings, Int64(warnings.bits), unless: warnings.isEmpty)
    try extras.run()
  }

  private func writePayloads(
    _ event: UnsafePointer<Event>, _ id: Int64, _ texts: BatchTexts
  ) throws(StoreError) {
    payloads.bind(1, id)
    let slices = unsafe [event.pointee.input, event.pointee.output, event.pointee.stack]
    for (index, slice) in slices.enumerated() {
      if slice.isAbsent {
        payloads.bindNull(Int32(index) + 2)
      } else {
        unsafe payloads.bind(Int32(index) + 2, borrowedText: texts.raw(slice))
      }
    }
    try payloads.run()
  }
}
