import CLinux
import Glibc

/// A program started by this one, with this one's environment; its standard output and error go to
/// a file, its input is empty. Ended when its owner goes away.
package final class Subprocess {
  /// Its number.
  package let pid: Int32
  private var status: Int32?

  /// The path of the program that runs now.
  package static var ownPath: String { "/proc/self/exe" }

  /// Starts the program at `path`; what it says is appended to the file `log`.
  package init(_ path: String, _ arguments: [String], log: String) throws(Errno) {
    // unsafe because arguments cross to the C library as pointers that outlive the call.
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(
      &actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // A group of its own: Ctrl-C at the terminal is not for it.
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    var words = unsafe ([path] + arguments).map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { unsafe words.forEach { unsafe free($0) } }
    var child: pid_t = -1
    let problem = unsafe posix_spawn(&child, path, &actions, &attributes, words, environ)
    guard problem == 0 else { throw Errno(problem) }
    pid = child
  }

  deinit {
    terminate()
    wait()
  }

  /// Asks it to end.
  package func terminate() {
    if status == nil { _ = kill(pid, SIGTERM) }
  }

  /// Whether it has not ended yet.
  package var isRunning: Bool {
    guard status == nil else { return false }
    var found: Int32 = 0
    guard unsafe waitpid(pid, &found, WNOHANG) == pid else { return true }
    status = found
    return false
  }

  /// Waits for its end.
  package func wait() {
    guard status == nil else { return }
    var found: Int32 = 0
    while unsafe waitpid(pid, &found, 0) < 0 && errno == EINTR {}
    status = found
  }
}
