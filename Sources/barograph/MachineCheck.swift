internal import Collector
internal import LinuxIO

/// What the machine allows a collector: descriptors, memory, datagrams that wait.
enum MachineCheck {
  /// Datagrams that the kernel should hold for the time of a slow commit: some 8,000 small ones.
  private static let enoughBytes = 4 << 20

  static func findings(_ configuration: Configuration, collector: Int?) -> [InstallationFinding] {
    [descriptors(configuration, collector), memory(configuration), datagrams(configuration)]
      .compactMap { $0 }
  }

  private static func descriptors(
    _ configuration: Configuration, _ collector: Int?
  ) -> InstallationFinding? {
    let path = "/proc/\(collector.map(String.init) ?? "self")/limits"
    guard let line = lines(path).first(where: { $0.hasPrefix("Max open files") }),
      let soft = line.split(separator: " ").dropFirst(3).first.flatMap({ Int($0) })
    else { return nil }
    // Beside connections: the store, rules, prices, receivers.
    let wanted = configuration.limits.connections + 200
    guard soft < wanted else { return .ok("descriptors", "\(soft) files may be open") }
    return .advice(
      "descriptors",
      "\(soft) files may be open, too few for limits.connections"
        + " (\(configuration.limits.connections)): further clients wait until some go",
      do: "LimitNOFILE=65536 in the unit, or `ulimit -n 65536` before the start; or lower the limit"
    )
  }

  private static func memory(_ configuration: Configuration) -> InstallationFinding? {
    let figures = lines("/proc/meminfo").compactMap { line -> Int? in
      guard line.hasPrefix("MemTotal:") else { return nil }
      return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }
    guard let machine = figures.first.map({ $0 << 10 }) else { return nil }
    let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
      .compactMap { lines($0).first.flatMap { Int($0) } }.min()
    let total = min(machine, group ?? .max)
    // Windows, caches, the identities of de-duplication and SQLite come beside it.
    let wanted = configuration.memoryLimit * 2
    guard total < wanted else { return .ok("memory", "\(total >> 20) MiB") }
    return .advice(
      "memory",
      "\(total >> 20) MiB are there, and memory_limit is"
        + " \(configuration.memoryLimit >> 20) MiB, to which windows and caches come",
      do: "set memory_limit to \(max(64, total >> 22)) MiB, or give the machine more")
  }

  private static func datagrams(_ configuration: Configuration) -> InstallationFinding? {
    guard configuration.udp != nil, let text = lines("/proc/sys/net/core/rmem_max").first,
      let most = Int(text)
    else { return nil }
    guard most < enoughBytes else { return .ok("datagrams", "\(most >> 10) KiB may wait") }
    return .advice(
      "datagrams",
      "the kernel lets \(most >> 10) KiB of datagrams wait: bursts over UDP are dropped"
        + " (and counted in barograph_udp_kernel_drops_total)",
      do: "sysctl -w net.core.rmem_max=67108864, and the same line in /etc/sysctl.d/barograph.conf;"
        + " then restart the collector")
  }

  private static func lines(_ path: String) -> [String] {
    do throws(Errno) {
      let bytes = try FileSystem.read(path, limit: 1 << 20)
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    } catch {
      return []
    }
  }
}
