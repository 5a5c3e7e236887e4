internal import Collector
internal import LinuxIO

/// `barograph serve`: the collector.
enum ServeCommand {
  static let command = Command(
    name: "serve", summary: "take in telemetry, keep it, answer for it", usage: "[options]",
    options: ConfigurationTable.keys.compactMap { key in
      key.flag.map { flag in
        Command.Option(flag, value: "VALUE", "\(key.help) (default: \(key.defaultText))")
      }
    },
    examples: [
      "barograph serve",
      "barograph serve --listen 127.0.0.1:9000 --udp off --data /var/lib/barograph",
      "barograph serve --config barograph.yaml",
    ]
  ) { arguments in
    let flags = arguments.values.filter { !isGlobal($0.name) }
    let load: CollectorServer.Reload = { () throws(ConfigurationError) in
      try ConfigurationSource(file: arguments["--config"], flags: flags).load()
    }
    do throws(ConfigurationError) {
      return serve(try load(), load, file: arguments["--config"])
    } catch {
      Console.complain("\(error)")
      return .usage
    }
  }

  private static func isGlobal(_ name: String) -> Bool {
    Command.global.contains { $0.name == name }
  }

  private static func serve(
    _ configuration: Configuration, _ reload: @escaping CollectorServer.Reload, file: String?
  ) -> ExitCode {
    do throws(StartError) {
      let log = Log(configuration.log)
      try CollectorServer(configuration, log: log, reload: reload).run()
      return .ok
    } catch {
      Console.complain(error.message)
      if error.isMisconfigured { return .usage }
      let place = file.map { "--config \($0)" } ?? "--data \(configuration.data)"
      Console.complain("`barograph doctor \(place)` looks at this machine and says what to do")
      return .failed
    }
  }
}
