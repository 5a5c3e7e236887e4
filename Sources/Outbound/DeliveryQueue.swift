/// The messages that wait for one receiver, and when the next one is to be tried. A state machine
/// without clock, threads or randomness: all are arguments, times in milliseconds. Messages of a
/// group leave in the order they came; those of other groups pass one that waits for another try.
package struct DeliveryQueue: Sendable {
  /// How many wait, how often they are tried, and how close together.
  package struct Limits: Equatable, Sendable {
    /// Messages that wait; with one more the oldest is dropped.
    package var length: Int
    package var backoff: Backoff
    /// Milliseconds from the start of one try to that of the next.
    package var gap: Int64

    /// 1,000 messages, tried as `Backoff` says, without a gap, unless told otherwise.
    package init(length: Int = 1_000, backoff: Backoff = Backoff(), gap: Int64 = 0) {
      precondition(length > 0, "a queue holds something")
      (self.length, self.backoff, self.gap) = (length, backoff, gap)
    }
  }

  /// What to do now.
  package enum Step: Equatable, Sendable {
    /// Try to deliver the message with this number, for the so-manieth time.
    case send(Int64, attempt: Int)
    /// Nothing before this time.
    case wait(until: Int64)
    /// Nothing until a message is added, or the one under way is finished.
    case rest
  }

  /// What became of a message with the end of a try.
  package enum Verdict: Equatable, Sendable {
    case sent
    /// It is tried again not before this time.
    case again(at: Int64)
    /// It is given up.
    case failed(cause: String)
  }

  private struct Entry {
    let number: Int64
    let group: String
    var attempts: Int
    var firstTry: Int64?
    var notBefore: Int64
  }

  private let limits: Limits
  private var entries: [Entry] = []
  private var inFlight: Int64?
  private var breaker = Breaker()
  /// Before this no message goes: the service asked for it, or the gap does.
  private var quietUntil = Int64.min
  private var lastError = ""
  private var dropped = 0

  /// An empty queue.
  package init(_ limits: Limits = Limits()) {
    self.limits = limits
  }

  /// Adds a message under a number that no other has. After a restart `attempts` and `firstTry` say
  /// how often it was tried before and since when. Returns the number of the message that was
  /// dropped to make room, which can be this one when all others are under way.
  package mutating func add(
    _ number: Int64, group: String, attempts: Int = 0, firstTry: Int64? = nil
  ) -> Int64? {
    precondition(!entries.contains { $0.number == number }, "a message waits once")
    entries.append(
      Entry(
        number: number, group: group, attempts: attempts, firstTry: firstTry, notBefore: .min))
    guard entries.count > limits.length,
      let oldest = entries.firstIndex(where: { $0.number != inFlight })
    else { return nil }
    dropped += 1
    return entries.remove(at: oldest).number
  }

  /// What to do at `now`. A message that is to be sent is under way until `finish`; meanwhile no
  /// other goes.
  package mutating func next(at now: Int64) -> Step {
    guard inFlight == nil, !entries.isEmpty else { return .rest }
    let (index, due) = nextDue
    let earliest = max(due, quietUntil, breaker.state == .open ? breaker.opensAt : .min)
    guard now >= earliest else { return .wait(until: earliest) }
    guard breaker.admits(at: now) else { return .rest }
    entries[index].attempts += 1
    if entries[index].firstTry == nil { entries[index].firstTry = now }
    inFlight = entries[index].number
    quietUntil = limits.gap > 0 ? now + limits.gap : .min
    return .send(entries[index].number, attempt: entries[index].attempts)
  }

  /// Ends the try that is under way. `random` spreads the wait before the next one.
  package mutating func finish(
    _ outcome: DeliveryOutcome, at now: Int64, random: UInt64
  ) -> Verdict {
    guard let index = entries.firstIndex(where: { $0.number == inFlight }) else {
      preconditionFailure("a try ends that has begun")
    }
    inFlight = nil
    switch outcome {
    case .done:
      breaker.succeed()
      lastError = ""
      entries.remove(at: index)
      return .sent
    case .permanent(let cause):
      // Something answered, so the service is there.
      breaker.succeed()
      lastError = cause
      entries.remove(at: index)
      return .failed(cause: cause)
    case .retry(let seconds, let cause):
      lastError = cause
      if let seconds {
        // The service is there and knows what it asks for.
        breaker.succeed()
        // However long it asks for, the next message gets its chance.
        let longest = limits.backoff.totalMilliseconds
        quietUntil = max(quietUntil, now + min(longest, max(0, seconds.milliseconds)))
      } else {
        breaker.fail(at: now)
      }
      return postpone(index, seconds, cause, now, random)
    }
  }

  /// Takes away a message that is not under way; false when there is none such.
  package mutating func cancel(_ number: Int64) -> Bool {
    guard number != inFlight, let index = entries.firstIndex(where: { $0.number == number }) else {
      return false
    }
    entries.remove(at: index)
    return true
  }

  private mutating func postpone(
    _ index: Int, _ seconds: Int64?, _ cause: String, _ now: Int64, _ random: UInt64
  ) -> Verdict {
    let entry = entries[index]
    let elapsed = max(0, now - (entry.firstTry ?? now))
    let wait = limits.backoff.wait(
      failed: entry.attempts, elapsed: elapsed, random: random, retryAfter: seconds)
    guard let wait else {
      entries.remove(at: index)
      return .failed(cause: "given up after \(entry.attempts) tries: \(cause)")
    }
    entries[index].notBefore = now + wait
    let breakerTime = breaker.state == .open ? breaker.opensAt : .min
    return .again(at: max(now + wait, breakerTime))
  }

  /// The message whose turn is first: of each group only its oldest, of those the one due first.
  private var nextDue: (index: Int, due: Int64) {
    var seen: Set<String> = []
    var best = (index: 0, due: Int64.max)
    for (index, entry) in entries.enumerated() where seen.insert(entry.group).inserted {
      if entry.notBefore < best.due { best = (index, entry.notBefore) }
    }
    return best
  }
}

/// What can be seen of a queue.
extension DeliveryQueue {
  /// What is shown of a queue.
  package struct Look: Equatable, Sendable {
    /// Messages that wait or are under way.
    package let queued: Int
    package let inFlight: Int64?
    /// Tries of the message that is next.
    package let attempts: Int
    /// What the last failed try came to; empty after one that worked.
    package let lastError: String
    package let breaker: Breaker.State
    /// Messages dropped because there were too many, since the queue was made.
    package let dropped: Int
  }

  /// The queue as it is now.
  package var look: Look {
    Look(
      queued: entries.count, inFlight: inFlight, attempts: entries.first?.attempts ?? 0,
      lastError: lastError, breaker: breaker.state, dropped: dropped)
  }
}

extension Int64 {
  /// So many seconds in milliseconds, or as many as there can be.
  fileprivate var milliseconds: Int64 {
    let (product, isBeyond) = multipliedReportingOverflow(by: 1_000)
    return isBeyond ? .max : product
  }
}
