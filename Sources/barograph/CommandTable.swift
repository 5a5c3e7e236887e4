internal import Codec

/// Every command, in the order of the overview. Help and completions are made from it.
enum CommandTable {
  static let all: [Command] = [
    ServeCommand.command, DemoCommand.command, SendCommand.command, TopCommand.command,
    TailCommand.command,
    TraceCommand.command, QueryCommand.command, DoctorCommand.command, SQLCommand.command,
    BackupCommand.command,
    RestoreCommand.command,
    UpgradeCommand.command,
    EraseCommand.command, ExportCommand.command, HoldCommand.command, AuditCommand.command,
    PricesCommand.command, RulesCommand.command, AlertsCommand.command, EvalCommand.command,
    KeysCommand.command, ConfigCommand.command,
    CompletionsCommand.command, VersionCommand.command,
  ]

  /// Runs a command with the words that follow its name.
  static func run(_ name: String, _ words: [String]) -> ExitCode {
    guard let command = all.first(where: { $0.name == name }) else {
      let nearest = NearestWord.of(name, in: all.map(\.name))
      Console.complain("unknown command \(name); did you mean \(nearest)? see barograph --help")
      return .usage
    }
    do throws(Arguments.Fault) {
      let arguments = try Arguments(words, of: command)
      if arguments.has("--help") {
        Console.print(help(of: command))
        return .ok
      }
      return command.run(arguments)
    } catch {
      Console.complain("\(error.message); see barograph \(name) --help")
      return .usage
    }
  }

  static var overview: String {
    let width = all.map(\.name.count).max() ?? 0
    let rows = all.map { "  \(padded($0.name, width))  \($0.summary)\n" }.joined()
    return """
      barograph: the collector for teams that run LLM services

      usage: barograph COMMAND [options]

      \(rows)
      barograph COMMAND --help tells more of each.

      """
  }

  private static func help(of command: Command) -> String {
    var text = "barograph \(command.name): \(command.summary)\n\n"
    text += "usage: barograph \(command.name) \(command.usage)\n"
    text += section("options", command.options) + section("global options", Command.global)
    if !command.examples.isEmpty {
      text += "\nexamples:\n" + command.examples.map { "  \($0)\n" }.joined()
    }
    return text
  }

  private static func section(_ title: String, _ options: [Command.Option]) -> String {
    guard !options.isEmpty else { return "" }
    let heads = options.map { option in
      let letter = option.letter.isEmpty ? "" : "\(option.letter), "
      return letter + option.name + (option.value.map { " \($0)" } ?? "")
    }
    let width = heads.map(\.count).max() ?? 0
    let rows = zip(heads, options).map { "  \(padded($0, width))  \($1.help)\n" }
    return "\n\(title):\n" + rows.joined()
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
