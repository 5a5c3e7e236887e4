internal import Telemetry
internal import Windows

/// The single seconds at start.
extension Store {
  private static let second: Int64 = 1_000_000_000
  /// How far back seconds are told apart again, and rows that are looked at for that.
  private static let span = 30 * second
  private static let mostRows: Int64 = 100_000
  /// How much later than a row an earlier one of another batch may have been received.
  private static let disorder = second

  /// Lets seconds be counted one by one, those just before `now` (ns since 1970) from their rows,
  /// so that the last values are the same after a restart; about 2 µs a row. Where nothing was
  /// stored before, they are from the beginning of the ten seconds that `now` lies in.
  func beginSeconds(at now: Int64) throws(StoreError) {
    let recent = status.totals.recent
    let ten = now / (10 * Self.second) * (10 * Self.second)
    let isNew =
      try database.integer(
        "SELECT NOT EXISTS (SELECT 1 FROM events) AND NOT EXISTS (SELECT 1 FROM totals)") == 1
    guard !isNew else { return recent.begin(after: ten - 1) }
    var start = ten - Self.span
    var row = try firstRow(receivedSince: start)
    if row < nextRow - Self.mostRows {
      row = nextRow - Self.mostRows
      let work = merging.work
      work.reset(keeping: Limits.text)
      let received = try reader.row(row, into: work, withPayloads: false)?.receivedAt ?? now
      start = min(max(start, received + Self.disorder), now)
    }
    recent.begin(after: start - 1)
    while row < nextRow {
      try countSecond(row)
      row += 1
    }
    merging.work.reset(keeping: Limits.text)
  }

  private func countSecond(_ row: Int64) throws(StoreError) {
    let work = merging.work
    work.reset(keeping: Limits.text)
    guard let stored = try reader.row(row, into: work, withPayloads: false) else { return }
    var event = stored.event
    work.restoreMeasures(of: &event)
    if event.type == .score {
      guard scores.waiting[row] == nil else { return }
      work.receivedAt = stored.receivedAt
      let score = score(event, of: work, row: row, scope: stored.scope)
      rollups.countSecond(try resolved(score, isLast: true) ?? score.score)
      return
    }
    let facts = EventFacts(event, measures: work.measures, receivedAt: stored.receivedAt)
    for part in facts.parts(try nesting.counting(row)) { rollups.countSecond(part, of: work) }
  }
}
