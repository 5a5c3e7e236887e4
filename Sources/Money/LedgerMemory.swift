internal import Codec
internal import Telemetry

/// One trace in a ledger's memory.
struct LedgerTrace {
  let id: Hash128
  /// Tells the spans of this trace from those of others in the table of spans.
  let serial: UInt64
  var lastActivity: Int64
  var firstNode: Int32 = -1
  var lastNode: Int32 = -1
  var count = 0
  var solvedCount = 0
  var hasEndedRoot = false
  var isDirty = false
  /// Its spans are in the table of spans; those of a small trace are looked through instead.
  var isIndexed = false
  /// Something of it is not worked out or not given before it is closed.
  var hasWaiting = false
  var queue = LedgerQueue.none
  var previous: Int32 = -1
  var next: Int32 = -1

  init(id: Hash128, serial: UInt64, lastActivity: Int64) {
    (self.id, self.serial, self.lastActivity) = (id, serial, lastActivity)
  }
}

/// One span: its place in the tree.
struct LedgerNode {
  let spanID: UInt64
  var parentID: UInt64
  let attempt: Int64
  /// The next span of the trace, by arrival.
  var next: Int32 = -1
  /// The next try of the same span, by number.
  var nextSame: Int32 = -1
  /// Where its usage is kept; −1 for a span that has none.
  var usage: Int32 = -1
  /// Its number while the trace is worked out.
  var place: Int32 = 0

  init(_ span: LedgerSpan) {
    (spanID, parentID, attempt) = (span.spanID, span.parentID, span.attempt)
  }
}

/// What a span used.
struct LedgerUsage {
  let span: LedgerSpan
  /// The caller's number for the stored event.
  let row: Int64
  /// It was said that it counts otherwise than untold.
  var isTold = false

  init(_ span: LedgerSpan, _ row: Int64) { (self.span, self.row) = (span, row) }
}

/// In which state traces wait, each queue in the order of their last spans.
enum LedgerQueue: Int {
  /// The root has ended.
  case quiet = 0
  /// The root has not ended or not come.
  case waiting
  /// Kept so that a later span finds it.
  case closed
  case none
}

/// The queues as lists through the traces themselves.
struct LedgerQueues {
  private var heads: [Int32] = [-1, -1, -1]
  private var tails: [Int32] = [-1, -1, -1]

  /// The trace that waited longest.
  func first(_ queue: LedgerQueue) -> Int32? {
    heads[queue.rawValue] >= 0 ? heads[queue.rawValue] : nil
  }

  /// Puts a trace at the end of a queue, out of the one it was in.
  mutating func move(_ slot: Int32, to queue: LedgerQueue, _ traces: inout [LedgerTrace]) {
    if traces[Int(slot)].queue != .none { remove(slot, &traces) }
    let tail = tails[queue.rawValue]
    traces[Int(slot)].queue = queue
    traces[Int(slot)].previous = tail
    traces[Int(slot)].next = -1
    if tail >= 0 { traces[Int(tail)].next = slot } else { heads[queue.rawValue] = slot }
    tails[queue.rawValue] = slot
  }

  /// Takes a trace out of its queue.
  mutating func remove(_ slot: Int32, _ traces: inout [LedgerTrace]) {
    let trace = traces[Int(slot)]
    guard trace.queue != .none else { return }
    let queue = trace.queue.rawValue
    if trace.previous >= 0 {
      traces[Int(trace.previous)].next = trace.next
    } else {
      heads[queue] = trace.next
    }
    if trace.next >= 0 {
      traces[Int(trace.next)].previous = trace.previous
    } else {
      tails[queue] = trace.previous
    }
    traces[Int(slot)].queue = .none
  }
}
