internal import Codec
internal import Telemetry
internal import Windows

/// Keeps the figures of sessions: a row a session, in order of first sight, written again whenever
/// the totals are saved. There is no index on the way in: a session that rested until its place in
/// memory was needed goes on in a further row, and readers add the rows of a session up.
///
/// A row tells up to which event it counts, so that after a crash those that came later are counted
/// again and no others. An amendment of an event that is counted writes its session's row at once.
struct StoreSessions: ~Copyable {
  private let write: Statement
  private let key: HashKey
  private var places: [Hash128: Int] = [:]
  private var visits: [Visit] = []
  /// Those that differ from their rows.
  private var dirty: [Int] = []
  /// What the open transaction makes of those it amends.
  private var amended: [Hash128: Visit] = [:]
  /// Amendments of events that came with the open transaction and are counted after it.
  private var later: [Later] = []
  private var isSaving = false
  private var nextRow: Int64

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
    /// The rows of events between which its own lie: up to the last, all are counted.
    var firstRow: Int64
    var lastRow: Int64
    var isDirty = false
  }

  private struct Later {
    let hash: Hash128
    let new: Visit
    let facts: EventFacts
    let sign: Int64
  }

  init(_ database: Database, key: HashKey) throws(StoreError) {
    let write = try database.prepare(
      """
      INSERT OR REPLACE INTO session_visits VALUES
        (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
      """)
    let newest = try database.integer("SELECT max(id) FROM session_visits") ?? 0
    let rows = try database.prepare(
      "SELECT * FROM session_visits WHERE id > ?1 ORDER BY id", isPersistent: false)
    rows.bind(1, newest - Int64(Limits.sessions))
    var known: [Visit] = []
    while try rows.step() { known.append(Visit(rows)) }
    self.write = write
    self.key = key
    nextRow = newest + 1
    for visit in known { add(visit) }
  }

  /// The row of a session's first event, as far as it is at hand.
  func firstRow(of session: [UInt8], tenant: UInt32, scope: UInt32) -> Int64? {
    // unsafe because the hash reads the session's own bytes during the call.
    let hash = unsafe session.withUnsafeBytes {
      unsafe Self.hash($0, tenant: tenant, scope: scope, key)
    }
    return places[hash].map { visits[$0].firstRow }
  }

  /// Whether there is anything to save.
  var hasChanged: Bool { !dirty.isEmpty }

  /// Takes along the sessions that count events beyond `row`, however old they are.
  mutating func remember(
    countedBeyond row: Int64, _ database: Database
  ) throws(StoreError) {
    let rows = try database.prepare(
      "SELECT * FROM session_visits WHERE last_row > ?1 AND id < ?2", isPersistent: false)
    rows.bind(1, row)
    rows.bind(2, nextRow - Int64(Limits.sessions))
    while try rows.step() { add(Visit(rows)) }
  }

  // unsafe because it reads the session's and the user's text, which nobody adds to meanwhile.
  /// Counts an event that was committed as a row, and what its usage counts apart from it, if it is
  /// not counted yet.
  @inline(__always)
  mutating func count(
    _ facts: EventFacts, usage: EventFacts? = nil, row: Int64, scope: UInt32, texts: BatchTexts
  ) {
    guard !facts.event.session.isAbsent else { return }
    let session = unsafe texts.raw(facts.event.session)
    guard session.count > 0 else { return }
    let hash = unsafe Self.hash(session, tenant: facts.event.tenant, scope: scope, key)
    let place: Int
    if let known = places[hash] {
      place = known
      guard row > visits[place].lastRow else { return }
    } else {
      place = unsafe add(begin(session, facts, row: row, scope))
    }
    if visits[place].user == nil, !facts.event.user.isAbsent {
      visits[place].user = unsafe Array(texts.raw(facts.event.user))
    }
    visits[place].add(facts, 1, row: row)
    if let usage { visits[place].add(usage, 1, row: row) }
    note(place)
  }

  /// Takes note, within the open transaction, that a row is another event now. `isCounted` where it
  /// did not come with this transaction.
  mutating func amend(
    _ facts: EventFacts, takingBack: Bool, row: Int64, isCounted: Bool, scope: UInt32,
    texts: BatchTexts
  ) {
    guard !facts.event.session.isAbsent else { return }
    let session = unsafe texts.raw(facts.event.session)
    guard session.count > 0 else { return }
    let hash = unsafe Self.hash(session, tenant: facts.event.tenant, scope: scope, key)
    var new = unsafe begin(session, facts, row: row, scope)
    if !facts.event.user.isAbsent { new.user = unsafe Array(texts.raw(facts.event.user)) }
    let sign: Int64 = takingBack ? -1 : 1
    guard isCounted else {
      return later.append(Later(hash: hash, new: new, facts: facts, sign: sign))
    }
    var visit = amended[hash] ?? places[hash].map { visits[$0] } ?? new
    visit.add(facts, sign, row: row)
    amended[hash] = visit
  }

  private mutating func begin(
    _ session: UnsafeRawBufferPointer, _ facts: EventFacts, row: Int64, _ scope: UInt32
  ) -> Visit {
    // Its row is given where it is taken in.
    Visit(
      row: 0, session: unsafe Array(session), tenant: facts.event.tenant, scope: scope,
      first: facts.start, last: facts.end, firstRow: row, lastRow: 0)
  }

  @discardableResult
  private mutating func add(_ visit: Visit) -> Int {
    let key = key
    let hash = unsafe visit.session.withUnsafeBytes { raw in
      unsafe Self.hash(raw, tenant: visit.tenant, scope: visit.scope, key)
    }
    if visit.row == 0 {
      visits.append(visit.at(row: nextRow))
      nextRow += 1
    } else {
      visits.append(visit)
    }
    places[hash] = visits.count - 1
    return visits.count - 1
  }

  private mutating func note(_ place: Int) {
    guard !visits[place].isDirty else { return }
    visits[place].isDirty = true
    dirty.append(place)
  }

  private static func hash(
    _ session: UnsafeRawBufferPointer, tenant: UInt32, scope: UInt32, _ key: HashKey
  ) -> Hash128 {
    let hash = unsafe key.hash(session)
    return Hash128(high: hash.high ^ UInt64(tenant) << 32 ^ UInt64(scope), low: hash.low)
  }
}

// MARK: Saving
extension StoreSessions {
  /// Writes what changed, within a transaction that has only begun.
  mutating func save() throws(StoreError) {
    isSaving = true
    for place in dirty {
      visits[place].bind(to: write)
      try write.run()
    }
  }

  /// Writes what the open transaction amended, before its end.
  mutating func saveAmended() throws(StoreError) {
    guard !amended.isEmpty else { return }
    for (hash, visit) in amended {
      var visit = visit
      if visit.row == 0 {
        visit = visit.at(row: nextRow)
        nextRow += 1
        amended[hash] = visit
      }
      visit.bind(to: write)
      try write.run()
    }
  }

  /// Takes what the transaction saved as saved, before what came with it is counted.
  mutating func keep() {
    if isSaving {
      for place in dirty { visits[place].isDirty = false }
      dirty.removeAll(keepingCapacity: true)
      isSaving = false
      if visits.count > Limits.sessions { forgetHalf() }
    }
    guard !amended.isEmpty else { return }
    for (hash, visit) in amended {
      if let place = places[hash] {
        var visit = visit
        visit.isDirty = visits[place].isDirty
        visits[place] = visit
      } else {
        add(visit)
      }
    }
    amended.removeAll()
  }

  /// Counts what was amended within the transaction that it came with.
  mutating func keepLater() {
    for change in later {
      let place = places[change.hash] ?? add(change.new)
      visits[place].add(change.facts, change.sign, row: visits[place].lastRow)
      note(place)
    }
    later.removeAll()
  }

  /// Takes the transaction's changes back.
  mutating func undo() {
    isSaving = false
    amended.removeAll()
    later.removeAll()
  }

  /// Forgets sessions that were last heard of before `horizon`, whose rows are gone.
  mutating func forget(before horizon: Int64) {
    // Nearly always there is none, and a copy of all is dear.
    guard visits.indices.contains(where: { visits[$0].last < horizon }) else { return }
    keepOnly { $0.last >= horizon || $0.isDirty }
  }

  /// Forgets sessions whose rows are gone, saved or not, between transactions.
  mutating func forget(
    where isGone: (_ session: [UInt8], _ user: [UInt8]?, _ tenant: UInt32) -> Bool
  ) {
    keepOnly { !isGone($0.session, $0.user, $0.tenant) }
  }

  /// The half that was heard of last stays.
  private mutating func forgetHalf() {
    let times = visits.map(\.last).sorted()
    let horizon = times[times.count / 2]
    keepOnly { $0.last > horizon || $0.isDirty }
  }

  private mutating func keepOnly(_ isKept: (Visit) -> Bool) {
    let kept = visits.filter(isKept)
    guard kept.count < visits.count else { return }
    visits.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    dirty.removeAll(keepingCapacity: true)
    for visit in kept {
      let place = add(visit)
      if visit.isDirty { dirty.append(place) }
    }
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

  /// The same session in a row of its own.
  fileprivate func at(row: Int64) -> Self {
    var visit = Self(
      row: row, session: session, tenant: tenant, scope: scope, user: user, first: first,
      last: last, firstRow: firstRow, lastRow: lastRow)
    (visit.events, visit.calls, visit.errors) = (events, calls, errors)
    (visit.input, visit.output) = (input, output)
    (visit.unpriced, visit.cost) = (unpriced, cost)
    return visit
  }

  fileprivate mutating func add(_ facts: EventFacts, _ sign: Int64, row: Int64) {
    // A score may come days later; it makes no session longer.
    if facts.event.type != .score {
      first = min(first, facts.start)
      last = max(last, facts.end)
    }
    firstRow = min(firstRow, row)
    lastRow = max(lastRow, row)
    if !facts.isUsageOnly { events += sign }
    guard facts.isFinished, facts.event.type != .log else { return }
    if facts.isError, !facts.isUsageOnly { errors += sign * facts.weight }
    guard let count = SeriesCount(facts), count.kind == .call || count.kind == .usage else {
      return
    }
    if count.kind == .call { calls += sign * count.weight }
    input += sign * count.leaves.allInput
    output += sign * count.leaves.allOutput
    unpriced += sign * count.unpricedTokens
    cost += sign * count.cost
  }
}
