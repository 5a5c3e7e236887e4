/// Lets calls out so that no sliding window ever holds more requests or tokens than allowed.
/// Whoever wants to send asks right before; who comes first is up to the callers.
///
/// Times are ns of one clock that never goes back.
package struct RateGate: Sendable {
  /// What a caller is told.
  package enum Departure: Equatable, Sendable {
    /// It sends now; `settle` takes the ticket.
    case go(ticket: Int)
    /// No sooner than this, and then it asks again: others may settle with fewer tokens before.
    case wait(until: Int64)
    /// One call wants more tokens than a whole window allows.
    case never
  }

  private struct Call {
    let ticket: Int
    let time: Int64
    var tokens: Int
  }

  /// Calls a window may hold, and tokens; nil for no bound.
  package private(set) var requests: Int?
  package private(set) var tokens: Int?
  /// The window's length. A little over the provider's, for the time a request is under way.
  package let window: Int64
  /// Calls in the window, oldest first.
  private var calls: [Call] = []
  private var held = 0
  private var nextTicket = 0
  /// No call is let out before this time.
  private var heldUntil = Int64.min

  /// A gate with these bounds, each above 0.
  package init(requests: Int?, tokens: Int?, window: Int64 = 60_500_000_000) {
    self.window = window
    allow(requests: requests, tokens: tokens)
  }

  /// Takes on other bounds, each above 0; what lies in the window counts on.
  package mutating func allow(requests: Int?, tokens: Int?) {
    precondition(requests ?? 1 > 0 && tokens ?? 1 > 0, "a gate's bounds are above 0")
    self.requests = requests
    self.tokens = tokens
  }

  /// Lets no call out before `time`, because the provider said so.
  package mutating func hold(until time: Int64) { heldUntil = max(heldUntil, time) }

  /// Lets a call of at most `wanted` tokens out, if there is room now.
  package mutating func depart(tokens wanted: Int, now: Int64) -> Departure {
    forget(before: now)
    if let tokens, wanted > tokens { return .never }
    let time = max(heldUntil, earliest(for: wanted))
    guard time <= now else { return .wait(until: time) }
    nextTicket += 1
    calls.append(Call(ticket: nextTicket, time: now, tokens: wanted))
    held += wanted
    return .go(ticket: nextTicket)
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

  /// Puts the tokens really used in place of those reserved, as long as they count.
  package mutating func settle(_ ticket: Int, tokens used: Int) {
    guard let index = calls.lastIndex(where: { $0.ticket == ticket }) else { return }
    held += used - calls[index].tokens
    calls[index].tokens = used
  }

  /// What lies in the window.
  package mutating func load(now: Int64) -> (requests: Int, tokens: Int) {
    forget(before: now)
    return (calls.count, held)
  }

  private mutating func forget(before now: Int64) {
    let gone = calls.prefix { $0.time + window <= now }
    guard !gone.isEmpty else { return }
    held -= gone.reduce(0) { $0 + $1.tokens }
    calls.removeFirst(gone.count)
  }
}
