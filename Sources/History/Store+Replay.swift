internal import Codec
internal import Money
package import Telemetry
package import Windows

extension Store {
  // unsafe because it copies texts from where SQLite holds them, before the next step.
  /// Lets `body` see the calls and spans received since `horizon` (ns since 1970), in the order of
  /// their arrival, each with the batch that holds its attributes and measures, and what it counts
  /// as where that is not how it stands. For rebuilding what
  /// is kept in memory, before anything is stored: about a microsecond a row.
  ///
  /// Scores come by themselves, under the dimensions of their target, or their own without one;
  /// those that still wait for theirs do not come.
  package func replay(
    since horizon: Int64,
    _ body: (
      _ event: Event, _ texts: EventBatch, _ counting: Counting?, _ receivedAt: Int64
    ) -> Void,
    score: (ResolvedScore) -> Void
  ) throws(StoreError) {
    let first = try firstRow(receivedSince: horizon)
    var rows = try ReplayRows(database, from: first)
    let work = merging.work
    while let row = try rows.next(into: work) {
      if row.receivedAt >= horizon {
        if row.event.type == .score {
          // One that still waits for its target counts when that is settled.
          if scores.waiting[row.id] == nil { score(try resolvedNow(row, work)) }
        } else {
          body(row.event, work, row.counting, row.receivedAt)
        }
      }
      work.reset(keeping: Limits.text)
    }
  }

  /// Lets `body` see what the groups of history counted in stretches of ten seconds, from `from` on
  /// and before `to` (seconds since 1970): all that was stored, late events too.
  package func replayRollups(
    from: Int64, to: Int64,
    _ body: (_ name: [UInt8], _ stretches: [(time: Int64, rollup: Rollup)]) -> Void
  ) throws(StoreError) {
    try rollups.forEach(from: from, to: to, body)
  }

  private func resolvedNow(
    _ row: ReplayRows.Row, _ work: EventBatch
  ) throws(StoreError) -> ResolvedScore {
    work.receivedAt = row.receivedAt
    let score = score(row.event, of: work, row: row.id, scope: row.scope)
    targets.renew()
    return try resolved(score, isLast: true) ?? score.score
  }

  /// The first row received at `time` or later, give or take what group commits interleave.
  func firstRow(receivedSince time: Int64) throws(StoreError) -> Int64 {
    // Batches of one commit may be a little out of order.
    try database.firstEvent(receivedSince: time - 10_000_000_000, before: nextRow)
  }
}

/// Cursors over the newest rows: the events, and beside them what few events have.
private struct ReplayRows: ~Copyable {
  private let rows: Statement
  private let extras: Statement
  /// The row that the extras' cursor stands on, or the end.
  private var extraRow: Int64
  private let counts: Statement
  private var countRow: Int64

  struct Row {
    let id: Int64
    let event: Event
    let counting: Counting?
    let scope: UInt32
    let receivedAt: Int64
  }

  init(_ database: Database, from first: Int64) throws(StoreError) {
    let columns = try database.prepare(
      """
      SELECT id, type, time, lag, source, operation, tenant, status, error_type, attempt, duration,
        ttft, input_uncached, cache_read, cache_write, output_text, reasoning, cost, cost_status,
        details, attrs, scope, trace_id, span_id, session, response_id
      FROM events WHERE id >= ?1 AND type <> \(EventType.log.rawValue) ORDER BY id
      """)
    let others = try database.prepare(
      """
      SELECT id, start, is_open, cache_write_1h, audio_input, image_input, audio_output, sample_rate
      FROM event_extras WHERE id >= ?1 ORDER BY id
      """)
    columns.bind(1, first)
    others.bind(1, first)
    let firstExtra = try others.step() ? others.integer(0) : Int64.max
    let counts = try StoreNesting.counts(database, from: first)
    countRow = try counts.step() ? counts.integer(0) : Int64.max
    self.counts = counts
    rows = columns
    extras = others
    extraRow = firstExtra
  }

  mutating func next(into texts: EventBatch) throws(StoreError) -> Row? {
    guard try rows.step() else { return nil }
    var event = Event()
    let id = rows.integer(0)
    event.type = EventType(rawValue: UInt8(truncatingIfNeeded: rows.integer(1))) ?? .log
    event.time = rows.integer(2)
    let lag = rows.optionalInteger(3)
    event.hasOwnTime = lag != nil
    event.source = UInt32(truncatingIfNeeded: rows.integer(4))
    event.operation = UInt32(truncatingIfNeeded: rows.integer(5))
    event.tenant = UInt32(truncatingIfNeeded: rows.integer(6))
    event.status = word(7)
    event.errorType = word(8)
    event.attempt = rows.optionalInteger(9) ?? Event.absent
    event.duration = rows.optionalInteger(10) ?? Event.absent
    event.timeToFirstToken = rows.optionalInteger(11) ?? Event.absent
    event.leaves.input = rows.optionalInteger(12) ?? -1
    event.leaves.cacheRead = rows.optionalInteger(13) ?? -1
    event.leaves.cacheWrite = rows.optionalInteger(14) ?? -1
    event.leaves.output = rows.optionalInteger(15) ?? -1
    event.leaves.reasoning = rows.optionalInteger(16) ?? -1
    event.cost = rows.optionalInteger(17) ?? Event.absent
    event.costStatus = word(18)
    try readExtras(id, &event)
    if event.start == Event.absent, event.duration != Event.absent {
      event.start = event.time - event.duration
    }
    event.details = copy(19, texts)
    event.attributes = copy(20, texts)
    texts.restoreMeasures(of: &event)
    if event.type == .score { readTarget(&event, texts) }
    return Row(
      id: id, event: event, counting: try counting(id),
      scope: UInt32(truncatingIfNeeded: rows.integer(21)),
      receivedAt: event.time + (lag ?? 0) * 1_000_000)
  }

  private func readTarget(_ event: inout Event, _ texts: EventBatch) {
    func word(_ column: Int32, _ offset: Int) -> UInt64 {
      guard let bytes = unsafe rows.borrowedBytes(column), bytes.count >= offset + 8 else {
        return 0
      }
      return unsafe UInt64(
        bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    (event.traceHigh, event.traceLow) = (word(22, 0), word(22, 8))
    event.spanID = word(23, 0)
    event.session = copy(24, texts)
    event.responseID = copy(25, texts)
  }

  private mutating func counting(_ id: Int64) throws(StoreError) -> Counting? {
    while countRow < id { countRow = try counts.step() ? counts.integer(0) : .max }
    return countRow == id ? Counting(Contribution(counts, from: 1)) : nil
  }

  private mutating func readExtras(_ id: Int64, _ event: inout Event) throws(StoreError) {
    while extraRow < id { extraRow = try extras.step() ? extras.integer(0) : .max }
    guard extraRow == id else { return }
    event.start = extras.optionalInteger(1) ?? Event.absent
    event.isOpen = extras.optionalInteger(2) == 1
    event.leaves.cacheWrite1h = extras.optionalInteger(3) ?? -1
    event.leaves.audioInput = extras.optionalInteger(4) ?? -1
    event.leaves.imageInput = extras.optionalInteger(5) ?? -1
    event.leaves.audioOutput = extras.optionalInteger(6) ?? -1
    if !extras.isNull(7) { event.sampleRate = extras.double(7) }
  }

  private func word<Vocabulary: Word>(_ column: Int32) -> Vocabulary? {
    rows.optionalInteger(column).flatMap { UInt8(exactly: $0) }.flatMap(
      Vocabulary.init(rawValue:))
  }

  private func copy(_ column: Int32, _ texts: EventBatch) -> TextSlice {
    guard let bytes = unsafe rows.borrowedBytes(column) else { return .absent }
    let offset = texts.scratch.count
    unsafe texts.scratch.append(bytes)
    return TextSlice(offset: offset, length: bytes.count, inScratch: true)
  }
}
