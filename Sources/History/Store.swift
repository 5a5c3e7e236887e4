internal import CSQLite
internal import Codec
package import Telemetry
internal import Windows

/// The one writer of `barograph.db`. Not Sendable: the thread that opened it owns it; `status` is
/// for everybody.
package final class Store {
  /// What other threads may ask at any time.
  package let status: StoreStatus
  /// The damaged file whose place this store's file took, if any.
  package let setAside: SetAside?
  /// What was done to the file of an older program, if it was one with events.
  package let upgrade: Upgrade?
  /// What SQLite said when it found the file damaged; nothing is stored any more, and `successor`
  /// is to go on.
  package private(set) var damage: StoreError?

  let place: StorePlace
  let database: Database
  let dimensions: DimensionTable
  let rowIdentity: RowIdentity
  let settings: StoreSettings
  let reader: StoreRowReader
  let merging: StoreMerging
  var inserts: StoreRowWriter
  var replacements: StoreRowWriter
  var savedDimensions: StoreDimensions
  let savedStreams: StoreStreams
  var ledger: StreamLedger
  var deduplicator: Deduplicator
  var window: DeduplicatorWindow
  var sources: StoreSources
  var traces: TraceIndexWriter
  var totals: StoreTotals
  var rollups: StoreRollups
  var sessions: StoreSessions
  var errors: StoreErrors
  var folding: StoreFolding
  var retention: StoreRetention
  var samples: StoreSamples
  var nesting: StoreNesting
  var prices: StorePrices
  /// What rows of the open transaction count as, where that is not how they stand.
  var countings: [Int64: Counting] = [:]
  /// Rows of earlier transactions that count as something else since the open one.
  var corrections: [Amendment] = []
  /// Those that no batch has taken along to the windows yet.
  var unclaimed: [Amendment] = []
  var sampleFolding: StoreSampleFolding
  var scores = StoreScores()
  var targets: ScoreTargets
  let writeAheadLog: StoreLog
  var packing: PayloadPacking
  private let begin: Statement
  private let commit: Statement
  private let rollback: Statement

  /// The id of the next row.
  var nextRow: Int64
  /// The id of the first row of the open transaction.
  var firstRow: Int64
  /// Identities remembered, ever.
  var remembered: Int
  /// What the open transaction has done.
  var tally = Tally()
  /// Where the damaged file is by now.
  var moved: SetAside?
  /// Books that had to leave and that the next transaction removes from the file.
  private var leaving: [StreamBook.Name] = []
  /// The newest receipt seen.
  private(set) var latest: Int64 = 0
  /// When upkeep goes on, as a monotonic time.
  var upkeepPause: Int64 = 0
  /// When an hour to fold is looked for again, in ns since 1970.
  var nextFold: Int64 = 0
  var nextSampleFold: Int64 = 0
  var hasUpkeepFailed = false
  /// The time last told, for what waits while nothing comes.
  private(set) var toldTime: Int64 = 0

  struct Tally {
    var stored: Int64 = 0
    var duplicate: Int64 = 0
    var amended: Int64 = 0
    var identities = 0
    var newest: Int64 = 0
  }

  /// The name of the file within its directory.
  package static let fileName = "barograph.db"

  /// Opens the store in a directory that exists, brings its file to the newest schema, fills
  /// `dimensions` (empty so far) from it and remembers the identities of the window that ends at
  /// `now` (ns since 1970). The file and what SQLite puts beside it are their owner's only. A file
  /// that is damaged is set aside for a new one; a foreign or a newer one is refused.
  package static func open(
    directory: String, settings: StoreSettings = StoreSettings(), dimensions: DimensionTable,
    identityKey: IdentityKey, now: Int64
  ) throws(StoreError) -> Store {
    let place = StorePlace(
      path: "\(directory)/\(fileName)", settings: settings, dimensions: dimensions,
      rowIdentity: RowIdentity(key: identityKey))
    do throws(StoreError) {
      return try Store(place, now, legacy: nil, setAside: nil)
    } catch {
      guard error.isDamage else { throw error }
      let setAside = try SetAside(moving: place.path, because: error, now: now)
      dimensions.markUnsaved()
      return try Store(place, now, legacy: StoreLegacy(), setAside: setAside)
    }
  }

  /// Opens the file at `place`. With a `legacy` the file is new, and what is known goes on.
  init(
    _ place: StorePlace, _ now: Int64, legacy: StoreLegacy?, setAside: SetAside?
  ) throws(StoreError) {
    self.place = place
    self.setAside = setAside
    settings = place.settings
    dimensions = place.dimensions
    rowIdentity = place.rowIdentity
    (database, upgrade) = try place.open(restoring: legacy == nil)
    status = legacy?.status ?? StoreStatus()
    begin = try database.prepare("BEGIN IMMEDIATE")
    commit = try database.prepare("COMMIT")
    rollback = try database.prepare("ROLLBACK")
    reader = try StoreRowReader(database)
    merging = try StoreMerging(database)
    inserts = try StoreRowWriter(database, replacing: false)
    replacements = try StoreRowWriter(database, replacing: true)
    savedDimensions = try StoreDimensions(database, dimensions)
    savedStreams = try StoreStreams(database)
    sources = try StoreSources(database, dimensions)
    traces = try TraceIndexWriter(database)
    totals = try StoreTotals(database, dimensions, status.totals)
    rollups = try StoreRollups(
      database, breakdowns: settings.breakdowns, totals.sets, status.totals.recent)
    sessions = try StoreSessions(database, key: dimensions.hashKey)
    errors = try StoreErrors(database)
    folding = try StoreFolding(database, breakdowns: settings.breakdowns)
    retention = StoreRetention(database, settings.retention)
    samples = try StoreSamples(
      database, hashKey: dimensions.hashKey, mostSeries: settings.mostSeries, settings.retention)
    sampleFolding = try StoreSampleFolding(database)
    targets = try ScoreTargets(database, key: dimensions.hashKey)
    nesting = try StoreNesting(database, hashKey: dimensions.hashKey)
    prices = try StorePrices(database)
    writeAheadLog = try StoreLog(database)
    packing = try PayloadPacking(database)
    ledger = StreamLedger()
    let books = try StoreStreams.read(database)
    ledger.restore(legacy?.books ?? books)
    deduplicator = Deduplicator(entries: settings.dedupEntries)
    window = DeduplicatorWindow(window: settings.dedupWindow, entries: settings.dedupEntries)
    latest = now
    let given = try database.integer("SELECT value FROM meta WHERE key = '\(Self.rowsKey)'") ?? 0
    nextRow = max(
      legacy?.nextRow ?? 1, given + 1,
      (try database.integer("SELECT max(id) FROM events") ?? 0) + 1)
    firstRow = nextRow
    remembered = 0
    try rememberNewestRows(now: now)
    if let legacy {
      scores = legacy.scores
      try found()
    } else {
      try restoreScores(
        try totals.restore(from: database, reader, nesting, &rollups, &sessions))
      try restoreNesting(upTo: nextRow - 1)
      try beginSeconds(at: now)
    }
    status.publish(ledger.entries, gone: [])
    status.update { $0.dedupEntries = Int64(remembered) }
    try updateSizes()
  }

  /// Stores batches in one transaction and writes a verdict on each event and an outcome on each
  /// batch. When that fails everything is taken back and each batch is tried alone, so that one
  /// costs the others nothing; a full or read-only disk refuses the rest at once.
  package func append(_ batches: [EventBatch]) {
    if let damage { return refuse(batches, damage) }
    if writeAheadLog.byteCount > settings.walBytes { writeAheadLog.checkpoint() }
    guard writeAheadLog.byteCount <= settings.walLimit else { return refuseForLog(batches) }
    guard let error = transact(batches) else { return }
    guard batches.count > 1, error.isOfOneBatch else { return refuse(batches, error) }
    for (index, batch) in batches.enumerated() {
      guard let error = transact([batch]) else { continue }
      guard error.isOfOneBatch else { return refuse(Array(batches[index...]), error) }
      refuse([batch], error)
    }
  }

  /// Moves the write-ahead log into the file when it has grown, and saves totals and books that
  /// changed without an event. For when there is nothing to store; `now` is in ns since 1970.
  package func maintain(now: Int64? = nil) {
    if let now { toldTime = now }
    guard damage == nil else { return }
    if status.hasShed || isSaveDue || scores.earliest <= toldTime || isNestingDue { append([]) }
    if writeAheadLog.byteCount > settings.checkpointBytes { writeAheadLog.checkpoint() }
  }

  /// Goes on deflating payloads for some 10 ms; whether there is more to do. For when there is
  /// nothing to store.
  package func packPayloads() -> Bool {
    guard damage == nil else { return false }
    do throws(StoreError) {
      return try packPayloadsOnce()
    } catch {
      // They are whole as they are; a later step tries again.
      note(damage: error)
      return false
    }
  }

  /// Saves at once what is saved less often than it is committed: totals, rollups, sessions.
  package func save() {
    guard damage == nil else { return }
    totals.saveNow()
    if status.hasShed || isSaveDue { append([]) }
  }

  /// Saves the last books and totals and empties the write-ahead log. The store is of no use
  /// afterwards.
  package func close() {
    save()
    if damage == nil { writeAheadLog.checkpoint() }
  }

  /// Takes note that reading the file for the windows or the like found it damaged.
  package func note(damage error: StoreError) {
    if error.isDamage { damage = error }
  }

  /// Runs `body` in a transaction, which is taken back when it fails.
  func inTransaction(_ body: () throws(StoreError) -> Void) throws(StoreError) {
    try begin.run()
    do throws(StoreError) {
      try body()
      try commit.run()
    } catch {
      try endTransaction()
      throw error
    }
  }

  private func endTransaction() throws(StoreError) {
    // SQLite ends the transaction itself where a rollback cannot be run.
    if !database.isIdle { try rollback.run() }
  }

  /// Why the batches could not be stored, or nil when they are.
  private func transact(_ batches: [EventBatch]) -> StoreError? {
    let clock = ContinuousClock()
    let start = clock.now
    let shed = status.takeShed()
    firstRow = nextRow
    tally = Tally()
    countings.removeAll()
    corrections.removeAll()
    do throws(StoreError) {
      try begin.run()
      if isSaveDue {
        try totals.save(upTo: firstRow - 1, scores)
        try rollups.save()
        try sessions.save()
      }
      try nestDue()
      for batch in batches {
        try store(batch)
        try storeSamples(batch)
      }
      try inserts.flush()
      try samples.write()
      try nest(batches)
      try prices.write()
      try resolveScores(batches, now: max(latest, tally.newest, toldTime))
      try traces.seal(before: nextRow)
      try sessions.saveAmended()
      try errors.save()
      count(shed)
      try savedDimensions.write()
      try savedStreams.erase(leaving)
      try savedStreams.write(ledger.changed)
      try commit.run()
    } catch {
      takeBack(batches, firstRow: firstRow)
      status.giveBackShed(shed)
      note(damage: error)
      return error
    }
    for batch in batches { batch.outcome = .committed }
    if totals.keep(batches, corrections, from: firstRow, &rollups, &sessions) {
      scores.markSaved()
    }
    unclaimed = batches.isEmpty ? unclaimed + corrections : []
    let settled = scores.keep(claimed: !batches.isEmpty)
    totals.count(settled)
    rollups.count(settled)
    keep(firstRow: firstRow)
    let took = clock.now - start
    report(seconds: Double(took.components.attoseconds) / 1e18 + Double(took.components.seconds))
    return nil
  }

  private var isSaveDue: Bool {
    totals.isDue(scores.hasChanged || rollups.hasChanged || sessions.hasChanged)
  }

  private func count(_ shed: [StreamBook.Name: Int64]) {
    for (name, count) in shed {
      let slot = ledger.slot(of: name)
      ledger.touch(slot, at: max(latest, tally.newest))
      ledger.count(rejected: 0, shed: count, in: slot)
    }
  }

  private func takeBack(_ batches: [EventBatch], firstRow: Int64) {
    do throws(StoreError) {
      try endTransaction()
    } catch {
      precondition(database.isIdle, "a transaction that failed can be rolled back")
    }
    inserts.forget()
    replacements.forget()
    deduplicator.undo()
    targets.responses.undo()
    traces.undo()
    totals.undo()
    rollups.undo()
    sessions.undo()
    nesting.undo()
    prices.undo()
    errors.undo()
    samples.undo()
    scores.undo()
    ledger.undo()
    savedDimensions.undo()
    sources.forget()
    nextRow = firstRow
    for batch in batches { batch.forgetDecisions() }
    status.update { $0.rollbacks += 1 }
  }

  private func keep(firstRow: Int64) {
    latest = max(latest, tally.newest)
    savedDimensions.keep()
    prices.keep()
    deduplicator.keep()
    targets.responses.keep()
    traces.keep()
    errors.keep()
    if tally.identities > 0 {
      window.note(time: latest, row: firstRow, remembered: remembered)
      remembered += tally.identities
    }
    if let oldest = window.oldestRow(now: latest, remembered: remembered) {
      deduplicator.forget(before: oldest)
    }
    let changed = ledger.changed
    let gone = ledger.keep()
    status.publish(changed, gone: gone)
    leaving = gone
  }

  private func refuse(_ batches: [EventBatch], _ error: StoreError) {
    refuse(batches, error.trouble, error.description)
  }

  private func refuseForLog(_ batches: [EventBatch]) {
    refuse(
      batches, .writeAheadLogLimit,
      "cannot move the write-ahead log into \(Self.fileName): another program reads the file")
  }

  private func refuse(_ batches: [EventBatch], _ trouble: StoreTrouble, _ text: String) {
    for batch in batches { batch.outcome = .refused(trouble) }
    status.update { books in
      books.trouble = trouble
      books.troubleText = text
    }
  }

  private func report(seconds: Double) {
    let (tally, latest) = (tally, latest)
    let (sampled, series) = (samples.keep(), samples.count)
    let held = window.held(of: remembered)
    let windowSeconds = window.seconds(now: latest)
    let (store, log) = (writeAheadLog.fileByteCount, writeAheadLog.byteCount)
    status.update { books in
      books.stored += tally.stored
      books.duplicate += tally.duplicate
      books.amended += tally.amended
      books.commits += 1
      books.samples += sampled.stored
      books.lateSamples += sampled.late
      books.droppedSamples += sampled.dropped
      books.repeatedSamples += sampled.repeated
      books.series = Int64(series)
      books.commitSeconds.record(seconds: seconds)
      books.dedupEntries = Int64(held)
      books.dedupWindowSeconds = windowSeconds
      books.lastCommit = latest
      books.trouble = nil
      books.troubleText = nil
      books.storeBytes = Int64(store)
      books.walBytes = Int64(log)
    }
  }

  private func updateSizes() throws(StoreError) {
    let windowSeconds = window.seconds(now: latest)
    let bytes = writeAheadLog.fileByteCount
    status.update { books in
      books.dedupWindowSeconds = windowSeconds
      books.storeBytes = Int64(bytes)
    }
  }
}
