internal import LinuxIO

/// Where a configuration comes from: a file, the environment and the command line.
package struct ConfigurationSource: Sendable {
  private static let fileLimit = 4 << 20

  private let file: String?
  private let flags: [(name: String, value: String)]

  /// The file at a path, or none, and flags that go over it.
  package init(file: String?, flags: [(name: String, value: String)]) {
    self.file = file
    self.flags = flags
  }

  /// Reads everything again and joins it.
  package func load() throws(ConfigurationError) -> Configuration {
    try Configuration.load(file: try read(), environment: Environment.current(), flags: flags)
  }

  private func read() throws(ConfigurationError) -> Configuration.File? {
    guard let file else { return nil }
    do throws(Errno) {
      return Configuration.File(
        name: file, bytes: try FileSystem.read(file, limit: Self.fileLimit))
    } catch {
      throw ConfigurationError(problems: [
        ConfigurationProblem(
          origin: .flag("--config"), message: "cannot read \(file): \(error.text)",
          expected: "a file that can be read")
      ])
    }
  }
}
