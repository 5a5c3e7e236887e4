internal import Telemetry

/// Removes samples that the policy no longer keeps, and series without any, some hundred rows at a
/// time.
struct SampleRetention: ~Copyable {
  private let database: Database
  /// ns that samples are kept.
  private let age: Int64
  /// Series up to here were looked at in this pass.
  private var checked: Int64 = 0

  /// Rows removed, and series looked at, in one step.
  private static let blocksAtOnce = 500
  private static let seriesAtOnce: Int64 = 5_000

  init(_ database: Database, age: Int64) {
    self.database = database
    self.age = age
  }

  /// Begins a pass.
  mutating func begin() { checked = 0 }

  /// Does one step, within the open transaction; whether there is more to do. `used` gives the
  /// series that go on.
  mutating func remove(
    now: Int64, _ used: () -> Set<Int64>
  ) throws(StoreError) -> Bool {
    let horizon = (now - age) / 1_000_000 - SampleBlock.hour
    if try removeBlocks(through: horizon) { return true }
    return try removeSeries(before: horizon, used)
  }

  private func removeBlocks(through horizon: Int64) throws(StoreError) -> Bool {
    let oldest = try database.integer("SELECT hour FROM sample_blocks ORDER BY hour LIMIT 1")
    guard let oldest, oldest <= horizon else { return false }
    try database.execute(
      """
      DELETE FROM sample_blocks WHERE hour = \(oldest) AND series IN (SELECT series
        FROM sample_blocks WHERE hour = \(oldest) ORDER BY series LIMIT \(Self.blocksAtOnce))
      """)
    return true
  }

  private mutating func removeSeries(
    before horizon: Int64, _ used: () -> Set<Int64>
  ) throws(StoreError) -> Bool {
    let end = checked + Self.seriesAtOnce
    let rows = try database.prepare(
      "SELECT id FROM series WHERE id > ?1 AND id <= ?2 AND last <= ?3", isPersistent: false)
    rows.bind(1, checked)
    rows.bind(2, end)
    rows.bind(3, horizon)
    var old: [Int64] = []
    while try rows.step() { old.append(rows.integer(0)) }
    rows.reset()
    if !old.isEmpty {
      let used = used()
      for id in old where !used.contains(id) {
        try database.execute("DELETE FROM series WHERE id = \(id)")
      }
    }
    checked = end
    return try database.integer("SELECT max(id) FROM series") ?? 0 > end
  }
}
