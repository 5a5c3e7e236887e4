internal import LinuxIO
internal import Outbound
internal import Terminal

/// `barograph top`: the live view.
enum TopCommand {
  static let command = Command(
    name: "top", summary: "watch calls, money, latency and alerts live", usage: "[options]",
    options: [
      .init("--once", "print one picture as text (also where output is no terminal)"),
      .init("--batch", letter: "-b", "print pictures as text, one after another"),
      .init("--count", letter: "-n", value: "N", "how many pictures -b prints (default: no end)"),
      .init("--csv", "rows of the table as CSV"),
      .init("--interval", value: "SECONDS", "time between two looks (default 1)"),
      .init("--at", value: "TIME", "look at this moment, RFC 3339 or -15m"),
      .init(
        "--by", value: "TABLE", "services, models, tenants, prompts, tools or errors"),
      .init("--window", value: "W", "10s, 1m, 5m, 15m or 1h"),
      .init("--sort", value: "FIGURE", "rpm, error_rate, latency_ms.p95, …; -rpm turns round"),
      .init("--filter", value: "EXPR", "rows that fulfil it: model:gpt* and error_rate>1%"),
      .init("--limit", value: "N", "rows of text, CSV and JSON (default 50)"),
      .init("--exit-status", "exit with 1 while a critical alert fires"),
      .init("--data", value: "DIR", "the collector's data directory, to acknowledge and silence"),
    ],
    examples: [
      "barograph top", "barograph top --by tenants --window 5m --sort cost_usd_per_hour",
      "barograph top --once --filter 'error_rate>1%'", "barograph top --json | jq .groups",
      "barograph top -b -n 3 --interval 10 >pictures.txt",
      "barograph top --at 2026-11-21T10:00:00Z --once", "barograph top --once --exit-status",
    ]
  ) { arguments in
    run(arguments)
  }

  /// What is wrong with the options, in words.
  struct Fault: Error {
    let message: String
  }

  private static func run(_ arguments: Arguments) -> ExitCode {
    guard let collector = CollectorConnection(arguments) else { return .usage }
    do throws(Fault) {
      let options = try TopOptions(arguments)
      let isText =
        ["--once", "--batch", "--csv", "--json"].contains(where: arguments.has)
        || !Terminal.isTerminal(0) || !Terminal.isTerminal(1)
      if isText { return TopReport(options, collector).run() }
      return watch(options, collector)
    } catch {
      Console.complain("\(error.message); see barograph top --help")
      return .usage
    }
  }

  /// Shows the live view until the person quits, or for so many seconds.
  static func watch(
    _ options: TopOptions, _ collector: CollectorConnection, until seconds: Int64? = nil
  ) -> ExitCode {
    let size = Terminal.size(of: 1) ?? (columns: 80, rows: 24)
    let model = TopModel(
      url: collector.url, settings: options.settings, place: options.place,
      terminal: options.look, width: size.columns, height: size.rows, now: Clock.wall,
      at: options.at)
    do throws(Errno) {
      let fetcher = try TopFetcher(
        url: collector.url, adminURL: options.adminURL ?? collector.url, key: collector.key)
      let session = TopSession(
        model, fetcher, settingsFile: options.settingsFile,
        user: Environment.current()["USER"] ?? "top")
      try session.run(seconds: seconds)
      guard options.hasExitStatus else { return .ok }
      return TopReport(options, collector).isCalm ? .ok : .failed
    } catch {
      Console.complain("cannot use the terminal: \(error.text)")
      return .failed
    }
  }
}
