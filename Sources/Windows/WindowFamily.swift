/// A family of gauges over the sliding windows, by provider and model: the one table behind every
/// page and query.
package struct WindowFamily: Sendable {
  /// The name, and what it says in words.
  package let name: String
  package let help: String
  /// The figures of it; the label `stat` tells them apart where it is not empty.
  package let figures: [(stat: String, figure: WindowFigure)]
  /// What figures are to be divided by.
  package let divisor: Double

  /// The labels by which rows are told apart, behind that of the window.
  package static let labels = ["provider", "model"]

  private init(_ name: String, _ help: String, _ figure: WindowFigure) {
    (self.name, self.help) = ("llm_window_\(name)", help)
    figures = [("", figure)]
    divisor = 1
  }

  private init(
    _ name: String, _ help: String, _ figures: [(stat: String, figure: WindowFigure)]
  ) {
    (self.name, self.help, self.figures) = ("llm_window_\(name)", help, figures)
    divisor = 1_000
  }

  /// All families, in the order of pages.
  package static let all: [WindowFamily] = [
    WindowFamily("rpm", "Calls begun per minute over a window.", .rpm),
    WindowFamily("tpm", "Tokens per minute over a window.", .tpm),
    WindowFamily("error_ratio", "Share of finished calls that failed.", .errorRate),
    WindowFamily("cost_usd_per_hour", "US dollars per hour at a window's pace.", .costPerHour),
    WindowFamily("coverage", "Share of tokens that a price was found for.", .coverage),
    WindowFamily(
      "latency_seconds", "Latency over a window.",
      [
        ("avg", .latencyAverage), ("p50", .latencyP50), ("p90", .latencyP90),
        ("p95", .latencyP95), ("p99", .latencyP99), ("max", .latencyMax),
      ]),
    WindowFamily(
      "ttft_seconds", "Time to the first token over a window.",
      [
        ("avg", .firstTokenAverage), ("p50", .firstTokenP50), ("p90", .firstTokenP90),
        ("p95", .firstTokenP95), ("p99", .firstTokenP99), ("max", .firstTokenMax),
      ]),
  ]
}
