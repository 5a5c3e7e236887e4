internal import Codec
internal import Telemetry
internal import Windows

/// Keeps the figures of sessions with each commit: a row a session, in order of first sight, which
/// is written again in every transaction that adds to it. There is no index on the way in: a
/// session that rested until its place in memory was needed goes on in a further row, and readers
/// add the rows of a session up.
struct StoreSessions: ~Copyable {
  private let write: Statement
  private let key: HashKey
  private var active: [Hash128: Visit] = [:]
  /// What the open transaction makes of those it touched.
  private var touched: [Hash128: Visit] = [:]
  private var nextRow: Int64
  private var savedNextRow: Int64

  fileprivate struct Visit {
    let row: Int64
    let session: [UInt8]
    let tenant: UInt32
    let scope: UInt32
    var user: [UInt8]?
    var first: Int64
    var last: Int64
    var events: Int64 = 0
    var calls: Int64 = 0
    var errors: Int64 = 0
    var input: Int64 = 0
    var output: Int64 = 0
    var unpriced: Int64 = 0
    var cost: Int64 = 0
    /// The rows between which its events lie.
    var firstRow: Int64
    var lastRow: Int64
  }

  init(_ database: Database, key: HashKey) throws(StoreError) {
    let write = try database.prepare(
      """
      INSERT OR REPLACE INTO session_visits VALUES
        (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
      """)
    let newest = try database.integer("SELECT max(id) FROM session_visits") ?? 0
    let visits = try Self.read(database, key, after: newest - Int64(Limits.sessions))
    self.write = write
    self.key = key
    active = visits
    nextRow = newest + 1
    savedNextRow = nextRow
  }

  // unsafe because it reads the session's and the user's text, which nobody adds to meanwhile.
  /// Counts a version of an event, or takes back that it was counted, within the open transaction.
  mutating func count(
    _ event: Event, row: Int64, measures: [Measure], receivedAt: Int64, scope: UInt32,
    texts: BatchTexts, takingBack: Bool = false
  ) {
    guard !event.session.isAbsent else { return }
    let session = unsafe texts.raw(event.session)
    guard session.count > 0 else { return }
    let facts = EventFacts(event, measures: measures, receivedAt: receivedAt)
    let hash = unsafe Self.hash(session, tenant: event.tenant, scope: scope, key)
    var visit = unsafe touched[hash] ?? active[hash] ?? begin(session, facts, scope, row)
    if visit.user == nil, !event.user.isAbsent { visit.user = unsafe Array(texts.raw(event.user)) }
    visit.firstRow = min(visit.firstRow, row)
    visit.lastRow = max(visit.lastRow, row)
    visit.first = min(visit.first, facts.start)
    visit.last = max(visit.last, facts.end)
    visit.add(facts, takingBack ? -1 : 1)
    touched[hash] = visit
  }

  private mutating func begin(
    _ session: UnsafeRawBufferPointer, _ facts: EventFacts, _ scope: UInt32, _ row: Int64
  ) -> Visit {
    defer { nextRow += 1 }
    return Visit(
      row: nextRow, session: unsafe Array(session), tenant: facts.event.tenant, scope: scope,
      first: facts.start, last: facts.end, firstRow: row, lastRow: row)
  }

  /// Writes what the transaction touched.
  func save() throws(StoreError) {
    for visit in touched.values.sorted(by: { $0.row < $1.row }) {
      visit.bind(to: write)
      try write.run()
    }
  }

  /// Takes the transaction's changes as saved.
  mutating func keep() {
    guard !touched.isEmpty else { return }
    active.merge(touched) { _, new in new }
    touched.removeAll(keepingCapacity: true)
    savedNextRow = nextRow
    guard active.count > Limits.sessions else { return }
    // The half that was heard of last stays.
    let times = active.values.map(\.last).sorted()
    let horizon = times[times.count / 2]
    active = active.filter { $0.value.last > horizon }
  }

  /// Forgets sessions that were last heard of before `horizon`, whose rows are gone.
  mutating func forget(before horizon: Int64) {
    active = active.filter { $0.value.last >= horizon }
  }

  /// Takes the transaction's changes back.
  mutating func undo() {
    touched.removeAll(keepingCapacity: true)
    nextRow = savedNextRow
  }

  private static func hash(
    _ session: UnsafeRawBufferPointer, tenant: UInt32, scope: UInt32, _ key: HashKey
  ) -> Hash128 {
    let hash = unsafe key.hash(session)
    return Hash128(high: hash.high ^ UInt64(tenant) << 32 ^ UInt64(scope), low: hash.low)
  }

  private static func read(
    _ database: Database, _ key: HashKey, after row: Int64
  ) throws(StoreError) -> [Hash128: Visit] {
    let rows = try database.prepare(
      "SELECT * FROM session_visits WHERE id > ?1 ORDER BY id", isPersistent: false)
    rows.bind(1, row)
    var visits: [Hash128: Visit] = [:]
    while try rows.step() {
      let visit = Visit(rows)
      let hash = unsafe visit.session.withUnsafeBytes {
        unsafe Self.hash($0, tenant: visit.tenant, scope: visit.scope, key)
      }
      visits[hash] = visit
    }
    return visits
  }
}

extension StoreSessions.Visit {
  fileprivate init(_ row: Statement) {
    self.row = row.integer(0)
    session = row.bytes(1) ?? []
    tenant = UInt32(truncatingIfNeeded: row.integer(2))
    scope = UInt32(truncatingIfNeeded: row.integer(3))
    user = row.bytes(4)
    (first, last, events) = (row.integer(5), row.integer(6), row.integer(7))
    calls = Int64((row.double(8) * Double(EventFacts.unit)).rounded())
    errors = Int64((row.double(9) * Double(EventFacts.unit)).rounded())
    (input, output) = (row.integer(10), row.integer(11))
    (unpriced, cost) = (row.integer(12), row.integer(13))
    (firstRow, lastRow) = (row.integer(14), row.integer(15))
  }

  fileprivate func bind(to write: Statement) {
    write.bind(1, row)
    write.bind(2, text: session)
    write.bind(3, Int64(tenant))
    write.bind(4, Int64(scope))
    if let user { write.bind(5, text: user) } else { write.bindNull(5) }
    write.bind(6, first)
    write.bind(7, last)
    write.bind(8, events)
    write.bind(9, Double(calls) / Double(EventFacts.unit))
    write.bind(10, Double(errors) / Double(EventFacts.unit))
    for (index, number) in [input, output, unpriced, cost, firstRow, lastRow]
      .enumerated()
    {
      write.bind(Int32(index + 11), number)
    }
  }

  fileprivate mutating func add(_ facts: EventFacts, _ sign: Int64) {
    events += sign
    guard facts.isFinished, facts.event.type != .log else { return }
    if facts.isError { errors += sign * facts.weight }
    guard let count = SeriesCount(facts), count.kind == .call else { return }
    calls += sign * count.weight
    input += sign * count.leaves.allInput
    output += sign * count.leaves.allOutput
    unpriced += sign * count.unpricedTokens
    cost += sign * count.cost
  }
}
