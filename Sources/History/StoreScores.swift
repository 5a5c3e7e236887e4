internal import Telemetry

/// The scores that wait for what they score, and those of the open transaction.
struct StoreScores {
  /// One score, as it came.
  struct Score {
    let row: Int64
    let scope: UInt32
    let score: ResolvedScore
    /// The response id of the call it is for, where it names no span; else empty.
    let response: [UInt8]
    /// The session it is for, where it names no trace, span or model; else empty.
    let session: [UInt8]

    /// What it waits for: any of these.
    var keys: [ScoreKey] {
      var keys: [ScoreKey] = []
      if score.event.hasTrace || score.event.spanID != 0 { keys.append(ScoreKey(score.event)) }
      if !response.isEmpty { keys.append(ScoreKey(response: response)) }
      if !session.isEmpty { keys.append(ScoreKey(session: session, tenant: score.event.tenant)) }
      return keys
    }
    /// When it counts as it is.
    var deadline: Int64 { score.receivedAt + Limits.scoreWait }
    /// Whether it names something that could be found.
    var hasTarget: Bool {
      score.event.hasTrace || score.event.spanID != 0 || !response.isEmpty || !session.isEmpty
    }
  }

  /// By row: in the order of arrival.
  private(set) var waiting: [Int64: Score] = [:]
  private var rows: [ScoreKey: [Int64]] = [:]
  /// How many wait for a session, and for a response id.
  private(set) var sessionsWaiting = 0
  private(set) var responsesWaiting = 0
  /// When the next one counts as it is.
  private(set) var earliest = Int64.max
  /// Scores of the open transaction.
  private(set) var arrived: [Score] = []
  /// Waiting scores whose target may have come with the open transaction.
  private(set) var called: Set<Int64> = []
  /// What the open transaction decided.
  private var resolved: [(row: Int64, score: ResolvedScore)] = []
  /// Resolved ones that no batch has taken along yet.
  private var unclaimed: [ResolvedScore] = []
  /// Whether what waits differs from what is saved.
  private(set) var hasChanged = false

  /// Takes in a score that was stored.
  mutating func arrive(_ score: Score) { arrived.append(score) }

  /// Whether any score waits.
  var isWaiting: Bool { !rows.isEmpty }

  /// Takes note of a call or a span that was stored.
  mutating func note(_ event: Event) {
    called.formUnion(rows[ScoreKey(event)] ?? [])
    called.formUnion(rows[ScoreKey(traceOf: event)] ?? [])
  }

  /// Takes note of a call or a span of a session that was stored.
  mutating func note(session: [UInt8], tenant: UInt32) {
    called.formUnion(rows[ScoreKey(session: session, tenant: tenant)] ?? [])
  }

  /// Takes note of a call with a response id that was stored.
  mutating func note(response: [UInt8]) {
    called.formUnion(rows[ScoreKey(response: response)] ?? [])
  }

  /// The scores that the open transaction has to look at when it is `now`, by row.
  func due(now: Int64) -> [Score] {
    var due = called.compactMap { waiting[$0] }
    if earliest <= now {
      due += waiting.values.filter { $0.deadline <= now && !called.contains($0.row) }
    }
    return due.sorted { $0.row < $1.row } + arrived
  }

  /// Decides that a score counts as `score` says.
  mutating func resolve(_ row: Int64, _ score: ResolvedScore) {
    resolved.append((row, score))
  }

  /// Whether a score that is not found yet may still wait.
  func mayWait(_ score: Score, now: Int64) -> Bool {
    score.hasTarget && score.deadline > now && waiting.count < Limits.waitingScores
  }

  /// What the open transaction decided, with what earlier ones left.
  var results: [ResolvedScore] { unclaimed + resolved.map(\.score) }

  /// Takes the transaction's changes as saved; gives what is counted from now on.
  mutating func keep(claimed: Bool) -> [ResolvedScore] {
    let counted = resolved.map(\.score)
    unclaimed = claimed ? [] : results
    guard !(arrived.isEmpty && resolved.isEmpty) else { return forgetTransaction([]) }
    let done = Set(resolved.map(\.row))
    for score in arrived where !done.contains(score.row) { wait(score) }
    for row in done { remove(row) }
    earliest = waiting.values.reduce(Int64.max) { min($0, $1.deadline) }
    return forgetTransaction(counted)
  }

  /// Resolved ones that no batch has taken along, which count as taken.
  mutating func takeUnclaimed() -> [ResolvedScore] {
    defer { unclaimed = [] }
    return unclaimed
  }

  /// Takes the transaction's changes back.
  mutating func undo() { _ = forgetTransaction([]) }

  /// Takes it that what waits is saved.
  mutating func markSaved() { hasChanged = false }

  private mutating func forgetTransaction(_ counted: [ResolvedScore]) -> [ResolvedScore] {
    arrived.removeAll()
    called.removeAll()
    resolved.removeAll()
    return counted
  }

  /// Lets a score wait.
  mutating func wait(_ score: Score) {
    waiting[score.row] = score
    if !score.session.isEmpty { sessionsWaiting += 1 }
    if !score.response.isEmpty { responsesWaiting += 1 }
    for key in score.keys { rows[key, default: []].append(score.row) }
    earliest = min(earliest, score.deadline)
    hasChanged = true
  }

  private mutating func remove(_ row: Int64) {
    guard let score = waiting.removeValue(forKey: row) else { return }
    if !score.session.isEmpty { sessionsWaiting -= 1 }
    if !score.response.isEmpty { responsesWaiting -= 1 }
    for key in score.keys {
      rows[key]?.removeAll { $0 == row }
      if rows[key]?.isEmpty == true { rows[key] = nil }
    }
    hasChanged = true
  }
}
