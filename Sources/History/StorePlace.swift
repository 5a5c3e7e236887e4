internal import Telemetry

/// What a store is opened with, kept so that another file can take the place of this one.
struct StorePlace {
  let path: String
  let settings: StoreSettings
  let dimensions: DimensionTable
  let rowIdentity: RowIdentity

  /// Opens or makes the file, brings it to the newest schema, a copy kept of what it was, and, if
  /// asked, fills `dimensions`.
  func open(
    restoring: Bool
  ) throws(StoreError) -> (database: Database, upgrade: Upgrade?) {
    try SetAside.finish(path)
    try BackupFile.removeDrafts(beside: path)
    try StoreFile.makePrivate(path)
    let upgrade = try Upgrade(of: path)
    try upgrade.keepCopy()
    let database = try Database(path: path, access: .readWrite)
    try StoreFile.prepare(database, durability: settings.durability)
    if restoring { try StoreDimensions.restore(dimensions, from: database) }
    return (database, upgrade.copy == nil ? nil : upgrade)
  }
}
