internal import Codec

/// Whose events a reader may see.
package enum TenantScope: Equatable, Sendable {
  /// Everybody's, and those that carry no tenant.
  case all
  /// Those that carry one of these tenants, and nothing else; with no tenant in it, nothing.
  case only(Set<String>)

  /// The view of the rows in scope that hides the one of the same name in the file; nil where
  /// nothing is to be hidden.
  var view: String? {
    guard case .only(let tenants) = self else { return nil }
    // As hex: no name, whatever is in it, can end the literal.
    let names = tenants.sorted().map { name in
      "CAST(x'\(String(decoding: Hex.encode(Array(name.utf8)), as: UTF8.self))' AS TEXT)"
    }
    return """
      CREATE TEMP VIEW event_columns AS SELECT * FROM main.event_columns WHERE tenant IN
      (SELECT id FROM main.tenants WHERE tenant IN (\(names.joined(separator: ", "))))
      """
  }
}

extension EventReader {
  /// Hides every row out of `scope` from all later reads. The wall stands in the connection and
  /// not in each statement, so that no statement can forget it: SQLite resolves `event_columns` to
  /// the temporary view first. After a failure the reader must not be used.
  package func narrow(to scope: TenantScope) throws(StoreError) {
    guard scope != self.scope else { return }
    // The file stays read-only by the way it was opened; only temporary views may come and go.
    try database.execute("PRAGMA query_only = 0; DROP VIEW IF EXISTS temp.event_columns")
    if let view = scope.view { try database.execute(view) }
    try database.execute("PRAGMA query_only = 1")
    self.scope = scope
  }
}
