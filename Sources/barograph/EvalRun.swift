internal import Codec
internal import Judging
internal import LinuxIO
internal import Outbound
internal import Quality

/// `barograph eval run`: what evaluators and judges say of the lines of a file.
enum EvalRun {
  static let options: [Command.Option] = [
    .init("--evaluators", value: "NAMES", "run: these of the configuration, or none (all)"),
    .init("--judges", value: "NAMES", "run: these of the configuration, or none (all)"),
    .init("--send", "run: hand the scores to the collector of --url as well"),
  ]

  static let examples = [
    "barograph eval run calls.jsonl --config barograph.yaml --out judged.jsonl"
  ]

  static func run(_ arguments: Arguments) throws(EventSelection.Fault) -> ExitCode {
    let files = arguments.positional.dropFirst()
    guard let path = files.first, files.count == 1 else {
      throw EventSelection.Fault(message: "eval run needs one FILE of lines")
    }
    guard let configuration = arguments["--config"] else {
      throw EventSelection.Fault(message: "eval run needs --config FILE with evaluators or judges")
    }
    let plan = try EvalPlan(
      configuration, evaluators: names(arguments["--evaluators"]),
      judges: names(arguments["--judges"]))
    guard !plan.names.isEmpty else {
      throw EventSelection.Fault(message: "\(configuration) has nobody to ask")
    }
    let limit = try EvalCommand.whole(arguments, "--limit", 1...Int.max) ?? .max
    let bench = try bench(plan)
    defer { bench?.close() }
    do throws(Errno) {
      let session = try EvalSession(path, plan, bench, out: arguments["--out"], limit: limit)
      let end = try session.run()
      guard end != .usage else { return end }
      report(session.tally, isJSON: arguments.has("--json"), isFile: arguments["--out"] != nil)
      guard arguments.has("--send") else { return end }
      return try EvalSending.send(arguments) && end == .ok ? .ok : .failed
    } catch {
      Console.complain("cannot read \(path) or write \(arguments["--out"] ?? ""): \(error.text)")
      return .failed
    }
  }

  /// The bench of the judges, with the prices of the configuration; nil where nobody judges.
  private static func bench(
    _ plan: EvalPlan
  ) throws(EventSelection.Fault) -> JudgeBench? {
    guard !plan.judges.isEmpty else { return nil }
    guard let prices = PricesCommand.book(plan.prices) else {
      throw EventSelection.Fault(message: "judges need prices to keep to their budgets")
    }
    do throws(JudgeBenchError) {
      return try JudgeBench(
        plan.judges, keys: JudgeKeys(environment: Environment.current()), prices: prices)
    } catch {
      throw EventSelection.Fault(message: "\(error)")
    }
  }

  /// The names of a list; none of `none`, nil without a list.
  private static func names(_ list: String?) -> [String]? {
    guard let list else { return nil }
    return list == "none" ? [] : list.split(separator: ",").map(String.init)
  }

  /// On standard output, unless the results are there.
  private static func report(_ tally: EvalTally, isJSON: Bool, isFile: Bool) {
    let text = isJSON ? tally.json : tally.text
    if isFile {
      Console.print(text)
    } else {
      StandardError.write(Array(text.utf8))
    }
  }
}
