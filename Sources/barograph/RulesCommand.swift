internal import Alerts
internal import LinuxIO

/// `barograph rules`: are rule files right, and do they do what their tests say.
enum RulesCommand {
  private static let fileLimit = 16 << 20

  static let command = Command(
    name: "rules", summary: "check rule files, run their unit tests, or run them over the past",
    usage: "check FILE… | test FILE… | backtest FILE…",
    options: [
      .init("--strict", "check: warnings fail too"),
      .init("--from", value: "TIME", "backtest: since when; RFC 3339, or 7d ago (default 1d)"),
      .init("--to", value: "TIME", "backtest: until when (default now)"),
      .init("--messages", "backtest: the messages as receivers would get them"),
    ],
    examples: [
      "barograph rules backtest rules/*.yaml --from 30d",
      "barograph rules check rules/*.yaml", "barograph rules test rules/tests.yaml",
      "barograph rules test --json tests/*.json",
    ]
  ) { arguments in
    let files = Array(arguments.positional.dropFirst())
    guard let action = arguments.positional.first, !files.isEmpty else {
      Console.complain("say check, test or backtest, and name files; see barograph rules --help")
      return .usage
    }
    switch action {
    case "check": return worst(files.map { check($0, arguments) })
    case "test": return worst(files.map { test($0, isJSON: arguments.has("--json")) })
    case "backtest": return RulesBacktest.run(files, arguments)
    default:
      Console.complain("say check, test or backtest, not \(action); see barograph rules --help")
      return .usage
    }
  }

  private static func worst(_ codes: [ExitCode]) -> ExitCode {
    codes.max { $0.rawValue < $1.rawValue } ?? .ok
  }

  static func content(of path: String) -> [UInt8]? {
    do throws(Errno) {
      return try FileSystem.read(path, limit: fileLimit)
    } catch {
      Console.complain("cannot read \(path): \(error.text)")
      return nil
    }
  }

  private static func hasError(_ problems: [RuleProblem]) -> Bool {
    problems.contains { $0.severity == .error }
  }
}

// Checking.
extension RulesCommand {
  private static func check(_ path: String, _ arguments: Arguments) -> ExitCode {
    guard let bytes = content(of: path) else { return .usage }
    let (file, problems) = RuleFileReader.read(bytes, path: path)
    if arguments.has("--json") {
      StandardOutput.write(RuleProblem.json(file, problems) + [UInt8(ascii: "\n")])
    } else {
      for problem in problems { Console.complain("\(path):\(problem)") }
      if !hasError(problems) {
        Console.print("\(path) is right: \(counted(file))\n")
      }
    }
    if hasError(problems) { return .usage }
    return arguments.has("--strict") && !problems.isEmpty ? .failed : .ok
  }

  private static func counted(_ file: RuleFile) -> String {
    func counted(_ count: Int, _ noun: String) -> String {
      "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
    return "\(counted(file.groups.count, "group")), \(counted(file.ruleCount, "rule"))"
  }
}

// Testing.
extension RulesCommand {
  private static func test(_ path: String, isJSON: Bool) -> ExitCode {
    guard let bytes = content(of: path) else { return .usage }
    let (tests, problems) = TestFile.read(bytes)
    guard let tests else {
      report(RuleTestReport(), problems, of: path, isJSON: isJSON)
      return .usage
    }
    do throws(Refusal) {
      let outcome = tests.run(try ruleFiles(of: tests, besides: path))
      report(outcome, problems, of: path, isJSON: isJSON)
      return outcome.failures.isEmpty ? .ok : .failed
    } catch {
      report(tests.failed(because: error.message), problems, of: path, isJSON: isJSON)
      return .usage
    }
  }

  /// Why a rule file of a test cannot be used.
  private struct Refusal: Error {
    let message: String
  }

  private static func ruleFiles(
    of tests: TestFile, besides path: String
  ) throws(Refusal) -> [RuleFile] {
    var files: [RuleFile] = []
    for pattern in tests.ruleFiles {
      let wanted = FileSystem.path(pattern, besides: path)
      let found = try paths(matching: wanted)
      if found.isEmpty { Console.complain("\(path): no file matches \(wanted)") }
      for found in found { files.append(try ruleFile(found)) }
    }
    return files
  }

  private static func ruleFile(_ path: String) throws(Refusal) -> RuleFile {
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try FileSystem.read(path, limit: fileLimit)
    } catch {
      throw Refusal(message: "cannot read \(path): \(error.text)")
    }
    let (file, problems) = RuleFileReader.read(bytes, path: path)
    if let problem = problems.first(where: { $0.severity == .error }) {
      throw Refusal(message: "\(path):\(problem)")
    }
    return file
  }

  private static func paths(matching pattern: String) throws(Refusal) -> [String] {
    do throws(Errno) {
      return try FileSystem.paths(matching: pattern)
    } catch {
      throw Refusal(message: "cannot list \(pattern): \(error.text)")
    }
  }

  private static func report(
    _ outcome: RuleTestReport, _ problems: [RuleProblem], of path: String, isJSON: Bool
  ) {
    guard !isJSON else {
      StandardOutput.write(outcome.json(file: path, problems: problems) + [UInt8(ascii: "\n")])
      return
    }
    for problem in problems { Console.complain("\(path):\(problem)") }
    for failure in outcome.failures {
      Console.print("\(path): FAILED \(failure.expression)\n  \(failure.message)\n")
    }
    Console.print("\(path): \(outcome.passed) passed, \(outcome.failures.count) failed\n")
  }
}
