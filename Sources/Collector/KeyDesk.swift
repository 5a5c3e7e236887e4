internal import LinuxIO
internal import Serving
internal import Synchronization

/// Keeps the rules of access in force: those of the configuration, and the keys of their file,
/// which it also changes.
final class KeyDesk: Sendable {
  private struct State {
    var file: KeysFile
    var keys: [AccessKey]
    var configuration: Configuration
  }

  /// What the loops ask.
  let access: AccessDesk
  private let state: Mutex<State>

  /// The rules of `configuration`; throws when its keys cannot be read, and when others could reach
  /// the collector without being asked for anything.
  init(_ configuration: Configuration) throws(StartError) {
    let file = KeysFile(configuration)
    let keys = try Self.keys(file, configuration)
    state = Mutex(State(file: file, keys: keys, configuration: configuration))
    access = AccessDesk(Self.rules(configuration, keys))
  }

  /// A line for the log where the file lies more open than it should.
  var warning: String? {
    let file = state.withLock { $0.file }
    return file.isExposed ? "others may read \(file.path); chmod 600 \(file.path)" : nil
  }

  /// Whether there are keys.
  var hasKeys: Bool { state.withLock { !$0.keys.isEmpty } }

  /// Checks the rules of another configuration; what it gives puts them in force.
  func prepare(_ configuration: Configuration) throws(StartError) -> () -> Void {
    let file = KeysFile(configuration)
    let keys = try Self.keys(file, configuration)
    return { [self] in
      state.withLock { state in
        state = State(file: file, keys: keys, configuration: configuration)
        access.follow(Self.rules(configuration, keys))
      }
    }
  }

  /// Every key there is or was.
  var all: [AccessKey] { state.withLock { $0.keys } }

  /// Makes a key, which is in force when this returns; gives it as JSON with its text.
  func add(_ order: KeyOrder, at now: Int64) throws(KeyOrder.Refusal) -> [UInt8] {
    try state.withLock { state throws(KeyOrder.Refusal) in
      let (keys, json) = try state.file.add(order, at: now)
      take(keys, &state)
      return json
    }
  }

  /// Revokes a key, which is of no use when this returns; gives it as JSON, nil when there is none
  /// of that name.
  func revoke(_ name: String, at now: Int64) throws(KeyOrder.Refusal) -> [UInt8]? {
    try state.withLock { state throws(KeyOrder.Refusal) in
      let (keys, json) = try state.file.revoke(name, at: now)
      take(keys, &state)
      return json
    }
  }

  private func take(_ keys: [AccessKey], _ state: inout State) {
    state.keys = keys
    access.follow(Self.rules(state.configuration, keys))
  }

  static func keys(
    _ file: KeysFile, _ configuration: Configuration
  ) throws(StartError) -> [AccessKey] {
    let keys: [AccessKey]
    do throws(KeysFile.Failure) {
      keys = try file.read()
    } catch {
      throw StartError(error.description, isMisconfigured: true)
    }
    if let problem = configuration.exposure(hasKeys: !keys.isEmpty) {
      throw StartError("cannot listen: \(problem)", isMisconfigured: true)
    }
    return keys
  }

  private static func rules(_ configuration: Configuration, _ keys: [AccessKey]) -> AccessRules {
    var rules = AccessRules()
    rules.keys = KeyRing(keys)
    rules.anonymous = Set(configuration.anonymous.map { $0 == .ingest ? Role.ingest : .read })
    rules.trustedProxies = configuration.trustedProxies
    rules.userHeader = configuration.userHeader.lowercased()
    let senders = configuration.datagramSenders
    rules.datagramSenders = senders.isEmpty ? nil : senders
    let limits = configuration.limits
    rules.clientEvents = limits.clientEvents == 0 ? nil : Double(limits.clientEvents)
    rules.clientRequests = limits.clientRequests == 0 ? nil : Double(limits.clientRequests)
    rules.failures = Double(limits.wrongKeys)
    for limit in limits.routes { rules.routes[limit.route] = Double(limit.requests) }
    return rules
  }
}
