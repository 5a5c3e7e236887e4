internal import History
internal import PromQL
internal import Windows

/// From when on counts are known how finely: seconds since 1970, each tier reaching to the next.
struct Tiers {
  /// When the picture was taken, in ms.
  let now: Int64
  /// Single seconds, tens, minutes, and hours: from here on.
  let seconds: Int64
  let tens: Int64
  let minutes: Int64
  /// Before this nothing is known.
  let origin: Int64

  static let hour: Int64 = 3_600

  init(_ kept: StretchTiers, recent: RecentCounts, now: Int64) {
    self.now = now
    let present = now / 1_000
    seconds = min(recent.firstSecond(at: present), Self.ceiling(present, to: 10))
    tens = min(kept.tens ?? seconds, seconds)
    minutes = min(kept.minutes ?? tens, tens)
    // Where nothing was kept so far, the present is known all the same.
    origin = min(kept.hours ?? minutes, minutes, present)
  }

  /// Seconds between what is told apart at a second.
  func step(at second: Int64) -> Int64 {
    // The second at hand is known for itself, also where none before it is.
    if second >= min(seconds, now / 1_000) { return 1 }
    if second >= tens { return 10 }
    return second >= minutes ? 60 : Self.hour
  }

  /// The hour that a time (ms) lies in, in seconds.
  static func hour(of time: Int64) -> Int64 { floor(floor(time, to: 1_000) / 1_000, to: hour) }

  static func floor(_ number: Int64, to step: Int64) -> Int64 {
    let rest = number % step
    return number - rest - (rest < 0 ? step : 0)
  }

  static func ceiling(_ number: Int64, to step: Int64) -> Int64 {
    floor(number + step - 1, to: step)
  }
}
