internal import CSQLite
internal import Codec
internal import Telemetry

extension Store {
  // unsafe because it reads columns where SQLite holds them, before the next step.
  /// Remembers the identities of the newest rows, newest first, back to the start of the window or
  /// to the bound on entries: about a microsecond a row.
  func rememberNewestRows(now: Int64) throws(StoreError) {
    let rows = try database.prepare(
      """
      SELECT id, type, time, lag, scope, trace_id, span_id, attempt, seq, source, event_id, identity
      FROM events ORDER BY id DESC
      """)
    // Group commits interleave batches whose receipts differ a little.
    let horizon = now - settings.dedupWindow - 10_000_000_000
    let base = max(0, nextRow - (1 << 31))
    var marks: [(time: Int64, row: Int64, seen: Int)] = []
    while try rows.step(), remembered < settings.dedupEntries {
      let id = rows.integer(0)
      let receivedAt = rows.integer(2) + rows.integer(3) * 1_000_000
      guard receivedAt >= horizon, id > base else { break }
      guard let identity = try identity(rows) else { continue }
      deduplicator.restore(identity, row: id, base: base)
      remembered += 1
      if let last = marks.last, last.time - receivedAt < 10_000_000_000 {
        marks[marks.count - 1] = (last.time, id, remembered)
      } else {
        marks.append((receivedAt, id, remembered))
      }
    }
    for mark in marks.reversed() {
      window.note(time: mark.time, row: mark.row, remembered: remembered - mark.seen)
    }
  }

  private func identity(_ row: Statement) throws(StoreError) -> Hash128? {
    if let stored = unsafe row.borrowedBytes(11), stored.count == 16 {
      return unsafe Hash128(high: Self.word(stored, 0), low: Self.word(stored, 8))
    }
    let scope = UInt32(truncatingIfNeeded: row.integer(4))
    let key = rowIdentity.key
    if let text = unsafe row.borrowedBytes(10) { return unsafe key.eventID(scope: scope, text) }
    if let sequence = row.optionalInteger(8),
      let src = try sources.src(UInt32(truncatingIfNeeded: row.integer(9)))
    {
      return unsafe src.withUnsafeBytes { raw in
        unsafe key.stream(scope: scope, src: raw, sequence: sequence)
      }
    }
    guard row.integer(1) <= 1, let span = unsafe row.borrowedBytes(6), span.count == 8 else {
      return nil
    }
    let spanID = unsafe Self.word(span, 0)
    let attempt = row.optionalInteger(7) ?? Event.absent
    var trace: (UInt64, UInt64) = (0, 0)
    if let bytes = unsafe row.borrowedBytes(5), bytes.count == 16 {
      trace = unsafe (Self.word(bytes, 0), Self.word(bytes, 8))
    }
    return key.span(
      scope: scope, traceHigh: trace.0, traceLow: trace.1, span: spanID, attempt: attempt)
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
