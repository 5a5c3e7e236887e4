internal import Collector

/// `barograph version`.
enum VersionCommand {
  static let command = Command(
    name: "version", summary: "say which build this is", usage: "[--json]", options: [],
    examples: ["barograph version"]
  ) { arguments in
    Console.print(
      arguments.has("--json")
        ? "{\"version\":\"\(Version.text)\"}\n" : "barograph \(Version.text)\n")
    return .ok
  }
}
