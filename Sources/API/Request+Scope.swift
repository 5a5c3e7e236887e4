internal import Alerts
package import History
internal import PromQL
package import Serving

extension Request {
  /// Whose events the one who asks may see.
  package var scope: TenantScope {
    principal.tenant.map { .only([$0]) } ?? .all
  }
}

extension Principal {
  /// Whether they may know of what is a tenant's, or nobody's.
  func concerns(_ tenant: String?) -> Bool { self.tenant == nil || self.tenant == tenant }

  /// Whether they may know of an alert with these labels.
  func concerns(_ labels: Labels) -> Bool { tenant == nil || labels["tenant"] == tenant }

  /// Whether they may know of what meets these conditions: those bound to a tenant only where just
  /// its own alerts can.
  func concerns(_ matchers: AlertMatchers) -> Bool {
    guard let tenant else { return true }
    return matchers.all.contains {
      $0.name == "tenant" && $0.operation == .equal && $0.value == tenant
    }
  }
}
