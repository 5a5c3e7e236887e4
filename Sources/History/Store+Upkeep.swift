internal import LinuxIO

/// What the writer does between commits: folding rollups, removing what is no longer kept.
extension Store {
  /// ns that one turn may take.
  private static let turn: Int64 = 8_000_000
  /// While there is something to store, upkeep takes at most one part in so many of the time.
  private static let share: Int64 = 10
  /// ns after which a turn that failed is tried again.
  private static let patience: Int64 = 10_000_000_000

  /// Does one turn of what is due when it is `now` (ns since 1970); whether there is more to do.
  /// `isIdle` says that nothing waits to be stored.
  package func upkeep(now: Int64, isIdle: Bool) -> Bool {
    guard damage == nil else { return false }
    let start = Clock.monotonic
    guard start >= upkeepPause || isIdle && !hasUpkeepFailed else { return false }
    do throws(StoreError) {
      let hasMore = try turn(now: now, until: start + Self.turn)
      hasUpkeepFailed = false
      let took = Clock.monotonic - start
      upkeepPause = start + took * Self.share
      return hasMore
    } catch {
      giveUp(now: now, error)
      return false
    }
  }

  private func giveUp(now: Int64, _ error: StoreError) {
    note(damage: error)
    folding.end()
    sampleFolding.end()
    retention.fail(now: now)
    hasUpkeepFailed = true
    upkeepPause = Clock.monotonic + Self.patience
    status.update { books in
      books.upkeepFailures += 1
      books.upkeepTrouble = "\(error)"
    }
  }

  private func turn(now: Int64, until deadline: Int64) throws(StoreError) -> Bool {
    if try fold(now: now, until: deadline) { return true }
    if try foldSamples(now: now, until: deadline) { return true }
    guard retention.isDue(now: now) else { return false }
    if retention.isResting {
      let horizon = now - settings.retention.oldestEvent
      sessions.forget(before: horizon)
      errors.forget(before: horizon)
      samples.forget(before: now - settings.retention.minutes)
      try expireAudit(now: now)
    }
    try retention.begin(now: now) { (time) throws(StoreError) in
      try firstRow(receivedSince: time)
    }
    var progress = StoreRetention.Progress()
    try inTransaction { () throws(StoreError) in
      progress = try retention.step(now: now) {
        rollups.usedGroups
      } usedSeries: {
        samples.held
      }
    }
    let expired = progress.expired
    let (store, log) = (writeAheadLog.fileByteCount, writeAheadLog.byteCount)
    status.update { books in
      books.expired += expired
      (books.storeBytes, books.walBytes) = (Int64(store), Int64(log))
      books.upkeepTrouble = nil
    }
    return progress.hasMore
  }

  /// Folds for a while; whether there was anything to fold.
  private func fold(now: Int64, until deadline: Int64) throws(StoreError) -> Bool {
    if !folding.isActive {
      guard now >= nextFold || now < nextFold - Self.patience else { return false }
      guard let hour = try folding.due(now: now / 1_000_000_000) else {
        nextFold = now + Self.patience
        return false
      }
      rollups.closeTail(ofHour: hour)
      try folding.begin(hour)
    }
    guard try folding.advance(until: deadline) else { return true }
    try inTransaction { () throws(StoreError) in try folding.write() }
    folding.end()
    status.update { $0.foldedHours += 1 }
    return true
  }

  /// Folds samples for a while; whether there were any to fold.
  private func foldSamples(now: Int64, until deadline: Int64) throws(StoreError) -> Bool {
    if !sampleFolding.isActive {
      guard now >= nextSampleFold || now < nextSampleFold - Self.patience else { return false }
      guard let hour = try sampleFolding.due(now: now / 1_000_000) else {
        nextSampleFold = now + Self.patience
        return false
      }
      try sampleFolding.begin(hour)
    }
    guard sampleFolding.advance(until: deadline) else { return true }
    var isWritten = false
    try inTransaction { () throws(StoreError) in
      isWritten = try sampleFolding.write(until: deadline)
    }
    if isWritten { sampleFolding.end() }
    return true
  }
}
