import LinuxIO
import TestSupport
import Testing

/// `barograph send` against the real collector.
@Suite struct SendTests {
  /// Sends `text` as a file of `format`; gives what the program ended with.
  private static func send(
    _ text: String, _ options: [String], to collector: RunningCollector
  ) throws -> ChildProcess.End {
    let path = "\(collector.directory)/lines"
    try FileSystem.writeAtomically(Array(text.utf8), to: path)
    let process = try ChildProcess(
      RunningCollector.program, ["send", "--url", collector.url] + options + [path])
    return process.wait()
  }

  @Test(
    "every format becomes events with their own time and message",
    arguments: [
      (
        "json", #"{"time":"2026-11-21T02:00:00Z","message":"from json"}"#, "from json"
      ),
      ("logfmt", #"time=2026-11-21T02:00:00Z level=warn msg="from logfmt""#, "from logfmt"),
      (
        "docker",
        #"{"log":"from docker\n","stream":"stdout","time":"2026-11-21T02:00:00Z"}"#, "from docker"
      ),
      (
        "cri",
        "2026-11-21T02:00:00Z stdout P from\n2026-11-21T02:00:00Z stdout F  cri", "from cri"
      ),
    ])
  func formats(format: String, text: String, message: String) throws {
    try RunningCollector.use { collector in
      #expect(try Self.send(text + "\n", ["--format", format], to: collector) == .exit(0))
      #expect(try Self.send(text + "\n", ["--format", "auto"], to: collector) == .exit(0))
      let events = try collector.text("/v1/events")
      let wanted = #""time":"2026-11-21T02:00:00Z""#
      #expect(events.components(of: wanted) == 2 && events.components(of: message) == 2)
    }
  }

  @Test func aStackTraceIsOneEventWhenLinesAreJoined() throws {
    try RunningCollector.use { collector in
      let text = "ERROR broken\n  at first\n  at second\nnext\n"
      #expect(try Self.send(text, ["--format", "text", "--multiline"], to: collector) == .exit(0))
      let events = try collector.text("/v1/events")
      #expect(events.contains(#""message":"ERROR broken\n  at first\n  at second""#))
      #expect(events.components(of: #""message":"#) == 2)
    }
  }

  @Test func refusedLinesAndWrongUsageAreTold() throws {
    let lines = "{\"type\":\"llm\",\"model\":\"m\"}\nno json\n"
    try RunningCollector.use { collector in
      let end = try Self.send(lines, ["--format", "json"], to: collector)
      #expect(end == .exit(1))
      #expect(try collector.text("/v1/events").components(of: #""type":"llm""#) == 1)
      #expect(try Self.send(lines, ["--format", "xml"], to: collector) == .exit(2))
    }
  }
}

extension String {
  /// How often `part` stands in it.
  fileprivate func components(of part: String) -> Int {
    var (count, rest) = (0, Substring(self))
    while !rest.isEmpty {
      if rest.hasPrefix(part) { count += 1 }
      rest = rest.dropFirst()
    }
    return count
  }
}
