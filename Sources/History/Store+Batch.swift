internal import Codec
internal import Telemetry
internal import Windows

extension Store {
  // unsafe because it goes through the batch's events in their place; nobody adds one meanwhile.
  /// Decides on each event of a batch and hands its row to the writer, within the open transaction.
  func store(_ batch: EventBatch) throws(StoreError) {
    let context = RowContext(batch)
    let peer = unsafe batch.peer.withUnsafeBytes { raw in unsafe dimensions.hashKey.hash(raw) }
    let events = unsafe batch.storage
    var source = UInt32.max
    var slot = 0
    tally.newest = max(tally.newest, batch.receivedAt)
    for index in 0..<batch.count {
      let event = unsafe events + index
      if unsafe event.pointee.source != source {
        source = unsafe event.pointee.source
        slot = ledgerSlot(source, batch, peer)
      }
      let verdict = unsafe try take(event, index, batch, context)
      batch.decide(verdict)
      unsafe noteScore(event, batch, verdict)
      if verdict == .stored {
        unsafe errors.count(
          event.pointee, row: nextRow - 1, receivedAt: batch.receivedAt, scope: context.scope,
          texts: context.texts)
      }
      unsafe ledger.count(
        verdict, in: slot, hasIdentity: event.pointee.identityRule != .none,
        counter: event.pointee.sequence)
    }
    if batch.rejectedCount > 0 {
      let slot = ledgerSlot(0, batch, peer)
      ledger.count(rejected: Int64(batch.rejectedCount), shed: 0, in: slot)
    }
  }

  /// Stores the samples of a batch, within the open transaction, and notes what became of its
  /// points.
  func storeSamples(_ batch: EventBatch) throws(StoreError) {
    try samples.store(batch)
    guard !batch.samples.points.isEmpty else { return }
    tally.newest = max(tally.newest, batch.receivedAt)
    let peer = unsafe batch.peer.withUnsafeBytes { raw in unsafe dimensions.hashKey.hash(raw) }
    var source: UInt32?
    var slot = 0
    for (point, verdict) in zip(batch.samples.points, batch.samples.verdicts) {
      if point.source != source {
        source = point.source
        slot = ledgerSlot(point.source, batch, peer)
      }
      ledger.count(verdict, in: slot)
    }
  }

  private func ledgerSlot(_ source: UInt32, _ batch: EventBatch, _ peer: Hash128) -> Int {
    let dimensions = dimensions
    return ledger.slot(
      source: source, set: { dimensions.set(.source, source) }, batch: batch, peer: peer)
  }

  @inline(__always)
  private func take(
    _ event: UnsafePointer<Event>, _ index: Int, _ batch: EventBatch, _ context: RowContext
  ) throws(StoreError) -> Verdict {
    if unsafe event.pointee.identityRule == .none {
      unsafe try insert(event, context, storesIdentity: false)
      return .stored
    }
    let identity = unsafe event.pointee.identity
    var candidates = deduplicator.candidates(for: identity)
    while let row = deduplicator.next(&candidates) {
      if let verdict = unsafe try compare(event, index, batch, context, row) { return verdict }
    }
    let isTold = unsafe try isRecomputed(event.pointee, context)
    deduplicator.insert(identity, row: nextRow)
    unsafe try insert(event, context, storesIdentity: !isTold)
    tally.identities += 1
    return .stored
  }

  @inline(__always)
  private func insert(
    _ event: UnsafePointer<Event>, _ context: RowContext, storesIdentity: Bool
  ) throws(StoreError) {
    unsafe try inserts.write(event, id: nextRow, context: context, storesIdentity: storesIdentity)
    unsafe traces.note(event, row: nextRow)
    nextRow += 1
    tally.stored += 1
  }

  /// Whether the row will tell the identity by its other columns.
  @inline(__always)
  private func isRecomputed(_ event: Event, _ context: RowContext) throws(StoreError) -> Bool {
    // The three parts of this identity are columns as they are: no need to prove it each time.
    if event.identityRule == .span { return true }
    let src = event.identityRule == .stream ? try sources.src(event.source) : nil
    return rowIdentity.recomputed(
      event, scope: context.scope, src: src, texts: context.texts) == event.identity
  }

  /// What becomes of an event whose identity may be that of `row`; nil when it is another's.
  private func compare(
    _ event: UnsafePointer<Event>, _ index: Int, _ batch: EventBatch, _ context: RowContext,
    _ row: Int64
  ) throws(StoreError) -> Verdict? {
    if let waiting = inserts.firstWaiting, row >= waiting { try inserts.flush() }
    let work = merging.work
    work.reset(keeping: Limits.text)
    guard let stored = try reader.row(row, into: work) else { return nil }
    let event = unsafe event.pointee
    guard try identity(of: stored, in: work) == event.identity else { return nil }
    if event.identityRule == .span,
      let amendment = try amend(
        stored, row, with: merging.adopt(event, from: context.texts), index: index,
        receivedAt: context.receivedAt)
    {
      batch.amendments.append(amendment)
      try totals.log(amendment, &rollups)
      tally.amended += 1
      return .amended
    }
    tally.duplicate += 1
    return .duplicate
  }

  private func identity(
    of row: StoreRowReader.Row, in work: EventBatch
  ) throws(StoreError) -> Hash128 {
    var event = row.event
    guard event.identity == .zero else { return event.identity }
    let src = event.sequence == Event.absent ? nil : try sources.src(event.source)
    event.identityRule = RowIdentity.rule(
      type: event.type, hasEventID: !event.eventID.isAbsent, hasStream: src != nil,
      hasSpan: event.spanID != 0, hasIdentity: false)
    let texts = unsafe BatchTexts(work)
    return rowIdentity.recomputed(event, scope: row.scope, src: src, texts: texts) ?? .zero
  }

  /// Writes the union of both versions over the row; nil when the incoming one adds nothing.
  private func amend(
    _ row: StoreRowReader.Row, _ id: Int64, with incoming: Event, index: Int, receivedAt: Int64
  ) throws(StoreError) -> Amendment? {
    let work = merging.work
    let stored = row.event
    let merge = StoreMerge(stored: stored, incoming: incoming)
    var event = merge.merged()
    event.source = dimensions.union(.source, merge.pair(\.source))
    event.operation = dimensions.union(.operation, merge.pair(\.operation))
    event.tenant = dimensions.union(.tenant, merge.pair(\.tenant))
    event.details = try merging.unite(merge.pair(\.details), stored: stored.details)
    event.attributes = try merging.unite(merge.pair(\.attributes), stored: stored.attributes)
    guard event.saysMore(than: stored) else { return nil }
    work.tenantScope = row.scope
    work.receivedAt = merge.storedLeads ? row.receivedAt : receivedAt
    let context = RowContext(work)
    try merging.clear(id)
    packing.note(amended: id)
    let counted = try nesting.counting(id)
    if counted != nil { try nesting.forget(id) }
    try unsafe withUnsafePointer(to: event) { (pointer) throws(StoreError) in
      unsafe try replacements.write(pointer, id: id, context: context, storesIdentity: false)
      try replacements.flush()
    }
    event.identity = incoming.identity
    event.identityRule = .span
    var before = stored
    work.restoreMeasures(of: &before)
    work.restoreMeasures(of: &event)
    for (version, receipt, isOld) in [
      (before, row.receivedAt, true), (event, work.receivedAt, false),
    ] {
      amendSession(
        version, receivedAt: receipt, as: isOld ? counted : nil, takingBack: isOld, row: id,
        scope: context.scope)
      errors.count(
        version, row: id, receivedAt: receipt, scope: context.scope, texts: context.texts,
        takingBack: isOld)
    }
    var amendment = Amendment(
      index: index, row: id, before: (before.withoutTexts, row.receivedAt),
      after: (event.withoutTexts, work.receivedAt), measures: work.measures,
      attributes: (text(before.attributes), text(event.attributes)))
    amendment.counting.before = counted
    return amendment
  }

  /// A text of the work batch.
  func text(_ slice: TextSlice) -> [UInt8] {
    slice.isAbsent ? [] : unsafe Array(merging.work.text(slice))
  }
}
