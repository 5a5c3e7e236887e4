internal import LinuxIO
internal import Telemetry
internal import Windows

/// Removes what the policy no longer keeps, a few rows at a time: rules one after the other, then
/// what lies above the bound on size, then rollups and samples, then pages that nothing needs.
struct StoreRetention: ~Copyable {
  private let database: Database
  private let rules: [RetentionRule]
  private let policy: RetentionPolicy
  private var phase = Phase.resting
  private var sweeps: [Sweep] = []
  /// Rows looked at in one step: follows the time that steps take.
  private var chunk: Int64 = 1_000
  private var lastPass: Int64 = 0
  private var samples: SampleRetention
  /// What of the rows is held, as of the beginning of the pass.
  private var held = HeldRows.none

  private enum Phase {
    case resting, sweeping, rollups, samples, pages
  }

  private struct Sweep {
    let rule: RetentionRule?
    var next: Int64
    let end: Int64
  }

  /// What a step did.
  struct Progress {
    var expired: Int64 = 0
    var hasMore = false
  }

  /// ns between two passes.
  private static let pause: Int64 = 10 * 1_000_000_000
  /// ns that a step should take.
  private static let aim: Int64 = 8_000_000
  private static let chunks: ClosedRange<Int64> = 100...20_000
  /// Pages given back to the file system in one step, and how many may be free.
  private static let pagesAtOnce = 64
  private static let freePages: Int64 = 2_048

  init(_ database: Database, _ policy: RetentionPolicy) {
    self.database = database
    self.policy = policy
    rules = RetentionRule.all(policy)
    samples = SampleRetention(database, age: policy.minutes)
  }

  /// Whether a pass is under way, or due when it is `now` (ns since 1970).
  func isDue(now: Int64) -> Bool {
    !isResting || now - lastPass >= Self.pause || now < lastPass
  }

  /// Whether no pass is under way.
  var isResting: Bool {
    if case .resting = phase { true } else { false }
  }

  /// Begins a pass: `firstRow` gives the first row received since a time.
  mutating func begin(
    now: Int64, firstRow: (Int64) throws(StoreError) -> Int64
  ) throws(StoreError) {
    guard isResting else { return }
    lastPass = now
    sweeps.removeAll()
    held = try HeldRows(database)
    let oldest = try database.integer("SELECT min(id) FROM events") ?? 0
    for rule in rules {
      let end = try firstRow(now - rule.age)
      let mark = try mark(of: rule)
      let next = max(mark, oldest)
      if next < end { sweeps.append(Sweep(rule: rule, next: next, end: end)) }
    }
    if try isTooLarge() { try addSizeSweep(oldest) }
    samples.begin()
    phase = .sweeping
  }

  /// Does a few milliseconds' work, within the open transaction. `usedGroups` gives the groups
  /// that are still counted in, `usedSeries` the series that go on.
  mutating func step(
    now: Int64, usedGroups: () -> Set<UInt32>, usedSeries: () -> Set<Int64>
  ) throws(StoreError) -> Progress {
    var progress = Progress(hasMore: true)
    switch phase {
    case .resting: progress.hasMore = false
    case .sweeping:
      guard !sweeps.isEmpty else {
        phase = .rollups
        break
      }
      progress.expired = try sweep()
    case .rollups:
      if try !removeRollups(now: now, usedGroups) { phase = .samples }
    case .samples:
      if try !samples.remove(now: now, usedSeries) { phase = .pages }
    case .pages:
      if try !freePages() { phase = .resting }
    }
    return progress
  }

  /// Begins anew with the next pass, because other rows are held now. Where some no longer are,
  /// `from` their beginning: what had been passed over is looked at again.
  mutating func restart(fromBeginning: Bool) throws(StoreError) {
    phase = .resting
    lastPass = 0
    guard fromBeginning else { return }
    for rule in rules {
      let forget = try database.prepare("DELETE FROM meta WHERE key = ?1", isPersistent: false)
      forget.bind(1, text: rule.mark)
      try forget.run()
    }
  }

  /// Gives a step up that failed; the pass is begun again later.
  mutating func fail(now: Int64) {
    phase = .resting
    lastPass = now
  }
}

// MARK: Events
extension StoreRetention {
  private mutating func sweep() throws(StoreError) -> Int64 {
    var sweep = sweeps[0]
    let start = Clock.monotonic
    let last = min(sweep.end, sweep.next + chunk) - 1
    let count: Int64
    if let rule = sweep.rule {
      count = try remove(rule, sweep.next, last)
    } else {
      count = try run(
        "DELETE FROM events WHERE id BETWEEN ?1 AND ?2 AND \(held.noEvent)", sweep.next, last)
    }
    if sweep.rule?.kind != .payloads { try removeOrphans(sweep.next, last) }
    sweep.next = last + 1
    if let rule = sweep.rule { try save(sweep.next, rule) }
    let took = Clock.monotonic - start
    if took < Self.aim / 2 { chunk = min(chunk * 2, Self.chunks.upperBound) }
    if took > Self.aim { chunk = max(chunk / 2, Self.chunks.lowerBound) }
    if sweep.next < sweep.end {
      sweeps[0] = sweep
    } else {
      sweeps.removeFirst()
      if sweep.rule == nil, try isTooLarge() {
        // Not from the oldest row, which may be held.
        try addSizeSweep(sweep.end)
      }
    }
    return sweep.rule?.kind == .payloads ? 0 : count
  }

  private func remove(
    _ rule: RetentionRule, _ first: Int64, _ last: Int64
  ) throws(StoreError) -> Int64 {
    var conditions = ["id BETWEEN ?1 AND ?2", held.noEvent]
    let names = rule.tenant.map { [$0] } ?? rule.exceptions
    if !names.isEmpty {
      let places = names.indices.map { "?\($0 + 3)" }.joined(separator: ", ")
      let isOneOf = rule.tenant == nil ? "NOT IN" : "IN"
      conditions.append("tenant \(isOneOf) (SELECT id FROM tenants WHERE tenant IN (\(places)))")
    }
    let log = EventType.log.rawValue
    switch rule.kind {
    case .events: conditions.append("type <> \(log)")
    case .logs: conditions.append("type = \(log)")
    case .payloads: break
    }
    let found = conditions.joined(separator: " AND ")
    let sql =
      rule.kind == .payloads
      ? "DELETE FROM payloads WHERE id IN (SELECT id FROM events WHERE \(found))"
      : "DELETE FROM events WHERE \(found)"
    return try run(sql, first, last, names)
  }

  private func removeOrphans(_ first: Int64, _ last: Int64) throws(StoreError) {
    for table in ["event_extras", "payloads", "event_counts"] {
      _ = try run(
        """
        DELETE FROM \(table) WHERE id BETWEEN ?1 AND ?2
          AND id NOT IN (SELECT id FROM events WHERE id BETWEEN ?1 AND ?2)
        """, first, last)
    }
  }

  private func run(
    _ sql: String, _ first: Int64, _ last: Int64, _ names: [String] = []
  ) throws(StoreError) -> Int64 {
    let statement = try database.prepare(sql, isPersistent: false)
    statement.bind(1, first)
    statement.bind(2, last)
    for (index, name) in names.enumerated() { statement.bind(Int32(index + 3), text: name) }
    try statement.run()
    return database.changes
  }

  private func mark(of rule: RetentionRule) throws(StoreError) -> Int64 {
    let read = try database.prepare("SELECT value FROM meta WHERE key = ?1", isPersistent: false)
    read.bind(1, text: rule.mark)
    return try read.step() ? read.integer(0) : 0
  }

  private func save(_ mark: Int64, _ rule: RetentionRule) throws(StoreError) {
    let write = try database.prepare(
      "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", isPersistent: false)
    write.bind(1, text: rule.mark)
    write.bind(2, mark)
    try write.run()
  }

  /// Whether the pages in use are more than the policy allows.
  private func isTooLarge() throws(StoreError) -> Bool {
    let pages = try database.integer("PRAGMA page_count") ?? 0
    let free = try database.integer("PRAGMA freelist_count") ?? 0
    return Int(pages - free) * StoreFile.pageSize > policy.bytes
  }

  /// A hundredth of all rows, from the oldest on.
  private mutating func addSizeSweep(_ oldest: Int64) throws(StoreError) {
    let newest = try database.integer("SELECT max(id) FROM events") ?? 0
    guard newest > oldest else { return }
    let end = oldest + max(1, (newest - oldest) / 100)
    sweeps.append(Sweep(rule: nil, next: oldest, end: end))
  }
}

// MARK: Rollups, traces, pages
extension StoreRetention {
  private static let rowsAtOnce = 50

  /// Whether there was anything to remove.
  private func removeRollups(
    now: Int64, _ usedGroups: () -> Set<UInt32>
  ) throws(StoreError) -> Bool {
    let second = now / 1_000_000_000
    let minutes = second - policy.minutes / 1_000_000_000
    let hours = second - policy.hours / 1_000_000_000
    var removed = try remove(
      "rollup_blocks WHERE step = \(RollupFold.step) AND hour <= ?1", "id",
      minutes - RollupBlock.hour)
    for breakdown in try RollupBreakdown.all(in: database) {
      let hour = try database.integer(
        "SELECT min(hour) FROM rollup_hours WHERE breakdown = \(breakdown.id)")
      guard let hour, hour + RollupBlock.hour <= hours else { continue }
      try database.execute(
        "DELETE FROM rollup_hours WHERE breakdown = \(breakdown.id) AND hour = \(hour)")
      removed += database.changes
    }
    removed += try removeTraces()
    for (table, free) in [("session_visits", held.noVisit), ("error_groups", held.noError)] {
      removed += try removeOld(table, free, before: now - policy.oldestEvent)
    }
    if removed == 0 { try removeGroups(before: minutes, usedGroups()) }
    return removed > 0
  }

  private func remove(
    _ condition: String, _ key: String, _ horizon: Int64
  ) throws(StoreError) -> Int64 {
    let table = condition.split(separator: " ").first ?? ""
    let statement = try database.prepare(
      """
      DELETE FROM \(table) WHERE \(key) IN
        (SELECT \(key) FROM \(condition) ORDER BY hour LIMIT \(Self.rowsAtOnce))
      """, isPersistent: false)
    statement.bind(1, horizon)
    try statement.run()
    return database.changes
  }

  /// Removes some of a table's oldest rows, as far as they were last added to before `horizon`.
  private func removeOld(
    _ table: String, _ free: String, before horizon: Int64
  ) throws(StoreError) -> Int64 {
    let statement = try database.prepare(
      """
      DELETE FROM \(table) WHERE last < ?1 AND \(free)
        AND id <= (SELECT id FROM \(table) WHERE \(free) ORDER BY id LIMIT 1)
          + \(Self.chunks.lowerBound * 20)
      """, isPersistent: false)
    statement.bind(1, horizon)
    try statement.run()
    return database.changes
  }

  /// Removes one segment of the trace index whose rows are all gone.
  private func removeTraces() throws(StoreError) -> Int64 {
    guard let oldest = try database.integer("SELECT min(id) FROM events") else { return 0 }
    var removed: Int64 = 0
    for bucket in 0..<TraceIndex.buckets {
      let statement = try database.prepare(
        "DELETE FROM trace_index WHERE id BETWEEN ?1 AND ?2", isPersistent: false)
      statement.bind(1, TraceIndex.key(bucket: bucket, segment: 0))
      statement.bind(
        2, TraceIndex.key(bucket: bucket, segment: oldest / TraceIndex.rows) - 1)
      try statement.run()
      removed += database.changes
    }
    return removed
  }

  /// Removes names that no minute needs any more.
  private func removeGroups(
    before horizon: Int64, _ used: Set<UInt32>
  ) throws(StoreError) {
    let rows = try database.prepare(
      "SELECT id FROM rollup_groups WHERE last <= ?1", isPersistent: false)
    rows.bind(1, horizon - RollupBlock.hour - StoreFolding.lastStep)
    var unused: [Int64] = []
    while try rows.step() {
      let id = rows.integer(0)
      if !used.contains(UInt32(truncatingIfNeeded: id)) { unused.append(id) }
    }
    rows.reset()
    for id in unused { try database.execute("DELETE FROM rollup_groups WHERE id = \(id)") }
  }

  /// Gives some free pages back where there are many; whether there are more.
  private func freePages() throws(StoreError) -> Bool {
    let pages = try database.integer("PRAGMA page_count") ?? 0
    let free = try database.integer("PRAGMA freelist_count") ?? 0
    guard free > max(Self.freePages, pages / 10) else { return false }
    try database.execute("PRAGMA incremental_vacuum(\(Self.pagesAtOnce))")
    return true
  }
}
