internal import Collector
internal import LinuxIO
internal import Outbound

/// `barograph demo`: a collector with believable traffic, to look around in.
enum DemoCommand {
  static let command = Command(
    name: "demo", summary: "start a collector on a temporary directory and feed it",
    usage: "[options]",
    options: [
      .init("--rate", value: "N", "requests a second (default 20; each is three to six events)"),
      .init("--seconds", value: "N", "stop after so long (default: at Ctrl-C)"),
      .init("--seed", value: "N", "same seed, same traffic (default 1)"),
      .init("--listen", value: "HOST:PORT", "where the collector listens (default 127.0.0.1:4318)"),
    ],
    examples: [
      "barograph demo", "barograph demo --rate 200 --seconds 30",
      "barograph demo --url http://127.0.0.1:4318 --rate 5",
    ]
  ) { arguments in
    guard let rate = number(arguments, "--rate", or: 20), (1...10_000).contains(rate),
      let seconds = number(arguments, "--seconds", or: 0), seconds >= 0,
      let seed = number(arguments, "--seed", or: 1)
    else {
      Console.complain("--rate, --seconds and --seed are whole numbers; a rate is 1 to 10000")
      return .usage
    }
    let plan = DemoFeeder.Plan(rate: rate, seconds: seconds, seed: UInt64(max(0, seed)))
    guard arguments["--url"] == nil else {
      guard let collector = CollectorConnection(arguments) else { return .usage }
      return DemoFeeder(plan, collector.client).run() ? .ok : .failed
    }
    return serve(plan, arguments["--listen"] ?? "127.0.0.1:4318")
  }

  private static func number(_ arguments: Arguments, _ name: String, or usual: Int) -> Int? {
    arguments[name].map { Int($0) } ?? usual
  }

  private static func serve(_ plan: DemoFeeder.Plan, _ listen: String) -> ExitCode {
    let directory = "/tmp/barograph-demo-\(ProcessFacts.id)"
    let flags = [("--listen", listen), ("--udp", listen), ("--data", directory)].map {
      (name: $0.0, value: $0.1)
    }
    let load: CollectorServer.Reload = { () throws(ConfigurationError) in
      try ConfigurationSource(file: nil, flags: flags).load()
    }
    do throws(ConfigurationError) {
      let configuration = try load()
      do throws(StartError) {
        let server = try CollectorServer(configuration, log: Log(configuration.log), reload: load)
        try server.run { address in
          _ = feed(plan, address)
          server.end()
        }
        Console.print("the demo's data stays in \(directory)\n")
        return .ok
      } catch {
        Console.complain(error.message)
        return .failed
      }
    } catch {
      Console.complain("\(error)")
      return .usage
    }
  }

  private static func feed(_ plan: DemoFeeder.Plan, _ address: String) -> Bool {
    do throws(ClientError) {
      return DemoFeeder(plan, try HTTPClient(url: "http://\(address)")).run()
    } catch {
      Console.complain("\(error)")
      return false
    }
  }
}
