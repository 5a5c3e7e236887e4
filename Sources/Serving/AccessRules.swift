package import LinuxIO
internal import Synchronization

/// Who may do what, and how much of it.
package struct AccessRules: Sendable {
  package var keys = KeyRing()
  /// What callers may do without a key, wherever they come from.
  package var anonymous: Set<Role> = []
  /// Proxies whose word is taken for the client's address and its person.
  package var trustedProxies: [AddressRange] = []
  /// The header in which such a proxy names the person, lower case; empty for none.
  package var userHeader = ""
  /// Who may send datagrams; nil for the rule below.
  package var datagramSenders: [AddressRange]?
  /// Events and requests of one client in a second; nil for no bound.
  package var clientEvents: Double?
  package var clientRequests: Double?
  /// Requests of one client to a route in a second, by method and path.
  package var routes: [String: Double] = [:]
  /// Wrong keys of one address in a minute, beyond which none is looked at.
  package var failures = 60.0

  /// Nobody but loopback, which needs no key.
  package init() {}

  /// Whether datagrams may come from an address: they carry no key, so once there are keys only
  /// those who are named may send, or everybody where everybody may send anyhow.
  func accepts(datagramsFrom address: SocketAddress) -> Bool {
    if let datagramSenders { return datagramSenders.contains { $0.contains(address) } }
    if anonymous.contains(.ingest) { return true }
    return keys.isEmpty && address.isLoopback
  }

  /// What a caller without a key may do where only this machine can connect, or others can.
  func roles(isLocal: Bool) -> Set<Role> {
    let usual: Set<Role> = keys.isEmpty && isLocal ? [.ingest, .read] : []
    return usual.union(anonymous)
  }
}

/// The rules in force, for all loops: a new rule holds for the next request of each.
package final class AccessDesk: Sendable {
  private let state: Mutex<AccessRules>
  /// Rises with the rules, which are stored before (releasing); who sees it (acquiring) sees them.
  private let number = Atomic(1)
  /// How much each client did.
  let rates = RateTable()
  /// What was refused, and why.
  package let book = AccessBook()

  /// A desk with these rules.
  package init(_ rules: AccessRules) {
    state = Mutex(rules)
  }

  /// The rules.
  package var rules: AccessRules { state.withLock { $0 } }
  /// Their number.
  var revision: Int { number.load(ordering: .acquiring) }
  /// Buckets held, and how often one had to be shared.
  package var table: (buckets: Int, overflows: Int64) { (rates.count, rates.overflows) }

  /// Puts other rules in force.
  package func follow(_ rules: AccessRules) {
    state.withLock { $0 = rules }
    number.add(1, ordering: .releasing)
  }
}

/// How often somebody was refused.
package final class AccessBook: Sendable {
  /// Why.
  package enum Reason: String, CaseIterable, Sendable {
    case noKey = "no_key"
    case wrongKey = "wrong_key"
    case role, tenant, host, origin
    case failures = "failed_keys"
    case clientEvents = "client_events_per_s"
    case clientRequests = "client_requests_per_s"
    case route = "route_requests_per_s"
    case datagramSender = "udp_sender"
    case datagramRate = "udp_events_per_s"
  }

  private let counts = Mutex([Int64](repeating: 0, count: Reason.allCases.count))

  /// An empty book.
  package init() {}

  /// Counts a refusal.
  func count(_ reason: Reason) {
    guard let place = Reason.allCases.firstIndex(of: reason) else { return }
    counts.withLock { $0[place] += 1 }
  }

  /// All counts.
  package var refusals: [(reason: Reason, count: Int64)] {
    let counts = counts.withLock { $0 }
    return Array(zip(Reason.allCases, counts))
  }
}
