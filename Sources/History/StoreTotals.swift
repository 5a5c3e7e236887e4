internal import Codec
internal import Telemetry
internal import Windows

/// Keeps the totals with the commits: counts what was committed, and saves the series that changed
/// in a transaction of the events, at most about once a second.
///
/// The file holds the state as of a row. Rows after it are counted again at start, and amendments
/// of counted versions are logged until the next save, so that any end of the process leaves what
/// is needed to count exactly what the rows say.
struct StoreTotals: ~Copyable {
  let board: SeriesBoard
  let sets: StoreSets
  var cache = SeriesSlotCache()
  /// Rows up to here are in the saved state.
  private(set) var savedRow: Int64 = 0
  /// The saved row of the open transaction, when it saves.
  private var saving: Int64?
  private var hasLog = false
  private var saved = ContinuousClock.now
  private var pause = Self.shortestPause

  private let saveSeries: Statement
  private let saveRow: Statement
  private let saveAmended: Statement
  private let clearAmended: Statement
  private let saveWaiting: Statement
  private let clearWaiting: Statement

  /// Where the last row of the saved state is kept in `meta`.
  static let rowKey = "totals_row"
  private static let shortestPause = Duration.seconds(1)
  /// Saving takes at most one part in so many of the time.
  private static let share = 20

  init(
    _ database: Database, _ dimensions: DimensionTable, _ board: SeriesBoard
  ) throws(StoreError) {
    let series = try database.prepare(
      "INSERT OR REPLACE INTO totals (id, labels, data) VALUES (?1, ?2, ?3)")
    let row = try database.prepare(
      "INSERT OR REPLACE INTO meta (key, value) VALUES ('\(Self.rowKey)', ?1)")
    let amended = try database.prepare(
      "INSERT INTO totals_amended (row, before, rollup) VALUES (?1, ?2, ?3)")
    let cleared = try database.prepare("DELETE FROM totals_amended")
    let found = try StoreSets(database, dimensions)
    let waits = try database.prepare("INSERT INTO totals_waiting (row) VALUES (?1)")
    let clearedWaits = try database.prepare("DELETE FROM totals_waiting")
    (saveWaiting, clearWaiting) = (waits, clearedWaits)
    (saveSeries, saveRow, saveAmended, clearAmended) = (series, row, amended, cleared)
    sets = found
    self.board = board
  }

  /// Whether there is something to save, here or elsewhere, and the last time is long enough ago.
  func isDue(_ hasMoreChanged: Bool) -> Bool {
    ContinuousClock.now - saved >= pause && (hasMoreChanged || hasChanged)
  }

  /// Goes on from what is counted already, none of which is in the file; rows after `row` will be.
  mutating func goOn(after row: Int64) {
    savedRow = row
    board.update { $0.markUnsaved() }
  }

  /// Makes the next save due at once.
  mutating func saveNow() { pause = .zero }

  /// Whether there is something to save.
  var hasChanged: Bool {
    var hasChanged = hasLog
    board.update { hasChanged = hasChanged || $0.hasChanged }
    return hasChanged
  }

  /// Saves what is counted so far, all rows up to `row`, and which scores wait, within a
  /// transaction that has only begun.
  mutating func save(upTo row: Int64, _ scores: borrowing StoreScores) throws(StoreError) {
    let start = ContinuousClock.now
    let totals = board.snapshot
    for group in SeriesGroup.allCases {
      let table = totals[group]
      for series in table.changed {
        saveSeries.bind(1, Int64(group.rawValue) << 32 | Int64(series))
        saveSeries.bind(2, blob: StoreLabels.bytes(table.labels[series]))
        saveSeries.bind(3, blob: table.saved(series).bytes)
        try saveSeries.run()
      }
    }
    saveRow.bind(1, row)
    try saveRow.run()
    if hasLog { try clearAmended.run() }
    if scores.hasChanged {
      try clearWaiting.run()
      for row in scores.waiting.keys {
        saveWaiting.bind(1, row)
        try saveWaiting.run()
      }
    }
    saving = row
    pause = max(Self.shortestPause, (ContinuousClock.now - start) * Self.share)
  }

  /// Logs that the version before an amendment of a row is no more, within the open transaction,
  /// where counting the row anew would not tell.
  mutating func log(
    _ amendment: Amendment, _ rollups: inout StoreRollups
  ) throws(StoreError) {
    let counts = amendment.partsBefore.compactMap { SeriesCount($0)?.bytes }
    let isSaved = amendment.row <= (saving ?? savedRow)
    guard isSaved || !counts.isEmpty else { return }
    saveAmended.bind(1, amendment.row)
    saveAmended.bind(2, blob: counts.flatMap { $0 })
    if isSaved {
      saveAmended.bind(3, blob: rollups.logged(amendment))
    } else {
      saveAmended.bindNull(3)
    }
    try saveAmended.run()
    hasLog = true
  }

  /// Counts what was committed, and takes what was saved as saved: whether anything was.
  mutating func keep(
    _ batches: [EventBatch], _ corrections: [Amendment], from firstRow: Int64,
    _ rollups: inout StoreRollups, _ sessions: inout StoreSessions
  ) -> Bool {
    let isSaved = saving != nil
    if let row = saving {
      savedRow = row
      saving = nil
      saved = ContinuousClock.now
      hasLog = !corrections.isEmpty || batches.contains { !$0.amendments.isEmpty }
    }
    rollups.keep()
    sessions.keep()
    let sets = sets
    var row = firstRow
    board.update { totals in
      if isSaved { totals.markSaved() }
      let amendments = corrections + batches.flatMap(\.amendments)
      // What is taken back first is withheld from what comes with it, and nobody sees too much.
      for amendment in amendments {
        for part in amendment.partsBefore {
          Self.count(part, takingBack: true, in: &totals, &cache, sets)
        }
      }
      for batch in batches {
        Self.count(batch, from: &row, in: &totals, &rollups, &sessions, &cache, sets)
      }
      for amendment in amendments {
        rollups.count(amendment)
        for part in amendment.partsAfter { Self.count(part, in: &totals, &cache, sets) }
      }
    }
    sessions.keepLater()
    return isSaved
  }

  /// Counts scores under the dimensions that were settled.
  func count(_ scores: [ResolvedScore]) {
    guard !scores.isEmpty else { return }
    let dimensions = SeriesGroup.score.dimensions
    board.update { totals in
      for score in scores {
        let facts = EventFacts(
          score.event, measures: score.measures, receivedAt: score.receivedAt)
        let set = sets.set(.operation, score.event.operation)
        totals.addScore(
          labels: dimensions.map { set?[$0] }, value: score.value, word: score.word,
          weight: facts.weight,
          trace: .init(
            high: score.event.traceHigh, low: score.event.traceLow, time: facts.end))
      }
    }
  }

  /// Takes the transaction's changes back.
  mutating func undo() {
    saving = nil
  }

  private static func count(
    _ batch: EventBatch, from row: inout Int64, in totals: inout SeriesTotals,
    _ rollups: inout StoreRollups, _ sessions: inout StoreSessions,
    _ cache: inout SeriesSlotCache, _ sets: StoreSets
  ) {
    let texts = unsafe BatchTexts(batch)
    let countings = batch.countings
    for index in 0..<batch.count where batch.verdict(index) == .stored {
      let facts = EventFacts(
        batch[index], measures: batch.measures, receivedAt: batch.receivedAt)
      if countings.isEmpty {
        count(facts, in: &totals, &cache, sets)
        rollups.count(facts, of: batch)
        sessions.count(facts, row: row, scope: batch.tenantScope, texts: texts)
      } else {
        let parts = facts.parts(countings[index])
        for part in parts {
          count(part, in: &totals, &cache, sets)
          rollups.count(part, of: batch)
        }
        sessions.count(
          parts[0], usage: parts.dropFirst().first, row: row, scope: batch.tenantScope,
          texts: texts)
      }
      row += 1
    }
  }

  /// Counts one version of one event.
  @inline(__always)
  static func count(
    _ facts: EventFacts, takingBack: Bool = false, in totals: inout SeriesTotals,
    _ cache: inout SeriesSlotCache, _ sets: StoreSets
  ) {
    guard let count = SeriesCount(facts) else { return }
    let slots = cache.slots(count, in: &totals) { sets.set($0, $1) }
    let trace = SeriesTotals.Trace(
      high: facts.event.traceHigh, low: facts.event.traceLow, time: facts.end)
    totals.apply(count, to: slots, takingBack: takingBack, trace: takingBack ? nil : trace)
  }
}

// MARK: At start
extension StoreTotals {
  /// Reads the saved state and counts what came after it, about 2 µs a row. Gives the scores among
  /// that, and those that waited, whose targets are to be looked for.
  mutating func restore(
    from database: Database, _ reader: borrowing StoreRowReader,
    _ nesting: borrowing StoreNesting, _ rollups: inout StoreRollups,
    _ sessions: inout StoreSessions
  ) throws(StoreError) -> [StoreScores.Score] {
    savedRow =
      try database.integer("SELECT value FROM meta WHERE key = '\(Self.rowKey)'") ?? 0
    var totals = SeriesTotals()
    try readSeries(into: &totals, database)
    totals.markSaved()
    let replay = StoreReplay(try Self.readLog(database), savedRow: savedRow)
    let ids = try database.prepare(
      "SELECT id FROM events WHERE id > ?1 ORDER BY id", isPersistent: false)
    ids.bind(1, savedRow)
    let work = EventBatch(body: .init(capacity: 0))
    var scores: [StoreScores.Score] = []
    let waiting = try database.prepare(
      "SELECT row FROM totals_waiting ORDER BY row", isPersistent: false)
    while try waiting.step() {
      try add(waiting.integer(0), reader, nesting, work, &totals, &rollups, &scores)
    }
    var isFirst = true
    while try ids.step() {
      if isFirst { try sessions.remember(countedBeyond: savedRow, database) }
      isFirst = false
      try add(ids.integer(0), reader, nesting, work, &totals, &rollups, &scores)
      try countSession(ids.integer(0), reader, nesting, work, &sessions)
    }
    for row in replay.rowsCountedAnew {
      try add(row, reader, nesting, work, &totals, &rollups, &scores)
    }
    for bytes in replay.rollups { rollups.restore(logged: bytes) }
    for count in replay.added { apply(count, takingBack: false, &totals) }
    // Last, so that no counter is lower than it ever was shown.
    for count in replay.takenBack { apply(count, takingBack: true, &totals) }
    if let failure = sets.failure { throw failure }
    hasLog = !replay.isEmpty
    board.update { $0 = totals }
    return scores
  }

  private func readSeries(
    into totals: inout SeriesTotals, _ database: Database
  ) throws(StoreError) {
    let rows = try database.prepare(
      "SELECT id, labels, data FROM totals ORDER BY id", isPersistent: false)
    while try rows.step() {
      guard let group = UInt8(exactly: rows.integer(0) >> 32).flatMap(SeriesGroup.init(rawValue:)),
        let labels = StoreLabels.read(rows.bytes(1) ?? [], count: group.labels.count),
        let saved = SavedSeries(bytes: rows.bytes(2) ?? [])
      else { throw .damaged("the table totals holds what this program did not write") }
      totals[group].restore(labels, saved)
    }
  }

  private static func readLog(
    _ database: Database
  ) throws(StoreError) -> [StoreReplay.Entry] {
    let rows = try database.prepare(
      "SELECT row, before, rollup FROM totals_amended ORDER BY id", isPersistent: false)
    var log: [StoreReplay.Entry] = []
    while try rows.step() {
      log.append((rows.integer(0), SeriesCount.list(rows.bytes(1) ?? []), rows.bytes(2)))
    }
    return log
  }

  private func countSession(
    _ row: Int64, _ reader: borrowing StoreRowReader, _ nesting: borrowing StoreNesting,
    _ work: EventBatch, _ sessions: inout StoreSessions
  ) throws(StoreError) {
    work.reset(keeping: Limits.text)
    guard let stored = try reader.row(row, into: work, withPayloads: false) else { return }
    var event = stored.event
    work.restoreMeasures(of: &event)
    let facts = EventFacts(event, measures: work.measures, receivedAt: stored.receivedAt)
    let parts = facts.parts(try nesting.counting(row))
    unsafe sessions.count(
      parts[0], usage: parts.dropFirst().first, row: row, scope: stored.scope,
      texts: BatchTexts(work))
  }

  private mutating func add(
    _ row: Int64, _ reader: borrowing StoreRowReader, _ nesting: borrowing StoreNesting,
    _ work: EventBatch, _ totals: inout SeriesTotals, _ rollups: inout StoreRollups,
    _ scores: inout [StoreScores.Score]
  ) throws(StoreError) {
    work.reset(keeping: Limits.text)
    guard let stored = try reader.row(row, into: work, withPayloads: false) else { return }
    var event = stored.event
    work.restoreMeasures(of: &event)
    guard event.type != .score else {
      work.receivedAt = stored.receivedAt
      return scores.append(.init(event, of: work, row: row, scope: stored.scope, sets))
    }
    let facts = EventFacts(event, measures: work.measures, receivedAt: stored.receivedAt)
    for part in facts.parts(try nesting.counting(row)) {
      Self.count(part, in: &totals, &cache, sets)
      rollups.count(part, of: work)
    }
  }

  private mutating func apply(
    _ count: SeriesCount, takingBack: Bool, _ totals: inout SeriesTotals
  ) {
    let sets = sets
    let slots = cache.slots(count, in: &totals) { sets.set($0, $1) }
    totals.apply(count, to: slots, takingBack: takingBack)
  }
}

/// What the log of amendments adds to the saved state and takes back from it.
private struct StoreReplay {
  /// Rows of the saved state whose newest version counts now.
  private(set) var rowsCountedAnew: [Int64] = []
  private(set) var added: [SeriesCount] = []
  private(set) var takenBack: [SeriesCount] = []
  /// What to take back from the rollups, as they logged it.
  private(set) var rollups: [[UInt8]] = []
  let isEmpty: Bool

  typealias Entry = (row: Int64, before: [SeriesCount], rollup: [UInt8]?)

  /// The first version of a row that is in the saved state is counted there; every other version
  /// was counted and taken back since.
  init(_ log: [Entry], savedRow: Int64) {
    isEmpty = log.isEmpty
    var seen: Set<Int64> = []
    for (row, before, rollup) in log {
      let isFirst = seen.insert(row).inserted
      if isFirst, row <= savedRow {
        rowsCountedAnew.append(row)
        if let rollup { rollups.append(rollup) }
      }
      if !isFirst || row > savedRow { added += before }
      takenBack += before
    }
  }
}

extension Amendment {
  /// What the event had counted as.
  var partsBefore: [EventFacts] {
    EventFacts(before, measures: measures, receivedAt: beforeReceivedAt).parts(counting.before)
  }

  /// What the event counts as from now on.
  var partsAfter: [EventFacts] {
    EventFacts(after, measures: measures, receivedAt: afterReceivedAt).parts(counting.after)
  }
}
