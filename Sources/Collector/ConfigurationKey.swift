internal import Codec

/// One setting: what it is called, means and accepts, and how it is read and printed.
package struct ConfigurationKey: Sendable {
  /// Its place in the file, sections joined by dots: `limits.body`.
  package let path: String
  /// The word for what it accepts.
  package let type: String
  /// One line on what it does.
  package let help: String
  /// Its flag of `serve`, if it has one: `--listen`.
  package let flag: String?
  /// Whether a reload takes a new value up; else only a restart does.
  package let isReloadable: Bool
  /// Whether flags and variables give several values, separated by commas.
  let isList: Bool
  let expected: String
  let read: @Sendable (ConfigNode, inout Configuration) throws(ConfigurationMismatch) -> Void
  let show: @Sendable (Configuration) -> ConfigurationValue

  init<Value>(
    _ path: String, _ member: any WritableKeyPath<Configuration, Value> & Sendable,
    _ kind: ConfigurationKind<Value>, flag: String? = nil, isReloadable: Bool = false,
    _ help: String
  ) {
    self.path = path
    self.help = help
    self.flag = flag
    self.isReloadable = isReloadable
    type = kind.name
    expected = kind.expected
    isList = kind.name.hasPrefix("list of ")
    read = { node, configuration throws(ConfigurationMismatch) in
      configuration[keyPath: member] = try kind.read(node)
    }
    show = { kind.show($0[keyPath: member]) }
  }

  /// The variable of the environment that sets it: `BAROGRAPH_LIMITS__BODY`.
  package var variable: String {
    ConfigurationTable.variablePrefix + path.uppercased().replacing(".", with: "__")
  }

  /// Its default as the file would have it.
  package var defaultText: String { valueText(in: Configuration()) }

  /// Its value as the file would have it.
  package func valueText(in configuration: Configuration) -> String {
    show(configuration).yaml
  }
}
