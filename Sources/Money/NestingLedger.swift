package import Codec
internal import Telemetry

/// What every span counts, kept right while traces arrive: spans come one by one and in any order,
/// and the ledger says which of the sums already given must be corrected.
///
/// Without a word of it a call counts as it stands and any other span not at all; the ledger tells
/// the difference. Drive it from one thread: `record` each event of a batch, then `settle` once and
/// apply every change. What roll-ups add waits until their trace is closed, which is when its root
/// has ended and nothing came for a while. A later span reopens it. Memory is bounded.
package struct NestingLedger: ~Copyable {
  private let limits: LedgerLimits
  /// What was done and what is held.
  package private(set) var books = LedgerBooks()
  private var solver = NestingSolver()
  private var traceTable: SlotTable
  private var spanTable: SlotTable
  private var traces: [LedgerTrace] = []
  private var nodes: [LedgerNode] = []
  private var usages = PlaceList<LedgerUsage>()
  /// What was said of usages, by their number: of few.
  private var told: [Int32: Contribution] = [:]
  private var freeTraces: [Int32] = []
  private var freeNodes: [Int32] = []
  private var freeUsages: [Int32] = []
  private var queues = LedgerQueues()
  private var dirty: [Int32] = []
  /// Changes that are known before traces are worked out: of spans without relatives.
  private var ready: [LedgerChange] = []
  private var scratch: [Int32] = []
  private var lastSerial: UInt64 = 0

  /// An empty ledger; `hashKey` should be random.
  package init(limits: LedgerLimits = LedgerLimits(), hashKey: HashKey) {
    self.limits = limits
    traceTable = SlotTable(key: hashKey)
    spanTable = SlotTable(key: hashKey)
  }

  /// Takes in the span that is stored as `row`, or its newest version, which from now on counts as
  /// if nothing had been said of the row. `trace` is its trace id mixed with its tenant; zero, like
  /// a span without an id, has no relatives. Settle first when `nextDeadline` has passed, or a
  /// trace that is due stays open.
  package mutating func record(_ span: LedgerSpan, trace: Hash128, row: Int64, now: Int64) {
    guard span.spanID != 0, trace != .zero else { return addStranger(span, row) }
    let slot = slot(of: trace, now: now)
    let node = node(of: span, in: slot)
    if node >= 0 {
      renew(node, span, row)
    } else {
      guard traces[Int(slot)].count < limits.spansOfTrace else {
        books.oversize += 1
        return addStranger(span, row)
      }
      add(span, row, to: slot)
    }
    if span.parentID == 0, !span.isOpen { traces[Int(slot)].hasEndedRoot = true }
    touch(slot, now: now)
  }

  /// Works out what changed since the last time, closes what is due, and gives every change to
  /// `emit`, in no particular order.
  package mutating func settle(
    now: Int64, rowOf: (UInt32) -> PriceRow?, emit: (LedgerChange) -> Void
  ) {
    for change in ready { emit(change) }
    ready.removeAll(keepingCapacity: true)
    var next = 0
    while next < dirty.count {
      let slot = dirty[next]
      next += 1
      guard traces[Int(slot)].isDirty else { continue }
      traces[Int(slot)].isDirty = false
      if mustWait(slot) {
        traces[Int(slot)].hasWaiting = true
      } else {
        solve(slot, isClosing: false, rowOf, emit)
      }
    }
    dirty.removeAll(keepingCapacity: true)
    closeDue(now: now, rowOf, emit)
  }

  /// When `settle` has something to do even if nothing is recorded until then; nil for never.
  package var nextDeadline: Int64? {
    let quiet = queues.first(.quiet).map { traces[Int($0)].lastActivity + limits.quiet }
    let waiting = queues.first(.waiting).map { traces[Int($0)].lastActivity + limits.patience }
    return [quiet, waiting].compactMap { $0 }.min()
  }

  /// Takes in a span that was stored before a restart. `given` is what it counts by the last change
  /// that was committed, nil where there was none. The next `settle` gives what is still to be
  /// corrected.
  package mutating func restore(
    _ span: LedgerSpan, trace: Hash128, row: Int64, given: Contribution?, receivedAt: Int64
  ) {
    // A span without relatives is done with.
    guard span.spanID != 0, trace != .zero else { return }
    record(span, trace: trace, row: row, now: receivedAt)
    let slot = traceTable.value(trace)
    let node = node(of: span, in: slot)
    guard let given, node >= 0, nodes[Int(node)].usage >= 0 else { return }
    tell(nodes[Int(node)].usage, given)
  }
}

// Memory.
extension NestingLedger {
  private static func key(_ serial: UInt64, _ spanID: UInt64) -> Hash128 {
    Hash128(high: serial, low: spanID)
  }

  /// Spans of a trace that are looked through one by one: cheaper than a table's cache misses.
  private static let fewSpans = 16

  /// The node of a span's try, or −1.
  private func node(of span: LedgerSpan, in slot: Int32) -> Int32 {
    let trace = traces[Int(slot)]
    var number = trace.firstNode
    if trace.isIndexed {
      number = spanTable.value(Self.key(trace.serial, span.spanID))
      while number >= 0, nodes[Int(number)].attempt != span.attempt {
        number = nodes[Int(number)].nextSame
      }
      return number
    }
    while number >= 0 {
      let index = Int(number)
      if nodes[index].spanID == span.spanID, nodes[index].attempt == span.attempt { break }
      number = nodes[index].next
    }
    return number
  }

  /// The node that is meant by a span's id alone: its first try; or −1.
  private func node(_ spanID: UInt64, in trace: LedgerTrace) -> Int32 {
    if trace.isIndexed { return spanTable.value(Self.key(trace.serial, spanID)) }
    var found: Int32 = -1
    var number = trace.firstNode
    while number >= 0 {
      let index = Int(number)
      if nodes[index].spanID == spanID,
        found < 0 || nodes[index].attempt < nodes[Int(found)].attempt
      {
        found = number
      }
      number = nodes[index].next
    }
    return found
  }

  /// Enters a node into the table of spans.
  private mutating func index(_ number: Int32, _ serial: UInt64) {
    let key = Self.key(serial, nodes[Int(number)].spanID)
    let head = spanTable.value(key)
    // Tries of one span share its id; the first of them is the parent of what names that id.
    if head >= 0, nodes[Int(head)].attempt <= nodes[Int(number)].attempt {
      nodes[Int(number)].nextSame = nodes[Int(head)].nextSame
      nodes[Int(head)].nextSame = number
    } else {
      nodes[Int(number)].nextSame = head
      spanTable.set(key, number)
    }
  }

  private mutating func indexAll(_ slot: Int32) {
    traces[Int(slot)].isIndexed = true
    var number = traces[Int(slot)].firstNode
    while number >= 0 {
      index(number, traces[Int(slot)].serial)
      number = nodes[Int(number)].next
    }
  }

  private mutating func addStranger(_ span: LedgerSpan, _ row: Int64) {
    let (before, after) = (NestingSolver.untold(span), NestingSolver.alone(span))
    if before != after { ready.append(LedgerChange(row: row, before: before, after: after)) }
  }

  private mutating func slot(of trace: Hash128, now: Int64) -> Int32 {
    let known = traceTable.value(trace)
    if known >= 0 { return known }
    lastSerial += 1
    books.traces += 1
    let fresh = LedgerTrace(id: trace, serial: lastSerial, lastActivity: now)
    let slot: Int32
    if let free = freeTraces.popLast() {
      slot = free
      traces[Int(slot)] = fresh
    } else {
      slot = Int32(traces.count)
      traces.append(fresh)
    }
    traceTable.set(trace, slot)
    return slot
  }

  private mutating func add(_ span: LedgerSpan, _ row: Int64, to slot: Int32) {
    books.spans += 1
    var node = LedgerNode(span)
    if span.role != .plain { node.usage = usage(LedgerUsage(span, row)) }
    let number: Int32
    if let free = freeNodes.popLast() {
      number = free
      nodes[Int(number)] = node
    } else {
      number = Int32(nodes.count)
      nodes.append(node)
    }
    let last = traces[Int(slot)].lastNode
    if last >= 0 { nodes[Int(last)].next = number } else { traces[Int(slot)].firstNode = number }
    traces[Int(slot)].lastNode = number
    traces[Int(slot)].count += 1
    if traces[Int(slot)].isIndexed {
      index(number, traces[Int(slot)].serial)
    } else if traces[Int(slot)].count > Self.fewSpans {
      indexAll(slot)
    }
  }

  private mutating func usage(_ usage: LedgerUsage) -> Int32 {
    if let free = freeUsages.popLast() {
      usages[Int(free)] = usage
      return free
    }
    usages.append(usage)
    return Int32(usages.count - 1)
  }

  private mutating func renew(_ number: Int32, _ span: LedgerSpan, _ row: Int64) {
    nodes[Int(number)].parentID = span.parentID
    let usage = nodes[Int(number)].usage
    if usage >= 0 {
      if usages[Int(usage)].isTold { told[usage] = nil }
      usages[Int(usage)] = LedgerUsage(span, row)
    } else if span.role != .plain {
      nodes[Int(number)].usage = self.usage(LedgerUsage(span, row))
    }
  }

  /// Notes that a trace got a span.
  private mutating func touch(_ slot: Int32, now: Int64) {
    let index = Int(slot)
    if !traces[index].isDirty {
      traces[index].isDirty = true
      dirty.append(slot)
    }
    if traces[index].queue == .closed {
      books.closed -= 1
      books.reopened += 1
    }
    traces[index].lastActivity = max(traces[index].lastActivity, now)
    queues.move(slot, to: traces[index].hasEndedRoot ? .quiet : .waiting, &traces)
  }
}

// What counts.
extension NestingLedger {
  /// Whether a large trace is left for later: it is worked out again only when it grew by an
  /// eighth, so that all of it costs no more than a constant a span.
  private func mustWait(_ slot: Int32) -> Bool {
    let trace = traces[Int(slot)]
    return trace.count > 512 && trace.count - trace.solvedCount < trace.solvedCount / 8
  }

  private mutating func solve(
    _ slot: Int32, isClosing: Bool, _ rowOf: (UInt32) -> PriceRow?,
    _ emit: (LedgerChange) -> Void
  ) {
    traces[Int(slot)].hasWaiting = false
    if isUntoldCall(slot) {
      traces[Int(slot)].solvedCount = 1
      return
    }
    gather(slot)
    solver.finish(rowOf: rowOf)
    for (place, number) in scratch.enumerated() {
      let usage = nodes[Int(number)].usage
      guard usage >= 0 else { continue }
      let part = solver.contribution(of: place)
      // What a roll-up adds is not known before all beneath it is.
      let given = given(usage)
      let isEarly = !isClosing && part.why == .residual && part.exceeds(given)
      if isEarly { traces[Int(slot)].hasWaiting = true }
      give(usage, isEarly ? given : part, emit)
    }
    traces[Int(slot)].solvedCount = traces[Int(slot)].count
  }

  /// Whether the trace is one call that counts as it stands, as most are that are not nested.
  private func isUntoldCall(_ slot: Int32) -> Bool {
    let trace = traces[Int(slot)]
    guard trace.count == 1 else { return false }
    let usage = Int(nodes[Int(trace.firstNode)].usage)
    return usage >= 0 && usages[usage].span.role == .call && !usages[usage].isTold
  }

  /// Hands the nodes of a trace to the solver.
  private mutating func gather(_ slot: Int32) {
    let trace = traces[Int(slot)]
    solver.begin()
    scratch.removeAll(keepingCapacity: true)
    var number = trace.firstNode
    while number >= 0 {
      let index = Int(number)
      nodes[index].place = Int32(scratch.count)
      scratch.append(number)
      if nodes[index].usage >= 0 {
        solver.add(usages[Int(nodes[index].usage)].span)
      } else {
        solver.add(LedgerSpan())
      }
      number = nodes[index].next
    }
    for (place, number) in scratch.enumerated() {
      let parentID = nodes[Int(number)].parentID
      guard parentID != 0 else { continue }
      let parent = node(parentID, in: trace)
      if parent >= 0 { solver.setParent(of: place, Int(nodes[Int(parent)].place)) }
    }
  }

  /// What a usage counts by what was said so far.
  private func given(_ usage: Int32) -> Contribution {
    let isTold = usages[Int(usage)].isTold
    if isTold, let part = told[usage] { return part }
    return NestingSolver.untold(usages[Int(usage)].span)
  }

  private mutating func tell(_ usage: Int32, _ part: Contribution) {
    usages[Int(usage)].isTold = true
    told[usage] = part
  }

  private mutating func give(_ usage: Int32, _ part: Contribution, _ emit: (LedgerChange) -> Void) {
    let before = given(usage)
    let part = part.told(of: usages[Int(usage)].span)
    guard part != before else { return }
    tell(usage, part)
    books.corrections += 1
    emit(LedgerChange(row: usages[Int(usage)].row, before: before, after: part))
  }
}

// Closing and forgetting.
extension NestingLedger {
  private mutating func closeDue(
    now: Int64, _ rowOf: (UInt32) -> PriceRow?, _ emit: (LedgerChange) -> Void
  ) {
    for (queue, wait) in [(LedgerQueue.quiet, limits.quiet), (.waiting, limits.patience)] {
      while let slot = queues.first(queue), traces[Int(slot)].lastActivity + wait <= now {
        close(slot, rowOf, emit)
      }
    }
    while let slot = queues.first(.closed), traces[Int(slot)].lastActivity + limits.memory <= now {
      forget(slot)
    }
    while books.spans > limits.spans {
      if let slot = queues.first(.closed) {
        forget(slot)
      } else if let slot = queues.first(.quiet) ?? queues.first(.waiting) {
        books.closedEarly += 1
        close(slot, rowOf, emit)
        forget(slot)
      } else {
        break
      }
    }
  }

  private mutating func close(
    _ slot: Int32, _ rowOf: (UInt32) -> PriceRow?, _ emit: (LedgerChange) -> Void
  ) {
    // Worked out while it was open, and nothing waited for the end: nothing can change.
    if traces[Int(slot)].hasWaiting || traces[Int(slot)].solvedCount < traces[Int(slot)].count {
      solve(slot, isClosing: true, rowOf, emit)
    }
    books.closed += 1
    queues.move(slot, to: .closed, &traces)
  }

  private mutating func forget(_ slot: Int32) {
    var number = traces[Int(slot)].firstNode
    while number >= 0 {
      let node = nodes[Int(number)]
      if traces[Int(slot)].isIndexed {
        spanTable.remove(Self.key(traces[Int(slot)].serial, node.spanID))
      }
      if node.usage >= 0 {
        if usages[Int(node.usage)].isTold { told[node.usage] = nil }
        freeUsages.append(node.usage)
      }
      freeNodes.append(number)
      books.spans -= 1
      number = node.next
    }
    traceTable.remove(traces[Int(slot)].id)
    queues.remove(slot, &traces)
    books.traces -= 1
    books.closed -= 1
    freeTraces.append(slot)
  }
}

extension Contribution {
  /// What is said of it: only of calls it matters why they count nothing.
  func told(of span: LedgerSpan) -> Contribution {
    isCounted || span.role == .call ? self : Contribution()
  }

  /// Whether it adds more to any sum than another.
  fileprivate func exceeds(_ other: Contribution) -> Bool {
    guard isCounted else { return false }
    guard other.isCounted else { return true }
    return max(cost, 0) > max(other.cost, 0) || leaves.tokens > other.leaves.tokens
  }
}
