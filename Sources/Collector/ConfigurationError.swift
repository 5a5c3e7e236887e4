/// Where a value was set.
package enum ConfigurationOrigin: Equatable, Sendable {
  /// The default.
  case builtIn
  /// A line of the configuration file.
  case file(String, line: Int, column: Int)
  /// A variable of the environment.
  case environment(String)
  /// A flag of the command line.
  case flag(String)
}

extension ConfigurationOrigin: CustomStringConvertible {
  package var description: String {
    switch self {
    case .builtIn: "default"
    case .file(let name, let line, let column): "\(name):\(line):\(column)"
    case .environment(let variable): variable
    case .flag(let flag): flag
    }
  }
}

/// One thing that is wrong with a configuration.
package struct ConfigurationProblem: Equatable, Sendable {
  /// Where it was set.
  package let origin: ConfigurationOrigin
  /// What is wrong.
  package let message: String
  /// What should stand there; empty where the message says it.
  package let expected: String
  /// The known key that is most like an unknown one.
  package var nearest: String?
}

extension ConfigurationProblem: CustomStringConvertible {
  package var description: String {
    let hint = nearest.map { "; did you mean '\($0)'?" } ?? ""
    let wish = expected.isEmpty ? "" : "; expected \(expected)"
    return "\(origin): \(message)\(wish)\(hint)"
  }
}

/// All that is wrong with a configuration; never empty.
package struct ConfigurationError: Error, Equatable, Sendable {
  /// In the order of file, environment, flags.
  package let problems: [ConfigurationProblem]
}

extension ConfigurationError: CustomStringConvertible {
  package var description: String {
    problems.map { "cannot read the configuration: \($0)" }.joined(separator: "\n")
  }
}
