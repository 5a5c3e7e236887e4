internal import Alerts
internal import Codec
internal import LinuxIO

/// What the configuration says of alerts, with everything it names read and found.
struct AlertPlan {
  let files: [RuleFile]
  let settings: AlertEngine.Settings
  /// The receivers, whose secrets are known, and what links in their messages begin with.
  let receivers: [ReceiverSettings]
  let externalURL: String

  /// The receiver that is there without being configured: the collector's own log.
  private static let log = ReceiverSettings(name: "log", kind: .log)

  /// Throws for what cannot be read or is not there.
  init(_ configuration: Configuration) throws(StartError) {
    let starters = configuration.starterRules ? [RuleFiles.starter] : []
    files = try starters + RuleFiles.read(configuration.rules)
    let zone = try TimeZoneFiles.zone(configuration.timezone)
    receivers = try Self.receivers(configuration)
    externalURL = configuration.externalURL
    var policy = AlertPolicy(
      route: configuration.route ?? AlertRoute(receiver: receivers[0].name),
      receivers: Dictionary(
        receivers.map { ($0.name, ReceiverTraits($0)) }, uniquingKeysWith: { first, _ in first }))
    policy.inhibitions = configuration.inhibitions
    policy.muteTimes = configuration.muteTimes.map { time in
      var time = time
      time.zone = zone
      return time
    }
    policy.externalURL = configuration.externalURL
    if let problem = policy.unknownName { throw StartError(problem) }
    var settings = AlertEngine.Settings(policy)
    settings.evaluation.externalURL = configuration.externalURL
    settings.evaluation.timeZone = zone
    self.settings = settings
  }

  private static func receivers(
    _ configuration: Configuration
  ) throws(StartError) -> [ReceiverSettings] {
    var receivers: [ReceiverSettings] = []
    for receiver in configuration.receivers {
      do throws(ReceiverError) {
        receivers.append(try receiver.withSecrets(environment: Environment.current()))
      } catch {
        throw StartError("\(error)")
      }
    }
    if !receivers.contains(where: { $0.name == log.name }) { receivers.append(log) }
    return receivers
  }
}

extension ReceiverTraits {
  fileprivate init(_ settings: ReceiverSettings) {
    var refresh: Int64?
    if case .alertmanager(let manager) = settings.kind {
      refresh = max(manager.validMilliseconds / 3, 60_000)
    }
    self.init(
      hearsResolved: settings.sendsResolved,
      hearsAcknowledged: settings.kind.tracksAcknowledgements, refresh: refresh)
  }
}

extension AlertPolicy {
  /// What is wrong with the names of its routes, if anything is.
  fileprivate var unknownName: String? {
    func problem(_ route: AlertRoute) -> String? {
      let names = [route.receiver] + route.escalations.map(\.receiver)
      if let name = names.first(where: { receivers[$0] == nil }) {
        let nearest = NearestWord.of(name, in: receivers.keys.sorted())
        return "cannot use the route: there is no receiver '\(name)'; did you mean '\(nearest)'?"
      }
      let known = muteTimes.map(\.name)
      if let name = route.muteTimes.first(where: { !known.contains($0) }) {
        return "cannot use the route: there is no entry '\(name)' in mute_times"
      }
      return route.routes.lazy.compactMap(problem).first
    }
    return problem(route)
  }
}
