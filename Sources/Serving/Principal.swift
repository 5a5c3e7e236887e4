internal import Codec

/// Who sends a request, and what that allows.
package struct Principal: Equatable, Sendable {
  /// How an audit names them: the person that a trusted proxy vouches for, else the credential.
  package let name: String
  /// What they came in with: the name of a key, `socket` or `anonymous`.
  package let credential: String
  package let roles: Set<Role>
  /// The only tenant whose data they send and see; nil for all data.
  package let tenant: String?
  /// What scopes the identities of what they send: a hash of the tenant's name, which is the same
  /// after a restart and on another machine; 0 without a tenant.
  package let tenantScope: UInt32

  /// Somebody with `roles` through `credential`, for whom a proxy may vouch as `user`.
  package init(
    credential: String, user: String? = nil, roles: Set<Role>, tenant: String? = nil
  ) {
    name = user ?? credential
    self.credential = credential
    self.roles = roles.union([.open])
    self.tenant = tenant
    tenantScope = tenant.map(Self.scope) ?? 0
  }

  private static func scope(_ tenant: String) -> UInt32 {
    let digest = SHA256.digest(of: Array(tenant.utf8))
    return max(1, digest[..<4].reduce(0) { $0 << 8 | UInt32($1) })
  }

  /// Whoever comes without a key, where that is enough for `roles`.
  package static func anonymous(_ roles: Set<Role>) -> Principal {
    Principal(credential: "anonymous", roles: roles)
  }

  /// The owner of the data directory, through the socket in it.
  package static let socket = Principal(credential: "socket", roles: Set(Role.allCases))

  /// The same with another person's name.
  package func vouched(as user: String) -> Principal {
    Principal(credential: credential, user: user, roles: roles, tenant: tenant)
  }
}
