import CLinux
import Glibc
import Synchronization

/// The terminal of this process as a screen for a program: bytes as they are typed, and everything
/// as it was when the program leaves, also by a crash.
///
/// There is one terminal and one such program, so all of it is static. Called by one thread.
package enum TerminalMode {
  // unsafe because a signal handler, which may interrupt anything, reads what lies here. Both are
  // written before the handlers are installed and never freed.
  @safe private struct Saved {
    var before = termios()
    var leaving: UnsafeMutablePointer<UInt8>?
    var count = 0
  }

  // nonisolated(unsafe): written by the one thread that calls; handlers read it after `isRaw` is
  // set.
  private nonisolated(unsafe) static var saved = Saved()
  /// Released by `enter` after `saved` is written; a handler acquires it.
  private static let isRaw = Atomic(false)

  /// Lets standard input give each byte as it is typed, without echo or signals from keys. What
  /// `leaving` holds is written to standard output when a fatal signal ends the process.
  package static func enter(leaving bytes: [UInt8]) throws(Errno) {
    var mode = termios()
    // unsafe because the C library fills and reads `mode`, which outlives the calls.
    _ = try checked { unsafe tcgetattr(0, &mode) }
    unsafe saved.before = mode
    if unsafe saved.leaving == nil {
      let room = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
      for (index, byte) in bytes.enumerated() { unsafe room[index] = byte }
      unsafe saved.leaving = unsafe room
      unsafe saved.count = bytes.count
    }
    isRaw.store(true, ordering: .releasing)
    installHandlers()
    unsafe cfmakeraw(&mode)
    _ = try checked { unsafe tcsetattr(0, TCSANOW, &mode) }
  }

  /// Gives the terminal back as `enter` found it; harmless when nothing was entered.
  package static func leave() {
    guard isRaw.exchange(false, ordering: .acquiringAndReleasing) else { return }
    _ = unsafe tcsetattr(0, TCSADRAIN, &saved.before)
  }

  /// Stops this process as the shell expects of Ctrl-Z; returns when it goes on.
  package static func stop() {
    _ = kill(getpid(), SIGSTOP)
  }

  private static func installHandlers() {
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE] {
      _ = signal(number) { number in
        if TerminalMode.isRaw.load(ordering: .acquiring) {
          _ = unsafe write(1, TerminalMode.saved.leaving, TerminalMode.saved.count)
          _ = unsafe tcsetattr(0, TCSANOW, &TerminalMode.saved.before)
        }
        _ = signal(number, SIG_DFL)
        _ = raise(number)
      }
    }
  }
}

/// Standard input of a program that waits for several things at once.
package enum StandardInput {
  /// The descriptor's number, to watch for `read`.
  package static let raw: Int32 = 0

  /// Up to 4 KiB of what was typed, once it is known to be readable; nil at its end.
  package static func read() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    // unsafe because the kernel fills the array's memory for the length of the call.
    let count = unsafe bytes.withUnsafeMutableBytes { room in
      unsafe Glibc.read(0, room.baseAddress, room.count)
    }
    if count < 0 { return errno == EINTR || errno == EAGAIN ? [] : nil }
    return count == 0 ? nil : Array(bytes[..<count])
  }
}
