internal import Telemetry
internal import Windows

/// Keeps what the breakdowns counted, by stretches of ten seconds, with the commits: counts what
/// was committed and adds it to the file whenever the totals are saved, as of the same row.
///
/// What the file holds is additive: late events and amendments append to blocks of their own hour,
/// and readers add up what they find.
struct StoreRollups: ~Copyable {
  let naming: RollupNaming
  private let sets: StoreSets
  private let groups: RollupGroups
  /// The last seconds, for readers that need them apart.
  private let recent: RecentBoard
  private var counter = RollupCounter()
  private var routes = RollupRoutes()
  /// The block that is still added to, and what the open transaction makes of it.
  private var tail: Tail?
  private var savingTail: Tail?
  private var isSaving = false
  private let insert: Statement
  private let update: Statement
  private let database: Database

  private struct Tail {
    let row: Int64
    let hour: Int64
    var bytes: [UInt8]
  }

  /// Bytes after which a new block is begun: each save writes the last one again.
  private static let tailBytes = 16 << 10
  /// Seconds after which a group that rests gives its place in memory to another.
  private static let rest: Int64 = 7_200

  init(
    _ database: Database, breakdowns: [Breakdown], _ sets: StoreSets, _ recent: RecentBoard
  ) throws(StoreError) {
    self.recent = recent
    naming = RollupNaming(breakdowns: breakdowns)
    let groups = try RollupGroups(database)
    let insert = try database.prepare(
      "INSERT INTO rollup_blocks (step, hour, data) VALUES (\(RollupCounter.step), ?1, ?2)")
    let update = try database.prepare("UPDATE rollup_blocks SET data = ?2 WHERE id = ?1")
    self.groups = groups
    (self.insert, self.update) = (insert, update)
    self.sets = sets
    self.database = database
  }

  /// Whether there is anything to save.
  var hasChanged: Bool { !counter.isEmpty }

  /// Counts one version of one committed event, or takes it back.
  @inline(__always)
  mutating func count(
    _ facts: EventFacts, _ attributes: [String] = [], takingBack: Bool = false
  ) {
    let type = facts.event.type
    guard type != .score else { return }
    let group = group(of: facts, attributes)
    if type == .log {
      counter.countOnly(facts, group: group, takingBack: takingBack)
    } else {
      counter.count(facts, group: group, takingBack: takingBack)
    }
    countSecond(facts, attributes, group, takingBack: takingBack)
  }

  @inline(__always)
  private func countSecond(
    _ facts: EventFacts, _ attributes: [String], _ group: UInt32, takingBack: Bool = false
  ) {
    recent.count(end: facts.end, group: group, name: { name(of: facts, attributes, group) }) {
      if facts.event.type == .log {
        $0.countOnly(facts, group: group, takingBack: takingBack)
      } else {
        $0.count(facts, group: group, takingBack: takingBack)
      }
    }
  }

  /// Counts an event of a batch in its second only: its stretch has it already.
  mutating func countSecond(_ facts: EventFacts, of batch: EventBatch) {
    guard facts.event.type != .score else { return }
    let attributes = naming.attributes(of: facts.event, in: batch)
    countSecond(facts, attributes, group(of: facts, attributes))
  }

  private func name(of facts: EventFacts, _ attributes: [String], _ group: UInt32) -> [UInt8] {
    let sets = sets
    let name = naming.name(facts, attributes) { sets.set($0, $1) }
    return groups.knows(name, as: group) ? name : naming.otherName(of: facts)
  }

  /// Counts an event of a batch.
  @inline(__always)
  mutating func count(_ facts: EventFacts, of batch: EventBatch) {
    count(facts, naming.attributes(of: facts.event, in: batch))
  }

  /// Counts what an amendment changed.
  mutating func count(_ amendment: Amendment) {
    let before = naming.attributes(in: amendment.attributes.before)
    let after = naming.attributes(in: amendment.attributes.after)
    for part in amendment.partsBefore { count(part, before, takingBack: true) }
    for part in amendment.partsAfter { count(part, after) }
  }

  /// Counts scores under the dimensions that were settled.
  mutating func count(_ scores: [ResolvedScore]) {
    for score in scores {
      let (facts, group) = countSecond(score)
      counter.countScore(facts, group: group)
    }
  }

  /// Counts a score in its second only.
  @discardableResult
  mutating func countSecond(_ score: ResolvedScore) -> (facts: EventFacts, group: UInt32) {
    let sets = sets
    let facts = EventFacts(score.event, measures: score.measures, receivedAt: score.receivedAt)
    let name = naming.name(score) { sets.set($0, $1) }
    let own = place(name, at: facts)
    let group = own ?? other(facts)
    let naming = naming
    recent.count(
      end: facts.end, group: group,
      name: { own == nil ? naming.otherName(of: facts) : name }
    ) { $0.countScore(facts, group: group) }
    return (facts, group)
  }

  /// What the log of amendments must hold to take `amendment.before` back from what is saved.
  mutating func logged(_ amendment: Amendment) -> [UInt8] {
    var single = RollupCounter()
    let attributes = naming.attributes(in: amendment.attributes.before)
    for part in amendment.partsBefore {
      single.count(part, group: group(of: part, attributes), takingBack: true)
    }
    var bytes: [UInt8] = []
    for block in single.blocks() {
      SavedNumber.append(block.hour, to: &bytes)
      SavedNumber.append(block.bytes.count, to: &bytes)
      bytes += block.bytes
    }
    return bytes
  }

  /// Counts what `logged` gave.
  mutating func restore(logged bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let hour = SavedNumber.read(Int64.self, &rest),
        let length = SavedNumber.read(Int.self, &rest), (0...rest.count).contains(length)
      else { return }
      counter.add(RollupCursor(Array(rest.prefix(length)), hour: hour, step: RollupCounter.step))
      rest = rest.dropFirst(length)
    }
  }
}

// MARK: Groups
extension StoreRollups {
  @inline(__always)
  private mutating func group(of facts: EventFacts, _ attributes: [String]) -> UInt32 {
    let route = naming.route(facts, attributes)
    if let group = routes.group(route) { return group }
    return resolve(route, facts, attributes)
  }

  private mutating func resolve(
    _ route: RollupRoute, _ facts: EventFacts, _ attributes: [String]
  ) -> UInt32 {
    let sets = sets
    let name = naming.name(facts, attributes) { sets.set($0, $1) }
    guard let group = place(name, at: facts) else { return other(facts) }
    routes.set(route, group)
    return group
  }

  private mutating func place(_ name: [UInt8], at facts: EventFacts) -> UInt32? {
    let second = facts.end / 1_000_000_000
    if let id = groups.id(name, at: second) { return id }
    routes.clear()
    groups.forget(before: second - Self.rest)
    return groups.id(name, at: second)
  }

  private func other(_ facts: EventFacts) -> UInt32 {
    let name = naming.otherName(of: facts)
    guard let id = groups.id(name, at: facts.end / 1_000_000_000, isAlwaysThere: true) else {
      preconditionFailure("a group that is always there finds room")
    }
    return id
  }
}

// MARK: Reading at start
extension StoreRollups {
  /// Lets `body` see what is held of stretches that begin at `from` or later and before `to`
  /// (seconds), saved or not: of each group with its name, by rising time.
  func forEach(
    from: Int64, to: Int64,
    _ body: (_ name: [UInt8], _ stretches: [(time: Int64, rollup: Rollup)]) -> Void
  ) throws(StoreError) {
    let names = try database.prepare("SELECT labels FROM rollup_groups WHERE id = ?1")
    let blocks = try database.prepare(
      "SELECT data FROM rollup_blocks WHERE step = \(RollupCounter.step) AND hour = ?1")
    let pending = counter.blocks()
    for hour in stride(from: RollupCounter.hour(from), to: to, by: Int(RollupBlock.hour)) {
      var cursors = pending.filter { $0.hour == hour }.map {
        RollupCursor($0.bytes, hour: hour, step: RollupCounter.step)
      }
      blocks.bind(1, hour)
      while try blocks.step() {
        cursors.append(
          RollupCursor(blocks.bytes(0) ?? [], hour: hour, step: RollupCounter.step))
      }
      blocks.reset()
      var merge = RollupMerge(cursors, hour: hour, step: RollupCounter.step)
      while let (group, stretches) = merge.next() {
        let isAll =
          stretches.first.map { $0.time >= from } ?? false
          && stretches.last.map { $0.time < to } ?? false
        let wanted = isAll ? stretches : stretches.filter { $0.time >= from && $0.time < to }
        guard !wanted.isEmpty else { continue }
        names.bind(1, Int64(group))
        let name = try names.step() ? names.bytes(0) : groups.unsavedName(group)
        names.reset()
        if let name { body(name, wanted) }
      }
    }
  }
}

// MARK: Saving
extension StoreRollups {
  /// Adds what was counted so far to the file, within a transaction that has only begun.
  mutating func save() throws(StoreError) {
    isSaving = true
    savingTail = tail
    try groups.save()
    for block in counter.blocks() { try save(block.hour, block.bytes) }
  }

  private mutating func save(_ hour: Int64, _ bytes: [UInt8]) throws(StoreError) {
    if var last = savingTail, last.hour == hour, last.bytes.count < Self.tailBytes {
      last.bytes = Self.merged([last.bytes, bytes], hour)
      update.bind(1, last.row)
      update.bind(2, blob: last.bytes)
      try update.run()
      savingTail = last
    } else {
      insert.bind(1, hour)
      insert.bind(2, blob: bytes)
      try insert.run()
      savingTail = Tail(row: database.lastRowID, hour: hour, bytes: bytes)
    }
  }

  private static func merged(_ blocks: [[UInt8]], _ hour: Int64) -> [UInt8] {
    let step = RollupCounter.step
    var merge = RollupMerge(
      blocks.map { RollupCursor($0, hour: hour, step: step) }, hour: hour, step: step)
    var bytes: [UInt8] = []
    var last: UInt32 = 0
    while let (group, stretches) = merge.next() {
      guard !stretches.isEmpty else { continue }
      RollupBlock.append(
        group: group, after: last, stretches, hour: hour, step: step, to: &bytes)
      last = group
    }
    return bytes
  }

  /// Takes what the transaction saved as saved. Before anything of it is counted.
  mutating func keep() {
    guard isSaving else { return }
    isSaving = false
    tail = savingTail
    counter.removeAll()
    groups.markSaved()
  }

  /// Takes the transaction's changes back.
  mutating func undo() {
    isSaving = false
    savingTail = nil
  }

  /// The groups that may be counted in without their names being looked up again.
  var usedGroups: Set<UInt32> { groups.held }

  /// Forgets groups whose names `renamed` gives another name, as they have in the file; all that
  /// was counted is saved.
  mutating func forget(_ renamed: ([UInt8]) -> [UInt8]?) {
    groups.forget(renamed)
    routes.clear()
    recent.rename(renamed)
  }

  /// Adds no more to a block of this hour, which is about to be folded.
  mutating func closeTail(ofHour hour: Int64) {
    if tail?.hour == hour { tail = nil }
  }
}
