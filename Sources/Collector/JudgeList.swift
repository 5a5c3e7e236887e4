internal import Codec
package import Quality

/// The judges, with the value they were read from: for printing, and to tell others apart.
package struct JudgeList: Equatable, Sendable {
  /// What they judge, in order.
  package let settings: [JudgeSettings]
  let value: ConfigurationValue

  /// No judges.
  init() {
    (settings, value) = ([], .list([]))
  }

  init(_ settings: [JudgeSettings], from node: ConfigNode) {
    self.settings = settings
    value = ConfigurationValue(node)
  }

  /// Whether both were read from the same value.
  package static func == (left: JudgeList, right: JudgeList) -> Bool {
    left.value == right.value
  }
}

extension ConfigurationKind<JudgeList> {
  static let judges = ConfigurationKind(
    name: "list of {name, model, prompt, ...}",
    expected: "a list, each entry {name: NAME, model: MODEL, prompt: TEXT, ...}",
    read: readJudges, show: { $0.value })

  /// Half of the audience that calls may have, and the threads that all judges may have together.
  private static let most = CallAudience.limit / 2
  private static let mostThreads = 256

  @Sendable
  private static func readJudges(_ node: ConfigNode) throws(ConfigurationMismatch) -> JudgeList {
    if case .sequence(let nodes) = node.value, nodes.count > most {
      throw ConfigurationMismatch(node: nodes[most], expected: "at most \(most) judges")
    }
    let settings: [JudgeSettings]
    do throws(JudgeSettings.ReadingError) {
      settings = try JudgeSettings.read(node)
    } catch {
      throw ConfigurationMismatch(node: node, expected: "", problems: error.problems)
    }
    guard settings.reduce(0, { $0 + $1.concurrency }) <= mostThreads else {
      throw ConfigurationMismatch(
        node: node, expected: "a concurrency of at most \(mostThreads) for all judges together")
    }
    return JudgeList(settings, from: node)
  }
}
