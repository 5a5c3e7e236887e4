package import History
package import Serving

extension Request {
  /// Whose events the one who asks may see.
  package var scope: TenantScope {
    principal.tenant.map { .only([$0]) } ?? .all
  }
}
