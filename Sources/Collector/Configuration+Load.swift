internal import Alerts

extension Configuration {
  /// A configuration file that has been read.
  package struct File: Sendable {
    /// Its name in messages, and its bytes: YAML, or JSON with comments.
    package let name: String
    package let bytes: [UInt8]

    /// A file of a name and its bytes.
    package init(name: String, bytes: [UInt8]) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// The settings of a file, over them those of the environment, over both those of flags.
  ///
  /// Only variables that begin with `BAROGRAPH_` are looked at. Throws all that is wrong at once.
  package static func load(
    file: File? = nil, environment: [String: String] = [:],
    flags: [(name: String, value: String)] = []
  ) throws(ConfigurationError) -> Configuration {
    var loader = ConfigurationLoader()
    if let file { loader.take(file) }
    for (variable, value) in environment.sorted(by: { $0.key < $1.key }) {
      loader.take(variable: variable, value)
    }
    for (flag, value) in flags { loader.take(flag: flag, value) }
    let problems = loader.problems + loader.configuration.contradictions
    guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    return loader.configuration
  }

  /// The paths whose new value only a restart can take up.
  package func needsRestart(toBecome next: Configuration) -> [String] {
    ConfigurationTable.keys.filter { !$0.isReloadable && $0.show(self) != $0.show(next) }
      .map(\.path)
  }

  /// What each value alone allows but not together.
  private var contradictions: [ConfigurationProblem] {
    var problems: [ConfigurationProblem] = []
    if limits.inflated < limits.body {
      problems.append(
        ConfigurationProblem(
          origin: origins["limits.inflated"] ?? origin(of: "limits.body"),
          message: "'limits.inflated' is below 'limits.body'",
          expected: "at least \(ConfigurationUnits.text(ofSize: limits.body))"))
    }
    if let twin = receivers.indices.first(where: { index in
      receivers[..<index].contains { $0.name == receivers[index].name }
    }) {
      problems.append(
        ConfigurationProblem(
          origin: origin(of: "receivers"),
          message: "two receivers are named '\(receivers[twin].name)'",
          expected: "a name for each"))
    }
    return problems
  }

  /// What keeps the collector from being reached by others, unless there are keys or everybody is
  /// let in by name; nil where it is not reached by others, or may be.
  package func exposure(hasKeys: Bool) -> String? {
    let advice =
      "add a key with 'barograph keys add', say '--anonymous ingest' to take events from everyone, "
      + "or choose a loopback address"
    if !listen.isLocal, anonymous.isEmpty, !hasKeys {
      return
        "'listen': \(listen) can be reached from other machines and there are no keys; \(advice)"
    }
    if let udp, !udp.isLocal, !anonymous.contains(.ingest), datagramSenders.isEmpty {
      return
        "'udp': \(udp) can be reached from other machines and datagrams carry no key; name who "
        + "may send in 'udp_allow', say '--anonymous ingest', or choose a loopback address or off"
    }
    return nil
  }
}
