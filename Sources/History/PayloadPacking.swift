internal import Codec
internal import LinuxIO

/// Deflates payloads after they were stored, in the order of their rows, a little at a time: some
/// 40 MB of text a second of the writer's idle time.
struct PayloadPacking: ~Copyable {
  // unsafe because it deflates texts where SQLite holds them, before the next step.
  /// Nanoseconds after which a step takes up no other row; one of the usual size takes at most
  /// another 14 ms.
  static let step: Int64 = 8_000_000
  /// Shorter and longer texts are left as they are: the one saves nothing, the other takes too
  /// long at once.
  static let worthwhileBytes = 256...(1 << 20)
  /// Twice as fast as zlib's usual level, and 4 % larger for short texts, 10 % for long ones.
  private static let level = 3
  /// Where the last row that was looked at is kept in `meta`.
  static let markKey = "payloads_packed"
  /// Amended rows behind the mark that are remembered to be looked at again.
  private static let mostRevisits = 10_000

  private let next: Statement
  private let again: Statement
  private let save: Statement
  private let saveMark: Statement
  private var deflater: Deflater
  /// Every row up to here was looked at.
  private(set) var mark: Int64
  private var revisits: [Int64] = []

  init(_ database: Database) throws(StoreError) {
    let columns = "SELECT id, input, output, stack FROM payloads"
    let following = try database.prepare("\(columns) WHERE id > ?1 ORDER BY id LIMIT 1")
    let same = try database.prepare("\(columns) WHERE id = ?1")
    let saving = try database.prepare(
      """
      UPDATE payloads SET input = ifnull(?2, input), output = ifnull(?3, output),
        stack = ifnull(?4, stack) WHERE id = ?1
      """)
    let marking = try database.prepare(
      "INSERT OR REPLACE INTO meta (key, value) VALUES ('\(Self.markKey)', ?1)")
    let found = try database.integer("SELECT value FROM meta WHERE key = '\(Self.markKey)'")
    (next, again, save, saveMark) = (following, same, saving, marking)
    deflater = Deflater(.zlib, level: Self.level)
    mark = found ?? 0
  }

  /// Takes note that the row was written anew.
  mutating func note(amended row: Int64) {
    if row <= mark, revisits.count < Self.mostRevisits { revisits.append(row) }
  }

  /// Whether a row before `next` has not been looked at.
  func isBehind(_ next: Int64) -> Bool { mark < next - 1 || !revisits.isEmpty }

  /// Deflates what it can until `end`, a monotonic time, within the open transaction; `newest` is
  /// the last row. Gives what it did, to be kept when the transaction is.
  mutating func run(until end: Int64, newest: Int64) throws(StoreError) -> Progress {
    var progress = Progress(mark: mark, revisited: 0, changed: 0)
    while progress.revisited < revisits.count, Clock.monotonic < end {
      again.bind(1, revisits[progress.revisited])
      if try pack(again) != nil { progress.changed += 1 }
      progress.revisited += 1
    }
    while progress.mark < newest, Clock.monotonic < end {
      next.bind(1, progress.mark)
      guard let row = try pack(next) else {
        progress.mark = newest
        break
      }
      progress.mark = row.id
      if row.isChanged { progress.changed += 1 }
    }
    if progress.changed > 0 {
      saveMark.bind(1, progress.mark)
      try saveMark.run()
    }
    return progress
  }

  /// Takes what was done as saved.
  mutating func keep(_ progress: Progress) {
    mark = progress.mark
    revisits.removeFirst(progress.revisited)
  }

  /// How far one step came.
  struct Progress {
    fileprivate(set) var mark: Int64
    fileprivate(set) var revisited: Int
    /// Rows that were deflated.
    fileprivate(set) var changed: Int
  }

  /// Deflates the row that a statement finds; nil when there is none.
  private mutating func pack(
    _ find: Statement
  ) throws(StoreError) -> (id: Int64, isChanged: Bool)? {
    defer { find.reset() }
    guard try find.step() else { return nil }
    let id = find.integer(0)
    var streams: [[UInt8]?] = []
    for column in Int32(1)...3 {
      guard !find.isBlob(column), let text = unsafe find.borrowedBytes(column),
        Self.worthwhileBytes.contains(text.count)
      else {
        streams.append(nil)
        continue
      }
      unsafe streams.append(PayloadText.packed(text, with: &deflater))
    }
    guard streams.contains(where: { $0 != nil }) else { return (id, false) }
    find.reset()
    save.bind(1, id)
    for (index, stream) in streams.enumerated() {
      if let stream {
        save.bind(Int32(index) + 2, blob: stream)
      } else {
        save.bindNull(Int32(index) + 2)
      }
    }
    try save.run()
    return (id, true)
  }
}

extension Store {
  /// Deflates payloads for one step; whether there is more to do.
  func packPayloadsOnce() throws(StoreError) -> Bool {
    guard packing.isBehind(nextRow) else { return false }
    var progress: PayloadPacking.Progress?
    let end = Clock.monotonic + PayloadPacking.step
    try inTransaction { () throws(StoreError) in
      progress = try packing.run(until: end, newest: nextRow - 1)
    }
    if let progress { packing.keep(progress) }
    return packing.isBehind(nextRow)
  }
}
