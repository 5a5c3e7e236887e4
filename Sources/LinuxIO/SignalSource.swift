import CLinux
import Glibc

/// The signals a server reacts to, as a descriptor to watch instead of code that interrupts.
package struct SignalSource: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  /// The signals of interest.
  package enum Signal: Int32, Sendable, CaseIterable {
    /// Asks to stop.
    case terminate = 15
    /// Ctrl-C.
    case interrupt = 2
    /// Asks to read the configuration again.
    case hangUp = 1
    /// The size of the terminal changed.
    case windowChange = 28
    /// Asks to stop until told to go on.
    case stop = 20
  }

  /// The signals of a server.
  package static let serving: [Signal] = [.terminate, .interrupt, .hangUp]

  /// Blocks the signals for the calling thread and all it starts later, and ignores SIGPIPE for
  /// the process. Call before the first thread is started.
  package init(_ signals: [Signal] = SignalSource.serving) throws(Errno) {
    var set = sigset_t()
    // unsafe because the C library fills and reads the set, which outlives the calls.
    unsafe sigemptyset(&set)
    for signal in signals { unsafe sigaddset(&set, signal.rawValue) }
    let blocked = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    guard blocked == 0 else { throw Errno(blocked) }
    Self.ignoreBrokenPipes()
    let flags = Int32(SFD_NONBLOCK | SFD_CLOEXEC)
    descriptor = FileDescriptor(owning: try checked { unsafe signalfd(-1, &set, flags) })
  }

  /// Makes writes to a closed connection an error instead of the end of the process.
  package static func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// The descriptor's number, to watch for `read`.
  package var raw: Int32 { descriptor.raw }

  /// The next signal that came; nothing when there is none.
  package func next() throws(Errno) -> Signal? {
    var bytes: [UInt8] = []
    guard
      case .bytes(let count) = try descriptor.read(
        upTo: MemoryLayout<signalfd_siginfo>.size, into: &bytes),
      count == MemoryLayout<signalfd_siginfo>.size
    else { return nil }
    // The signal's number is the first word of the record.
    return Signal(rawValue: Int32(bytes[0]))
  }
}
