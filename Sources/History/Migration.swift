internal import CSQLite

/// Brings a file to the newest schema, in one transaction a step.
enum Migration {
  /// Makes the tables of a new file, migrates an older one, and refuses a newer or a foreign one.
  static func run(_ database: Database) throws(StoreError) {
    let found = try version(of: database)
    for step in found..<Schema.version {
      try inTransaction(database) { () throws(StoreError) in
        try database.execute(Schema.migrations[Int(step)])
        try database.execute("PRAGMA user_version = \(step + 1)")
        try database.execute("PRAGMA application_id = \(Schema.applicationID)")
      }
    }
    // What a migration wrote need not stay in the log, which keeps its longest length.
    if found < Schema.version { try database.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
    try renewViews(database)
  }

  /// The version of a file of ours or an empty one; refuses others without changing them.
  static func version(of database: Database) throws(StoreError) -> Int64 {
    let version = try database.integer("PRAGMA user_version") ?? 0
    let mark = try database.integer("PRAGMA application_id") ?? 0
    let isEmpty = try database.integer("SELECT count(*) FROM sqlite_schema") == 0
    guard mark == Schema.applicationID || (isEmpty && mark == 0) else { throw .foreignFile }
    guard version <= Schema.version else {
      throw .newerFile(version: version, known: Schema.version)
    }
    return version
  }

  private static func renewViews(_ database: Database) throws(StoreError) {
    let find = try database.prepare(
      "SELECT sql FROM sqlite_schema WHERE name = ?1 AND type = 'view'")
    var stale: [String] = []
    for name in Schema.views.keys.sorted() {
      find.bind(1, text: name)
      let isThere = try find.step()
      if !isThere || find.text(0) != Schema.views[name] { stale.append(name) }
      find.reset()
    }
    guard !stale.isEmpty else { return }
    try inTransaction(database) { () throws(StoreError) in
      for name in stale {
        try database.execute("DROP VIEW IF EXISTS \(name)")
        try database.execute(Schema.views[name, default: ""])
      }
    }
  }

  private static func inTransaction(
    _ database: Database, _ body: () throws(StoreError) -> Void
  ) throws(StoreError) {
    try database.execute("BEGIN IMMEDIATE")
    do {
      try body()
      try database.execute("COMMIT")
    } catch {
      // A failed statement may have ended the transaction by itself.
      if !database.isIdle { try database.execute("ROLLBACK") }
      throw error
    }
  }
}
