internal import Codec
internal import Money
internal import Quality
internal import Synchronization

/// What one judge remembers while its settings change: answers, money, who waits, and what it
/// counted.
final class JudgeBooks: Sendable {
  /// An answer that is kept, and who gave it.
  struct Kept: Sendable {
    let answer: JudgeAnswer
    let call: JudgeCall
  }

  /// What a question finds.
  enum Lookup: Sendable {
    case hit(Kept)
    case lead
    case follow(Int)
  }

  private struct Flight: Sendable {
    let place: JudgeWaiting.Place
    var outcome: JudgeOutcome?
  }

  private struct State: Sendable {
    var cache: ResponseCache<Kept>
    var cacheLifetime: Int64
    var flights: [Int: Flight] = [:]
    var nextWaiter = 0
    var budget: BudgetBook
    var isBounded: Bool
    /// Those who wait for what others have reserved and may not need.
    var savers: [JudgeWaiting.Place] = []
    var concurrency: Int
    var underWay = 0
    var queue: [JudgeWaiting.Place] = []
    var outcomes: [String: Int] = [:]
  }

  /// More than anybody spends, and far from what overflows.
  private static let boundless = Int64.max / 4

  private let state: Mutex<State>

  init(_ settings: JudgeSettings, cacheLimit: Int) {
    state = Mutex(
      State(
        cache: ResponseCache(limit: cacheLimit, lifetime: settings.cacheLifetime),
        cacheLifetime: settings.cacheLifetime,
        budget: BudgetBook(limit: settings.budget ?? Self.boundless),
        isBounded: settings.budget != nil,
        concurrency: settings.concurrency))
  }

  /// Takes on other settings: what was spent stays spent, answers stay unless they are kept for
  /// another time.
  func follow(_ settings: JudgeSettings) {
    state.withLock { state in
      if settings.cacheLifetime != state.cacheLifetime {
        state.cache.keep(for: settings.cacheLifetime)
        state.cacheLifetime = settings.cacheLifetime
      }
      state.budget.allow(settings.budget ?? Self.boundless)
      state.isBounded = settings.budget != nil
      for place in state.savers { place.call() }
      state.savers = []
      state.concurrency = settings.concurrency
      while state.underWay < state.concurrency, !state.queue.isEmpty {
        state.underWay += 1
        state.queue.removeFirst().call()
      }
    }
  }
}

// MARK: Answers
extension JudgeBooks {
  /// Looks for the answer to an equal question; who is told to follow waits at `place`.
  func ask(_ key: Hash128, at place: JudgeWaiting.Place, now: Int64) -> Lookup {
    state.withLock { state in
      state.nextWaiter += 1
      let waiter = state.nextWaiter
      switch state.cache.ask(key, waiter: waiter, now: now) {
      case .hit(let kept): return .hit(kept)
      case .lead: return .lead
      case .follow:
        state.flights[waiter] = Flight(place: place)
        return .follow(waiter)
      }
    }
  }

  /// Ends what a leader found out, and tells those who follow.
  func finish(_ key: Hash128, _ kept: Kept?, _ outcome: JudgeOutcome, now: Int64) {
    state.withLock { state in
      for waiter in state.cache.finish(key, kept, now: now) {
        state.flights[waiter]?.outcome = outcome
        state.flights[waiter]?.place.call()
      }
    }
  }

  func hasOutcome(for waiter: Int) -> Bool {
    state.withLock { $0.flights[waiter]?.outcome != nil }
  }

  /// What the leader found out, if it has; the follower goes.
  func takeOutcome(for waiter: Int) -> JudgeOutcome? {
    state.withLock { $0.flights.removeValue(forKey: waiter)?.outcome }
  }
}

// MARK: Money, and how many at a time
extension JudgeBooks {
  /// Whether there is a bound on what may be spent.
  var isBounded: Bool { state.withLock { $0.isBounded } }

  /// What a call is told that wants to spend.
  enum Reservation: Equatable {
    case ticket(Int)
    /// Calls under way may leave enough; the place is called when one has ended.
    case wait
    case refused
  }

  /// Reserves at most `estimate` picodollars. `now` is on the clock of the place whose days count.
  func reserve(_ estimate: Int64, at place: JudgeWaiting.Place, now: Int64) -> Reservation {
    state.withLock { state in
      state.savers.removeAll { $0 === place }
      if state.budget.isWorthWaiting(for: estimate, now: now) {
        state.savers.append(place)
        return .wait
      }
      return state.budget.reserve(estimate, now: now).map { .ticket($0) } ?? .refused
    }
  }

  /// Lets nobody call the place of one who has given up waiting for money.
  func leave(_ place: JudgeWaiting.Place) {
    state.withLock { state in state.savers.removeAll { $0 === place } }
  }

  func isCalled(_ place: JudgeWaiting.Place) -> Bool {
    state.withLock { state in !state.savers.contains { $0 === place } }
  }

  func settle(_ ticket: Int, cost: Int64, now: Int64) {
    state.withLock { state in
      state.budget.settle(ticket, cost: cost, now: now)
      for place in state.savers { place.call() }
      state.savers = []
    }
  }

  /// Notes what the day has cost before, as another process.
  func recall(_ spent: Int64, now: Int64) {
    state.withLock { $0.budget.recall(spent, now: now) }
  }

  /// Waits at `place` for one of the requests that may be under way; false when everything stops.
  func takeSlot(_ waiting: JudgeWaiting, at place: JudgeWaiting.Place) -> Bool {
    let isFree = state.withLock { state in
      guard state.underWay < state.concurrency, state.queue.isEmpty else {
        state.queue.append(place)
        return false
      }
      state.underWay += 1
      return true
    }
    if isFree { return true }
    let isOurs = { self.state.withLock { state in !state.queue.contains { $0 === place } } }
    if waiting.wait(at: place, until: isOurs) { return true }
    let wasGiven = state.withLock { state in
      guard let index = state.queue.firstIndex(where: { $0 === place }) else { return true }
      state.queue.remove(at: index)
      return false
    }
    if wasGiven { giveSlot() }
    return false
  }

  func giveSlot() {
    state.withLock { state in
      if state.underWay <= state.concurrency, !state.queue.isEmpty {
        state.queue.removeFirst().call()
      } else {
        state.underWay -= 1
      }
    }
  }
}

// MARK: Counts
extension JudgeBooks {
  func count(_ word: String) { state.withLock { $0.outcomes[word, default: 0] += 1 } }

  func report(_ name: String, day: Int64, unpriced: [String]) -> JudgeReport.Judge {
    state.withLock { state in
      let counts = state.cache.counts
      var cache = ResponseCache<Int>.Counts()
      (cache.hits, cache.misses, cache.shared) = (counts.hits, counts.misses, counts.shared)
      (cache.evicted, cache.expired) = (counts.evicted, counts.expired)
      state.budget.turn(to: day)
      return JudgeReport.Judge(
        name: name, outcomes: state.outcomes, cache: cache, cachedAnswers: state.cache.count,
        budget: state.isBounded ? state.budget.limit : nil, spent: state.budget.spent,
        reserved: state.budget.reserved, unpriced: unpriced, underWay: state.underWay,
        waiting: state.queue.count)
    }
  }
}
