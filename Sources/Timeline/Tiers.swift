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
    origin = min(kept.hours ?? minutes, minutes)
  }

  /// Seconds between what is told apart at a second.
  func step(at second: Int64) -> Int64 {
    if second >= seconds { return 1 }
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

/// The times (ms) at which the value of counters is asked for: a counter that is known by stretches
/// is a staircase, so it can be told at any time, and the times are chosen by what is made of it.
struct SampleTimes {
  /// Rising, each once.
  private(set) var times: [Int64]
  /// Milliseconds between what is told apart where it is told apart least.
  let coarseStep: Int64
  /// Whether only differences between the times matter.
  let isDifference: Bool
  /// Whether they are for a range selector.
  let isRange: Bool

  /// Functions that look at the ends of their range only.
  private static let differences: Set<String> = ["rate", "increase", "delta"]

  init(
    _ hints: SelectHints, after: Int64, through: Int64, _ tiers: Tiers, limit: Int
  ) throws(QueryError) {
    let given = hints.range > 0 ? hints.range : hints.first - after
    var range = given
    for _ in 0..<2 {
      let oldest = max(tiers.origin, Tiers.floor(hints.first - range, to: 1_000) / 1_000)
      range = max(given, 2_000 * tiers.step(at: oldest))
    }
    coarseStep = range > given ? range / 2 : 0
    isRange = hints.range > 0
    isDifference = Self.differences.contains(hints.function)
    let count = hints.step == 0 ? 1 : Int((through - hints.first) / hints.step) + 1
    let ends = (0..<count).map { hints.first + Int64($0) * hints.step }
    if !isRange {
      times = Self.past(ends, tiers.now)
    } else if isDifference {
      // Just behind the edge, which is not in the range, stands what was at the edge.
      times = Self.past(Self.merged(ends.map { $0 - range + 1 }, ends), tiers.now)
    } else {
      times = try Self.dense(ends, range, tiers, limit)
    }
  }

  /// Every time within the ranges at which something can have become visible.
  private static func dense(
    _ ends: [Int64], _ range: Int64, _ tiers: Tiers, _ limit: Int
  ) throws(QueryError) -> [Int64] {
    var times: [Int64] = []
    for end in ends {
      var next = max(end - range, times.last ?? .min, tiers.origin * 1_000 - 1) + 1
      while next <= min(end, tiers.now) {
        let step = 1_000 * tiers.step(at: Tiers.floor(next - 1, to: 1_000) / 1_000)
        let time = Tiers.ceiling(next, to: step)
        guard time <= min(end, tiers.now) else { break }
        times.append(time)
        guard times.count <= limit else { throw TimelineSource.tooMany }
        next = time + 1
      }
      // The present counts are visible now, within their second.
      if tiers.now <= end, tiers.now > end - range, tiers.now > times.last ?? .min {
        times.append(tiers.now)
      }
    }
    return times
  }

  /// What is there yet: the newest sample is one of now.
  private static func past(_ times: [Int64], _ now: Int64) -> [Int64] {
    guard let last = times.last, last > now else { return times }
    let past = times.filter { $0 < now }
    return past + [now]
  }

  private static func merged(_ left: [Int64], _ right: [Int64]) -> [Int64] {
    var merged: [Int64] = []
    merged.reserveCapacity(left.count + right.count)
    var (i, j) = (0, 0)
    while i < left.count || j < right.count {
      let takesLeft = j == right.count || i < left.count && left[i] <= right[j]
      let time = takesLeft ? left[i] : right[j]
      if takesLeft { i += 1 } else { j += 1 }
      if time != merged.last { merged.append(time) }
    }
    return merged
  }

  /// The place of the first time at which what becomes visible at `time` is visible; `count` when
  /// it is visible at none.
  @inline(__always)
  static func place(of time: Int64, in times: borrowing [Int64]) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low &+ high) &>> 1
      if times[middle] < time { low = middle &+ 1 } else { high = middle }
    }
    return low
  }
}
