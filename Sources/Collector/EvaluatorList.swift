internal import Codec
package import Quality

/// The evaluators, with the value they were read from: for printing, and to tell others apart.
package struct EvaluatorList: Equatable, Sendable {
  /// What they check, in order.
  package let settings: [EvaluatorSettings]
  let value: ConfigurationValue

  /// No evaluators.
  init() {
    (settings, value) = ([], .list([]))
  }

  init(_ settings: [EvaluatorSettings], from node: ConfigNode) {
    self.settings = settings
    value = ConfigurationValue(node)
  }

  /// Whether both were read from the same value.
  package static func == (left: EvaluatorList, right: EvaluatorList) -> Bool {
    left.value == right.value
  }
}

extension ConfigurationKind<EvaluatorList> {
  static let evaluators = ConfigurationKind(
    name: "list of {name, check, ...}",
    expected: "a list, each entry {name: NAME, check: CHECK, ...}",
    read: readEvaluators, show: { $0.value })

  /// Half of the audience that calls may have.
  private static let most = CallAudience.limit / 2

  @Sendable
  private static func readEvaluators(
    _ node: ConfigNode
  ) throws(ConfigurationMismatch) -> EvaluatorList {
    if case .sequence(let nodes) = node.value, nodes.count > most {
      throw ConfigurationMismatch(node: nodes[most], expected: "at most \(most) evaluators")
    }
    do throws(EvaluatorSettings.ReadingError) {
      return EvaluatorList(try EvaluatorSettings.read(node), from: node)
    } catch {
      throw ConfigurationMismatch(node: node, expected: "", problems: error.problems)
    }
  }
}

extension ConfigurationValue {
  /// The value of a node as it is: for what a room's own reader took.
  init(_ node: ConfigNode) {
    switch node.value {
    case .null: self = .literal("null")
    case .sequence(let nodes): self = .list(nodes.map { ConfigurationValue($0) })
    case .mapping(let pairs):
      self = .record(pairs.map { ($0.key.text ?? "", ConfigurationValue($0.value)) })
    case .scalar(let text, _):
      self =
        switch node.scalar {
        case .bool(let flag)?: .flag(flag)
        case .int(let number)?: .number(number)
        case .double(let number)? where number.isFinite: .literal("\(number)")
        case .null?: .literal("null")
        default: .text(text)
        }
    }
  }
}
