import Glibc

/// What the system says about this process: the values of the `process_*` metrics. A value the
/// system does not tell is missing.
package struct ProcessFacts: Equatable, Sendable {
  /// Bytes in memory now.
  package var residentBytes: Int?
  /// Bytes of address space.
  package var virtualBytes: Int?
  /// User and system time so far.
  package var cpuSeconds: Double
  /// Descriptors open now, and how many may be.
  package var openDescriptors: Int?
  package var maximumDescriptors: Int?
  /// When the process started, in seconds since 1970.
  package var startSeconds: Double?
  /// How many threads it runs.
  package var threads: Int?

  /// The facts as they are now. Reads four small files of `/proc`.
  package static func current() -> ProcessFacts {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let fields = stat()
    return ProcessFacts(
      residentBytes: number(fields, 24).map { $0 * page },
      virtualBytes: number(fields, 23),
      cpuSeconds: Double(Clock.processCPU) / 1e9,
      openDescriptors: openDescriptorCount(),
      maximumDescriptors: limit(),
      startSeconds: start(fields),
      threads: number(fields, 20))
  }

  /// The number of this process.
  package static var id: Int { Int(getpid()) }

  /// Fields 3 and on of `/proc/self/stat`; the second is a name that may hold anything.
  private static func stat() -> [Substring] {
    guard let text = text("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return [] }
    return text[text.index(after: end)...].split(separator: " ")
  }

  /// The field that proc(5) counts as `number`.
  private static func number(_ fields: [Substring], _ number: Int) -> Int? {
    fields.indices.contains(number - 3) ? Int(fields[number - 3]) : nil
  }

  private static func start(_ fields: [Substring]) -> Double? {
    guard let ticks = number(fields, 22), let text = text("/proc/stat"),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
      let boot = Double(line.dropFirst(6))
    else { return nil }
    return boot + Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func openDescriptorCount() -> Int? {
    do {
      // One of them is the directory being read.
      return try FileSystem.names(in: "/proc/self/fd").count - 1
    } catch {
      return nil
    }
  }

  private static func limit() -> Int? {
    var limit = rlimit()
    // unsafe because the kernel fills `limit`.
    guard unsafe getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return nil }
    return Int(clamping: limit.rlim_cur)
  }

  private static func text(_ path: String) -> String? {
    do {
      return String(decoding: try FileSystem.read(path, limit: 1 << 20), as: UTF8.self)
    } catch {
      return nil
    }
  }
}
