internal import Codec
internal import LinuxIO
internal import Telemetry
internal import Windows

/// Folds hours that are over for two hours: their blocks of ten seconds become blocks of minutes
/// and rows of the hour, in one transaction. What comes for such an hour later is folded likewise
/// and adds to what there is.
struct StoreFolding: ~Copyable {
  private var fold: RollupFold?
  private let breakdowns: [RollupBreakdown]
  private let oldest: Statement
  private let load: Statement
  private let name: Statement
  private let insertMinutes: Statement
  private let insertHour: Statement
  private let findGroup: Statement
  private let insertGroup: Statement
  private let touchGroup: Statement
  private let erase: Statement
  private let database: Database

  /// Seconds for which blocks of ten seconds are kept after their hour.
  static let delay: Int64 = 7_200
  /// Seconds by which a group's last hour is kept: to write it each hour would be dear.
  static let lastStep: Int64 = 86_400
  /// Bytes of blocks that are folded at one time.
  private static let loadBytes = 8 << 20

  init(_ database: Database, breakdowns: [Breakdown]) throws(StoreError) {
    let known = try RollupBreakdown.open(breakdowns, in: database)
    let oldest = try database.prepare(
      "SELECT min(hour) FROM rollup_blocks WHERE step = \(RollupCounter.step)")
    let load = try database.prepare(
      """
      SELECT id, data FROM rollup_blocks WHERE step = \(RollupCounter.step) AND hour = ?1
      ORDER BY id
      """)
    let name = try database.prepare("SELECT labels FROM rollup_groups WHERE id = ?1")
    let insertMinutes = try database.prepare(
      "INSERT INTO rollup_blocks (step, hour, data) VALUES (\(RollupFold.step), ?1, ?2)")
    let insertHour = try database.prepare(RollupHourRow.insert)
    let findGroup = try database.prepare("SELECT id FROM rollup_hour_groups WHERE labels = ?1")
    let insertGroup = try database.prepare(
      "INSERT INTO rollup_hour_groups (labels) VALUES (?1) RETURNING id")
    let touchGroup = try database.prepare(
      "UPDATE rollup_groups SET last = ?2 WHERE id = ?1 AND last + \(Self.lastStep) <= ?2")
    let erase = try database.prepare("DELETE FROM rollup_blocks WHERE id = ?1")
    (self.breakdowns, self.oldest, self.load, self.name) = (known, oldest, load, name)
    (self.insertMinutes, self.insertHour) = (insertMinutes, insertHour)
    (self.findGroup, self.insertGroup) = (findGroup, insertGroup)
    (self.touchGroup, self.erase) = (touchGroup, erase)
    self.database = database
  }

  /// The hour that is to be folded when it is `now` (seconds), or nil.
  func due(now: Int64) throws(StoreError) -> Int64? {
    defer { oldest.reset() }
    guard try oldest.step(), let hour = oldest.optionalInteger(0) else { return nil }
    return hour + RollupBlock.hour + Self.delay <= now ? hour : nil
  }

  /// Whether a fold is under way.
  var isActive: Bool { fold != nil }

  /// Begins to fold an hour.
  mutating func begin(_ hour: Int64) throws(StoreError) {
    var blocks: [(row: Int64, bytes: [UInt8])] = []
    var size = 0
    load.bind(1, hour)
    defer { load.reset() }
    while size < Self.loadBytes, try load.step() {
      let bytes = load.bytes(1) ?? []
      size += bytes.count
      blocks.append((load.integer(0), bytes))
    }
    fold = RollupFold(hour: hour, blocks: blocks, breakdowns)
  }

  /// Goes on until `deadline`, a monotonic time: whether all is ready to be written.
  mutating func advance(until deadline: Int64) throws(StoreError) -> Bool {
    let name = name
    return try fold?.advance(until: deadline) { (group) throws(StoreError) in
      name.bind(1, Int64(group))
      defer { name.reset() }
      return try name.step() ? name.bytes(0) : nil
    } ?? true
  }

  /// Writes what was folded, within the open transaction.
  func write() throws(StoreError) {
    guard let fold else { return }
    for bytes in fold.minutes {
      insertMinutes.bind(1, fold.hour)
      insertMinutes.bind(2, blob: bytes)
      try insertMinutes.run()
    }
    for (place, sums) in fold.hours.enumerated() {
      for (labels, sum) in sums.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
        let row = RollupHourRow(
          breakdown: breakdowns[place].id, hour: fold.hour, group: try group(labels), sum)
        row.bind(to: insertHour)
        try insertHour.run()
      }
    }
    for group in fold.groups {
      touchGroup.bind(1, Int64(group))
      touchGroup.bind(2, fold.hour)
      try touchGroup.run()
    }
    for row in fold.blocks {
      erase.bind(1, row)
      try erase.run()
    }
  }

  /// Ends the fold, written or given up.
  mutating func end() { fold = nil }

  private func group(_ labels: [UInt8]) throws(StoreError) -> Int64 {
    findGroup.bind(1, text: labels)
    defer { findGroup.reset() }
    if try findGroup.step() { return findGroup.integer(0) }
    insertGroup.bind(1, text: labels)
    defer { insertGroup.reset() }
    return try insertGroup.step() ? insertGroup.integer(0) : 0
  }
}

/// One row of `rollup_hours`: the figures that people ask for as columns, and all of them as a
/// block of one stretch.
struct RollupHourRow {
  private let keys: [Int64]
  private let sum: RollupFold.Sum

  init(breakdown: Int64, hour: Int64, group: Int64, _ sum: RollupFold.Sum) {
    keys = [breakdown, hour, group]
    self.sum = sum
  }

  private static let counts = [
    "starts", "finished", "errors", "cancelled", "retries", "no_usage", "ttft_count",
  ]
  private static let amounts: [(column: String, field: WindowField)] = [
    ("input_uncached", .input), ("cache_read", .cacheRead), ("cache_write", .cacheWrite),
    ("cache_write_1h", .cacheWrite1h), ("audio_input", .audioInput), ("image_input", .imageInput),
    ("output_text", .output), ("reasoning", .reasoning), ("audio_output", .audioOutput),
    ("unpriced_tokens", .unpricedTokens), ("cost", .cost), ("duration_sum", .latencySum),
    ("ttft_sum", .firstTokenSum),
  ]
  private static let extremes = ["duration_min", "duration_max", "ttft_max"]

  static let insert: String = {
    let columns = counts + amounts.map(\.column) + extremes + ["data"]
    let arguments = columns.indices.map { "?\($0 + 4)" }
    return """
      INSERT INTO rollup_hours (breakdown, hour, group_id, part, \(columns.joined(separator: ", ")))
      VALUES (?1, ?2, ?3, (SELECT ifnull(max(part) + 1, 0) FROM rollup_hours
        WHERE breakdown = ?1 AND hour = ?2 AND group_id = ?3), \(arguments.joined(separator: ", ")))
      """
  }()

  func bind(to statement: Statement) {
    for (index, key) in keys.enumerated() { statement.bind(Int32(index + 1), key) }
    let rollup = sum.rollup
    var index: Int32 = 4
    for count in [
      rollup[.starts], rollup[.finished], rollup[.errors], sum.cancelled,
      rollup[.laterAttempts], rollup[.lacksUsage], rollup[.firstTokenCount],
    ] {
      statement.bind(index, Double(count) / Double(EventFacts.unit))
      index += 1
    }
    for (_, field) in Self.amounts {
      statement.bind(index, rollup[field])
      index += 1
    }
    var sums = WindowSums()
    sums.add(rollup)
    for extreme in [sums.shortest, sums.longest, sums.longestFirstToken] {
      if let extreme { statement.bind(index, extreme) } else { statement.bindNull(index) }
      index += 1
    }
    var data: [UInt8] = []
    let hour = keys[1]
    RollupBlock.append(
      group: 1, after: 0, [(hour, rollup)], hour: hour, step: RollupBlock.hour, to: &data)
    statement.bind(index, blob: data)
  }
}
