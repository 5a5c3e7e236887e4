internal import Codec
internal import History
internal import LinuxIO
internal import PromQL
internal import Telemetry
internal import Windows

/// What one query sees: the counters as of one commit, what was counted lately, and since when the
/// rest is kept.
struct Picture {
  let totals: SeriesTotals
  let recent: RecentCounts
  let tiers: Tiers
}

extension TimelineSource {
  /// The picture, taken when it is first asked for. A query at the present sees all that is
  /// counted.
  func picture(through: Int64) throws(QueryError) -> Picture {
    if let known = pictureTaken { return known }
    let (totals, recent) = timeline.totals.picture
    let wall = timeline.wall() / 1_000_000
    // Who asks for now looked at the clock a moment ago.
    let now = through < wall && through > wall - 1_000 ? through : wall
    let kept = try read { (reader) throws(StoreError) in try reader.stretchTiers() }
    let picture = Picture(
      totals: totals, recent: recent, tiers: Tiers(kept, recent: recent, now: now))
    pictureTaken = picture
    return picture
  }

  /// Runs `body` with a reader of history.
  func read<Answer>(
    _ body: (EventReader) throws(StoreError) -> Answer
  ) throws(QueryError) -> Answer {
    try look()
    return try timeline.reads.read(scope) { (reader) throws(QueryError) -> Answer in
      do throws(StoreError) {
        return try body(reader)
      } catch {
        throw Self.unreadable(error)
      }
    } orElse: { (error) throws(QueryError) -> Answer in
      throw Self.unreadable(error)
    }
  }

  /// Throws when nobody waits any more, or for too long.
  func look() throws(QueryError) {
    if limits.isCanceled() { throw QueryError(.canceled, "query was canceled while reading") }
    if let deadline = limits.deadline, limits.now() > deadline { throw Self.late }
  }

  /// The monotonic time by which reading is to be done.
  var deadline: Int64 {
    guard let deadline = limits.deadline else { return .max }
    return Clock.coarseMonotonic + max(0, deadline - limits.now())
  }

  static let late = QueryError(.timeout, "query timed out while reading samples")
  static let tooMany = QueryError(
    .limit, "query processing would load too many samples into memory while reading")

  static func unreadable(_ error: StoreError) -> QueryError {
    QueryError(.execution, "cannot read history: \(error)")
  }
}

/// Who looks at stretches and at single seconds.
protocol TimelineVisitor: StretchVisitor {
  /// What a group counted in a second.
  mutating func visit(_ place: Int, second: Int64, _ rollup: Rollup)
}

/// What stretches are read for: the type of records, the labels by which hours must be told apart,
/// and the times (ms) at which anything is asked for.
struct Reach {
  let type: EventType
  let labels: [String]
  let times: [Int64]
  /// Whether the scope can be told from the hours.
  let hasHours: Bool
}

extension TimelineSource {
  /// Lets `visitor` see everything that becomes visible after `first` (ms), of the groups that
  /// have a place, as `places` remembers.
  func visit<Visitor: TimelineVisitor>(
    _ reach: Reach, _ visitor: inout Visitor, _ places: inout StretchPlaces, after first: Int64,
    _ picture: Picture
  ) throws(QueryError) {
    let tiers = picture.tiers
    // What is visible now is all there is.
    guard first < tiers.now else { return }
    visitRecent(reach.type.text, &visitor, &places, picture)
    let plan = HourPlan(
      from: max(Tiers.hour(of: first), tiers.origin), to: tiers.seconds, reach.times,
      minutes: tiers.minutes, hasHours: reach.hasHours)
    for part in plan.parts {
      let query = StretchQuery(
        type: reach.type.text, labels: reach.labels, from: part.from, to: part.to,
        byHours: part.byHours)
      let deadline = deadline
      let refusal = try read { (reader) throws(StoreError) in
        try reader.visit(query, &visitor, &places, deadline: deadline)
      }
      switch refusal {
      case nil: break
      case .timeout: throw Self.late
      case .unknownBreakdown(let labels):
        throw QueryError(
          .execution, "history of hours is not told apart by \(labels.joined(separator: ", "))")
      case .store(let error): throw Self.unreadable(error)
      }
    }
  }

  private func visitRecent<Visitor: TimelineVisitor>(
    _ type: String, _ visitor: inout Visitor, _ places: inout StretchPlaces, _ picture: Picture
  ) {
    let first = picture.tiers.seconds
    picture.recent.forEach { group, second, rollup in
      guard second >= first else { return }
      let place = places.place(of: group, .fine, type, scope, &visitor) {
        picture.recent.name(group)
      }
      if let place { visitor.visit(place, second: second, rollup) }
    }
  }
}

/// Which hours are read as hours and which finer: hours do where no time asked for lies within one,
/// and have to where nothing finer is kept.
struct HourPlan {
  struct Part: Equatable {
    let from: Int64
    var to: Int64
    let byHours: Bool
  }

  /// By rising time, whole hours.
  private(set) var parts: [Part] = []
  /// Seconds that are read at one time, in one snapshot of the file: a second at most where there
  /// are thousands of groups.
  private static let mostFine = 6 * Tiers.hour
  private static let mostHours = 72 * Tiers.hour

  init(
    from: Int64, to: Int64, _ times: [Int64], minutes: Int64, hasHours: Bool
  ) {
    var next = 0
    for hour in stride(from: Tiers.floor(from, to: Tiers.hour), to: to, by: Int(Tiers.hour)) {
      while next < times.count, times[next] <= hour * 1_000 { next += 1 }
      let isCut = next < times.count && times[next] < (hour + Tiers.hour) * 1_000
      append(hour, byHours: hasHours && (!isCut || hour < minutes))
    }
  }

  private mutating func append(_ hour: Int64, byHours: Bool) {
    let most = byHours ? Self.mostHours : Self.mostFine
    if let last = parts.last, last.byHours == byHours, last.to - last.from < most {
      parts[parts.count - 1].to += Tiers.hour
    } else {
      parts.append(Part(from: hour, to: hour + Tiers.hour, byHours: byHours))
    }
  }
}
