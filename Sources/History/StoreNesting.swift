internal import Codec
internal import Money
internal import Telemetry

/// Keeps the nesting of costs with the commits: tells the ledger of what is stored, and keeps in
/// the file which rows do not count as they stand, and what they count instead.
struct StoreNesting: ~Copyable {
  private var ledger: NestingLedger
  private let hashKey: HashKey
  private let limits: LedgerLimits
  /// The ledger knows what was then taken back.
  private(set) var isStale = false
  private let write: Statement
  private let remove: Statement
  private let find: Statement
  private let spans: Statement

  private static let leafNames = """
    input_uncached, cache_read, cache_write, cache_write_1h, audio_input, image_input, output_text,
    reasoning, audio_output
    """
  private static let columns = LedgerColumns(
    type: 4, spanID: 5, parentID: 6, attempt: 7, responseID: 8, firstLeaf: 14, cost: 9,
    costStatus: 10, details: 11, isOpen: 12, priceRow: 13)

  init(
    _ database: Database, hashKey: HashKey, limits: LedgerLimits = LedgerLimits()
  ) throws(StoreError) {
    let write = try database.prepare(
      """
      INSERT OR REPLACE INTO event_counts (id, why, status, cost, priced_tokens, \(Self.leafNames))
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
      """)
    let remove = try database.prepare("DELETE FROM event_counts WHERE id = ?1")
    let find = try database.prepare(
      """
      SELECT why, status, cost, priced_tokens, \(Self.leafNames) FROM event_counts WHERE id = ?1
      """)
    let spans = try database.prepare(
      """
      SELECT id, time + ifnull(lag, 0) * 1000000, scope, trace_id, type, span_id, parent_span_id,
        attempt, response_id, cost, cost_status, details, is_open, price_row, \(Self.leafNames)
      FROM event_columns WHERE id BETWEEN ?1 AND ?2 AND type <= \(EventType.span.rawValue)
      ORDER BY id
      """)
    (self.write, self.remove, self.find, self.spans) = (write, remove, find, spans)
    (self.hashKey, self.limits) = (hashKey, limits)
    ledger = NestingLedger(limits: limits, hashKey: hashKey)
  }

  /// What the ledger did and holds.
  var books: LedgerBooks { ledger.books }

  /// Whether something is to be settled though nothing comes.
  func isDue(now: Int64) -> Bool { ledger.nextDeadline.map { $0 <= now } ?? false }

  /// Tells the ledger of a stored event.
  mutating func record(
    _ event: Event, responseID: UnsafeRawBufferPointer, row: Int64, scope: UInt32, now: Int64
  ) {
    // unsafe because the text is the caller's for this call.
    let span = unsafe LedgerSpan(event, responseID: responseID)
    ledger.record(
      span, trace: Self.trace(event.traceHigh, event.traceLow, scope), row: row, now: now)
  }

  /// Tells the ledger of rows that stand in the file, such as one that was amended.
  mutating func record(rows first: Int64, _ last: Int64, now: Int64) throws(StoreError) {
    try Self.forEach(of: spans, first, last) { (span, trace, row, _) throws(StoreError) in
      ledger.record(span, trace: trace, row: row, now: now)
    }
  }

  /// Works out what changed since the last time.
  mutating func settle(now: Int64) -> [LedgerChange] {
    var changes: [LedgerChange] = []
    ledger.settle(now: now, rowOf: PriceBook.row) { changes.append($0) }
    return changes
  }

  /// Begins anew with what the rows in the file say, some 3 µs a row.
  mutating func restore(rows first: Int64, _ last: Int64) throws(StoreError) {
    ledger = NestingLedger(limits: limits, hashKey: hashKey)
    isStale = false
    let first = max(first, last - Int64(limits.spans))
    let find = find
    try Self.forEach(of: spans, first, last) { (span, trace, row, receivedAt) throws(StoreError) in
      let given = try Self.contribution(find, row)
      ledger.restore(span, trace: trace, row: row, given: given, receivedAt: receivedAt)
    }
  }

  /// Takes it that the ledger knows what was not committed.
  mutating func undo() { isStale = true }

  private static func forEach(
    of spans: Statement, _ first: Int64, _ last: Int64,
    _ body: (LedgerSpan, _ trace: Hash128, _ row: Int64, _ receivedAt: Int64) throws(StoreError) ->
      Void
  ) throws(StoreError) {
    spans.bind(1, first)
    spans.bind(2, last)
    defer { spans.reset() }
    while try spans.step() {
      guard let span = columns.span(spans) else { continue }
      let scope = UInt32(truncatingIfNeeded: spans.integer(2))
      let (high, low) = TraceID.words(spans.bytes(3) ?? [])
      try body(span, self.trace(high, low, scope), spans.integer(0), spans.integer(1))
    }
  }

  /// Traces of different keys' tenants are different traces.
  private static func trace(_ high: UInt64, _ low: UInt64, _ scope: UInt32) -> Hash128 {
    guard high | low != 0 else { return .zero }
    return Hash128(high: high ^ UInt64(scope) << 32, low: low)
  }
}

// MARK: What is kept
extension StoreNesting {
  /// What a row counts as where it does not count as it stands.
  func counting(_ row: Int64) throws(StoreError) -> Counting? {
    try Self.contribution(find, row).flatMap(Counting.init)
  }

  /// The rows from `first` on that do not count as they stand: the id, then a contribution.
  static func counts(
    _ database: Database, from first: Int64
  ) throws(StoreError) -> Statement {
    let rows = try database.prepare(
      "SELECT id, why, status, cost, priced_tokens, \(leafNames) FROM event_counts"
        + " WHERE id >= ?1 ORDER BY id", isPersistent: false)
    rows.bind(1, first)
    return rows
  }

  private static func contribution(_ find: Statement, _ row: Int64) throws(StoreError)
    -> Contribution?
  {
    find.bind(1, row)
    defer { find.reset() }
    guard try find.step() else { return nil }
    return Contribution(find, from: 0)
  }

  /// Keeps what a row counts.
  func keep(_ part: Contribution, row: Int64) throws(StoreError) {
    guard Counting(part) != nil else { return try forget(row) }
    write.bind(1, row)
    for (index, value) in part.numbers.enumerated() {
      if let value { write.bind(Int32(index + 2), value) } else { write.bindNull(Int32(index + 2)) }
    }
    try write.run()
  }

  /// Lets a row count as it stands.
  func forget(_ row: Int64) throws(StoreError) {
    remove.bind(1, row)
    try remove.run()
  }
}

extension Contribution {
  /// The columns of `event_counts` after the id.
  fileprivate var numbers: [Int64?] {
    let leaves = TokenLeaf.allCases.map { self.leaves[$0] < 0 ? nil : self.leaves[$0] }
    return [
      why.map { Int64($0.rawValue) }, status.map { Int64($0.rawValue) },
      cost == Event.absent ? nil : cost, pricedTokens,
    ] + leaves
  }

  /// The contribution whose columns begin at `first`.
  init(_ row: Statement, from first: Int32) {
    self.init(
      row.optionalInteger(first).flatMap {
        CountReason(rawValue: UInt8(truncatingIfNeeded: $0))
      })
    status = row.optionalInteger(first + 1).flatMap {
      CostStatus(rawValue: UInt8(truncatingIfNeeded: $0))
    }
    cost = row.optionalInteger(first + 2) ?? Event.absent
    pricedTokens = row.integer(first + 3)
    leaves = LedgerColumns.leaves(row, from: first + 4)
  }
}

extension Counting {
  /// What a span counts as that contributes this; nil where it counts as it stands.
  init?(_ part: Contribution) {
    switch part.why {
    case nil, .call, .noUsage: return nil
    case .residual, .duplicateResponseID, .duplicateUsage, .aggregate: self.init()
    }
    guard part.isCounted else { return }
    leaves = part.leaves
    cost = part.cost
    unpricedTokens = part.leaves.tokens - part.pricedTokens
  }
}
