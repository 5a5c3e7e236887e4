internal import Telemetry

/// What a store is opened with, kept so that another file can take the place of this one.
struct StorePlace {
  let path: String
  let settings: StoreSettings
  let dimensions: DimensionTable
  let rowIdentity: RowIdentity

  /// Opens or makes the file, brings it to the newest schema and, if asked, fills `dimensions`.
  func open(restoring: Bool) throws(StoreError) -> Database {
    try SetAside.finish(path)
    try StoreFile.makePrivate(path)
    let database = try Database(path: path, access: .readWrite)
    try StoreFile.prepare(database, durability: settings.durability)
    if restoring { try StoreDimensions.restore(dimensions, from: database) }
    return database
  }
}
