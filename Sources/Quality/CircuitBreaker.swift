/// Stops asking a provider that is in trouble, and finds out by one call at a time when it is well.
package struct CircuitBreaker: Sendable {
  /// How it stands.
  package enum State: String, Sendable {
    case closed, open
    case halfOpen = "half_open"
  }

  /// What a caller is told.
  package enum Permit: Equatable, Sendable {
    case pass
    /// It is the one call that finds out; its outcome decides.
    case probe
    /// No call before this time, unless the probe ends earlier.
    case refused(until: Int64)
  }

  /// What happens when; times in ns.
  package struct Settings: Sendable {
    /// Troubles one after the other that open it.
    package var threshold = 5
    /// How long it stays open, doubled by each failed probe up to the longest.
    package var pause: Int64 = 10_000_000_000
    package var longestPause: Int64 = 300_000_000_000
    /// When a probe that nobody has reported counts as failed.
    package var probeTimeout: Int64 = 120_000_000_000

    /// The usual settings.
    package init() {}
  }

  private let settings: Settings
  private var troubles = 0
  private var pause: Int64
  private var openUntil: Int64?
  private var probeUntil: Int64?
  /// How often it opened, and how many calls it refused.
  package private(set) var openings = 0
  package private(set) var refusals = 0

  /// A closed breaker.
  package init(_ settings: Settings = Settings()) {
    self.settings = settings
    pause = settings.pause
  }

  /// How it stands at `now`.
  package func state(now: Int64) -> State {
    guard let openUntil else { return .closed }
    return probeUntil != nil || now >= openUntil ? .halfOpen : .open
  }

  /// Whether a call may be made.
  package mutating func permit(now: Int64) -> Permit {
    guard let openUntil else { return .pass }
    if let probeUntil {
      if now < probeUntil { return refuse(until: probeUntil) }
      reopen(now: probeUntil)
      return permit(now: now)
    }
    guard now >= openUntil else { return refuse(until: openUntil) }
    probeUntil = now + settings.probeTimeout
    return .probe
  }

  private mutating func refuse(until time: Int64) -> Permit {
    refusals += 1
    return .refused(until: time)
  }

  /// Takes in how a call ended. Calls that began before it opened change nothing while it is open.
  package mutating func record(_ permit: Permit, isTrouble: Bool, now: Int64) {
    switch (permit, openUntil) {
    case (.refused, _): return
    case (.probe, _?) where probeUntil != nil:
      if isTrouble { reopen(now: now) } else { close() }
    case (.pass, nil):
      troubles = isTrouble ? troubles + 1 : 0
      if troubles >= settings.threshold {
        openings += 1
        openUntil = now + pause
      }
    default: return
    }
  }

  private mutating func reopen(now: Int64) {
    openings += 1
    pause = min(pause * 2, settings.longestPause)
    openUntil = now + pause
    probeUntil = nil
  }

  private mutating func close() {
    (openUntil, probeUntil) = (nil, nil)
    (troubles, pause) = (0, settings.pause)
  }
}
