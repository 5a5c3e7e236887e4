internal import CSQLite
internal import Codec
internal import Telemetry

/// Binds events to the places of a statement that inserts one row or many.
@safe struct StoreRowBinder: ~Copyable {
  // unsafe because it binds the batch's own bytes, which outlive the step that reads them, and its
  // own buffer for ids, which lives as long as the binder.
  private let statement: Statement
  private let handle: OpaquePointer
  private let buffer: UnsafeMutablePointer<UInt64>
  /// Which columns of each place hold an argument.
  private let bound: UnsafeMutablePointer<UInt64>
  private var binding: UInt64 = 0
  private var base: Int32 = 0
  private var ids: UnsafeMutablePointer<UInt64>

  private static let wordsAPlace = 6

  init(_ database: Database, rows: Int, replacing: Bool) throws(StoreError) {
    let insert = try database.prepare(EventColumn.insert(rows: rows, replacing: replacing))
    statement = insert
    unsafe handle = unsafe insert.handle
    unsafe buffer = .allocate(capacity: rows * Self.wordsAPlace)
    unsafe buffer.initialize(repeating: 0, count: rows * Self.wordsAPlace)
    unsafe bound = .allocate(capacity: rows)
    unsafe bound.initialize(repeating: 0, count: rows)
    unsafe ids = unsafe buffer
  }

  deinit {
    unsafe buffer.deallocate()
    unsafe bound.deallocate()
  }

  /// Binds `event` to the columns of a place.
  @inline(__always)
  mutating func bind(
    _ event: UnsafePointer<Event>, id: Int64, context: RowContext, storesIdentity: Bool,
    place: Int32
  ) {
    binding = 0
    base = place &* EventColumn.count
    unsafe ids = unsafe buffer + Int(place) &* Self.wordsAPlace
    unsafe bindCommon(event, id, context)
    unsafe bindIDs(event)
    unsafe bindUsage(event)
    unsafe bindTexts(event, context.texts)
    if storesIdentity { unsafe bindIdentity(event) }
    clearStale(place)
  }

  /// Inserts what is bound.
  func step() throws(StoreError) {
    let code = unsafe sqlite3_step(handle)
    guard code == SQLITE_DONE else {
      let failure = statement.failure(code)
      unsafe sqlite3_reset(handle)
      throw failure
    }
    unsafe sqlite3_reset(handle)
  }

  @inline(__always)
  private mutating func bindCommon(
    _ event: UnsafePointer<Event>, _ id: Int64, _ context: RowContext
  ) {
    put(.id, id)
    put(.type, Int64(unsafe event.pointee.type.rawValue))
    put(.time, unsafe event.pointee.time)
    if unsafe event.pointee.hasOwnTime {
      put(.lag, unsafe event.pointee.lag(receivedAt: context.receivedAt))
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
    putPresent(.computedCost, unsafe event.pointee.computedCost)
    if let rule = unsafe event.pointee.usageRule { put(.usageRule, Int64(rule.rawValue)) }
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
}

// MARK: Arguments
extension StoreRowBinder {
  @inline(__always)
  private mutating func put(_ column: EventColumn, _ value: Int64) {
    unsafe sqlite3_bind_int64(handle, base &+ column.rawValue, value)
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
    unsafe sqlite3_bind_blob(handle, base &+ column.rawValue, bytes, count, nil)
    binding |= 1 &<< UInt64(truncatingIfNeeded: column.rawValue)
  }

  @inline(__always)
  private mutating func put(_ column: EventColumn, _ slice: TextSlice, _ texts: BatchTexts) {
    guard !slice.isAbsent else { return }
    let raw = unsafe texts.raw(slice)
    unsafe sqlite3_bind_text(
      handle, base &+ column.rawValue, raw.baseAddress?.assumingMemoryBound(to: CChar.self),
      Int32(truncatingIfNeeded: raw.count), nil)
    binding |= 1 &<< UInt64(truncatingIfNeeded: column.rawValue)
  }

  /// Arguments outlive a reset: those that the place had and this event lacks become null.
  @inline(__always)
  private mutating func clearStale(_ place: Int32) {
    var stale = unsafe bound[Int(place)] & ~binding
    while stale != 0 {
      unsafe sqlite3_bind_null(handle, base &+ Int32(stale.trailingZeroBitCount))
      stale &= stale &- 1
    }
    unsafe bound[Int(place)] = binding
  }
}
