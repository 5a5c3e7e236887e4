import Collector

/// The settings of a file with this text.
func loaded(
  _ text: String, environment: [String: String] = [:],
  flags: [(name: String, value: String)] = []
) throws(ConfigurationError) -> Configuration {
  let file = Configuration.File(name: "barograph.yaml", bytes: Array(text.utf8))
  return try Configuration.load(file: file, environment: environment, flags: flags)
}

/// What is wrong with a file of this text, as a user reads it.
func problems(
  _ text: String, environment: [String: String] = [:],
  flags: [(name: String, value: String)] = []
) -> [String] {
  do throws(ConfigurationError) {
    _ = try loaded(text, environment: environment, flags: flags)
    return []
  } catch {
    return error.problems.map(\.description)
  }
}
