internal import Codec
package import Serving
internal import Telemetry

/// What somebody asks of a new key.
package struct KeyOrder: Sendable {
  /// Why no such key is made: one sentence.
  package struct Refusal: Error, Sendable {
    package let message: String
  }

  let name: String
  let roles: Set<Role>
  let tenant: String?
  let rates: AccessKey.Rates
  /// ns since 1970.
  package let expires: Int64?

  /// A key of these words; `expires` is a time, or how long it is to hold, such as `90d`.
  package init(
    name: String, roles: [String], tenant: String?, events: String?, requests: String?,
    expires: String?, now: Int64
  ) throws(Refusal) {
    guard AccessKey.isName(name) else {
      throw Refusal(
        message: "name: expected at most \(AccessKey.nameLength) letters, digits and _ . -")
    }
    self.name = name
    var found: Set<Role> = []
    for word in roles {
      guard let role = Role.allCases.first(where: { $0.text == word }), role != .open else {
        throw Refusal(message: "role: expected ingest, read or admin, not '\(word)'")
      }
      found.insert(role)
    }
    self.roles = found
    self.tenant = tenant
    if let problem = Self.problem(roles: found, tenant: tenant) { throw Refusal(message: problem) }
    rates = AccessKey.Rates(
      events: try Self.rate(events, "events"), requests: try Self.rate(requests, "requests"))
    self.expires = try Self.expiry(expires, now)
  }

  /// Whether `text` can name a key.
  package static func isName(_ text: String) -> Bool { AccessKey.isName(text) }

  /// The key, and its text, which nobody gets to see again.
  package func make(at now: Int64) -> (key: AccessKey, text: String) {
    let text = AccessKey.makeText()
    let key = AccessKey(
      name: name, prefix: String(text.prefix(AccessKey.shownLength)),
      digest: AccessKey.digest(of: Array(text.utf8)), roles: roles, tenant: tenant, rates: rates,
      created: now, expires: expires)
    return (key, text)
  }

  /// What is wrong with roles and a tenant together.
  static func problem(roles: Set<Role>, tenant: String?) -> String? {
    if roles.isEmpty { return "a key has one role at least: ingest, read or admin" }
    guard let tenant else { return nil }
    guard AccessKey.isName(tenant) else {
      return "tenant: expected at most \(AccessKey.nameLength) letters, digits and _ . -"
    }
    // Groups that found no room are counted under this name, whosever they are.
    if tenant == "other" { return "tenant: 'other' stands for tenants without room of their own" }
    return roles.contains(.admin)
      ? "a key with the role admin cannot be bound to a tenant: what it does concerns all" : nil
  }

  /// A time in ns since 1970, as RFC 3339 writes it.
  static func instant(_ text: String) -> Int64? {
    let slab = ByteSlab(capacity: text.utf8.count)
    slab.append(Array(text.utf8))
    // The view dies before its slab.
    return unsafe Timestamp.parse(ByteView(slab), from: 0, to: slab.count, now: 0)
  }

  private static func rate(_ text: String?, _ name: String) throws(Refusal) -> Double? {
    guard let text else { return nil }
    guard let rate = Double(text), rate.isFinite, rate > 0 else {
      throw Refusal(message: "rate of \(name): expected a number above 0, not '\(text)'")
    }
    return rate
  }

  private static func expiry(_ text: String?, _ now: Int64) throws(Refusal) -> Int64? {
    guard let text else { return nil }
    let length = ConfigurationUnits.duration(text).map { $0.nanoseconds }
    guard let time = length.map({ now.addingReportingOverflow($0).partialValue }) ?? instant(text),
      time > now
    else {
      throw Refusal(
        message: "expires: expected a time ahead, or a length such as 90d, not '\(text)'")
    }
    return time
  }
}
