internal import Codec
package import Telemetry

/// The books of every source, as the writer keeps them: changed with each batch, saved with each
/// commit, taken back with a rollback. Bounded by `Limits.streams`; the coldest leave first.
struct StreamLedger: ~Copyable {
  struct Entry {
    let name: StreamBook.Name
    var book = StreamBook()
    /// When it last changed, in ns since 1970.
    var lastSeen: Int64 = 0
  }

  private(set) var entries: [Entry] = []
  private var slots: [StreamBook.Name: Int] = [:]
  private var cached: [CacheKey: Int] = [:]
  /// What was changed since the last commit, as it was before.
  private var before: [Int: Entry] = [:]
  private var countBefore = 0
  private let limit: Int

  private struct CacheKey: Hashable {
    let source: UInt32
    let scope: UInt32
    let door: Door
    let peer: Hash128
  }

  init(limit: Int = Limits.streams) {
    self.limit = limit
  }

  /// The place of the books of events of `source` in `batch`; about 40 ns, so ask once a run.
  mutating func slot(
    source: UInt32, set: () -> DimensionSet?, batch: EventBatch, peer: Hash128
  ) -> Int {
    let key = CacheKey(source: source, scope: batch.tenantScope, door: batch.door, peer: peer)
    if let known = cached[key] { return touch(known, at: batch.receivedAt) }
    let set = set()
    let src = set?[.src] ?? []
    let name = StreamBook.Name(
      src: src, service: set?[.service] ?? [], peer: src.isEmpty ? batch.peer : [],
      door: batch.door, tenantScope: batch.tenantScope)
    if cached.count >= limit * 2 { cached.removeAll(keepingCapacity: true) }
    let slot = slot(of: name)
    cached[key] = slot
    return touch(slot, at: batch.receivedAt)
  }

  /// The place of books by their name.
  mutating func slot(of name: StreamBook.Name) -> Int {
    if let known = slots[name] { return known }
    entries.append(Entry(name: name))
    slots[name] = entries.count - 1
    return entries.count - 1
  }

  /// Marks books as about to change.
  @discardableResult
  mutating func touch(_ slot: Int, at time: Int64) -> Int {
    if before[slot] == nil { before[slot] = entries[slot] }
    entries[slot].lastSeen = max(entries[slot].lastSeen, time)
    return slot
  }

  /// Counts one event in books that were marked.
  @inline(__always)
  mutating func count(_ verdict: Verdict, in slot: Int, hasIdentity: Bool, counter: Int64) {
    if verdict == .duplicate {
      entries[slot].book.duplicate &+= 1
    } else {
      entries[slot].book.stored &+= 1
      if !hasIdentity { entries[slot].book.unidentified &+= 1 }
    }
    if counter != Event.absent { entries[slot].book.see(counter) }
  }

  /// Counts a point of a metric in books that were marked.
  mutating func count(_ verdict: PointVerdict, in slot: Int) {
    switch verdict {
    case .stored: entries[slot].book.stored += 1
    case .duplicate: entries[slot].book.duplicate += 1
    case .outOfOrder, .tooOld, .future, .seriesLimit: entries[slot].book.rejected += 1
    }
  }

  /// Counts records that were refused or shed, in books that were marked.
  mutating func count(rejected: Int64, shed: Int64, in slot: Int) {
    entries[slot].book.rejected += rejected
    entries[slot].book.shed += shed
  }

  /// The books that changed since the last commit.
  var changed: [Entry] { before.keys.sorted().map { entries[$0] } }

  /// Takes the changes as saved; gives the names of books that had to leave.
  mutating func keep() -> [StreamBook.Name] {
    before.removeAll(keepingCapacity: before.count <= 1_024)
    countBefore = entries.count
    guard entries.count > limit else { return [] }
    entries.sort { $0.lastSeen > $1.lastSeen }
    let kept = limit - limit / 10
    let gone = entries[kept...].map(\.name)
    entries.removeSubrange(kept...)
    slots = Dictionary(
      uniqueKeysWithValues: entries.enumerated().map { ($0.element.name, $0.offset) })
    cached.removeAll(keepingCapacity: true)
    countBefore = entries.count
    return gone
  }

  /// Forgets books whose rows are gone, between transactions.
  mutating func forget(_ names: [StreamBook.Name]) {
    guard !names.isEmpty else { return }
    precondition(before.isEmpty, "no transaction is open")
    let gone = Set(names)
    entries.removeAll { gone.contains($0.name) }
    slots = Dictionary(
      uniqueKeysWithValues: entries.enumerated().map { ($0.element.name, $0.offset) })
    cached.removeAll(keepingCapacity: true)
    countBefore = entries.count
  }

  /// Takes the changes back.
  mutating func undo() {
    for (slot, entry) in before where slot < countBefore { entries[slot] = entry }
    for entry in entries[countBefore...] { slots[entry.name] = nil }
    entries.removeSubrange(countBefore...)
    cached.removeAll(keepingCapacity: true)
    before.removeAll()
  }

  /// Takes in books read back at start, or those of the file before this one.
  mutating func restore(_ saved: [Entry]) {
    precondition(entries.isEmpty, "a ledger is restored once, before use")
    entries = saved
    slots = Dictionary(
      uniqueKeysWithValues: saved.enumerated().map { ($0.element.name, $0.offset) })
    countBefore = entries.count
  }
}

/// One source and what came of everything it sent.
package struct StreamSummary: Equatable, Sendable {
  package let name: StreamBook.Name
  package let book: StreamBook
  /// When it was last heard of, in ns since 1970.
  package let lastSeen: Int64
}
