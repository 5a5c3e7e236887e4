internal import Codec
internal import Synchronization
package import Telemetry

/// The windows of one thread: what it counted, in slots that anybody may read while it goes on.
///
/// An event costs one look-up for all its groups, and for each group a few words in one or two
/// slots.
package final class WindowShard: @unchecked Sendable {
  // unsafe because it looks at the events of a batch in their place; nobody adds one meanwhile.
  // @unchecked because all but the slots' words and the era belongs to the one thread that
  // records; those are atomics.

  /// Which of the table's shards this is.
  package let index: Int
  let memory: SlotMemory
  private let table: GroupTable
  private let clock: WindowClock
  private let dimensions: DimensionTable
  private let paths: [String]
  /// The shard of the scores of what this one counts.
  let scores: WindowShard?
  private var routes: RouteCache
  private var cells: [(group: WindowGroup, cell: Cell)] = []
  private var nextTended = 0
  private var generation = 0
  /// The era that what is held belongs to. Released when the shard has been cleared for it,
  /// acquired by readers, who take nothing of another era.
  private let heldEra: Atomic<Int64>

  /// A shard that has counted nothing.
  package init(
    _ index: Int, of table: GroupTable, scores: GroupTable? = nil, clock: WindowClock,
    dimensions: DimensionTable
  ) {
    self.scores = scores.map {
      WindowShard(index, of: $0, clock: clock, dimensions: dimensions)
    }
    precondition(index < table.shards, "the table knows how many shards there are")
    self.index = index
    self.table = table
    self.clock = clock
    self.dimensions = dimensions
    memory = SlotMemory(gauge: table.memory)
    routes = RouteCache(width: table.breakdowns.count)
    heldEra = Atomic(clock.era)
    paths = table.attributePaths
  }

  /// The era of what is held. From any thread.
  var era: Int64 { heldEra.load(ordering: .acquiring) }

  /// Counts what a batch brought, by the writer's verdicts. `now` is the wall time in ns.
  package func record(_ batch: EventBatch, now: Int64) {
    let moment = begin(now)
    let measures = batch.measures
    for index in 0..<batch.count where batch.verdict(index) == .stored {
      let event = unsafe batch.storage + index
      guard unsafe event.pointee.type == .llm || event.pointee.type == .span else { continue }
      let facts = unsafe EventFacts(
        event.pointee, measures: measures, receivedAt: batch.receivedAt)
      let attributes = attributes(of: facts.event, in: batch)
      if let counting = batch.countings[index] {
        for part in facts.parts(counting) { count(part, attributes, moment, isTakenBack: false) }
      } else {
        count(facts, attributes, moment, isTakenBack: false)
      }
      if facts.event.measureCount > 0 { noteGauges(facts, batch, moment) }
    }
    for amendment in batch.amendments { count(amendment, moment) }
    for correction in batch.corrections { count(correction, moment) }
    scores?.record(batch.resolvedScores, now: now)
  }

  /// Counts scores under the dimensions of what they score.
  private func record(_ scores: [ResolvedScore], now: Int64) {
    let moment = begin(now)
    for score in scores { count(score, moment) }
  }

  /// Counts a score that was stored before, if it was given in the second `first` or later, with
  /// the time of its receipt as `now`.
  package func restore(_ score: ResolvedScore, from first: Int64 = .min) {
    guard let scores else { return }
    let moment = scores.begin(score.receivedAt)
    let facts = EventFacts(score.event, measures: score.measures, receivedAt: score.receivedAt)
    if facts.end / 1_000_000_000 >= first { scores.count(score, moment) }
  }

  /// Counts what history kept of one of its groups, by stretches of ten seconds that are too old to
  /// be held singly when it is `now`.
  package func restore(
    _ stretches: [(time: Int64, rollup: Rollup)], named name: [UInt8], now: Int64
  ) {
    switch EventType(rollupName: name) {
    case .score: scores?.restore(stretches, name, .score, now)
    case .llm: restore(stretches, name, .llm, now)
    case .span: restore(stretches, name, .span, now)
    case .log, nil: break
    }
  }

  private func count(_ score: ResolvedScore, _ moment: WindowClock.Moment) {
    let facts = EventFacts(score.event, measures: score.measures, receivedAt: score.receivedAt)
    let isCategory = facts.scoreValue == nil
    let place = route(
      of: facts, [],
      word: isCategory ? score.word.map { String(decoding: $0, as: UTF8.self) } : nil)
    let second = facts.end / 1_000_000_000
    facts.scoreValues().withView { values in
      forEachCell(place, moment) { cell, _ in
        cell.slot(for: second, highest: moment.highest)?.join(values)
      }
    }
  }

  /// Counts one event that was stored before, as far as it falls in the second `first` or later.
  /// For rebuilding at start, with the time of its receipt as `now`.
  package func restore(
    _ event: Event, of batch: EventBatch, as counting: Counting? = nil, receivedAt: Int64,
    from first: Int64 = .min
  ) {
    let moment = begin(receivedAt)
    guard event.type == .llm || event.type == .span else { return }
    let facts = EventFacts(event, measures: batch.measures, receivedAt: receivedAt)
    for part in facts.parts(counting) {
      count(part, attributes(of: event, in: batch), moment, isTakenBack: false, from: first)
    }
    if event.measureCount > 0 { noteGauges(facts, batch, moment) }
  }

  /// Looks after the slots when there is nothing to count; a few cells at a time.
  package func tend(now: Int64) {
    tend(begin(now))
    scores?.tend(now: now)
  }

  /// Takes note of the time, of a new era, and of groups that went elsewhere.
  private func begin(_ now: Int64) -> WindowClock.Moment {
    let moment = clock.moment(at: now)
    if moment.era != heldEra.load(ordering: .relaxed) {
      clear()
      heldEra.store(moment.era, ordering: .releasing)
    }
    if generation != table.generation {
      generation = table.generation
      moveJoined(moment)
    }
    return moment
  }
}

// MARK: Counting
extension WindowShard {
  private func count(_ amendment: Amendment, _ moment: WindowClock.Moment) {
    guard amendment.before.type == .llm || amendment.before.type == .span else { return }
    let before = EventFacts(
      amendment.before, measures: amendment.measures, receivedAt: amendment.beforeReceivedAt)
    let after = EventFacts(
      amendment.after, measures: amendment.measures, receivedAt: amendment.afterReceivedAt)
    let (old, new) = (amendment.attributes.before, amendment.attributes.after)
    for part in before.parts(amendment.counting.before) {
      count(part, values(in: old), moment, isTakenBack: true)
    }
    for part in after.parts(amendment.counting.after) {
      count(part, values(in: new), moment, isTakenBack: false)
    }
    noteGauges(after, amendment.measures, route(of: after, values(in: new)))
  }

  private func count(
    _ facts: EventFacts, _ attributes: [String], _ moment: WindowClock.Moment, isTakenBack: Bool,
    from first: Int64 = .min
  ) {
    let place = route(of: facts, attributes)
    var (starts, ends) = (facts.startValues(), facts.endValues())
    if isTakenBack { (starts, ends) = (starts.takenBack(), ends.takenBack()) }
    let (startSecond, endSecond) = (facts.start / 1_000_000_000, facts.end / 1_000_000_000)
    if startSecond < first {
      starts = FieldValues()
      guard endSecond >= first else { return }
    }
    if startSecond == endSecond {
      ends.join(starts)
      starts = FieldValues()
    }
    let times = isTakenBack ? -facts.histogramCount : facts.histogramCount
    let buckets = facts.buckets()
    let isAnnounced = facts.event.isOpen && !isTakenBack
    ends.withView { ends in
      forEachCell(place, moment) { cell, memory in
        if isAnnounced { cell.announce() }
        guard ends.present != 0, let slot = cell.slot(for: endSecond, highest: moment.highest)
        else { return }
        slot.join(ends)
        slot.add(times, to: buckets) { id, lines in
          cell.change { memory.release(id, lines: lines) }
        }
      }
    }
    guard starts.present != 0 else { return }
    starts.withView { starts in
      forEachCell(place, moment) { cell, _ in
        cell.slot(for: startSecond, highest: moment.highest)?.join(starts)
      }
    }
  }

  /// Lets `body` see the cells that an event with this route is counted in.
  @inline(__always)
  private func forEachCell(
    _ place: Int, _ moment: WindowClock.Moment, _ body: (Cell, SlotMemoryHandle) -> Void
  ) {
    let memory = memory.handle
    for breakdown in 0..<routes.width {
      let id = routes.cell(place, breakdown)
      guard id != 0 else { continue }
      let cell = Cell(id, in: memory)
      cell.touch(moment.second)
      body(cell, memory)
    }
  }

  private func noteGauges(
    _ facts: EventFacts, _ batch: EventBatch, _ moment: WindowClock.Moment
  ) {
    let first = Int(facts.event.firstMeasure)
    let measures = batch.measures[first..<(first + Int(facts.event.measureCount))]
    noteGauges(facts, Array(measures), route(of: facts, attributes(of: facts.event, in: batch)))
  }

  private func noteGauges(_ facts: EventFacts, _ measures: [Measure], _ place: Int) {
    for measure in measures {
      guard let gauge = Cell.Gauge(measure.quantity) else { continue }
      for breakdown in 0..<table.breakdowns.count {
        let id = routes.cell(place, breakdown)
        if id != 0 { Cell(id, in: memory.handle).note(gauge, measure.value, at: facts.end) }
      }
    }
  }
}

extension Cell.Gauge {
  fileprivate init?(_ quantity: Measure.Quantity) {
    switch quantity {
    case .remainingRequests: self = .remainingRequests
    case .remainingTokens: self = .remainingTokens
    case .poolInUse: self = .poolInUse
    case .poolSize: self = .poolSize
    case .breaker: self = .breaker
    default: return nil
    }
  }
}

// MARK: Routes
extension WindowShard {
  private func attributes(of event: Event, in batch: EventBatch) -> [String] {
    guard !paths.isEmpty, !event.attributes.isAbsent else { return [] }
    let slab = event.attributes.isInScratch ? batch.scratch : batch.body
    let start = event.attributes.offset
    return AttributeValues.read(
      paths, in: slab, from: start, to: start + event.attributes.length)
  }

  private func values(in attributes: [UInt8]) -> [String] {
    guard !paths.isEmpty, !attributes.isEmpty else { return [] }
    let slab = ByteSlab(capacity: attributes.count)
    slab.append(attributes)
    return AttributeValues.read(paths, in: slab, from: 0, to: attributes.count)
  }

  /// Where the cells of this event stand in the cache of routes.
  @inline(__always)
  private func route(
    of facts: EventFacts, _ attributes: [String], word: String? = nil
  ) -> Int {
    var key = RouteCache.Key()
    key.source = facts.event.source
    key.operation = facts.event.operation
    key.tenant = facts.event.tenant
    let error = facts.isError ? facts.event.errorType.map { UInt32($0.rawValue) + 2 } ?? 1 : 0
    key.outcome = UInt32(facts.event.type.rawValue) << 8 | error
    if !attributes.isEmpty { key.attributes = UInt64(bitPattern: Int64(attributes.hashValue)) }
    if let word { key.attributes = UInt64(bitPattern: Int64(word.hashValue)) }
    let (place, isKnown) = routes.find(key)
    if !isKnown { routes.set(place, key, resolve(facts, attributes, word: word)) }
    return place
  }

  /// The cells of an event in all breakdowns; makes those that are missing.
  private func resolve(
    _ facts: EventFacts, _ attributes: [String], word: String?
  ) -> [UInt32] {
    let word = word.map { table.word($0, of: value(of: .dimension(.score), facts, [])) } ?? ""
    return table.breakdowns.indices.map { index in
      let breakdown = table.breakdowns[index]
      guard facts.event.type != .span || breakdown.countsSpans else { return 0 }
      return cell(
        of: index,
        breakdown.labels.map { $0 == .scoreWord ? word : value(of: $0, facts, attributes) })
    }
  }

  /// The cell of a group, which is made if it is missing.
  private func cell(of breakdown: Int, _ values: [String]) -> UInt32 {
    let group = table.resolve(breakdown, values) { group in
      guard group.cell(index) == 0 else { return }
      let cell = Cell.make(group: group.serial, in: memory.handle)
      cells.append((group, cell))
      group.setCell(index, cell.id)
    }
    return group.cell(index)
  }

  private func value(
    of label: WindowLabel, _ facts: EventFacts, _ attributes: [String]
  ) -> String {
    switch label {
    case .dimension(let dimension):
      let id =
        switch dimension.family {
        case .source: facts.event.source
        case .operation: facts.event.operation
        case .tenant: facts.event.tenant
        }
      let bytes = dimensions.set(dimension.family, id)?[dimension]
      return bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
    case .errorType:
      return facts.isError ? facts.event.errorType?.text ?? "" : ""
    case .scoreWord: return ""
    case .attribute(let path):
      guard let place = paths.firstIndex(of: path), place < attributes.count else { return "" }
      return attributes[place]
    }
  }
}

// MARK: Rebuilding
extension WindowShard {
  private func restore(
    _ stretches: [(time: Int64, rollup: Rollup)], _ name: [UInt8], _ type: EventType,
    _ now: Int64
  ) {
    let moment = begin(now)
    let memory = memory.handle
    for (index, breakdown) in table.breakdowns.enumerated() {
      guard type != .span || breakdown.countsSpans else { continue }
      var values = AttributeValues.read(breakdown.labels.map(\.name), in: name)
      if breakdown.labels.last == .scoreWord {
        let word = values.removeLast()
        values.append(table.word(word, of: values.last ?? ""))
      }
      let cell = Cell(cell(of: index, values), in: memory)
      for (time, rollup) in stretches {
        cell.touch(time + RollupCounter.step - 1)
        guard let slot = cell.slot(for: time, highest: moment.highest) else { continue }
        if rollup[.opened] > 0 { cell.announce() }
        rollup.values.withView { slot.join($0) }
        // Windows add scores up; only history knows how they are spread.
        for (histogram, buckets) in type == .score ? [] : rollup.histograms {
          for bucket in buckets.buckets {
            slot.add(bucket.count, to: Int(bucket.index), of: histogram) { id, lines in
              cell.change { memory.release(id, lines: lines) }
            }
          }
        }
      }
    }
  }
}

extension Rollup {
  fileprivate var histograms: [(Slot.Histogram, RollupBuckets)] {
    [(.latency, latency), (.firstToken, firstToken), (.tokensPerSecond, tokensPerSecond)]
  }
}

extension EventType {
  /// The type that a group's name in history tells.
  fileprivate init?(rollupName name: [UInt8]) {
    let told = AttributeValues.read([RollupNaming.typeLabel], in: name)[0]
    guard let type = EventType.allCases.first(where: { $0.text == told }) else { return nil }
    self = type
  }
}

// MARK: Keeping house
extension WindowShard {
  /// Cells looked after at one time: all within ten seconds or so.
  private var tended: Int { max(64, cells.count / 20) }

  private func tend(_ moment: WindowClock.Moment) {
    var kept = nextTended
    let end = min(nextTended + tended, cells.count)
    var hasGone = false
    for place in nextTended..<end {
      let (group, cell) = cells[place]
      if cell.tend(highest: moment.highest),
        cell.lastSecond < moment.highest - WindowSpan.hour.seconds
      {
        group.setCell(index, 0)
        cell.release()
        hasGone = true
      } else {
        cells[kept] = cells[place]
        kept += 1
      }
    }
    cells.removeSubrange(kept..<end)
    if hasGone { routes.clear() }
    nextTended = kept >= cells.count ? 0 : kept
  }

  /// Brings the figures of groups that joined `other` there.
  private func moveJoined(_ moment: WindowClock.Moment) {
    routes.clear()
    for (group, cell) in cells where group.isJoined {
      let others = table.breakdowns[group.breakdown].labels.map { _ in GroupTable.other }
      _ = table.resolve(group.breakdown, others) { other in
        if other.cell(index) == 0 {
          let made = Cell.make(group: other.serial, in: memory.handle)
          cells.append((other, made))
          other.setCell(index, made.id)
        }
        cell.join(into: Cell(other.cell(index), in: memory.handle), highest: moment.highest)
        group.setCell(index, 0)
        cell.release()
      }
    }
    cells.removeAll { $0.group.isJoined }
    nextTended = 0
  }

  private func clear() {
    for (group, cell) in cells {
      group.setCell(index, 0)
      cell.release()
    }
    cells.removeAll()
    routes.clear()
    nextTended = 0
  }
}
