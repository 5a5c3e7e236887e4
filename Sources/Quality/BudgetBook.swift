/// What may be spent in a day, in picodollars. Calls reserve what they may cost before they are
/// made, so that those under way together do not spend what one alone was allowed.
package struct BudgetBook: Sendable {
  /// What may be spent in a day.
  package private(set) var limit: Int64
  /// Nanoseconds that the day begins before UTC's.
  private let offset: Int64
  private var day = Int64.min
  private var reservations: [Int: Int64] = [:]
  private var nextTicket = 0
  /// What the day has cost so far, and what calls under way may cost.
  package private(set) var spent: Int64 = 0
  package private(set) var reserved: Int64 = 0
  /// Calls that were refused, all days together.
  package private(set) var refusals = 0

  private static let dayLength: Int64 = 86_400_000_000_000

  /// A book of `limit` a day; days begin `offset` ns before midnight UTC.
  package init(limit: Int64, offset: Int64 = 0) {
    precondition(limit >= 0, "a budget is no debt")
    self.limit = limit
    self.offset = offset
  }

  /// A ticket for a call that costs at most `estimate`, or nil when that is more than is left.
  /// With nil, what it costs is unknown: it gets all that is left, so that no other call is made
  /// beside it and the budget is passed by this one at most. `now` is ns since 1970.
  package mutating func reserve(_ estimate: Int64?, now: Int64) -> Int? {
    turn(to: now)
    let left = limit - spent - reserved
    let wanted = estimate ?? left
    guard left > 0, wanted <= left else {
      refusals += 1
      return nil
    }
    nextTicket += 1
    reservations[nextTicket] = wanted
    reserved += wanted
    return nextTicket
  }

  /// Whether a call of at most `estimate` would get a ticket once calls under way have ended that
  /// cost less than they reserved.
  package mutating func isWorthWaiting(for estimate: Int64, now: Int64) -> Bool {
    turn(to: now)
    return reserved > 0 && estimate > limit - spent - reserved && estimate <= limit - spent
  }

  /// Ends a call: what it reserved is free, what it cost is spent on the day of `now`.
  package mutating func settle(_ ticket: Int, cost: Int64, now: Int64) {
    turn(to: now)
    guard let wanted = reservations.removeValue(forKey: ticket) else { return }
    reserved -= wanted
    spent += max(0, cost)
  }

  /// When the next day begins, in ns since 1970.
  package func nextDay(after now: Int64) -> Int64 {
    (Self.dayNumber(now + offset) + 1) * Self.dayLength - offset
  }

  /// Takes on another limit; what was spent stays spent.
  package mutating func allow(_ limit: Int64) {
    precondition(limit >= 0, "a budget is no debt")
    self.limit = limit
  }

  /// Notes what the day of `now` has cost before this book was opened.
  package mutating func recall(_ cost: Int64, now: Int64) {
    turn(to: now)
    spent += max(0, cost)
  }

  /// Begins a new day if `now` lies in one.
  package mutating func turn(to now: Int64) {
    let today = Self.dayNumber(now + offset)
    // A clock that goes back must not give a second budget for the same day.
    guard today > day else { return }
    day = today
    spent = 0
  }

  private static func dayNumber(_ time: Int64) -> Int64 {
    time >= 0 ? time / dayLength : (time + 1) / dayLength - 1
  }
}
