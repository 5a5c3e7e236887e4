/// Keeps a service that is down from being asked over and over: after some failures in a row it is
/// left alone for a while, then asked once, and left alone for longer if that fails too. Time is an
/// argument, in milliseconds.
package struct Breaker: Equatable, Sendable {
  /// When it lets requests through.
  package enum State: String, Sendable {
    /// Always.
    case closed
    /// Not before its time.
    case open
    /// One, which decides.
    case halfOpen = "half-open"
  }

  /// Failures in a row that open it.
  package static let threshold = 5
  /// How long it is open at first; twice as long each time, up to the longest.
  package static let firstMilliseconds: Int64 = 30_000
  package static let longestMilliseconds: Int64 = 300_000

  /// When it lets requests through now.
  package private(set) var state = State.closed
  private var failures = 0
  private var openings = 0
  /// When the next request may go.
  package private(set) var opensAt: Int64 = 0

  /// Closed.
  package init() {}

  /// Whether a request may go at `now`; one that may is the trial of a breaker that was open.
  package mutating func admits(at now: Int64) -> Bool {
    switch state {
    case .closed: return true
    case .halfOpen: return false
    case .open:
      guard now >= opensAt else { return false }
      state = .halfOpen
      return true
    }
  }

  /// The service answered, if only to refuse.
  package mutating func succeed() {
    self = Breaker()
  }

  /// The service did not answer, or could not help it.
  package mutating func fail(at now: Int64) {
    failures += 1
    guard state == .halfOpen || failures >= Self.threshold else { return }
    let length = min(Self.firstMilliseconds << Int64(min(openings, 8)), Self.longestMilliseconds)
    openings += 1
    state = .open
    opensAt = now + length
  }
}
