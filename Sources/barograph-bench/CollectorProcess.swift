internal import Glibc
internal import LinuxIO

/// The collector under test, as a process of its own on a temporary directory.
struct CollectorProcess: ~Copyable {
  // unsafe because the C library spawns from raw argument vectors that outlive the call.
  let pid: pid_t
  let port: UInt16
  let directory: String

  /// Starts the program named by `BAROGRAPH_PROGRAM` and waits until it listens.
  init(
    port: UInt16, durability: String = "fsync", hasKeys: Bool = false, environment: [String] = []
  ) throws(Errno) {
    self.port = port
    directory = "\(Environment.current()["TMPDIR"] ?? "/tmp")/barograph-bench-\(getpid())-\(port)"
    let program = Environment.current()["BAROGRAPH_PROGRAM"] ?? ".build/release/barograph"
    let arguments = [
      program, "serve", "--listen", "127.0.0.1:\(port)", "--udp", "127.0.0.1:\(port)", "--data",
      directory,
    ]
    guard try !Self.isTaken(port) else { throw Errno.addressInUse }
    if hasKeys { try BenchKeys.write(to: directory) }
    pid = try Self.spawn(
      program, arguments, ["BAROGRAPH_DURABILITY=\(durability)"] + environment)
    let start = Clock.monotonic
    while Clock.monotonic - start < 10_000_000_000 {
      do throws(Errno) {
        let address = try Self.address(port)
        _ = try FileDescriptor.connected(to: address, milliseconds: 100)
        break
      } catch {
        Pause.milliseconds(2)
      }
    }
    readyMilliseconds = Double(Clock.monotonic - start) / 1e6
  }

  /// Milliseconds from its start until it took a connection.
  let readyMilliseconds: Double

  func address() throws(Errno) -> SocketAddress { try Self.address(port) }

  /// Whether somebody answers on the port already, whom a benchmark would measure in its stead.
  private static func isTaken(_ port: UInt16) throws(Errno) -> Bool {
    let address = try address(port)
    do throws(Errno) {
      _ = try FileDescriptor.connected(to: address, milliseconds: 100)
      return true
    } catch {
      return false
    }
  }

  private static func address(_ port: UInt16) throws(Errno) -> SocketAddress {
    do {
      return try SocketAddress("127.0.0.1:\(port)")
    } catch {
      throw Errno.invalidArgument
    }
  }

  /// CPU seconds that the process has used so far.
  func cpuSeconds() -> Double {
    let fields = status("stat").split(separator: " ")
    guard fields.count > 15, let user = Double(fields[13]), let system = Double(fields[14]) else {
      return .nan
    }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Resident memory in MiB.
  func residentMiB() -> Double {
    let pages = status("statm").split(separator: " ")
    return pages.count > 1 ? (Double(pages[1]) ?? .nan) * 4 / 1_024 : .nan
  }

  /// Bytes of the database.
  func storeBytes() -> Int {
    ["barograph.db", "barograph.db-wal"].reduce(0) { sum, name in
      do throws(Errno) {
        return sum + (try FileSystem.size(of: "\(directory)/\(name)"))
      } catch {
        return sum
      }
    }
  }

  /// Stops it and removes its data.
  consuming func stop() {
    kill(pid, SIGTERM)
    var status: Int32 = 0
    _ = unsafe waitpid(pid, &status, 0)
    do throws(Errno) {
      for name in try FileSystem.names(in: directory) {
        try FileSystem.remove("\(directory)/\(name)")
      }
      try FileSystem.removeDirectory(directory)
    } catch {
      print("cannot remove \(directory): \(error)")
    }
  }

  private func status(_ name: String) -> String {
    do throws(Errno) {
      return String(
        decoding: try FileSystem.read("/proc/\(pid)/\(name)", limit: 4_096), as: UTF8.self)
    } catch {
      return ""
    }
  }

  private static func spawn(
    _ program: String, _ arguments: [String], _ variables: [String]
  ) throws(Errno) -> pid_t {
    var pid: pid_t = 0
    var words = unsafe arguments.map { unsafe strdup($0) }
    unsafe words.append(nil)
    var environment = unsafe variables.map { unsafe strdup($0) }
    unsafe environment.append(nil)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let result = unsafe posix_spawn(&pid, program, &actions, nil, &words, &environment)
    guard result == 0 else { throw Errno(result) }
    return pid
  }
}
