internal import Collector

/// `barograph config`: is a configuration right, and what does it come to.
enum ConfigCommand {
  static let command = Command(
    name: "config", summary: "check a configuration, or print what it comes to",
    usage: "check|print [FILE]", options: [],
    examples: ["barograph config check barograph.yaml", "barograph config print --json"]
  ) { arguments in
    let action = arguments.positional.first
    guard action == "check" || action == "print", arguments.positional.count <= 2 else {
      Console.complain("say check or print; see barograph config --help")
      return .usage
    }
    let file = arguments.positional.count == 2 ? arguments.positional[1] : arguments["--config"]
    do throws(ConfigurationError) {
      let configuration = try ConfigurationSource(file: file, flags: []).load()
      if action == "check", let problem = problem(with: configuration) {
        Console.complain(problem)
        return .usage
      }
      Console.print(
        action == "print"
          ? configuration.printed(json: arguments.has("--json"))
          : arguments.has("--json") ? "{\"problems\":[]}\n" : "the configuration is right\n")
      return .ok
    } catch {
      Console.complain("\(error)")
      return .usage
    }
  }
  /// What only shows with the file of keys at hand.
  private static func problem(with configuration: Configuration) -> String? {
    do throws(StartError) {
      try KeysFile.check(configuration)
      return nil
    } catch {
      return error.message
    }
  }
}
