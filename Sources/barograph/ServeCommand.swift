internal import Collector
internal import LinuxIO

/// `barograph serve`: the collector.
enum ServeCommand {
  /// Serves until stopped.
  static func run(file: String?, flags: [(name: String, value: String)]) -> Int32 {
    let load: CollectorServer.Reload = { () throws(ConfigurationError) in
      try ConfigurationSource(file: file, flags: flags).load()
    }
    do throws(ConfigurationError) {
      return run(try load(), load)
    } catch {
      StandardError.write(Array("barograph: \(error)\n".utf8))
      return 2
    }
  }

  private static func run(
    _ configuration: Configuration, _ reload: @escaping CollectorServer.Reload
  ) -> Int32 {
    do throws(StartError) {
      let log = Log(configuration.log)
      try CollectorServer(configuration, log: log, reload: reload).run()
      return 0
    } catch {
      StandardError.write(Array("barograph: \(error.message)\n".utf8))
      return 1
    }
  }
}
