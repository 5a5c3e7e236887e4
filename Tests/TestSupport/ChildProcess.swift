internal import Glibc
internal import Synchronization

// unsafe because arguments cross to the C library as pointers that outlive the calls.

/// A program started by a test. Whoever starts it ends it, by `kill` and `wait`.
package final class ChildProcess: Sendable {
  /// What it ended with.
  package enum End: Equatable, Sendable {
    case exit(Int32)
    case signal(Int32)
  }

  /// Why a program does not run.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Its number.
  package let pid: Int32
  /// The reading end of a pipe from its standard error; its end of file says that it has ended.
  package let standardError: Int32
  private let end = Mutex<End?>(nil)
  /// Held over pipe and spawn, so that no other child inherits the pipe.
  private static let spawning = Mutex(())

  /// Asks a program to end, and what nothing survives, as kill(2) counts them.
  package static let terminate: Int32 = 15
  package static let hangUp: Int32 = 1
  package static let killNow: Int32 = 9

  /// Starts the program at `path` with nothing in its environment.
  package init(_ path: String, _ arguments: [String]) throws(Failure) {
    (pid, standardError) = try Self.spawn(path, arguments)
  }

  /// The path of the program that runs this test.
  package static var ownPath: String {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = unsafe bytes.withUnsafeMutableBytes { room in
      guard let start = unsafe room.bindMemory(to: CChar.self).baseAddress else { return 0 }
      return unsafe readlink("/proc/self/exe", start, room.count)
    }
    return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
  }

  /// Sends it a signal, unless its end is known.
  package func send(signal: Int32) {
    end.withLock { end in
      if end == nil { _ = Glibc.kill(pid, signal) }
    }
  }

  /// Waits until it has ended.
  package func wait() -> End {
    end.withLock { end in
      if let end { return end }
      var status: Int32 = 0
      while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      let found: End = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
      end = found
      return found
    }
  }

  // Linux' F_SETPIPE_SZ, which C shows to GNU programs only.
  private static let setPipeSize: Int32 = 1_031

  private static func spawn(
    _ path: String, _ arguments: [String]
  ) throws(Failure) -> (pid: Int32, standardError: Int32) {
    let (pid, reader, problem) = spawning.withLock { _ in
      var ends: [Int32] = [-1, -1]
      guard unsafe pipe(&ends) == 0 else { return (Int32(-1), Int32(-1), errno) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
      // Room for what is said while nobody reads.
      _ = fcntl(ends[0], Self.setPipeSize, Int32(1 << 20))
      var pid: pid_t = -1
      var actions = unsafe posix_spawn_file_actions_t()
      unsafe posix_spawn_file_actions_init(&actions)
      defer { unsafe posix_spawn_file_actions_destroy(&actions) }
      unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
      var words = unsafe ([path] + arguments).map { unsafe strdup($0) }
      unsafe words.append(nil)
      defer { unsafe words.forEach { unsafe free($0) } }
      var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
      defer { unsafe environment.forEach { unsafe free($0) } }
      // A build that measures coverage names the file here.
      if let file = unsafe getenv("LLVM_PROFILE_FILE") {
        let entry = unsafe "LLVM_PROFILE_FILE=\(String(cString: file))"
        unsafe environment.insert(strdup(entry), at: 0)
      }
      let problem = unsafe posix_spawn(&pid, path, &actions, nil, words, &environment)
      _ = close(ends[1])
      return (pid, ends[0], problem)
    }
    guard problem == 0 else {
      throw Failure(
        description: "cannot start \(path): \(unsafe String(cString: strerror(problem)))")
    }
    return (pid, reader)
  }
}
