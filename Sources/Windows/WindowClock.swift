internal import Synchronization

/// The second that windows are at, agreed on by all threads from their own looks at the wall clock.
///
/// It never goes back by a little: events of the seconds ahead wait there until the clock comes to
/// them. When the clock steps back by more than `WindowReach.backwardSeconds`, a new era begins,
/// and what was counted in the one before is in no window any more.
package final class WindowClock: Sendable {
  // The era in the upper 16 bits, the highest second in the lower 48. One word, so that both change
  // at once. Relaxed: nothing else is published by it.
  private let state: Atomic<UInt64>

  /// A moment as recorded and read by.
  package struct Moment: Equatable, Sendable {
    /// How often the clock has stepped back.
    package let era: Int64
    /// The second that it is.
    package let second: Int64
    /// The highest second of the era: what is too old is measured from here.
    package let highest: Int64
  }

  /// The first second, a multiple of ten, that may be held singly when it is the second `now`; what
  /// was before is held by tens at most.
  package static func firstSingleSecond(at now: Int64) -> Int64 {
    WindowReach.floor(now - WindowReach.singleSeconds + 1, to: WindowReach.blockSeconds)
  }

  /// A clock that is at the second of `now` (ns since 1970).
  package init(now: Int64) {
    state = Atomic(Self.pack(era: 0, second: Self.second(now)))
  }

  /// What a look at the wall clock, `now` in ns, means for windows. A thread that was held up since
  /// it looked is late; that is no step of the clock.
  package func moment(at now: Int64) -> Moment {
    let second = Self.second(now)
    var current = state.load(ordering: .relaxed)
    while true {
      let (era, highest) = Self.unpack(current)
      if second <= highest { return Moment(era: era, second: second, highest: highest) }
      let (done, seen) = exchange(&current, era: era, second: second)
      if done { return seen }
    }
  }

  /// Begins a new era if the clock, looked at just now, has stepped back. For the one thread that
  /// keeps the time.
  package func followSteps(at now: Int64) {
    let second = Self.second(now)
    var current = state.load(ordering: .relaxed)
    while true {
      let (era, highest) = Self.unpack(current)
      guard second < highest - WindowReach.backwardSeconds else { return }
      if exchange(&current, era: (era + 1) & 0xFFFF, second: second).done { return }
    }
  }

  private func exchange(
    _ current: inout UInt64, era: Int64, second: Int64
  ) -> (done: Bool, moment: Moment) {
    let (done, seen) = state.weakCompareExchange(
      expected: current, desired: Self.pack(era: era, second: second), ordering: .relaxed)
    current = seen
    return (done, Moment(era: era, second: second, highest: second))
  }

  /// What a look at the wall clock means, for who only reads: a clock that stepped back shows an
  /// era that nothing was counted in yet.
  func look(at now: Int64) -> Moment {
    let second = Self.second(now)
    let (era, highest) = Self.unpack(state.load(ordering: .relaxed))
    let isSteppedBack = second < highest - WindowReach.backwardSeconds
    return Moment(
      era: isSteppedBack ? era + 1 : era, second: second, highest: max(second, highest))
  }

  /// The era that it is.
  var era: Int64 { Self.unpack(state.load(ordering: .relaxed)).era }

  private static func second(_ now: Int64) -> Int64 { max(0, now / 1_000_000_000) }

  private static func pack(era: Int64, second: Int64) -> UInt64 {
    UInt64(era) << 48 | UInt64(second)
  }

  private static func unpack(_ word: UInt64) -> (era: Int64, second: Int64) {
    (Int64(word >> 48), Int64(word & 0xFFFF_FFFF_FFFF))
  }
}
