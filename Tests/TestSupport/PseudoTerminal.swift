internal import Glibc
internal import Synchronization

// unsafe because arguments cross to the C library as pointers that outlive the calls.

/// A program that runs on a terminal of its own, with this process at the other end.
package final class PseudoTerminal: Sendable {
  /// Our end of the terminal, which does not block.
  package let descriptor: Int32
  /// The program's number.
  package let pid: Int32
  private let end = Mutex<ChildProcess.End?>(nil)

  /// Starts `path` as the leader of a session on a new terminal of this size.
  package init(
    _ path: String, _ arguments: [String], environment: [String], width: Int, height: Int
  ) throws(ChildProcess.Failure) {
    let master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (isLocked, number): (Int32, UInt32) = (0, 0)
    // The C library hides unlockpt and ptsname: these are TIOCSPTLCK and TIOCGPTN.
    guard master >= 0, unsafe ioctl(master, 0x4004_5431, &isLocked) == 0,
      unsafe ioctl(master, 0x8004_5430, &number) == 0
    else { throw Self.failure("cannot open a terminal", errno) }
    let name = "/dev/pts/\(number)"
    var size = winsize(
      ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &size)
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    descriptor = master
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    // The leader of a session takes the first terminal it opens for its own.
    unsafe posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, 0, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // A session of its own (POSIX_SPAWN_SETSID), and no signal blocked that the tests' runner
    // blocks for itself.
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(0x80 | POSIX_SPAWN_SETSIGMASK))
    var words = unsafe ([path] + arguments).map { unsafe strdup($0) }
    unsafe words.append(nil)
    var variables = unsafe environment.map { unsafe strdup($0) }
    unsafe variables.append(nil)
    defer {
      unsafe words.forEach { unsafe free($0) }
      unsafe variables.forEach { unsafe free($0) }
    }
    var child: pid_t = -1
    let problem = unsafe posix_spawn(&child, path, &actions, &attributes, words, &variables)
    guard problem == 0 else { throw Self.failure("cannot start \(path)", problem) }
    pid = child
  }

  deinit {
    // Whoever reads the descriptor owns it no longer than this object.
    close(descriptor)
  }

  private static func failure(_ what: String, _ number: Int32) -> ChildProcess.Failure {
    ChildProcess.Failure(description: "\(what): \(unsafe String(cString: strerror(number)))")
  }

  /// Types bytes.
  package func type(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { raw in
        unsafe Glibc.write(descriptor, raw.baseAddress.unsafelyUnwrapped + sent, raw.count - sent)
      }
      if count < 0, errno != EAGAIN, errno != EINTR { return }
      sent += max(0, count)
    }
  }

  /// Types text.
  package func type(_ text: String) { type(Array(text.utf8)) }

  /// Changes the size of the terminal, of which the program is told.
  package func resize(width: Int, height: Int) {
    var size = winsize(
      ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    _ = unsafe ioctl(descriptor, UInt(TIOCSWINSZ), &size)
  }

  /// What the program wrote within so many milliseconds; nil when it has ended or hung up.
  package func read(milliseconds: Int32) -> [UInt8]? {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard unsafe Glibc.poll(&poll, 1, milliseconds) > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe bytes.withUnsafeMutableBytes { room in
      unsafe Glibc.read(descriptor, room.baseAddress, room.count)
    }
    if count < 0, errno == EAGAIN || errno == EINTR { return [] }
    return count <= 0 ? nil : Array(bytes[..<count])
  }

  /// Whether keys are echoed and lines are edited, as a shell expects its terminal.
  package var isCooked: Bool {
    var mode = termios()
    guard unsafe tcgetattr(descriptor, &mode) == 0 else { return false }
    return mode.c_lflag & tcflag_t(ICANON) != 0 && mode.c_lflag & tcflag_t(ECHO) != 0
  }

  /// Sends the program a signal.
  package func send(signal: Int32) {
    end.withLock { if $0 == nil { _ = Glibc.kill(pid, signal) } }
  }

  /// Waits for its end.
  package func wait() -> ChildProcess.End {
    end.withLock { end in
      if let end { return end }
      var status: Int32 = 0
      while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      let found: ChildProcess.End =
        status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
      end = found
      return found
    }
  }
}
