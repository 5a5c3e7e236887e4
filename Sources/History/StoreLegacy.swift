internal import Telemetry

/// What a store knows beside its file, for the one that goes on with a new file.
struct StoreLegacy {
  let status: StoreStatus
  var books: [StreamLedger.Entry] = []
  var scores = StoreScores()
  var nextRow: Int64 = 1

  /// What is known where a file could not even be opened.
  init() { status = StoreStatus() }

  /// What `store` knows.
  init(of store: Store) {
    status = store.status
    books = store.ledger.entries
    scores = store.scores
    nextRow = store.nextRow
  }
}

extension Store {
  /// Sets this store's damaged file aside and goes on with a new one: rows are numbered on,
  /// counters and books of sources go on, and what was stored is no longer known as such. Readers
  /// of the old file must be renewed. May be tried again when it fails.
  package func successor(now: Int64) throws(StoreError) -> Store {
    guard let damage else { preconditionFailure("a store that is whole needs no successor") }
    let path = place.path
    if moved == nil { moved = try SetAside(moving: path, because: damage, now: now) }
    dimensions.markUnsaved()
    return try Store(place, now, legacy: StoreLegacy(of: self), setAside: moved)
  }

  /// Writes what is known from before to the new file, so that what follows can refer to it.
  func found() throws(StoreError) {
    totals.goOn(after: nextRow - 1)
    try inTransaction { () throws(StoreError) in
      try totals.save(upTo: nextRow - 1, scores)
      try savedDimensions.write()
      try savedStreams.write(ledger.entries)
    }
    _ = totals.keep([], [], from: nextRow, &rollups, &sessions)
    scores.markSaved()
    savedDimensions.keep()
  }
}
