package import Codec

/// Everything one request or one drain of datagrams brought: the unit that is handed to the writer,
/// stored wholly or not at all, and handed back with a verdict on each event.
///
/// Owned by one thread at a time: intake fills it, the writer stores it, intake records and reuses
/// it. A batch of n events of b bytes holds b + 360 n bytes.
@safe package final class EventBatch: @unchecked Sendable {
  // @unchecked because it has exactly one owning thread and crosses threads only through rings.

  /// The bytes as they came (inflated).
  package var body: ByteSlab
  /// Text that decoding wrote.
  package let scratch = ByteSlab(capacity: 4096)
  package private(set) var count = 0
  package private(set) var measures: [Measure] = []
  /// Samples of metrics, stored with the events in one transaction.
  package var samples = MetricSamples()
  /// Its finished calls with their texts as they came, by rising place; empty unless intake was
  /// told to keep them. Never stored.
  package private(set) var callTexts: [CallTexts] = []
  /// Lines that were refused, for the answer and the reject store.
  package var rejections: [Rejection] = []
  /// Records refused; at least `rejections.count`, which is bounded.
  package var rejectedCount = 0

  /// The door it came through.
  package var door = Door.http
  /// When the request was wholly read, in ns since 1970.
  package var receivedAt: Int64 = 0
  /// Who sent it, as text, for books of what has no `src`.
  package var peer: [UInt8] = []
  /// What scopes identities to the tenant that the sender is bound to; 0 for none.
  package var tenantScope: UInt32 = 0
  /// That tenant, which stands for whatever the events say; empty for none.
  package private(set) var tenant: [UInt8] = []

  /// The request's `Idempotency-Key`, or empty.
  package var idempotencyKey: [UInt8] = []

  /// Set by the writer: the outcome of the whole entry.
  package var outcome = Outcome.pending
  /// Set by the writer: events it amended, with what windows must take back and add.
  package var amendments: [Amendment] = []
  /// Set by the writer: events of this batch that do not count as they stand, by their place.
  package var countings: [Int: Counting] = [:]
  /// Set by the writer: events of whatever batch that count as something else since this one came.
  package var corrections: [Amendment] = []
  /// Set by the writer: scores whose target came to be known with this batch, from whatever batch
  /// they are, and those that wait no longer.
  package var resolvedScores: [ResolvedScore] = []
  /// What the intake thread needs to answer; opaque to the writer.
  package var ticket: UInt64 = 0
  /// Bytes of the memory gauge that the batch holds.
  package var reserved = 0

  // unsafe because the events are this object's memory, read below `count` only; texts lie in slabs
  // that the batch holds.
  private var events: UnsafeMutablePointer<Event>
  private var verdictBytes: [Verdict] = []
  private var capacity: Int

  /// An empty batch around `body`.
  package init(body: ByteSlab) {
    self.body = body
    capacity = 16
    unsafe events = .allocate(capacity: capacity)
  }

  deinit {
    unsafe events.deallocate()
  }

  /// Makes all that is in it the tenant's. Before anything is decoded.
  package func bind(to tenant: [UInt8], scope: UInt32) {
    self.tenant = tenant
    tenantScope = scope
  }

  /// What became of an entry.
  package enum Outcome: Sendable, Equatable {
    case pending
    case committed
    /// Nothing of it was taken; the store refused for this reason.
    case refused(StoreTrouble)
  }

  /// The event at `index`.
  package subscript(index: Int) -> Event {
    get {
      precondition(index < count, "an event of this batch")
      return unsafe events[index]
    }
    set {
      precondition(index < count, "an event of this batch")
      unsafe events[index] = newValue
    }
  }

  /// The events in their place, for loops that must not copy them. Valid until one is added.
  @unsafe package var storage: UnsafePointer<Event> { unsafe UnsafePointer(events) }

  /// Adds an event.
  package func append(_ event: Event) {
    if count == capacity { grow() }
    unsafe (events + count).initialize(to: event)
    count += 1
  }

  /// Adds a measure of the event that is about to be appended.
  package func append(_ measure: Measure) {
    measures.append(measure)
  }

  /// Keeps the texts of the call that was appended last.
  package func keep(_ texts: CallTexts) {
    callTexts.append(texts)
    callTexts[callTexts.count - 1].index = count - 1
  }

  /// The text at `slice`, which must not be absent. Valid until the batch is filled further.
  @unsafe package func text(_ slice: TextSlice) -> UnsafeRawBufferPointer {
    let slab = slice.isInScratch ? scratch : body
    let end = slice.offset + slice.length
    precondition(!slice.isAbsent && end <= slab.count, "a text of this batch")
    return unsafe UnsafeRawBufferPointer(start: slab.base + slice.offset, count: slice.length)
  }

  /// What the writer decided about the event at `index`; valid once committed.
  package func verdict(_ index: Int) -> Verdict { verdictBytes[index] }

  /// Whether each event has a verdict; samples are not counted without the store.
  package var hasDecisions: Bool { verdictBytes.count == count && samples.points.isEmpty }

  /// Records of every kind: events, points of metrics, and those refused while decoding.
  package var recordCount: Int { count + samples.points.count + rejectedCount }

  /// Records refused by the decoder or the writer.
  package var refusedCount: Int { rejectedCount + samples.refusedCount }

  /// The first of the records that were refused, in the order of the request, where it has no
  /// events.
  package var refusals: [Rejection] {
    let late = samples.refusals(limit: Limits.keptRejections)
    return late.isEmpty ? rejections : (rejections + late).sorted { $0.line < $1.line }
  }

  /// Records the writer's decision about the next event, in order.
  package func decide(_ verdict: Verdict) {
    verdictBytes.append(verdict)
  }

  /// Counts every event of a refused entry as new, for windows that go on without the store.
  package func decideUnstored() {
    verdictBytes = Array(repeating: .stored, count: count)
  }

  /// Forgets the writer's decisions, after a rollback.
  package func forgetDecisions() {
    verdictBytes.removeAll(keepingCapacity: true)
    amendments.removeAll()
    countings.removeAll()
    corrections.removeAll()
    resolvedScores.removeAll()
    samples.decide([])
    outcome = .pending
  }

  /// Forgets the last `dropped` events and their measures, text and all.
  package func truncate(toCount kept: Int, measures keptMeasures: Int, scratch keptScratch: Int) {
    precondition(kept <= count, "truncation only shortens")
    count = kept
    while let last = callTexts.last, last.index >= kept { callTexts.removeLast() }
    measures.removeLast(measures.count - keptMeasures)
    scratch.truncate(to: keptScratch)
  }

  /// Makes the batch empty for its next use.
  package func reset(keeping kept: Int) {
    count = 0
    measures.removeAll(keepingCapacity: true)
    samples.removeAll()
    callTexts.removeAll(keepingCapacity: true)
    rejections.removeAll(keepingCapacity: true)
    rejectedCount = 0
    peer.removeAll(keepingCapacity: true)
    idempotencyKey.removeAll(keepingCapacity: true)
    tenantScope = 0
    tenant.removeAll()
    forgetDecisions()
    body.reset(keeping: kept)
    scratch.reset(keeping: kept)
    guard capacity > Limits.keptEvents else { return }
    unsafe events.deallocate()
    capacity = Limits.keptEvents
    unsafe events = .allocate(capacity: capacity)
  }

  private func grow() {
    let moved = UnsafeMutablePointer<Event>.allocate(capacity: capacity * 2)
    unsafe moved.moveInitialize(from: events, count: count)
    unsafe events.deallocate()
    unsafe events = moved
    capacity *= 2
  }
}

/// Why the store takes nothing just now.
package enum StoreTrouble: UInt8, Word {
  case diskFull = 0
  case readOnly, writeAheadLogLimit, failed, damaged

  /// The word as users write and read it.
  package var text: String {
    switch self {
    case .diskFull: "disk_full"
    case .readOnly: "read_only"
    case .writeAheadLogLimit: "wal_limit"
    case .failed: "store_failed"
    case .damaged: "store_damaged"
    }
  }
}

/// A stored event that a fuller version replaced, or that counts as something else than it did.
package struct Amendment: Sendable {
  /// The event's place in the batch, and the row it is stored as.
  package let index: Int
  package let row: Int64
  /// What had been counted, and what counts from now on; their texts are gone.
  package let before: Event
  package let after: Event
  /// When either was received, as far as windows are concerned.
  package let beforeReceivedAt: Int64
  package let afterReceivedAt: Int64
  /// The measures of both.
  package let measures: [Measure]
  /// The attributes of both, as JSON.
  package let attributes: (before: [UInt8], after: [UInt8])
  /// As what the one had counted and the other counts; nil is as it stands.
  package var counting: (before: Counting?, after: Counting?) = (nil, nil)

  /// The event at `index` turned `before` into `after`; both count their measures in `measures`.
  package init(
    index: Int, row: Int64, before: (event: Event, receivedAt: Int64),
    after: (event: Event, receivedAt: Int64), measures: [Measure],
    attributes: (before: [UInt8], after: [UInt8])
  ) {
    (self.index, self.row) = (index, row)
    self.before = before.event
    self.after = after.event
    beforeReceivedAt = before.receivedAt
    afterReceivedAt = after.receivedAt
    self.measures = measures
    self.attributes = attributes
  }
}

/// One refused record.
package struct Rejection: Sendable {
  /// 1-based line or array element.
  package let line: Int
  package let code: RejectCode
  /// The field at fault, or empty when the record as a whole is.
  package let field: [UInt8]
  /// What was expected, in words.
  package let message: String
  /// The record's text, redacted and cut to a limit, for replay.
  package let text: [UInt8]

  /// A refused record.
  package init(line: Int, code: RejectCode, field: [UInt8], message: String, text: [UInt8]) {
    self.line = line
    self.code = code
    self.field = field
    self.message = message
    self.text = text
  }
}
