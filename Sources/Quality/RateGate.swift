/// Lets calls out so that no sliding window ever holds more requests or tokens than allowed.
///
/// Each caller is given the moment it may send at, in the order of asking, so that any number of
/// waiters agree. Times are ns of one clock that never goes back.
package struct RateGate: Sendable {
  /// What a caller is told.
  package enum Admission: Equatable, Sendable {
    /// It may send at this time, which may have come; `settle` takes the ticket.
    case at(Int64, ticket: Int)
    /// One call wants more tokens than a whole window allows.
    case never
    /// The queue is full, or the wait would be longer than the caller will have.
    case tooLong
  }

  private struct Call {
    var time: Int64
    var tokens: Int
  }

  /// What a caller whose moment has come is told.
  package enum Departure: Equatable, Sendable {
    /// It sends now.
    case go
    /// It came so late, or others did, that it has to wait until this time.
    case wait(until: Int64)
    /// It wants more tokens than a whole window allows since the bounds were changed.
    case never
  }

  /// Calls a window may hold, and tokens; nil for no bound.
  package private(set) var requests: Int?
  package private(set) var tokens: Int?
  /// The window's length. A little over the provider's, for the time a request is under way.
  package let window: Int64
  /// Calls that wait or lie in the window, oldest first; `first` is the number of the first.
  private var calls: [Call] = []
  private var first = 0
  private var held = 0
  /// Calls as they were really sent, oldest first, by their tickets: who wakes late sends late.
  private var departed: [(ticket: Int, call: Call)] = []
  /// No call is let out before this time.
  private var heldUntil = Int64.min
  /// How many calls were let out at once, and how many had to wait.
  package private(set) var passed = 0
  package private(set) var delayed = 0

  /// Calls remembered; a gate without a bound on requests forgets none that a window needs.
  package static let limit = 100_000

  /// A gate with these bounds, each above 0.
  package init(requests: Int?, tokens: Int?, window: Int64 = 60_500_000_000) {
    self.window = window
    allow(requests: requests, tokens: tokens)
  }

  /// Takes on other bounds, each above 0; what lies in the window counts on. Moments that were
  /// given stay, but `depart` goes by the new bounds.
  package mutating func allow(requests: Int?, tokens: Int?) {
    precondition(requests ?? 1 > 0 && tokens ?? 1 > 0, "a gate's bounds are above 0")
    self.requests = requests
    self.tokens = tokens
  }

  /// Lets no call out before `time`, because the provider said so.
  package mutating func hold(until time: Int64) { heldUntil = max(heldUntil, time) }

  /// Reserves a call of at most `wanted` tokens, when it need wait no longer than `patience`.
  package mutating func admit(
    tokens wanted: Int, now: Int64, patience: Int64 = .max
  ) -> Admission {
    forget(before: now)
    if let tokens, wanted > tokens { return .never }
    guard calls.count < Self.limit else { return .tooLong }
    let time = max(now, calls.last?.time ?? now, earliest(for: wanted), heldUntil)
    guard time - now <= patience else { return .tooLong }
    if time == now { passed += 1 } else { delayed += 1 }
    calls.append(Call(time: time, tokens: wanted))
    held += wanted
    return .at(time, ticket: first + calls.count - 1)
  }

  /// The first moment at which one more call of `wanted` tokens fits: when enough of the calls
  /// before it have left the window.
  private func earliest(for wanted: Int) -> Int64 {
    var time = Int64.min
    if let requests, calls.count >= requests {
      time = calls[calls.count - requests].time + window
    }
    guard let tokens, held + wanted > tokens else { return time }
    var left = held
    for call in calls {
      left -= call.tokens
      if left + wanted <= tokens { return max(time, call.time + window) }
    }
    return time
  }

  /// Asked by a caller whose moment has come, right before it sends: moments are a plan, this is
  /// what the bounds are held by, so that one who woke late brings nobody over them.
  package mutating func depart(_ ticket: Int, tokens wanted: Int, now: Int64) -> Departure {
    let gone = departed.prefix { $0.call.time + window <= now }
    departed.removeFirst(gone.count)
    if let tokens, wanted > tokens { return .never }
    var time = heldUntil
    if let requests, departed.count >= requests {
      time = max(time, departed[departed.count - requests].call.time + window)
    }
    if let tokens {
      var left = departed.reduce(0) { $0 + $1.call.tokens }
      for (_, call) in departed where left + wanted > tokens {
        left -= call.tokens
        time = max(time, call.time + window)
      }
    }
    guard time <= now else { return .wait(until: time) }
    departed.append((ticket, Call(time: now, tokens: wanted)))
    return .go
  }

  /// Puts the tokens really used in place of those reserved, as long as they count. Later calls
  /// keep the moments they were given.
  package mutating func settle(_ ticket: Int, tokens used: Int) {
    if let index = departed.lastIndex(where: { $0.ticket == ticket }) {
      departed[index].call.tokens = used
    }
    guard calls.indices.contains(ticket - first) else { return }
    held += used - calls[ticket - first].tokens
    calls[ticket - first].tokens = used
  }

  /// What lies in the window or waits.
  package mutating func load(now: Int64) -> (requests: Int, tokens: Int) {
    forget(before: now)
    return (calls.count, held)
  }

  private mutating func forget(before now: Int64) {
    let gone = calls.prefix { $0.time + window <= now }
    guard !gone.isEmpty else { return }
    held -= gone.reduce(0) { $0 + $1.tokens }
    first += gone.count
    calls.removeFirst(gone.count)
  }
}
