internal import API
internal import Codec
internal import Exposition
internal import History
internal import Intake
internal import LinuxIO
internal import Serving
internal import Synchronization
internal import Telemetry

/// The collector as one value: its threads, what they share, and the order in which they start and
/// stop.
package final class CollectorServer: Sendable {
  /// How to read the configuration again, on reload.
  package typealias Reload = @Sendable () throws(ConfigurationError) -> Configuration

  let log: Log
  let parts: CollectorParts
  private let threads = Mutex<[Thread]>([])
  private let configuration: Mutex<Configuration>
  private let reload: Reload
  private let reloads = Mutex(Reloads())
  /// Orders to reload; relaxed: who sees a number too low only reloads once more.
  private let orders = Atomic(0)
  private let signals: SignalSource
  private let ending: EventNotifier
  private let supervisor = Supervisor(environment: Environment.current())

  /// Opens the data directory and the doors. Nothing is served before `run`.
  package init(
    _ configuration: Configuration, log: Log, reload: @escaping Reload
  ) throws(StartError) {
    self.log = log
    self.reload = reload
    self.configuration = Mutex(configuration)
    do throws(Errno) {
      // Before any thread is made: all must leave the signals to this one.
      SignalSource.ignoreBrokenPipes()
      signals = try SignalSource()
      ending = try EventNotifier()
    } catch {
      throw StartError("cannot watch for signals: \(error.text)")
    }
    parts = try CollectorParts(configuration, log: log)
  }

  /// Serves until SIGTERM, SIGINT or `end`, then lets everything that was taken in be stored and
  /// answered. Once it listens, `ready` is told the first address, on a thread of its own.
  package func run(
    ready: (@Sendable (_ address: String) -> Void)? = nil
  ) throws(StartError) {
    let backups = BackupRoutes(
      order: { [parts] in parts.backups.begin($0, replacing: $1) },
      report: { [parts] in parts.backups.report })
    var routes = Routes(services()).all + backups.all
    if let service = parts.service {
      routes += PrometheusRoutes(service, version: Version.text).all + GrafanaRoutes(service).all
    }
    if let keeper = parts.alerts { routes += AlertRoutes(parts.alertServices(keeper)).all }
    routes += parts.keyRoutes(log).all
    routes += RuleRoutes { [parts] in parts.alerts?.state.reports ?? [] }.all
    routes += PrivacyRoutes(parts.privacyServices()).all
    let descriptions = DocumentationRoutes(describing: routes, version: Version.text)
    try parts.open(routes: descriptions.all + audited(routes), log: log)
    do throws(Errno) {
      for (index, loop) in parts.loops.enumerated() {
        let thread = try Thread(name: "intake-\(index)") { loop.run() }
        threads.withLock { $0.append(thread) }
      }
      announce()
      tell(.ready(listening))
      if let warning = parts.keys.warning { log.write(.warning, warning) }
      if let ready {
        let address = parts.listening.first ?? ""
        let thread = try Thread(name: "companion") { ready(address) }
        threads.withLock { $0.append(thread) }
      }
      try wait()
    } catch {
      throw StartError("cannot start: \(error.text)")
    }
    tell(.stopping)
    stop()
  }

  /// The routes, whose acts of administration are noted.
  private func audited(_ routes: [Route]) -> [Route] {
    let undecided = AuditedRoutes.undecided(routes) + AuditedRoutes.unknown(routes)
    precondition(undecided.isEmpty, "the audit knows every route of administration: \(undecided)")
    let parts = parts
    return AuditedRoutes.noting(routes, cleaning: { parts.pseudonyms().cleaned($0) }) {
      parts.audit.note($0)
    }
  }

  /// Asks the server to stop. From any thread.
  package func end() {
    ending.signal()
  }

  private func services() -> Services {
    let parts = parts
    return Services(
      rejects: parts.rejects, direct: parts.direct, reads: parts.reads, stream: parts.stream,
      export: parts.export,
      windows: parts.windows.service, totals: parts.status.totals, queryTime: parts.queryTime,
      settle: { parts.saving.wait() },
      sources: { parts.sources() }, metrics: { parts.metrics($0, tenant: $1) },
      later: { parts.queries.submit($0) },
      health: { parts.health() }, reload: { [self] in reloadNow() })
  }

  private var listening: String { "listens on \(parts.listening.joined(separator: ", "))" }

  /// Tells the supervisor, where there is one. What it cannot be told is logged.
  private func tell(_ state: Supervisor.State) {
    guard let supervisor else { return }
    do throws(Errno) {
      try supervisor.tell(state)
    } catch {
      log.write(.warning, "cannot tell the supervisor: \(error.text)")
    }
  }

  private func announce() {
    log.write(.info, "barograph \(Version.text) \(listening)")
    let address = parts.listening.first ?? ""
    if !address.hasPrefix("unix:") {
      log.write(
        .info,
        "try: curl -d '{\"type\":\"llm\",\"model\":\"gpt-4o\",\"input_tokens\":12,"
          + "\"output_tokens\":5}' http://\(address)/v1/events")
    }
  }

  private func wait() throws(Errno) {
    let epoll = try Epoll()
    try epoll.add(signals.raw, .read, token: 0)
    try epoll.add(ending.raw, .read, token: 1)
    let events = EpollEvents(capacity: 1)
    while true {
      try epoll.wait(into: events, milliseconds: -1)
      if ending.drain() { return }
      while let signal = try signals.next() {
        guard signal == .hangUp else { return log.write(.info, "stopping: draining what came in") }
        let problem = reloadNow()
        parts.audit.note(
          AuditDraft(principal: "signal", act: "reload", outcome: problem == nil ? "ok" : "400"))
        if let problem { log.write(.error, "cannot reload: \(problem)") }
      }
    }
  }

  /// What the last reload came to, and which orders it fulfilled.
  private struct Reloads {
    var fulfilled = 0
    var problem: String?
  }

  /// Takes on what can change while running; gives what is wrong with the new configuration, of
  /// which then nothing holds. One reload at a time; orders that came before it began share it.
  private func reloadNow() -> String? {
    let order = orders.add(1, ordering: .relaxed).newValue
    return reloads.withLock { state in
      guard state.fulfilled < order else { return state.problem }
      let begun = orders.load(ordering: .relaxed)
      tell(.reloading)
      state.problem = takeOn()
      tell(.ready(state.problem.map { "\(listening); the last reload failed: \($0)" } ?? listening))
      state.fulfilled = begun
      return state.problem
    }
  }

  private func takeOn() -> String? {
    do throws(ConfigurationError) {
      let fresh = try reload()
      let fixed = configuration.withLock { $0.needsRestart(toBecome: fresh) }
      guard fixed.isEmpty else {
        return "a restart is needed to change \(fixed.joined(separator: ", "))"
      }
      if let problem = parts.follow(fresh) { return problem }
      log.follow(fresh.log)
      configuration.withLock { $0 = fresh }
      log.write(.info, "configuration reloaded")
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func stop() {
    for loop in parts.loops { loop.drain() }
    for thread in threads.withLock({ $0 }) { thread.join() }
    parts.close()
    log.write(.info, "stopped")
  }
}
