internal import Codec
internal import Telemetry

/// Saves the books of sources and reads them back.
struct StoreStreams: ~Copyable {
  private let save: Statement
  private let remove: Statement

  init(_ database: Database) throws(StoreError) {
    let saving = try database.prepare(
      """
      INSERT OR REPLACE INTO streams (src, service, peer, door, scope, stored, duplicate, rejected,
        shed, unidentified, resent, highest, forgotten_lost, gaps, last_seen)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
      """)
    let removing = try database.prepare(
      """
      DELETE FROM streams
      WHERE src = ?1 AND service = ?2 AND peer = ?3 AND door = ?4 AND scope = ?5
      """)
    save = saving
    remove = removing
  }

  /// Writes the books as they are.
  func write(_ entries: [StreamLedger.Entry]) throws(StoreError) {
    for entry in entries {
      Self.bind(save, entry.name)
      let book = entry.book
      let counts = [book.stored, book.duplicate, book.rejected, book.shed, book.unidentified]
      for (index, count) in (counts + [book.resent]).enumerated() {
        save.bind(Int32(index) + 6, count)
      }
      if let highest = book.highest { save.bind(12, highest) } else { save.bindNull(12) }
      save.bind(13, book.forgottenLost)
      save.bind(14, text: Self.text(book.gaps))
      save.bind(15, entry.lastSeen)
      try save.run()
    }
  }

  /// Removes books.
  func erase(_ names: [StreamBook.Name]) throws(StoreError) {
    for name in names {
      Self.bind(remove, name)
      try remove.run()
    }
  }

  /// All books as they were saved.
  static func read(_ database: Database) throws(StoreError) -> [StreamLedger.Entry] {
    let statement = try database.prepare(
      """
      SELECT src, service, peer, door, scope, stored, duplicate, rejected, shed, unidentified,
        resent, highest, forgotten_lost, gaps, last_seen
      FROM streams ORDER BY last_seen DESC LIMIT \(Limits.streams)
      """)
    var entries: [StreamLedger.Entry] = []
    while try statement.step() { entries.append(entry(statement)) }
    return entries
  }

  private static func entry(_ row: Statement) -> StreamLedger.Entry {
    let name = StreamBook.Name(
      src: row.bytes(0) ?? [], service: row.bytes(1) ?? [], peer: row.bytes(2) ?? [],
      door: UInt8(exactly: row.integer(3)).flatMap(Door.init(rawValue:)) ?? .http,
      tenantScope: UInt32(truncatingIfNeeded: row.integer(4)))
    var book = StreamBook(
      highest: row.optionalInteger(11), resent: row.integer(10), gaps: gaps(row.bytes(13) ?? []),
      forgottenLost: row.integer(12))
    book.stored = row.integer(5)
    book.duplicate = row.integer(6)
    book.rejected = row.integer(7)
    book.shed = row.integer(8)
    book.unidentified = row.integer(9)
    return StreamLedger.Entry(name: name, book: book, lastSeen: row.integer(14))
  }

  private static func bind(_ statement: Statement, _ name: StreamBook.Name) {
    statement.bind(1, text: name.src)
    statement.bind(2, text: name.service)
    statement.bind(3, text: name.peer)
    statement.bind(4, Int64(name.door.rawValue))
    statement.bind(5, Int64(name.tenantScope))
  }

  /// Gaps as a JSON array of pairs.
  private static func text(_ gaps: [ClosedRange<Int64>]) -> String {
    "[" + gaps.map { "[\($0.lowerBound),\($0.upperBound)]" }.joined(separator: ",") + "]"
  }

  private static func gaps(_ text: [UInt8]) -> [ClosedRange<Int64>] {
    let numbers = text.split { !(0x30...0x39).contains($0) }.compactMap {
      Int64(String(decoding: $0, as: UTF8.self))
    }
    return stride(from: 0, to: numbers.count - 1, by: 2).compactMap { index in
      numbers[index] <= numbers[index + 1] ? numbers[index]...numbers[index + 1] : nil
    }
  }
}
