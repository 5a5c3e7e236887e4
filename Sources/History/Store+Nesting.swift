internal import Codec
internal import Money
package import Telemetry
internal import Windows

/// Calls seen twice and roll-ups over calls count once: what the ledger says of rows is kept with
/// them in the transaction that brought it about, and goes into every sum with its commit.
extension Store {
  // unsafe because it looks at the events of a batch in their place; nobody adds one meanwhile.
  /// The time by which traces come to rest.
  private var nestingTime: Int64 { max(latest, tally.newest, toldTime) }

  /// Whether traces wait to be settled.
  var isNestingDue: Bool { nesting.isDue(now: nestingTime) }

  /// Settles what is due before the open transaction stores anything, so that what it amends counts
  /// as the file says.
  func nestDue() throws(StoreError) {
    if nesting.isStale { try restoreNesting(upTo: nextRow - 1) }
    if isNestingDue { try apply(nesting.settle(now: nestingTime), amended: []) }
  }

  /// Tells the ledger of what the open transaction stored and amended, all of which is written.
  func nest(_ batches: [EventBatch]) throws(StoreError) {
    var row = firstRow
    var amended: Set<Int64> = []
    for batch in batches {
      let measured = unsafe BatchTexts(batch)
      for index in 0..<batch.count where batch.verdict(index) == .stored {
        let event = unsafe batch.storage + index
        unsafe prices.note(event.pointee.priceRow)
        if unsafe event.pointee.type == .llm || event.pointee.type == .span {
          let response = unsafe event.pointee.responseID
          unsafe nesting.record(
            event.pointee,
            responseID: response.isAbsent
              ? .init(start: nil, count: 0)
              : measured.raw(response), row: row, scope: batch.tenantScope, now: batch.receivedAt)
        }
        row += 1
      }
      for amendment in batch.amendments {
        amended.insert(amendment.row)
        prices.note(amendment.after.priceRow)
        try nesting.record(rows: amendment.row, amendment.row, now: batch.receivedAt)
      }
    }
    try apply(nesting.settle(now: nestingTime), amended: amended)
    if !countings.isEmpty { giveCountings(to: batches) }
    batches.first?.corrections = unclaimed + corrections
  }

  /// What transactions without a batch changed in windows, as a batch without events; nil where
  /// there is nothing.
  package func takeUnclaimed() -> EventBatch? {
    let scores = scores.takeUnclaimed()
    guard !unclaimed.isEmpty || !scores.isEmpty else { return nil }
    let batch = EventBatch(body: ByteSlab(capacity: 0))
    batch.receivedAt = nestingTime
    (batch.corrections, batch.resolvedScores) = (unclaimed, scores)
    batch.outcome = .committed
    unclaimed = []
    return batch
  }

  /// Brings the ledger to what the rows say of the last ten minutes.
  func restoreNesting(upTo row: Int64) throws(StoreError) {
    let horizon = nestingTime - LedgerLimits().patience
    try nesting.restore(rows: try firstRow(receivedSince: horizon), row)
  }

  private func apply(_ changes: [LedgerChange], amended: Set<Int64>) throws(StoreError) {
    for change in changes {
      try nesting.keep(change.after, row: change.row)
      let counting = (before: Counting(change.before), after: Counting(change.after))
      guard counting.before != counting.after else { continue }
      if change.row >= firstRow, !amended.contains(change.row) {
        countings[change.row] = counting.after
      } else {
        try correct(change.row, counting)
      }
    }
  }

  /// Takes note that a row that was counted counts as something else.
  private func correct(
    _ row: Int64, _ counting: (before: Counting?, after: Counting?)
  ) throws(StoreError) {
    let work = merging.work
    work.reset(keeping: Limits.text)
    guard let stored = try reader.row(row, into: work, withPayloads: false) else { return }
    var event = stored.event
    work.restoreMeasures(of: &event)
    let version = (event: event.withoutTexts, receivedAt: stored.receivedAt)
    let attributes = text(event.attributes)
    var correction = Amendment(
      index: 0, row: row, before: version, after: version, measures: work.measures,
      attributes: (attributes, attributes))
    correction.counting = counting
    try totals.log(correction, &rollups)
    for (counting, isOld) in [(counting.before, true), (counting.after, false)] {
      amendSession(
        event, receivedAt: stored.receivedAt, as: counting, takingBack: isOld, row: row,
        scope: stored.scope)
    }
    corrections.append(correction)
  }

  /// Counts a version of a row, whose texts are in the work batch, in its session, or takes it
  /// back.
  func amendSession(
    _ event: Event, receivedAt: Int64, as counting: Counting?, takingBack: Bool, row: Int64,
    scope: UInt32
  ) {
    let work = merging.work
    let facts = EventFacts(event, measures: work.measures, receivedAt: receivedAt)
    for part in facts.parts(counting) {
      unsafe sessions.amend(
        part, takingBack: takingBack, row: row, isCounted: row < firstRow, scope: scope,
        texts: BatchTexts(work))
    }
  }

  private func giveCountings(to batches: [EventBatch]) {
    var row = firstRow
    for batch in batches {
      for index in 0..<batch.count where batch.verdict(index) == .stored {
        if let counting = countings[row] { batch.countings[index] = counting }
        row += 1
      }
    }
  }
}
