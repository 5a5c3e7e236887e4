internal import Collector

/// The data directory that a command works on.
enum DataDirectory {
  /// That of `--data`, else that of the configuration; nil, and a complaint, when the configuration
  /// is wrong.
  static func path(_ arguments: Arguments) -> String? {
    if let given = arguments["--data"] { return given }
    do throws(ConfigurationError) {
      return try ConfigurationSource(file: arguments["--config"], flags: []).load().data
    } catch {
      Console.complain("\(error)")
      return nil
    }
  }
}
