internal import PromQL

/// The times (ms) at which the value of counters is asked for: a counter that is known by stretches
/// is a staircase, so it can be told at any time, and the times are chosen by what is made of it.
struct SampleTimes {
  /// When values are looked for, rising, each once.
  private(set) var times: [Int64] = []
  /// The samples that are shown, rising: their times, and the places of their values in `times`.
  private(set) var shown: [Int64] = []
  private(set) var places: [Int] = []
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
    isDifference = isRange && Self.differences.contains(hints.function)
    let count = hints.step == 0 ? 1 : Int((through - hints.first) / hints.step) + 1
    guard count <= limit else { throw TimelineSource.tooMany }
    let ends = (0..<count).map { hints.first + Int64($0) * hints.step }
    if isDifference {
      show(ends, behind: range, from: tiers.origin * 1_000, tiers.now)
    } else {
      times = isRange ? try Self.dense(ends, range, tiers, limit) : Self.past(ends, tiers.now)
      shown = times
      places = Array(times.indices)
    }
  }

  /// Both ends of every range. Just behind the edge, which is not in the range, stands what was at
  /// the edge; of a range that begins before anything is known, what was at `origin`.
  private mutating func show(
    _ ends: [Int64], behind range: Int64, from origin: Int64, _ now: Int64
  ) {
    var (left, right) = (0, 0)
    func append(_ time: Int64, _ shownTime: Int64) {
      if times.last.map({ $0 < time }) ?? true { times.append(time) }
      guard shown.last.map({ $0 < shownTime }) ?? true else { return }
      shown.append(shownTime)
      places.append(times.count - 1)
    }
    while left < ends.count || right < ends.count {
      let (edge, end) = (
        left < ends.count ? max(ends[left] - range, origin) : .max,
        right < ends.count ? ends[right] : .max
      )
      if end <= edge {
        append(min(end, now), min(end, now))
        right += 1
      } else {
        if edge < now { append(edge, edge + 1) }
        left += 1
      }
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
    return times.filter { $0 < now } + [now]
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
