internal import Codec
internal import HTTP
internal import LinuxIO

/// A key that a connection brought, by the bytes of the header that brought it. It holds as long as
/// the rules do, so a revoked key is looked up anew.
struct KnownKey {
  let header: [UInt8]
  let key: AccessKey
  let principal: Principal
  let revision: Int
}

/// Who callers without a key are, made once for all of them.
struct Strangers {
  /// Those who connect where only this machine can.
  let here: Principal
  let elsewhere: Principal

  init(_ rules: AccessRules) {
    here = .anonymous(rules.roles(isLocal: true))
    elsewhere = .anonymous(rules.roles(isLocal: false))
  }
}

/// Who asks, and what is counted against them.
struct Caller {
  var principal: Principal
  /// The address that they ask from, as far as known.
  var client: String
  var key: AccessKey?

  /// Before anybody is known.
  static let nobody = Caller(principal: .anonymous([]), client: "")

  /// Under what name rates are counted: the key, or the address without one.
  var name: String { key.map { "key \($0.name)" } ?? client }
}

extension EventLoop {
  private static let wrongKey = ErrorBody(
    401, "wrong_key", "the key is not valid", hint: "keys are listed by barograph keys list")
  private static let noKey = ErrorBody(
    401, "no_key", "this needs a key",
    hint: "send Authorization: Bearer KEY, or give the command --key-file or BAROGRAPH_KEY")

  /// Bytes of a header by which a connection knows a key again.
  private static let longestKnown = 512

  /// Takes on the rules in force.
  func followRules() {
    let revision = shared.access.revision
    guard revision != rulesRevision else { return }
    rules = shared.access.rules
    rulesRevision = revision
    strangers = Strangers(rules)
  }

  /// Finds who asks, and whether they may use a route; gives why not.
  func identify(
    _ request: inout PendingRequest, _ connection: Connection, _ head: RequestHead,
    _ view: ByteView, for route: Route
  ) -> ErrorBody? {
    followRules()
    let listening = connection.listening
    request.caller = Caller(
      principal: listening.isLocal ? strangers.here : strangers.elsewhere,
      client: connection.peer)
    if listening.isPrivate {
      request.caller.principal = .socket
      return nil
    }
    let isProxied = takeProxysWord(&request.caller, connection, head, view)
    if let header = head.authorization, !rules.keys.isEmpty {
      let problem = unsafe takeKey(
        Array(view.raw(header.start, header.end)), connection, &request.caller)
      if let problem, route.role != .open { return problem }
    }
    if isProxied, let person = person(head, view) {
      request.caller.principal = request.caller.principal.vouched(as: person)
    }
    return route.role == .open ? nil : refusal(of: request.caller, route)
  }

  private func refusal(of caller: Caller, _ route: Route) -> ErrorBody? {
    let principal = caller.principal
    guard principal.roles.contains(route.role) else {
      if caller.key == nil, !rules.keys.isEmpty {
        shared.access.book.count(.noKey)
        return Self.noKey
      }
      shared.access.book.count(.role)
      return ErrorBody(
        403, "forbidden", "this needs the role \(route.role.text)",
        hint: route.role == .admin && caller.key == nil
          ? "administration goes through the data directory's socket, or with a key" : "")
    }
    guard principal.tenant == nil || route.tenancy != .refused else {
      shared.access.book.count(.tenant)
      return ErrorBody(
        403, "forbidden_tenant", "a key that is bound to a tenant may not ask this",
        hint: "the answer cannot be narrowed to one tenant")
    }
    return nil
  }

  /// Recognises the key in an `Authorization` header; gives why it is none. An address that brought
  /// too many wrong ones waits.
  private func takeKey(
    _ header: [UInt8], _ connection: Connection, _ caller: inout Caller
  ) -> ErrorBody? {
    let now = Clock.coarseWall
    if let known = connection.knownKey, known.revision == rulesRevision,
      ConstantTime.areEqual(known.header, header), known.key.isValid(at: now)
    {
      caller.key = known.key
      caller.principal = known.principal
      return nil
    }
    let (rates, moment) = (shared.access.rates, Clock.coarseMonotonic)
    let rate = rules.failures / 60
    if let wait = rates.take(
      0, .failures, of: caller.client, rate: rate, burst: rules.failures, at: moment)
    {
      shared.access.book.count(.failures)
      return ErrorBody(
        429, "too_many_wrong_keys", "this address brought too many wrong keys", retryAfter: wait)
    }
    let key =
      if case .digest(let digest) = Credential(header) {
        rules.keys.key(digest: digest, at: now)
      } else {
        nil as AccessKey?
      }
    guard let key else {
      rates.charge(
        1, .failures, to: caller.client, rate: rate, burst: rules.failures, at: moment)
      shared.access.book.count(.wrongKey)
      return Self.wrongKey
    }
    let principal = Principal(credential: key.name, roles: key.roles, tenant: key.tenant)
    if header.count <= Self.longestKnown {
      connection.knownKey = KnownKey(
        header: header, key: key, principal: principal, revision: rulesRevision)
    }
    caller.key = key
    caller.principal = principal
    return nil
  }
}

// MARK: Proxies
extension EventLoop {
  private static let longestPerson = 128

  /// Takes the client's address from a trusted proxy; whether the request came through one.
  private func takeProxysWord(
    _ caller: inout Caller, _ connection: Connection, _ head: RequestHead, _ view: ByteView
  ) -> Bool {
    let proxies = rules.trustedProxies
    guard !proxies.isEmpty, proxies.contains(where: { $0.contains(connection.peer) }) else {
      return false
    }
    // The nearest proxy wrote the last address; what stands before the first that is no proxy of
    // ours was written by whoever asks.
    let chain = Self.values("x-forwarded-for", head, view).joined(separator: ",")
      .split(separator: ",").map { String($0.trimmed) }
    for address in chain.reversed() {
      guard SocketAddress.bytes(ofHost: address) != nil else { break }
      caller.client = address
      guard proxies.contains(where: { $0.contains(address) }) else { break }
    }
    return true
  }

  /// Whom the proxy names; what cannot be shown in a line of a log names nobody.
  private func person(_ head: RequestHead, _ view: ByteView) -> String? {
    guard !rules.userHeader.isEmpty,
      let name = Self.values(rules.userHeader, head, view).last,
      (1...Self.longestPerson).contains(name.utf8.count),
      name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else { return nil }
    return name
  }

  /// Every value of a header by its name in lower case.
  private static func values(_ name: String, _ head: RequestHead, _ view: ByteView) -> [String] {
    let text = unsafe String(
      decoding: view.raw(head.fields.start, head.fields.end), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).compactMap { line in
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else {
        return nil
      }
      return String(line[line.index(after: colon)...].trimmed)
    }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}

// MARK: Rates
extension EventLoop {
  /// Whether a caller goes beyond what it may ask in a second; health and other open routes are
  /// never refused.
  func excess(_ caller: Caller, _ index: Int) -> ErrorBody? {
    let route = table[index]
    guard route.role != .open, !caller.principal.roles.contains(.admin) || caller.key != nil
    else { return nil }
    let (access, now) = (shared.access, Clock.coarseMonotonic)
    let requests = caller.key?.rates.requests ?? rules.clientRequests
    if let requests,
      let wait = access.rates.take(1, .requests, of: caller.name, rate: requests, at: now)
    {
      return refuse(.clientRequests, "requests", requests, wait)
    }
    if !rules.routes.isEmpty, let rate = rules.routes["\(route.method) \(route.pattern)"],
      let wait = access.rates.take(1, .route(index), of: caller.name, rate: rate, at: now)
    {
      return refuse(.route, "requests to this route", rate, wait)
    }
    if case .intake = route.action, let events = eventRate(of: caller),
      let wait = access.rates.take(0, .events, of: caller.name, rate: events, at: now)
    {
      return refuse(.clientEvents, "events", events, wait)
    }
    return nil
  }

  /// Counts events against the rate of who sent them.
  func charge(_ records: Int, to caller: Caller) {
    guard let rate = eventRate(of: caller) else { return }
    shared.access.rates.charge(
      Double(records), .events, to: caller.name, rate: rate, at: Clock.coarseMonotonic)
  }

  private func eventRate(of caller: Caller) -> Double? {
    caller.key?.rates.events ?? rules.clientEvents
  }

  private func refuse(
    _ reason: AccessBook.Reason, _ what: String, _ rate: Double, _ wait: Int
  ) -> ErrorBody {
    shared.access.book.count(reason)
    let number = rate == rate.rounded() ? String(Int(rate)) : String(rate)
    return ErrorBody(
      429, "rate_limited", "more than \(number) \(what) in a second",
      hint: "send it again after Retry-After", retryAfter: wait)
  }
}

// MARK: Streams
extension EventLoop {
  /// Ends streams whose callers may not follow any longer.
  func endForbidden(_ connection: Connection) {
    guard case .streaming(let sink) = connection.phase, let request = connection.request,
      let index = request.route, !connection.listening.isPrivate
    else { return }
    followRules()
    let role = table[index].role
    let mayFollow: Bool
    if let key = request.caller.key {
      let current = rules.keys.key(digest: key.digest, at: Clock.coarseWall)
      mayFollow = current?.roles.contains(role) == true && current?.tenant == key.tenant
    } else {
      mayFollow = role == .open || rules.roles(isLocal: connection.listening.isLocal).contains(role)
    }
    guard !mayFollow else { return }
    sink.close(isBroken: true)
    close(connection)
  }
}
