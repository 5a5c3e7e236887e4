internal import Codec
internal import Quality

extension ConfigurationKind<SettingsList<EvaluatorSettings>> {
  static let evaluators = ConfigurationKind(
    name: "list of {name, check, ...}",
    expected: "a list, each entry {name: NAME, check: CHECK, ...}",
    read: { node throws(ConfigurationMismatch) in
      try SettingsList(node, of: "evaluators", EvaluatorSettings.read)
    }, show: { $0.value })
}

extension ConfigurationKind<SettingsList<JudgeSettings>> {
  static let judges = ConfigurationKind(
    name: "list of {name, model, prompt, ...}",
    expected: "a list, each entry {name: NAME, model: MODEL, prompt: TEXT, ...}",
    read: readJudges, show: { $0.value })

  /// Threads that all judges may have together.
  private static let mostThreads = 256

  @Sendable
  private static func readJudges(
    _ node: ConfigNode
  ) throws(ConfigurationMismatch) -> SettingsList<JudgeSettings> {
    let list = try SettingsList(node, of: "judges", JudgeSettings.read)
    guard list.settings.reduce(0, { $0 + $1.concurrency }) <= mostThreads else {
      throw ConfigurationMismatch(
        node: node, expected: "a concurrency of at most \(mostThreads) for all judges together")
    }
    return list
  }
}

extension SettingsList {
  /// Reads those who look at calls: at most half of the audience that calls may have.
  fileprivate init(
    _ node: ConfigNode, of viewers: String,
    _ read: (ConfigNode) throws(SettingsReadingError) -> [Settings]
  ) throws(ConfigurationMismatch) {
    let most = CallAudience.limit / 2
    if case .sequence(let nodes) = node.value, nodes.count > most {
      throw ConfigurationMismatch(node: nodes[most], expected: "at most \(most) \(viewers)")
    }
    do throws(SettingsReadingError) {
      self.init(try read(node), from: node)
    } catch {
      throw ConfigurationMismatch(node: node, expected: "", problems: error.problems)
    }
  }
}
