internal import LinuxIO
internal import Outbound
internal import Terminal

/// `barograph demo`: a collector with believable traffic, and the live view of it.
enum DemoCommand {
  /// Seconds of traffic from before the start that a collector of our own is given.
  private static let past = 300
  /// Requests that are made up for that time at most.
  private static let pastRequests = 15_000

  static let command = Command(
    name: "demo", summary: "start a collector, feed it believable traffic, and watch it",
    usage: "[options]",
    options: [
      .init("--rate", value: "N", "requests a second (default 20; each is three to eight events)"),
      .init("--seconds", value: "N", "stop after so long (default: when you quit)"),
      .init("--seed", value: "N", "same seed, same traffic (default 1)"),
      .init("--listen", value: "HOST:PORT", "where the collector listens (default 127.0.0.1:4318)"),
      .init("--data", value: "DIR", "keep the data here (default: a directory that is removed)"),
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
    let plan = DemoFeeder.Plan(
      rate: rate, seconds: seconds, seed: UInt64(max(0, seed)),
      past: arguments["--url"] == nil ? min(past, pastRequests / rate) : 0)
    guard arguments["--url"] == nil else {
      guard let collector = CollectorConnection(arguments) else { return .usage }
      let address = collector.client.endpoint.address
      let doors = DemoFeeder.Doors(
        url: collector.url, key: collector.key,
        // Datagrams carry no key.
        datagrams: address.path == nil && collector.key == nil ? address : nil)
      return run(plan, doors, collector, watches: false, data: nil)
    }
    return serve(plan, arguments)
  }

  private static func number(_ arguments: Arguments, _ name: String, or usual: Int) -> Int? {
    arguments[name].map { Int($0) } ?? usual
  }

  private static func serve(_ plan: DemoFeeder.Plan, _ arguments: Arguments) -> ExitCode {
    do throws(DemoCollector.Failure) {
      let collector = try DemoCollector(
        listen: arguments["--listen"], data: arguments["--data"],
        rules: DemoWorld.rules(rate: plan.rate))
      defer { collector.end() }
      guard let connection = CollectorConnection(arguments, url: collector.url) else {
        return .failed
      }
      let doors = DemoFeeder.Doors(url: collector.url, datagrams: collector.datagrams)
      return run(plan, doors, connection, watches: true, data: collector.data)
    } catch {
      Console.complain(error.message)
      return .failed
    }
  }

  /// Feeds on a thread, and shows the live view, or a picture every few seconds where there is no
  /// terminal.
  private static func run(
    _ plan: DemoFeeder.Plan, _ doors: DemoFeeder.Doors, _ collector: CollectorConnection,
    watches: Bool, data: String?
  ) -> ExitCode {
    let feeder = DemoFeeder(plan, doors)
    guard watches, Terminal.isTerminal(0), Terminal.isTerminal(1) else {
      return feedAlone(plan, feeder, collector)
    }
    do throws(Errno) {
      // Signals are the view's: no thread may take them before it is ready.
      _ = try SignalSource(SignalSource.serving + [.windowChange, .stop])
      let thread = try Thread(name: "feed") { _ = feeder.run() }
      let options = TopOptions(
        subject: .models, adminURL: data.flatMap { TopOptions.socket($0) })
      let result = TopCommand.watch(
        options, collector, until: plan.seconds == 0 ? nil : Int64(plan.seconds))
      feeder.end()
      thread.join()
      return result
    } catch {
      Console.complain("cannot start: \(error.text)")
      return .failed
    }
  }

  private static func feedAlone(
    _ plan: DemoFeeder.Plan, _ feeder: DemoFeeder, _ collector: CollectorConnection
  ) -> ExitCode {
    let report = TopReport(TopOptions(subject: .models, adminURL: nil), collector)
    do throws(Errno) {
      let signals = try SignalSource([.terminate, .interrupt])
      let done = try EventNotifier()
      let thread = try Thread(name: "feed") {
        if let problem = feeder.run() { Console.complain(problem) }
        done.signal()
      }
      let epoll = try Epoll()
      try epoll.add(signals.raw, .read, token: 0)
      try epoll.add(done.raw, .read, token: 1)
      let events = EpollEvents(capacity: 2)
      while true {
        try epoll.wait(into: events, milliseconds: 5_000)
        _ = report.run()
        if events.count > 0 { break }
      }
      feeder.end()
      thread.join()
      return .ok
    } catch {
      Console.complain("cannot start: \(error.text)")
      return .failed
    }
  }
}
