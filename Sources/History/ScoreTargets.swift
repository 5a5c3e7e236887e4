internal import Codec
internal import Telemetry

/// Finds what a score scores: the call or span with its trace and span; else the call with its
/// response id; for a score of a trace, the trace's root, or else its first call, or else its first
/// span; for one of a session, that session's first call, or else its first span.
struct ScoreTargets: ~Copyable {
  private let rows: Statement
  private let parts: Statement
  private let ofSession: Statement
  /// The calls by their response ids.
  var responses: ResponseRows
  /// Looks into full segments of the trace index that the open transaction has left.
  private var searches = Self.searchesOfTransaction

  /// A look at the whole index takes about a millisecond for ten million rows.
  private static let searchesOfTransaction = 64
  private static let attempts: [Int64] = [Event.absent, 1, 0, 2, 3]

  /// The dimension sets of what was found.
  struct Target {
    let source: UInt32
    let operation: UInt32
    let tenant: UInt32
  }

  init(_ database: Database, key: HashKey) throws(StoreError) {
    let finding = try database.prepare(
      """
      SELECT type, span_id, parent_span_id, source, operation, tenant FROM events
      WHERE id = ?1 AND trace_id IS ?2 AND type <= 1 AND (?3 = 0 OR scope = ?3)
      """)
    let listing = try database.prepare(
      "SELECT id, entries FROM trace_index WHERE id BETWEEN ?1 AND ?2 ORDER BY id")
    let searching = try database.prepare(
      """
      SELECT source, operation, tenant, type FROM events
      WHERE id BETWEEN ?1 AND ?2 AND session = ?3 AND tenant = ?4 AND scope = ?5 AND type <= 1
      ORDER BY type, id LIMIT 1
      """)
    responses = try ResponseRows(database, key: key)
    ofSession = searching
    rows = finding
    parts = listing
  }

  /// Lets the next transaction look at the index again.
  mutating func renew() { searches = Self.searchesOfTransaction }

  /// The target of a score among the rows that are written, or nil while there is none.
  mutating func find(
    _ score: Event, scope: UInt32, _ key: IdentityKey, _ known: borrowing Deduplicator,
    _ traces: borrowing TraceIndexWriter
  ) throws(StoreError) -> Target? {
    let trace = ScoreKey(score).trace
    if score.spanID != 0 {
      for attempt in Self.attempts {
        let identity = key.span(
          scope: scope, traceHigh: score.traceHigh, traceLow: score.traceLow, span: score.spanID,
          attempt: attempt)
        var candidates = known.candidates(for: identity)
        while let row = known.next(&candidates) {
          if let found = try look(row, trace, scope), found.span == score.spanID {
            return found.target
          }
        }
      }
    }
    guard score.hasTrace else { return nil }
    let hash = TraceIndex.hash(score.traceHigh, score.traceLow)
    var ids: [Int64] = []
    if searches > 0 {
      searches -= 1
      ids = try sealedRows(hash, before: traces.start)
    }
    ids += traces.openRows(hash)
    return try best(of: ids, trace, span: score.spanID, scope)
  }

  /// Rows from a session's first on among which its first call is looked for.
  private static let rowsOfSession: Int64 = 5_000

  /// The first call, or else the first span, of a session whose events begin with the row `first`.
  mutating func find(
    session: [UInt8], tenant: UInt32, scope: UInt32, from first: Int64
  ) throws(StoreError) -> Target? {
    // Most sessions begin with a call, and nothing is as cheap to look at.
    if let found = try find(session, tenant, scope, first...first), found.isCall {
      return found.target
    }
    guard searches > 0 else { return nil }
    searches -= 1
    return try find(session, tenant, scope, first...(first + Self.rowsOfSession))?.target
  }

  private func find(
    _ session: [UInt8], _ tenant: UInt32, _ scope: UInt32, _ rows: ClosedRange<Int64>
  ) throws(StoreError) -> (target: Target, isCall: Bool)? {
    ofSession.bind(1, rows.lowerBound)
    ofSession.bind(2, rows.upperBound)
    ofSession.bind(3, text: session)
    ofSession.bind(4, Int64(tenant))
    ofSession.bind(5, Int64(scope))
    defer { ofSession.reset() }
    guard try ofSession.step() else { return nil }
    let target = Target(
      source: UInt32(truncatingIfNeeded: ofSession.integer(0)),
      operation: UInt32(truncatingIfNeeded: ofSession.integer(1)),
      tenant: UInt32(truncatingIfNeeded: ofSession.integer(2)))
    return (target, ofSession.integer(3) == Int64(EventType.llm.rawValue))
  }

  private func best(
    of ids: [Int64], _ trace: [UInt8], span: UInt64, _ scope: UInt32
  ) throws(StoreError) -> Target? {
    var best: (rank: Int, target: Target)?
    for id in ids {
      guard let found = try look(id, trace, scope) else { continue }
      if span != 0 {
        if found.span == span { return found.target }
        continue
      }
      if found.isRoot { return found.target }
      let rank = found.isCall ? 1 : 2
      if rank < best?.rank ?? .max { best = (rank, found.target) }
    }
    return best?.target
  }

  private struct Found {
    let span: UInt64
    let isRoot: Bool
    let isCall: Bool
    let target: Target
  }

  private func look(
    _ row: Int64, _ trace: [UInt8], _ scope: UInt32
  ) throws(StoreError) -> Found? {
    rows.bind(1, row)
    rows.bind(3, Int64(scope))
    if trace.isEmpty { rows.bindNull(2) } else { rows.bind(2, blob: trace) }
    defer { rows.reset() }
    guard try rows.step() else { return nil }
    let span = (rows.bytes(1) ?? []).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Found(
      span: span, isRoot: rows.isNull(2), isCall: rows.integer(0) == 0,
      target: Target(
        source: UInt32(truncatingIfNeeded: rows.integer(3)),
        operation: UInt32(truncatingIfNeeded: rows.integer(4)),
        tenant: UInt32(truncatingIfNeeded: rows.integer(5))))
  }

  /// The rows of full segments that may carry a trace with this hash, by rising id.
  private func sealedRows(_ hash: UInt32, before open: Int64) throws(StoreError) -> [Int64] {
    guard open > 0 else { return [] }
    let bucket = TraceIndex.bucket(hash)
    parts.bind(1, TraceIndex.key(bucket: bucket, segment: 0))
    parts.bind(2, TraceIndex.key(bucket: bucket, segment: open / TraceIndex.rows - 1))
    defer { parts.reset() }
    var ids: [Int64] = []
    while try parts.step() {
      guard let entries = parts.bytes(1) else { continue }
      ids += TraceIndex.matches(entries, key: parts.integer(0), hash: hash)
    }
    return ids
  }
}

/// What a score waits for.
struct ScoreKey: Hashable {
  let traceHigh: UInt64
  let traceLow: UInt64
  /// 0 for the whole trace.
  let span: UInt64
  /// A session of a tenant, where that is what is scored; else empty and 0.
  let session: [UInt8]
  let tenant: UInt32
  /// A response id, where that is what is scored; else empty.
  let response: [UInt8]

  init(_ event: Event) {
    (traceHigh, traceLow, span) = (event.traceHigh, event.traceLow, event.spanID)
    (session, tenant, response) = ([], 0, [])
  }

  init(traceOf event: Event) {
    (traceHigh, traceLow, span) = (event.traceHigh, event.traceLow, 0)
    (session, tenant, response) = ([], 0, [])
  }

  init(session: [UInt8], tenant: UInt32) {
    (traceHigh, traceLow, span) = (0, 0, 0)
    (self.session, self.tenant, response) = (session, tenant, [])
  }

  init(response: [UInt8]) {
    (traceHigh, traceLow, span) = (0, 0, 0)
    (session, tenant, self.response) = ([], 0, response)
  }

  /// The trace id as rows hold it; empty without one.
  var trace: [UInt8] {
    if traceHigh | traceLow == 0 { return [] }
    return [traceHigh, traceLow].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }
}
