internal import Telemetry

/// The groups that history counts by, each with the number that stands for its name in the file.
final class RollupGroups {
  private struct Group {
    let id: UInt32
    /// The newest second in which it was counted, as far as it was told.
    var last: Int64
  }

  private var groups: [[UInt8]: Group] = [:]
  /// New groups that are not in the file yet.
  private var unsaved: [(id: UInt32, name: [UInt8], time: Int64)] = []
  private var nextID: UInt32
  private let find: Statement
  private let insert: Statement
  /// Why a group could not be looked up in the file.
  private(set) var failure: StoreError?

  init(_ database: Database) throws(StoreError) {
    find = try database.prepare("SELECT id FROM rollup_groups WHERE labels = ?1")
    insert = try database.prepare(
      "INSERT OR IGNORE INTO rollup_groups (id, labels, last) VALUES (?1, ?2, ?3)")
    let newest = try database.integer("SELECT max(id) FROM rollup_groups") ?? 0
    nextID = UInt32(truncatingIfNeeded: newest) + 1
  }

  /// The group of a name at a second, or nil when there are too many and this is a new one. An
  /// `isAlwaysThere` group never is one too many.
  func id(_ name: [UInt8], at time: Int64, isAlwaysThere: Bool = false) -> UInt32? {
    if var group = groups[name] {
      if time > group.last {
        group.last = time
        groups[name] = group
      }
      return group.id
    }
    if groups.count >= Limits.rollupGroups, !isAlwaysThere { return nil }
    let id = saved(name) ?? make(name, time)
    groups[name] = Group(id: id, last: time)
    return id
  }

  /// Whether `name` is at hand as the name of group `id`.
  func knows(_ name: [UInt8], as id: UInt32) -> Bool { groups[name]?.id == id }

  /// The groups that have their place in memory.
  var held: Set<UInt32> { Set(groups.values.map(\.id)) }

  /// The name of a new group that is not in the file yet.
  func unsavedName(_ id: UInt32) -> [UInt8]? { unsaved.first { $0.id == id }?.name }

  /// Forgets the groups that rested since `horizon`; they keep their numbers.
  func forget(before horizon: Int64) {
    let waiting = Set(unsaved.map(\.id))
    groups = groups.filter { $0.value.last >= horizon || waiting.contains($0.value.id) }
  }

  /// Forgets groups whose names `renamed` gives another name, which they have in the file or will
  /// have.
  func forget(_ renamed: ([UInt8]) -> [UInt8]?) {
    groups = groups.filter { renamed($0.key) == nil }
    unsaved = unsaved.map { ($0.id, renamed($0.name) ?? $0.name, $0.time) }
  }

  /// Writes new groups, within the open transaction.
  func save() throws(StoreError) {
    if let failure {
      self.failure = nil
      throw failure
    }
    for group in unsaved {
      insert.bind(1, Int64(group.id))
      insert.bind(2, text: group.name)
      insert.bind(3, group.time)
      try insert.run()
    }
  }

  /// Takes what was written as saved.
  func markSaved() { unsaved.removeAll() }

  private func make(_ name: [UInt8], _ time: Int64) -> UInt32 {
    let id = nextID
    nextID += 1
    unsaved.append((id, name, time))
    return id
  }

  private func saved(_ name: [UInt8]) -> UInt32? {
    find.bind(1, text: name)
    defer { find.reset() }
    do throws(StoreError) {
      return try find.step() ? UInt32(truncatingIfNeeded: find.integer(0)) : nil
    } catch {
      failure = error
      return nil
    }
  }
}
