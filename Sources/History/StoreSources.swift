internal import Telemetry

/// The `src` of sources by their id, for identities; asks the file where the table has forgotten.
struct StoreSources: ~Copyable {
  private let dimensions: DimensionTable
  private let find: Statement
  private var known: [UInt32: [UInt8]?] = [:]

  private static let bound = 10_000

  init(_ database: Database, _ dimensions: DimensionTable) throws(StoreError) {
    find = try database.prepare("SELECT src FROM sources WHERE id = ?1")
    self.dimensions = dimensions
  }

  /// The stream id of a source, or nil.
  mutating func src(_ source: UInt32) throws(StoreError) -> [UInt8]? {
    if source == 0 { return nil }
    if let known = known[source] { return known }
    if known.count >= Self.bound { known.removeAll(keepingCapacity: true) }
    let found: [UInt8]?
    if let set = dimensions.set(.source, source) {
      found = set[.src]
    } else {
      found = try stored(source)
    }
    known[source] = .some(found)
    return found
  }

  /// Forgets what a transaction that was rolled back may have shown.
  mutating func forget() {
    known.removeAll()
  }

  private func stored(_ source: UInt32) throws(StoreError) -> [UInt8]? {
    find.bind(1, Int64(source))
    defer { find.reset() }
    return try find.step() ? find.bytes(0) : nil
  }
}
