import LinuxIO
import Terminal
import TestSupport
import Testing

/// `barograph top` on a terminal of its own, and the screen a person would see.
final class TopTerminal {
  private static let patience: Int64 = 30_000_000_000

  let program: PseudoTerminal
  var terminal = TerminalEmulator(width: 80, height: 24)

  init(_ url: String, in directory: String, _ arguments: [String] = []) throws {
    program = try PseudoTerminal(
      RunningCollector.program, ["top", "--url", url, "--by", "models"] + arguments,
      environment: [
        "TERM=xterm-256color", "LANG=C.UTF-8", "XDG_CONFIG_HOME=\(directory)/config", "USER=ana",
      ],
      width: 80, height: 24)
  }

  /// Reads the screen until it is as wanted.
  func wait(for isRight: (TerminalEmulator) -> Bool) throws {
    let end = Clock.monotonic + Self.patience
    while !isRight(terminal) {
      guard Clock.monotonic < end, let bytes = program.read(milliseconds: 500) else {
        Issue.record("it never looked as wanted:\n\(terminal.text)")
        program.send(signal: ChildProcess.killNow)
        throw Errno.timedOut
      }
      terminal.write(bytes)
    }
  }

  /// Takes what it still writes and how it ended; the terminal must be as it was.
  func end() throws -> ChildProcess.End {
    let end = Clock.monotonic + Self.patience
    while let bytes = program.read(milliseconds: 500) {
      terminal.write(bytes)
      guard Clock.monotonic < end else {
        program.send(signal: ChildProcess.killNow)
        throw Errno.timedOut
      }
    }
    #expect(terminal.modes == [25, 7])
    #expect(!terminal.isAlternate)
    #expect(terminal.unknown.isEmpty)
    #expect(program.isCooked)
    return program.wait()
  }

  /// A port that nobody listens on just now.
  static func freePort() throws -> UInt16 {
    let listener = try Listener(.ipv4([127, 0, 0, 1], port: 0))
    return try #require(listener.address.port)
  }

  /// What a run without a terminal writes to standard output, and how it ends.
  static func output(_ arguments: [String]) throws -> (String, ChildProcess.End) {
    let file = "/tmp/barograph-top-\(ProcessFacts.id)-\(Random.word())"
    defer { Directories.removeAll(file) }
    try FileSystem.createDirectory(file)
    let process = try ChildProcess(
      "/bin/sh",
      [
        "-c", "LANG=C.UTF-8 exec \"$0\" \"$@\" >\(file)/out 2>\(file)/err </dev/null",
        RunningCollector.program,
      ]
        + arguments)
    let end = process.wait()
    _ = FileDescriptor(owning: process.standardError)
    return (
      String(decoding: try FileSystem.read("\(file)/out", limit: 1 << 20), as: UTF8.self), end
    )
  }
}

/// Compares figures as they are printed with those of the API, by their own digits.
enum TopFigures {
  static func compare(_ api: Answer, csv: String, text: String, label: String) throws {
    let lines = csv.split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let head = try #require(lines.first)
    let groups = api["groups"].items.filter { $0["labels"][label].text != "" }
    #expect(lines.count - 1 == groups.count)
    #expect(!groups.isEmpty)
    for line in lines.dropFirst() {
      let name = line[try #require(head.firstIndex(of: label))]
      let group = try #require(groups.first { $0["labels"][label].text == name })
      let window = group["windows"].members[0].value
      for (column, cell) in zip(head, line).dropFirst()
      where column == "rpm" || column.contains("_") && group["labels"][column] == .null {
        let parts = column.split(separator: ".")
        let value = parts.count == 2 ? window[String(parts[0])][String(parts[1])] : window[column]
        #expect(Double(cell) == value.number, "\(name) \(column)")
      }
      try compare(window, row: text, name)
    }
  }

  /// The row of a printed table: RPM ERR P50 P95 TTFT95 TPM $/H, as 120 columns have.
  private static func compare(_ window: Answer, row text: String, _ name: String) throws {
    let head = try #require(text.split(separator: "\n").first { $0.contains(" RPM") })
    let row = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(name) ") })
    for (title, path) in [
      ("RPM", ["rpm"]), ("ERR", ["error_rate"]), ("P50", ["latency_ms", "p50"]),
      ("P95", ["latency_ms", "p95"]), ("TTFT95", ["ttft_ms", "p95"]), ("TPM", ["tpm"]),
      ("$/H", ["cost_usd_per_hour"]),
    ] {
      var end = try #require(head.firstRange(of: " \(title)")).upperBound
      if end < head.endIndex, "▼▲".contains(head[end]) { end = head.index(after: end) }
      let column = head.distance(from: head.startIndex, to: end)
      // A cell ends where its heading ends, and begins behind two blanks or a mark.
      let upTo = String(row.prefix(column))
      let cell = upTo.split(separator: "  ").last.map(String.init)?.trimmed ?? ""
      let value = path.reduce(window) { $0[$1] }.number
      #expect(isSame(cell, value), "\(name) \(title): \(cell) is not \(value ?? .nan)")
    }
  }

  /// Whether what is printed is the value to its last digit.
  static func isSame(_ cell: String, _ value: Double?) -> Bool {
    guard let value else { return cell == "–" }
    if cell.hasPrefix("<") { return value < 0.000_01 && value > 0 }
    let plain = cell.filter { !"▲✗$,".contains($0) }
    let digits = plain.prefix { $0.isNumber || $0 == "." }
    let unit = plain.dropFirst(digits.count).trimmed
    let factor =
      ["": 1.0, "%": 0.01, "ms": 1, "s": 1e3, "m": 60e3, "k": 1e3, "M": 1e6, "G": 1e9][unit] ?? .nan
    guard let number = Double(digits) else { return false }
    let places = digits.split(separator: ".").dropFirst().first?.count ?? 0
    var half = 0.5
    for _ in 0..<places { half /= 10 }
    // Whole percents and counts drop a zero behind the point: 5 is 5.0.
    let slack = (places == 0 && number < 10 ? 0.05 : half) * factor * 1.000_001
    return abs(number * factor - value) <= slack
  }
}

extension StringProtocol {
  fileprivate var trimmed: String { split(separator: " ").joined(separator: " ") }
}
