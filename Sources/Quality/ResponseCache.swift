package import Codec

/// Answers to equal requests: kept for a while, and asked for once when several want the same at
/// the same time. Bounded; the oldest leave first.
package struct ResponseCache<Answer: Sendable>: Sendable {
  /// What a caller is told.
  package enum Lookup: Sendable {
    /// It is known.
    case hit(Answer)
    /// The caller is to find out, and to say so by `finish`.
    case lead
    /// Somebody is finding out; the waiter is named when that has ended.
    case follow
  }

  /// How it went; `shared` counts those that were answered by somebody else's request.
  package struct Counts: Equatable, Sendable {
    package var hits = 0
    package var misses = 0
    package var shared = 0
    package var evicted = 0
    package var expired = 0

    /// Nothing happened yet.
    package init() {}
  }

  private struct Entry {
    let answer: Answer
    let until: Int64
    let number: Int
  }

  private let limit: Int
  private var lifetime: Int64
  private var entries: [Hash128: Entry] = [:]
  /// The keys in the order they were put in, with their numbers; those that were replaced or have
  /// left are skipped.
  private var order: [(key: Hash128, number: Int)] = []
  private var firstInOrder = 0
  private var nextNumber = 0
  private var flights: [Hash128: [Int]] = [:]
  /// How it went so far.
  package private(set) var counts = Counts()

  /// A cache of at most `limit` answers, each for `lifetime` ns; with a lifetime of 0 it keeps none
  /// and only joins equal requests.
  package init(limit: Int, lifetime: Int64) {
    precondition(limit > 0, "a cache has room")
    self.limit = limit
    self.lifetime = lifetime
  }

  /// How many answers it holds, also those whose time is over.
  package var count: Int { entries.count }

  /// Looks for an answer for `waiter`.
  package mutating func ask(_ key: Hash128, waiter: Int, now: Int64) -> Lookup {
    if let entry = entries[key] {
      if now < entry.until {
        counts.hits += 1
        return .hit(entry.answer)
      }
      entries[key] = nil
      counts.expired += 1
    }
    if flights[key] != nil {
      flights[key]?.append(waiter)
      counts.shared += 1
      return .follow
    }
    flights[key] = []
    counts.misses += 1
    return .lead
  }

  /// Ends what a leader found out; without an answer nothing is kept. The waiters to be told, in
  /// the order they came.
  package mutating func finish(_ key: Hash128, _ answer: Answer?, now: Int64) -> [Int] {
    let waiters = flights.removeValue(forKey: key) ?? []
    guard let answer, lifetime > 0 else { return waiters }
    nextNumber += 1
    entries[key] = Entry(answer: answer, until: now + lifetime, number: nextNumber)
    order.append((key, nextNumber))
    while entries.count > limit { evict() }
    compact()
    return waiters
  }

  /// Keeps answers for `lifetime` ns from now on, and forgets those that were kept for another
  /// time.
  package mutating func keep(for lifetime: Int64) {
    guard lifetime != self.lifetime else { return }
    self.lifetime = lifetime
    clear()
  }

  /// Forgets all answers; requests under way go on.
  package mutating func clear() {
    entries.removeAll()
    order.removeAll()
    firstInOrder = 0
  }

  private mutating func evict() {
    while firstInOrder < order.count {
      let (key, number) = order[firstInOrder]
      firstInOrder += 1
      guard entries[key]?.number == number else { continue }
      entries[key] = nil
      counts.evicted += 1
      return
    }
  }

  /// Keeps the order from growing by keys that are asked again and again.
  private mutating func compact() {
    guard order.count > 4 * limit + 64 else { return }
    order = order[firstInOrder...].filter { entries[$0.key]?.number == $0.number }
    firstInOrder = 0
  }
}
