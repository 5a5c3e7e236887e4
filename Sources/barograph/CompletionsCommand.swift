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

  private static func options(of command: Command) -> String {
    (command.options + Command.global).map(\.name).joined(separator: " ")
  }

  private static var bash: String {
    let cases = CommandTable.all.map { "    \($0.name)) words=\"\(options(of: $0))\" ;;\n" }
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
      return head + rows.joined()
    }.joined()
  }
}
