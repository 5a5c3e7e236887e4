internal import Codec
internal import Telemetry

/// Which rows of calls carry a response id: for scores that name no span.
///
/// Nobody pays for it before the first such score. Then the newest `Limits.responseRows` rows are
/// read once, about a microsecond each, and every call that comes later is taken note of.
struct ResponseRows: ~Copyable {
  private let listing: Statement
  private let finding: Statement
  private let key: HashKey
  private var table = Deduplicator(entries: Limits.responses)
  /// Whether calls are taken note of.
  private(set) var isOpen = false
  /// The table has no room for rows before this one.
  private var least: Int64 = 0

  init(_ database: Database, key: HashKey) throws(StoreError) {
    let listing = try database.prepare(
      """
      SELECT id, response_id FROM events
      WHERE id BETWEEN ?1 AND ?2 AND type = 0 AND response_id IS NOT NULL ORDER BY id DESC
      """)
    // A score that came with no tenant's key may be of anybody's call.
    let finding = try database.prepare(
      """
      SELECT source, operation, tenant FROM events
      WHERE id = ?1 AND type = 0 AND response_id = ?2 AND (?3 = 0 OR scope = ?3)
      """)
    (self.listing, self.finding, self.key) = (listing, finding, key)
  }

  /// Reads the newest rows, the last of which is `last`, where that was not done yet.
  mutating func open(upTo last: Int64) throws(StoreError) {
    guard !isOpen else { return }
    let first = max(1, last - Limits.responseRows + 1)
    listing.bind(1, first)
    listing.bind(2, last)
    defer { listing.reset() }
    while try listing.step() {
      // unsafe because the id is hashed where SQLite holds it, before the next step.
      guard let id = unsafe listing.borrowedBytes(1) else { continue }
      table.restore(unsafe key.hash(id), row: listing.integer(0), base: first)
    }
    isOpen = true
    least = first
  }

  /// Takes note of the response id of a call that is a row.
  mutating func note(_ id: UnsafeRawBufferPointer, row: Int64) {
    let hash = unsafe key.hash(id)
    if table.occupied == 0 { least = row }
    guard row >= least else { return }
    var candidates = table.candidates(for: hash)
    while let known = table.next(&candidates) {
      if known == row { return }
    }
    table.insert(hash, row: row)
  }

  /// The first of the calls with a response id, once `open`ed.
  func find(_ response: [UInt8], scope: UInt32) throws(StoreError) -> ScoreTargets.Target? {
    // unsafe because the hash reads the id's own bytes during the call.
    let hash = unsafe response.withUnsafeBytes { unsafe key.hash($0) }
    var rows: [Int64] = []
    var candidates = table.candidates(for: hash)
    while let row = table.next(&candidates) { rows.append(row) }
    for row in rows.sorted() {
      if let found = try look(row, response, scope) { return found }
    }
    return nil
  }

  /// Keeps what was noted since the last `keep` or `undo`.
  mutating func keep() { table.keep() }

  /// Forgets what was noted since the last `keep` or `undo`.
  mutating func undo() { table.undo() }

  private func look(
    _ row: Int64, _ response: [UInt8], _ scope: UInt32
  ) throws(StoreError) -> ScoreTargets.Target? {
    finding.bind(1, row)
    finding.bind(2, text: response)
    finding.bind(3, Int64(scope))
    defer { finding.reset() }
    guard try finding.step() else { return nil }
    return ScoreTargets.Target(
      source: UInt32(truncatingIfNeeded: finding.integer(0)),
      operation: UInt32(truncatingIfNeeded: finding.integer(1)),
      tenant: UInt32(truncatingIfNeeded: finding.integer(2)))
  }
}
