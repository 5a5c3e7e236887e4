internal import Telemetry

/// Saves dimension sets and reads them back.
struct StoreDimensions: ~Copyable {
  private let saves: [Statement]
  private let table: DimensionTable
  /// The newest id of each family that the open transaction wrote.
  private var written: [UInt32] = DimensionFamily.allCases.map { _ in 0 }

  init(_ database: Database, _ table: DimensionTable) throws(StoreError) {
    var prepared: [Statement] = []
    for family in DimensionFamily.allCases {
      let names = family.dimensions.map(\.name)
      let places = (2..<names.count + 2).map { "?\($0)" }.joined(separator: ", ")
      prepared.append(
        try database.prepare(
          "INSERT OR REPLACE INTO \(Self.table(family)) (id, \(names.joined(separator: ", ")))"
            + " VALUES (?1, \(places))"))
    }
    saves = prepared
    self.table = table
  }

  static func table(_ family: DimensionFamily) -> String {
    switch family {
    case .source: "sources"
    case .operation: "operations"
    case .tenant: "tenants"
    }
  }

  /// Writes every set that came since the last commit.
  mutating func write() throws(StoreError) {
    for family in DimensionFamily.allCases {
      let place = Int(family.rawValue)
      for set in table.unsaved(family) {
        saves[place].bind(1, Int64(set.id))
        for (index, value) in set.values.enumerated() {
          if let value {
            saves[place].bind(Int32(index) + 2, text: value)
          } else {
            saves[place].bindNull(Int32(index) + 2)
          }
        }
        try saves[place].run()
        written[place] = set.id
      }
    }
  }

  /// Takes what was written as saved.
  func keep() {
    for family in DimensionFamily.allCases where written[Int(family.rawValue)] > 0 {
      table.markSaved(family, upTo: written[Int(family.rawValue)])
    }
  }

  /// Takes back that anything was written.
  mutating func undo() {
    for place in written.indices { written[place] = 0 }
  }

  /// Fills the table with the newest sets of the file.
  static func restore(_ table: DimensionTable, from database: Database) throws(StoreError) {
    for family in DimensionFamily.allCases {
      let names = family.dimensions.map(\.name).joined(separator: ", ")
      let rows = try database.prepare(
        "SELECT id, \(names) FROM \(Self.table(family)) ORDER BY id DESC"
          + " LIMIT \(Limits.dimensionSets)", isPersistent: false)
      var sets: [DimensionSet] = []
      while try rows.step() {
        let values = (1...Int32(family.dimensions.count)).map { rows.bytes($0) }
        sets.append(
          DimensionSet(
            family: family, id: UInt32(truncatingIfNeeded: rows.integer(0)), values: values))
      }
      table.restore(family, sets: sets.reversed(), lastID: sets.first?.id ?? 0)
    }
  }
}
