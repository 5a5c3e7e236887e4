internal import Codec

/// Whose events a reader may see.
package enum TenantScope: Equatable, Sendable {
  /// Everybody's, and those that carry no tenant.
  case all
  /// Those that carry one of these tenants, and nothing else; with no tenant in it, nothing.
  case only(Set<String>)

  /// What carries a tenant in the file, as readers see it.
  static let views = ["event_columns", "session_visits", "error_groups"]

  /// Views of the rows in scope that hide what has the same name in the file; nothing where nothing
  /// is to be hidden.
  var views: String {
    guard let names else { return "" }
    return Self.views.map { name in
      """
      CREATE TEMP VIEW \(name) AS SELECT * FROM main.\(name) WHERE tenant IN
      (SELECT id FROM main.tenants WHERE tenant IN (\(names)));
      """
    }.joined() + "CREATE TEMP VIEW series AS SELECT * FROM main.series WHERE tenant IN (\(names));"
  }

  private var names: String? {
    guard case .only(let tenants) = self else { return nil }
    // As hex: no name, whatever is in it, can end the literal.
    return tenants.sorted().map { name in
      "CAST(x'\(String(decoding: Hex.encode(Array(name.utf8)), as: UTF8.self))' AS TEXT)"
    }.joined(separator: ", ")
  }

  /// Whether what carries this tenant is in scope; "" is none.
  package func includes(_ tenant: String) -> Bool {
    switch self {
    case .all: true
    case .only(let tenants): tenants.contains(tenant)
    }
  }
}

extension EventReader {
  /// Hides every row out of `scope` from all later reads. The wall stands in the connection and
  /// not in each statement, so that no statement can forget it: SQLite resolves these names to the
  /// temporary views first. Rollups are narrowed as they are read. After a failure the
  /// reader must not be used.
  package func narrow(to scope: TenantScope) throws(StoreError) {
    guard scope != self.scope else { return }
    // The file stays read-only by the way it was opened; only temporary views may come and go.
    try database.execute("PRAGMA query_only = 0")
    for view in TenantScope.views + ["series"] {
      try database.execute("DROP VIEW IF EXISTS temp.\(view)")
    }
    try database.execute("\(scope.views) PRAGMA query_only = 1")
    self.scope = scope
  }
}
