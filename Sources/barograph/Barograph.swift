internal import LinuxIO

@main
struct Barograph {
  static func main() {
    var words = Array(CommandLine.arguments.dropFirst())
    guard !words.isEmpty, words != ["--help"], words != ["-h"], words != ["help"] else {
      Console.print(CommandTable.overview)
      Exit.now(words.isEmpty ? ExitCode.usage.rawValue : ExitCode.ok.rawValue)
    }
    if words == ["--version"] { words = ["version"] }
    Exit.now(CommandTable.run(words.removeFirst(), words).rawValue)
  }
}
