/// Who sends a request, and what that allows.
package struct Principal: Equatable, Sendable {
  /// How an audit names them: the person that a trusted proxy vouches for, else the credential.
  package let name: String
  /// What they came in with: the name of a key, `socket` or `anonymous`.
  package let credential: String
  package let roles: Set<Role>
  /// The only tenant whose data they send and see; nil for all data.
  package let tenant: String?

  /// Somebody with `roles` through `credential`, for whom a proxy may vouch as `user`.
  package init(
    credential: String, user: String? = nil, roles: Set<Role>, tenant: String? = nil
  ) {
    name = user ?? credential
    self.credential = credential
    self.roles = roles.union([.open])
    self.tenant = tenant
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
