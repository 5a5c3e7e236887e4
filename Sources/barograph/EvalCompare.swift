internal import Codec
internal import LinuxIO
internal import Quality

/// `barograph eval compare`: is arm `b` worse than the baseline `a`.
enum EvalCompare {
  private static let usualMetrics = ["cost", "p50", "p95", "ttft", "error_rate", "tokens"]
  private static let usualWindow = "7d"

  static let options: [Command.Option] = [
    .init("--by", value: "DIM", "compare: what tells the arms apart, any field of a call"),
    .init("--a", value: "X", "compare: its value for the baseline"),
    .init("--b", value: "Y", "compare: its value for the other arm"),
    .init(
      "--metrics", value: "LIST",
      "compare: of cost p50 p95 ttft error_rate tokens score:NAME score:NAME:lower"),
    .init("--gate", "compare: exit 1 when an arm has regressed"),
    .init("--alpha", value: "SHARE", "compare: how often all may be well and it says not (0.05)"),
    .init("--tolerance", value: "SHARE", "compare: by how much worse is no matter (0)"),
    .init("--seed", value: "N", "compare: what the resampling begins with (1)"),
    .init("--resamples", value: "N", "compare: how many samples are drawn (2000)"),
    .init("--item", value: "FIELD", "compare: pairs calls of both arms by this field"),
    .init("--file", value: "JSONL", "compare, calibrate: lines of a file, not stored events"),
    .init("--markdown", "compare: a comment for a pull request"),
  ]

  static let examples = [
    "barograph eval compare --by prompt_version --a v3 --b v4 --metrics cost,p95,score:helpful",
    "barograph eval compare --by variant --a base --b new --file run.jsonl --gate --markdown",
  ]

  static func run(_ arguments: Arguments) throws(EventSelection.Fault) -> ExitCode {
    guard let by = arguments["--by"], let a = arguments["--a"], let b = arguments["--b"] else {
      throw EventSelection.Fault(message: "eval compare needs --by DIM --a X --b Y")
    }
    guard a != b else { throw EventSelection.Fault(message: "--a and --b are two arms") }
    let settings = try settings(arguments)
    let isFile = arguments["--file"] != nil
    var arms = ComparisonArms(
      by: by, a: a, b: b, metrics: try metrics(arguments["--metrics"]),
      item: arguments["--item"] ?? (isFile ? "item" : nil))
    let end =
      isFile
      ? readFile(arguments["--file"] ?? "", &arms) : try readHistory(arguments, &arms)
    guard end == .ok else { return end }
    var samples = arms.samples()
    // Of the usual metrics those that nothing is known of are no reason to say too little is known.
    if arguments["--metrics"] == nil { samples.removeAll { $0.a.isEmpty && $0.b.isEmpty } }
    let report = ComparisonReport(
      Comparison(samples, settings: settings), of: arms, settings,
      namesItem: arguments["--item"] != nil)
    Console.print(
      arguments.has("--json")
        ? report.json : arguments.has("--markdown") ? report.markdown : report.text)
    return exitCode(report.comparison.verdict, isGate: arguments.has("--gate"))
  }

  private static func exitCode(_ verdict: Comparison.Verdict, isGate: Bool) -> ExitCode {
    switch verdict {
    case .noWorse: .ok
    case .regressed: isGate ? .failed : .ok
    case .tooFew: .usage
    }
  }

  private static func settings(
    _ arguments: Arguments
  ) throws(EventSelection.Fault) -> ComparisonSettings {
    var settings = ComparisonSettings()
    settings.alpha = try EvalCommand.number(
      arguments, "--alpha", 0.000_1...0.5, usual: settings.alpha)
    settings.tolerance = try EvalCommand.number(
      arguments, "--tolerance", 0...10, usual: settings.tolerance)
    settings.resamples =
      try EvalCommand.whole(arguments, "--resamples", 100...1_000_000) ?? settings.resamples
    settings.seed = UInt64(try EvalCommand.whole(arguments, "--seed", 0...Int.max) ?? 1)
    return settings
  }

  private static func metrics(_ list: String?) throws(EventSelection.Fault) -> [ComparisonMetric] {
    let names = list?.split(separator: ",").map(String.init) ?? usualMetrics
    var metrics: [ComparisonMetric] = []
    for name in names {
      guard let metric = ComparisonMetric(name) else {
        let known = ComparisonMetric.names.joined(separator: ", ")
        throw EventSelection.Fault(message: "no metric is called \(name); those are \(known)")
      }
      if !metrics.contains(metric) { metrics.append(metric) }
    }
    guard !metrics.isEmpty else {
      throw EventSelection.Fault(message: "--metrics names none")
    }
    return metrics
  }
}

// Where the lines come from.
extension EvalCompare {
  private static func readFile(_ path: String, _ arms: inout ComparisonArms) -> ExitCode {
    EvalLines.read(path) { arms.add($0) } ? .ok : .failed
  }

  private static func readHistory(
    _ arguments: Arguments, _ arms: inout ComparisonArms
  ) throws(EventSelection.Fault) -> ExitCode {
    guard let collector = CollectorConnection(arguments) else { return .usage }
    var calls = try EventSelection(arguments, besides: [("type", "llm")])
    try calls.addTime(arguments, usual: usualWindow)
    for arm in [arms.a, arms.b] {
      let end = EvalLines.read(
        collector, calls.adding(arms.dimension, arm), fields: callFields(arms)
      ) { arms.add($0) }
      guard end == .ok else { return end }
    }
    for name in Set(arms.metrics.compactMap(\.scoreName)).sorted() {
      // Scores come after what they score, sometimes much later: their time has no end.
      var scores = EventSelection([("type", "score"), ("score", name)])
      if let from = calls["from"] { scores = scores.adding("from", from) }
      let end = EvalLines.read(
        collector, scores, fields: EvalLines.scoreFields + [arms.dimension]
      ) { arms.add($0) }
      guard end == .ok else { return end }
    }
    return .ok
  }

  private static func callFields(_ arms: ComparisonArms) -> [String] {
    var fields = [
      "type", "status", "error_type", "cache", "duration_ms", "ttft_ms", "input_tokens",
      "output_tokens", "why", "counted_cost_usd", "sample_rate", arms.dimension,
    ]
    if let item = arms.item { fields.append(item) }
    if arms.metrics.contains(where: { $0.scoreName != nil }) { fields += EvalLines.placeFields }
    return fields
  }
}
