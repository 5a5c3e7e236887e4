internal import Codec
internal import Quality

/// Gathers settings, and what is wrong with them, from one origin after another.
struct ConfigurationLoader {
  private(set) var configuration = Configuration()
  private(set) var problems: [ConfigurationProblem] = []

  mutating func take(_ file: Configuration.File) {
    do throws(ConfigSyntaxError) {
      let documents = try ConfigReader.read(file.bytes)
      if let second = documents.dropFirst().first {
        refuse(file.name, second, "a second document", expected: "one document")
      }
      if let first = documents.first { take(first, under: "", of: file.name) }
    } catch {
      problems.append(
        ConfigurationProblem(
          origin: .file(file.name, line: error.line, column: error.column),
          message: error.message, expected: error.expected))
    }
  }

  private mutating func take(_ node: ConfigNode, under prefix: String, of file: String) {
    guard case .mapping(let pairs) = node.value else {
      if node.scalar != .null {
        let place = prefix.isEmpty ? "the configuration" : "'\(prefix)'"
        refuse(file, node, "\(place) is no mapping", expected: "'key: value' entries")
      }
      return
    }
    for pair in pairs {
      let name = pair.key.text ?? ""
      let path = prefix.isEmpty ? name : "\(prefix).\(name)"
      if let key = ConfigurationTable.keysByPath[path] {
        set(key, pair.value, origin(of: pair.value, in: file)) { line, column in
          .file(file, line: line, column: column)
        }
      } else if ConfigurationTable.sections.contains(path) {
        take(pair.value, under: path, of: file)
      } else {
        problems.append(
          ConfigurationProblem(
            origin: origin(of: pair.key, in: file), message: "unknown key '\(path)'",
            expected: "a known key", nearest: ConfigurationTable.nearestPath(to: path)))
      }
    }
  }

  mutating func take(variable: String, _ value: String) {
    let prefix = ConfigurationTable.variablePrefix
    guard variable.hasPrefix(prefix), !Self.isForeign(variable.dropFirst(prefix.count)) else {
      return
    }
    guard let key = ConfigurationTable.key(variable: variable) else {
      problems.append(
        ConfigurationProblem(
          origin: .environment(variable), message: "unknown variable '\(variable)'",
          expected: "the variable of a known key",
          nearest: ConfigurationTable.nearestVariable(to: variable)))
      return
    }
    set(key, text: value, .environment(variable))
  }

  mutating func take(flag: String, _ value: String) {
    guard let key = ConfigurationTable.key(flag: flag) else {
      problems.append(
        ConfigurationProblem(
          origin: .flag(flag), message: "unknown flag '\(flag)'", expected: "a known flag",
          nearest: ConfigurationTable.nearestFlag(to: flag)))
      return
    }
    set(key, text: value, .flag(flag))
  }

  /// Variables that are no settings: the client commands' own, those of our scripts, and those that
  /// Kubernetes sets in every pod beside a service named barograph.
  private static func isForeign(_ name: Substring) -> Bool {
    let whole: Set<Substring> = ["URL", "KEY", "PORT", "PROGRAM", "FUZZ"]
    return whole.contains(name)
      || ["PORT_", "SERVICE_", "FUZZ_"].contains { name.hasPrefix($0) }
  }

  private mutating func set(
    _ key: ConfigurationKey, text: String, _ origin: ConfigurationOrigin
  ) {
    do throws(ConfigSyntaxError) {
      set(key, try node(of: text, key), origin) { _, _ in origin }
    } catch {
      problems.append(
        ConfigurationProblem(
          origin: origin, message: "character \(error.column): \(error.message)",
          expected: error.expected))
    }
  }

  /// A list may be written as in the file, in brackets, or with commas alone.
  private func node(
    of text: String, _ key: ConfigurationKey
  ) throws(ConfigSyntaxError) -> ConfigNode {
    let whole = ConfigNode(line: 1, column: 1, value: .scalar(text, .plain))
    guard key.isList else { return whole }
    if text.hasPrefix("[") { return try ConfigReader.read(Array(text.utf8)).first ?? whole }
    let nodes = text.split(separator: ",").map { part in
      let word = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      return ConfigNode(line: 1, column: 1, value: .scalar(String(word), .plain))
    }
    return ConfigNode(line: 1, column: 1, value: .sequence(nodes))
  }

  private mutating func set(
    _ key: ConfigurationKey, _ node: ConfigNode, _ origin: ConfigurationOrigin,
    place: (_ line: Int, _ column: Int) -> ConfigurationOrigin
  ) {
    do throws(ConfigurationMismatch) {
      try key.read(node, &configuration)
      configuration.origins[key.path] = origin
    } catch  where !error.problems.isEmpty {
      for problem in error.problems {
        problems.append(
          ConfigurationProblem(
            origin: place(problem.line, problem.column),
            message: "wrong value for '\(key.path)': \(problem.message)", expected: ""))
      }
    } catch {
      let message =
        error.unknown.map { "unknown key '\($0.key)' in '\(key.path)'" }
        ?? "wrong value for '\(key.path)'"
      problems.append(
        ConfigurationProblem(
          origin: place(error.node.line, error.node.column), message: message,
          expected: error.expected,
          nearest: error.unknown?.nearest))
    }
  }

  private func origin(of node: ConfigNode, in file: String) -> ConfigurationOrigin {
    .file(file, line: node.line, column: node.column)
  }

  private mutating func refuse(
    _ file: String, _ node: ConfigNode, _ message: String, expected: String
  ) {
    problems.append(
      ConfigurationProblem(
        origin: origin(of: node, in: file), message: message, expected: expected))
  }
}
