internal import Codec

/// One sub-command: what `--help` says of it and what it does.
struct Command: Sendable {
  let name: String
  /// One line for the list of commands.
  let summary: String
  /// What follows the name on the command line.
  let usage: String
  let options: [Option]
  let examples: [String]
  let run: @Sendable (Arguments) -> ExitCode

  /// One option.
  struct Option: Sendable {
    /// With its dashes: `--format`.
    let name: String
    /// One letter with its dash, or empty.
    let letter: String
    /// What its value is called; nil for a switch.
    let value: String?
    let help: String

    init(_ name: String, letter: String = "", value: String? = nil, _ help: String) {
      self.name = name
      self.letter = letter
      self.value = value
      self.help = help
    }
  }

  /// Options that every command takes.
  static let global = [
    Option("--config", value: "FILE", "configuration file, YAML or JSON with comments"),
    Option("--url", value: "URL", "collector to talk to (default http://127.0.0.1:4318)"),
    Option(
      "--key-file", value: "FILE", "file that holds the key for it (or variable BAROGRAPH_KEY)"),
    Option("--json", "machine-readable output"),
    Option("--no-color", "no colour, as the variable NO_COLOR"),
    Option("--help", letter: "-h", "this text"),
  ]
}

/// What the shell gets to know.
enum ExitCode: Int32, Sendable {
  case ok = 0
  case failed = 1
  /// Wrong usage or configuration.
  case usage = 2
}

/// The command line of one command, read by its table.
struct Arguments: Sendable {
  private(set) var values: [(name: String, value: String)] = []
  private(set) var positional: [String] = []

  /// What is wrong with a command line.
  struct Fault: Error {
    let message: String
  }

  /// Reads `words` by the command's options; `--name=value`, `--name value`, `-n value`, and `--`
  /// to end the options.
  init(_ words: [String], of command: Command) throws(Fault) {
    let known = command.options + Command.global
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word != "-" else {
        positional.append(word)
        continue
      }
      if word == "--" {
        positional += rest
        return
      }
      let (name, inline) = Self.split(word)
      guard let option = known.first(where: { $0.name == name || $0.letter == name }) else {
        let nearest = NearestWord.of(name, in: known.map(\.name))
        throw Fault(message: "unknown option \(name); did you mean \(nearest)?")
      }
      if option.value == nil {
        guard inline == nil else { throw Fault(message: "\(option.name) takes no value") }
        values.append((option.name, ""))
      } else if let value = inline ?? rest.popFirst() {
        values.append((option.name, value))
      } else {
        throw Fault(message: "\(option.name) needs a value: \(option.name) \(option.value ?? "")")
      }
    }
  }

  /// The last value of an option.
  subscript(name: String) -> String? {
    values.last { $0.name == name }?.value
  }

  /// Whether an option was given.
  func has(_ name: String) -> Bool {
    values.contains { $0.name == name }
  }

  /// Every value of an option that may be repeated.
  func all(_ name: String) -> [String] {
    values.filter { $0.name == name }.map(\.value)
  }

  private static func split(_ word: String) -> (name: String, value: String?) {
    guard word.hasPrefix("--"), let equals = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<equals]), String(word[word.index(after: equals)...]))
  }
}
