import Glibc

/// The machine's clocks, in nanoseconds. Code that decides takes time as an argument; this is where
/// the argument comes from.
package enum Clock {
  /// Since 1970 UTC; jumps when somebody sets the clock. About 20 ns a call.
  package static var wall: Int64 { read(CLOCK_REALTIME) }

  /// Since some fixed moment; never goes back.
  package static var monotonic: Int64 { read(CLOCK_MONOTONIC) }

  /// As `wall`, up to 4 ms late, for a quarter of the price.
  package static var coarseWall: Int64 { read(CLOCK_REALTIME_COARSE) }

  /// As `monotonic`, up to 4 ms late, for a quarter of the price.
  package static var coarseMonotonic: Int64 { read(CLOCK_MONOTONIC_COARSE) }

  /// Time the process has spent on processors.
  package static var processCPU: Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

  /// Time the calling thread has spent on processors.
  package static var threadCPU: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    let result = unsafe clock_gettime(clock, &time)
    precondition(result == 0, "the clocks named here exist on every Linux")
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
