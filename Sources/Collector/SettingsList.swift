internal import Codec

/// What a room's own reader took of a list, with the value it was read from: for printing, and to
/// tell others apart.
package struct SettingsList<Settings: Sendable>: Equatable, Sendable {
  /// What the entries say, in order.
  package let settings: [Settings]
  let value: ConfigurationValue

  /// An empty list.
  init() {
    (settings, value) = ([], .list([]))
  }

  init(_ settings: [Settings], from node: ConfigNode) {
    self.settings = settings
    value = ConfigurationValue(node)
  }

  /// Whether both were read from the same value.
  package static func == (left: SettingsList, right: SettingsList) -> Bool {
    left.value == right.value
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
