import Testing

@testable import History

@Suite struct MigrationTests {
  @Test func `a new file gets the newest schema and both views can be read`() throws {
    let database = try Database(path: ":memory:", access: .readWrite)
    try Migration.run(database)
    #expect(try database.integer("PRAGMA user_version") == Schema.version)
    #expect(try database.integer("PRAGMA application_id") == Schema.applicationID)
    for view in Schema.views.keys {
      let statement = try database.prepare("SELECT * FROM \(view)")
      #expect(try statement.step() == false)
    }
  }

  @Test func `migrating twice changes nothing`() throws {
    let database = try Database(path: ":memory:", access: .readWrite)
    try Migration.run(database)
    let before = try database.integer("PRAGMA schema_version")
    try Migration.run(database)
    #expect(try database.integer("PRAGMA schema_version") == before)
  }

  @Test func `a file of a later version is refused by name`() throws {
    let database = try Database(path: ":memory:", access: .readWrite)
    try Migration.run(database)
    try database.execute("PRAGMA user_version = 99")
    #expect(throws: StoreError.newerFile(version: 99, known: Schema.version)) {
      try Migration.run(database)
    }
  }

  @Test func `a database of another program is refused`() throws {
    let database = try Database(path: ":memory:", access: .readWrite)
    try database.execute("CREATE TABLE recipes (id INTEGER PRIMARY KEY)")
    #expect(throws: StoreError.foreignFile) { try Migration.run(database) }
  }

  @Test func `a view that was made by another version is made anew`() throws {
    let database = try Database(path: ":memory:", access: .readWrite)
    try Migration.run(database)
    try database.execute("DROP VIEW event_rows; CREATE VIEW event_rows AS SELECT 1 AS one")
    try Migration.run(database)
    let statement = try database.prepare("SELECT * FROM event_rows")
    #expect(statement.name(0) == "id")
  }
}
