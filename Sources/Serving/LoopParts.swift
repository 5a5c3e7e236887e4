internal import Codec
internal import HTTP
internal import LinuxIO
internal import Synchronization
internal import Telemetry

/// What other threads ask of a loop, taken when it wakes.
final class LoopOrders: Sendable {
  struct Orders: Sendable {
    var settings: ServingSettings?
    var drains = false
  }

  private let orders = Mutex<Orders?>(nil)

  func follow(_ settings: ServingSettings) {
    orders.withLock { $0 = Orders(settings: settings, drains: $0?.drains ?? false) }
  }

  func drain() {
    orders.withLock { $0 = Orders(settings: $0?.settings, drains: true) }
  }

  func take() -> Orders? {
    orders.withLock { orders in
      defer { orders = nil }
      return orders
    }
  }
}

/// Batches and slabs to use again.
struct BatchPool: ~Copyable {
  /// Bytes of memory that a pooled batch or slab keeps.
  static let kept = 256 << 10
  private static let size = 12
  private var batches: [EventBatch] = []
  private var slabs: [ByteSlab] = []

  mutating func batch(around body: ByteSlab) -> EventBatch {
    guard let batch = batches.popLast() else { return EventBatch(body: body) }
    batch.body = body
    return batch
  }

  mutating func giveBack(_ batch: EventBatch) {
    batch.reset(keeping: Self.kept)
    giveBack(batch.body)
    if batches.count < Self.size { batches.append(batch) }
  }

  mutating func slab(_ capacity: Int) -> ByteSlab {
    slabs.popLast() ?? ByteSlab(capacity: max(capacity, 1_024))
  }

  mutating func giveBack(_ slab: ByteSlab) {
    slab.reset(keeping: Self.kept)
    if slabs.count < Self.size { slabs.append(slab) }
  }
}

/// How fast the writer settles what it is given, to say when to try again.
struct DrainRate {
  private var settled = 0.0
  private var since: Int64 = 0
  private var perSecond = 1_000.0

  /// Counts settled records at a monotonic time.
  mutating func count(_ records: Int, at now: Int64) {
    settled += Double(records)
    let elapsed = now - since
    guard elapsed > 1_000_000_000 else { return }
    if since != 0 { perSecond = max(1, settled / (Double(elapsed) / 1e9)) }
    since = now
    settled = 0
  }

  /// Whole seconds after which `records` will have been settled: 1 to 30.
  func retryAfter(_ records: Int) -> Int {
    min(30, max(1, Int((Double(records) / perSecond).rounded(.up))))
  }
}

/// The `Date` header's text, made once a second.
struct DateLine {
  private var second: Int64 = -1
  private var text: [UInt8] = []

  /// RFC 9110's form of a wall time.
  mutating func at(_ now: Int64) -> [UInt8] {
    let current = now / Timestamp.second
    if current != second {
      second = current
      text = HTTPDate.text(current)
    }
    return text
  }
}

extension FormFields {
  /// The pairs as text.
  var pairs: [(name: String, value: String)] {
    all.map {
      (String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
    }
  }
}

/// Which names a request may come to, and from which web pages.
struct HostRules {
  private let hosts: Set<String>
  private let origins: Set<String>

  init(_ settings: ServingSettings) {
    hosts = Set(settings.allowedHosts.map { $0.lowercased() })
    origins = Set(settings.allowedOrigins.map { $0.lowercased() })
  }

  /// Whether a `Host` names this machine's loopback, the listening address, or an allowed name. A
  /// page that had its own name pointed here does not pass.
  func accepts(host: String, at address: SocketAddress) -> Bool {
    let name = Self.name(of: host.lowercased())
    if name == "localhost" || name.hasSuffix(".localhost") || hosts.contains(name) { return true }
    if name == address.host.lowercased() { return true }
    return Self.isLoopback(name)
  }

  /// Whether a web page of `origin` may call. Without an origin it is no page that calls, or one
  /// that loads what it cannot look into: `fetch` then tells whose.
  func accepts(origin: String, _ fetch: FetchMetadata) -> Bool {
    origin.isEmpty ? !fetch.isForeign : origins.contains(origin.lowercased())
  }

  private static func isLoopback(_ name: String) -> Bool {
    if name == "::1" { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  private static func name(of host: String) -> String {
    if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
    return String(host.prefix { $0 != ":" })
  }
}

/// What a browser says of a request's reason, beside `Origin`, which pictures, scripts and frames
/// have none of.
struct FetchMetadata {
  let site: String
  let mode: String
  let destination: String

  /// No browser's, or one that says nothing.
  static let absent = FetchMetadata(site: "", mode: "", destination: "")

  /// Whether a page of another site loads something; a link to here that somebody follows, which
  /// leaves that page, is no such thing.
  var isForeign: Bool {
    switch site {
    case "", "none", "same-origin": false
    default: !(mode == "navigate" && destination == "document")
    }
  }
}

/// Finds the route of a method and path.
struct RouteTable {
  private let routes: [Route]
  /// Routes without a named part, by their path.
  private var fixed: [String: [Int]] = [:]

  enum Found {
    case route(Int, [String: String])
    /// The path is known, for these methods.
    case methods([String])
    case nothing
  }

  init(_ routes: [Route]) {
    self.routes = routes
    for (index, route) in routes.enumerated()
    where !route.parts.contains(where: { $0.hasPrefix(":") }) {
      fixed[route.pattern, default: []].append(index)
    }
  }

  subscript(index: Int) -> Route { routes[index] }

  func find(_ method: String, _ path: String) -> Found {
    if let indices = fixed[path], let index = indices.first(where: { routes[$0].method == method })
    {
      return .route(index, [:])
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    var methods: [String] = []
    for (index, route) in routes.enumerated() {
      guard let captures = route.match(parts) else { continue }
      if route.method == method { return .route(index, captures) }
      methods.append(route.method)
    }
    return methods.isEmpty ? .nothing : .methods(methods)
  }
}
