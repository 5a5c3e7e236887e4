/// `barograph completions`: what a shell needs to complete our commands, made from their table.
enum CompletionsCommand {
  static let command = Command(
    name: "completions", summary: "print completions for bash, zsh or fish",
    usage: "bash|zsh|fish", options: [],
    examples: ["barograph completions bash > /etc/bash_completion.d/barograph"]
  ) { arguments in
    switch arguments.positional.first {
    case "bash": Console.print(bash)
    case "zsh":
      Console.print("#compdef barograph\nautoload -U bashcompinit && bashcompinit\n" + bash)
    case "fish": Console.print(fish)
    default:
      Console.complain("name a shell: bash, zsh or fish")
      return .usage
    }
    return .ok
  }

  private static func words(of command: Command) -> String {
    (actions(of: command) + (command.options + Command.global).map(\.name)).joined(separator: " ")
  }

  /// What may follow the name: `compare` and `run` of `compare|run FILE [options]`.
  private static func actions(of command: Command) -> [String] {
    let parts = command.usage.split(separator: "|")
    guard parts.count > 1 else { return [] }
    return parts.compactMap { part in
      let word = part.split(separator: " ").first ?? ""
      return !word.isEmpty && word.allSatisfy { $0.isLowercase } ? String(word) : nil
    }
  }

  private static var bash: String {
    let cases = CommandTable.all.map { "    \($0.name)) words=\"\(words(of: $0))\" ;;\n" }
    return """
      _barograph() {
        local words="\(CommandTable.all.map(\.name).joined(separator: " "))"
        if [ "$COMP_CWORD" -gt 1 ]; then
          case "${COMP_WORDS[1]}" in
      \(cases.joined())    esac
        fi
        COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
      }
      complete -o default -F _barograph barograph

      """
  }

  private static var fish: String {
    CommandTable.all.map { command in
      let head =
        "complete -c barograph -n __fish_use_subcommand -a \(command.name)"
        + " -d '\(command.summary)'\n"
      let rows = (command.options + Command.global).map { option in
        "complete -c barograph -n '__fish_seen_subcommand_from \(command.name)'"
          + " -l \(option.name.dropFirst(2))\n"
      }
      let words = actions(of: command).joined(separator: " ")
      let actions =
        words.isEmpty
        ? ""
        : "complete -c barograph -n '__fish_seen_subcommand_from \(command.name)' -a '\(words)'\n"
      return head + actions + rows.joined()
    }.joined()
  }
}
