/// How long to wait between tries: exponential with full jitter, within limits. It keeps no state
/// and knows no clock: tries, time and randomness are arguments.
package struct Backoff: Equatable, Sendable {
  /// The widest wait after the first failed try; it doubles with each further one.
  package var firstMilliseconds: Int64
  /// No wait is chosen wider than this; one that a server asks for may be.
  package var longestMilliseconds: Int64
  /// How many tries there are in all.
  package var tries: Int
  /// A wait that would end later than this after the first try is not begun.
  package var totalMilliseconds: Int64

  /// 1 s, 2 s, 4 s … up to 60 s, for at most 15 minutes, unless told otherwise.
  package init(
    firstMilliseconds: Int64 = 1_000, longestMilliseconds: Int64 = 60_000, tries: Int = 20,
    totalMilliseconds: Int64 = 900_000
  ) {
    precondition(
      firstMilliseconds > 0 && longestMilliseconds >= firstMilliseconds && tries > 0,
      "waits are positive and there is a first try")
    self.firstMilliseconds = firstMilliseconds
    self.longestMilliseconds = longestMilliseconds
    self.tries = tries
    self.totalMilliseconds = totalMilliseconds
  }

  /// Milliseconds to wait after `failed` tries, the first of which began `elapsed` milliseconds
  /// ago; nothing when it is time to give up. `random` spreads the wait evenly from 0 to its
  /// widest; `retryAfter` seconds, asked for by the server, take its place.
  package func wait(
    failed: Int, elapsed: Int64, random: UInt64, retryAfter: Int64? = nil
  ) -> Int64? {
    precondition(failed > 0, "a wait follows a failed try")
    guard failed < tries else { return nil }
    let wait: Int64
    if let retryAfter {
      let (asked, overflows) = retryAfter.multipliedReportingOverflow(by: 1_000)
      wait = overflows ? .max : asked
    } else {
      wait = Int64(random % UInt64(widest(failed) + 1))
    }
    guard elapsed <= totalMilliseconds, wait <= totalMilliseconds - elapsed else { return nil }
    return wait
  }

  private func widest(_ failed: Int) -> Int64 {
    let doublings = failed - 1
    guard doublings < firstMilliseconds.leadingZeroBitCount - 1 else { return longestMilliseconds }
    return min(firstMilliseconds << Int64(doublings), longestMilliseconds)
  }
}
