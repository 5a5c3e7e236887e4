internal import Money
internal import Telemetry

/// Keeps the price rows that stored calls were priced by, so that what is left of a roll-up is
/// priced by the very same after a restart, in another version of the book too.
struct StorePrices: ~Copyable {
  private let insert: Statement
  private var known: Set<UInt32>
  /// Rows that the open transaction came across.
  private var fresh: Set<UInt32> = []
  private var last: UInt32 = 0

  /// Reads the rows that are kept, and makes them known.
  init(_ database: Database) throws(StoreError) {
    let insert = try database.prepare(
      "INSERT OR IGNORE INTO prices VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
    var known: Set<UInt32> = []
    let rows = try database.prepare("SELECT * FROM prices", isPersistent: false)
    while try rows.step() {
      known.insert(UInt32(truncatingIfNeeded: rows.integer(0)))
      PriceRow.kept(
        provider: rows.text(1) ?? "", model: rows.text(2) ?? "", tier: rows.text(3) ?? "",
        prices: rows.text(7) ?? "", from: rows.optionalInteger(4) ?? .min,
        to: rows.optionalInteger(5) ?? .max, contextWindow: rows.optionalInteger(6))
    }
    (self.insert, self.known) = (insert, known)
  }

  /// Takes note of the row that an event of the open transaction was priced by; 0 is none.
  @inline(__always)
  mutating func note(_ id: UInt32) {
    guard id != last else { return }
    last = id
    if id != 0, !known.contains(id) { fresh.insert(id) }
  }

  /// Writes the rows that are new, before the end of the open transaction.
  func write() throws(StoreError) {
    for id in fresh {
      guard let row = PriceBook.row(id) else { continue }
      insert.bind(1, Int64(id))
      for (index, text) in [row.provider, row.model, row.tier].enumerated() {
        insert.bind(Int32(index + 2), text: text)
      }
      let bounds = [
        row.from == .min ? nil : row.from, row.to == .max ? nil : row.to, row.contextWindow,
      ]
      for (index, bound) in bounds.enumerated() {
        if let bound {
          insert.bind(Int32(index + 5), bound)
        } else {
          insert.bindNull(Int32(index + 5))
        }
      }
      insert.bind(8, text: row.prices)
      try insert.run()
    }
  }

  /// Takes what the transaction wrote as kept.
  mutating func keep() {
    guard !fresh.isEmpty else { return }
    known.formUnion(fresh)
    fresh.removeAll()
  }

  /// Takes the transaction's changes back.
  mutating func undo() {
    fresh.removeAll()
    last = 0
  }
}
