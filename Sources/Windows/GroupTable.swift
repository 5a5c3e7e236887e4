internal import Synchronization
internal import Telemetry

/// One group of a breakdown, with its cell in each shard.
@safe package final class WindowGroup: @unchecked Sendable {
  // @unchecked because the cells' ids are atomics.
  // unsafe because the ids lie in memory of this object's own, one for each shard.
  let serial: Int64
  let breakdown: Int
  /// The values of the breakdown's labels, in their order; "" where one is missing.
  package let values: [String]
  /// Set once when the group's figures go to `other`. Relaxed: the generation tells shards to look.
  private let hasJoined = Atomic(false)
  private let cellIDs: UnsafeMutablePointer<Atomic<UInt32>>
  private let shards: Int

  init(serial: Int64, breakdown: Int, values: [String], shards: Int) {
    self.serial = serial
    self.breakdown = breakdown
    self.values = values
    self.shards = shards
    unsafe cellIDs = .allocate(capacity: shards)
    for shard in 0..<shards { unsafe (cellIDs + shard).initialize(to: Atomic(0)) }
  }

  deinit {
    unsafe cellIDs.deallocate()
  }

  /// The id of this group's cell in a shard; 0 for none. Acquires what `setCell` released.
  func cell(_ shard: Int) -> UInt32 { unsafe cellIDs[shard].load(ordering: .acquiring) }

  /// Tells readers of the cell. On the shard's thread.
  func setCell(_ shard: Int, _ id: UInt32) {
    unsafe cellIDs[shard].store(id, ordering: .releasing)
  }

  var isJoined: Bool { hasJoined.load(ordering: .relaxed) }
  func join() { hasJoined.store(true, ordering: .relaxed) }

  /// Whether no shard holds anything of it.
  var isEmpty: Bool { (0..<shards).allSatisfy { cell($0) == 0 } }
}

/// Which groups there are, agreed on by all shards: shared by their threads, locked only when a
/// shard meets a combination of values that it has not met lately.
package final class GroupTable: Sendable {
  /// What each group that found no room of its own joins.
  package static let other = "other"
  /// Joined groups that are named, of each breakdown.
  private static let namedJoined = 100

  /// All breakdowns; the first is the total.
  package let breakdowns: [Breakdown]
  /// Groups a breakdown may have besides `other`.
  package let groupLimit: Int
  package let memory: WindowMemoryGauge
  let shards: Int
  private let books: Guarded<[Book]>
  /// How questions merged groups, and which groups there were then.
  private let groupings = Guarded<[WindowGrouping.Key: (version: Int, grouping: WindowGrouping)]>(
    [:])
  /// The categories that are told apart, by the score's name.
  private let words = Guarded<[String: Set<String>]>([:])
  /// Questions whose merging is kept.
  private static let keptGroupings = 16
  /// Rises when a shard must look again where groups went. Relaxed: what it tells of is read under
  /// the lock.
  private let generationCount = Atomic(0)

  private struct Book: Sendable {
    var groups: [[String]: WindowGroup] = [:] {
      didSet { version += 1 }
    }
    /// Rises whenever the groups are other ones.
    var version = 0
    /// Groups that joined `other` and that some shard still holds figures of.
    var leaving: [WindowGroup] = [] {
      didSet { version += 1 }
    }
    var lastSerial: Int64 = 0
    var joined: Int64 = 0
    var namedJoined: [[String]] = []
  }

  /// What a breakdown holds, for people.
  package struct Cardinality: Sendable {
    package let breakdown: Breakdown
    package let groups: Int
    package let limit: Int
    /// How many groups joined `other`, ever, and the last ones of them.
    package let joined: Int64
    package let lastJoined: [[String]]
  }

  /// A table without groups.
  package init(
    breakdowns: [Breakdown], shards: Int, groupLimit: Int = 2_000,
    memoryLimit: Int = 128 << 20
  ) {
    let all = [Breakdown([])] + breakdowns.filter { !$0.labels.isEmpty }
    self.breakdowns = all
    self.shards = shards
    self.groupLimit = groupLimit
    memory = WindowMemoryGauge(limit: memoryLimit)
    books = Guarded(all.map { _ in Book() })
  }

  /// A table of the scores of what `calls` groups: the same breakdowns, each with the score's name
  /// and category behind its labels. Both share one bound on memory.
  package init(scoresOf calls: GroupTable) {
    breakdowns = calls.breakdowns.map { Breakdown($0.labels + [.dimension(.score), .scoreWord]) }
    shards = calls.shards
    groupLimit = calls.groupLimit
    memory = calls.memory
    books = Guarded(breakdowns.map { _ in Book() })
  }

  /// The paths of attributes that breakdowns are over.
  var attributePaths: [String] {
    breakdowns.flatMap(\.labels).compactMap { label in
      if case .attribute(let path) = label { path } else { nil }
    }
  }

  var generation: Int { generationCount.load(ordering: .relaxed) }

  /// The group with these values, or `other` when there is no room for it; `prepare` makes the
  /// caller's cell before anybody can take the group away.
  func resolve(
    _ breakdown: Int, _ values: [String], prepare: (WindowGroup) -> Void
  ) -> WindowGroup {
    books.withLock { books in
      let group = find(breakdown, values, in: &books[breakdown])
      prepare(group)
      return group
    }
  }

  private func find(_ breakdown: Int, _ values: [String], in book: inout Book) -> WindowGroup {
    if let known = book.groups[values] { return known }
    let others = breakdowns[breakdown].labels.map { _ in Self.other }
    let isRoom = book.groups.count - (book.groups[others] == nil ? 0 : 1) < groupLimit
    guard (isRoom && !memory.isFull) || values == others else {
      book.joined += 1
      if book.namedJoined.count >= Self.namedJoined { book.namedJoined.removeFirst() }
      book.namedJoined.append(values)
      return find(breakdown, others, in: &book)
    }
    return add(breakdown, values, to: &book)
  }

  private func add(_ breakdown: Int, _ values: [String], to book: inout Book) -> WindowGroup {
    book.lastSerial += 1
    let group = WindowGroup(
      serial: book.lastSerial, breakdown: breakdown, values: values, shards: shards)
    book.groups[values] = group
    return group
  }

  /// What a category of a score counts as: itself, or `other` where there are too many. Booleans,
  /// whose mean says all, are none.
  func word(_ word: String, of score: String) -> String {
    guard !word.isEmpty, word != "true", word != "false" else { return "" }
    return words.withLock { words in
      if words[score]?.contains(word) == true { return word }
      guard words[score]?.count ?? 0 < Limits.scoreWords, words.count < groupLimit else {
        return Self.other
      }
      words[score, default: []].insert(word)
      return word
    }
  }

  /// Makes room for other categories than those that nobody gives any more.
  private func forgetWords(_ total: Book) {
    words.withLock { words in
      for (score, known) in words {
        let left = known.filter { total.groups[[score, $0]] != nil }
        if left.count < known.count { words[score] = left.isEmpty ? nil : left }
      }
    }
  }

  /// How a question merges the groups, made anew by `make` when there are other groups.
  func grouping(_ key: WindowGrouping.Key, _ make: () -> WindowGrouping) -> WindowGrouping {
    // Taken before the groups are: what changes in between is found with the next question.
    let version = books.withLock { $0[key.breakdown].version }
    let known = groupings.withLock { $0[key] }
    if let known, known.version == version { return known.grouping }
    let grouping = make()
    groupings.withLock { kept in
      if kept.count >= Self.keptGroupings { kept.removeAll() }
      kept[key] = (version, grouping)
    }
    return grouping
  }

  /// Every group of a breakdown, and those that left for `other`.
  func groups(of breakdown: Int) -> (own: [WindowGroup], joined: [WindowGroup]) {
    books.withLock { (Array($0[breakdown].groups.values), $0[breakdown].leaving) }
  }

  /// The groups with one of the listed values sets, or none.
  func group(of breakdown: Int, _ values: [String]) -> WindowGroup? {
    books.withLock { $0[breakdown].groups[values] }
  }

  /// Lets go of groups that no shard holds anything of, and when a breakdown has no room, of the
  /// coldest: those `isCold` says so of join `other`.
  package func tend(isCold: (WindowGroup) -> Bool) {
    books.withLock { books in
      for index in books.indices {
        let gone = books[index].groups.filter { $0.value.isEmpty }
        for values in gone.keys { books[index].groups[values] = nil }
        if books[index].leaving.contains(where: \.isEmpty) {
          books[index].leaving.removeAll { $0.isEmpty }
        }
        let isFull = books[index].groups.count > groupLimit || memory.isFull
        if isFull, !breakdowns[index].labels.isEmpty { joinCold(&books[index], index, isCold) }
      }
      if breakdowns[0].labels.last == .scoreWord { forgetWords(books[0]) }
    }
  }

  /// Lets groups join `other` whose values nobody is to see any more.
  package func join(where isGone: ([String]) -> Bool) {
    books.withLock { books in
      for index in books.indices where !breakdowns[index].labels.isEmpty {
        joinCold(&books[index], index) { isGone($0.values) }
        books[index].namedJoined.removeAll(where: isGone)
      }
    }
  }

  private func joinCold(_ book: inout Book, _ index: Int, _ isCold: (WindowGroup) -> Bool) {
    let others = breakdowns[index].labels.map { _ in Self.other }
    let cold = book.groups.filter { $0.key != others && isCold($0.value) }
    guard !cold.isEmpty else { return }
    _ = book.groups[others] ?? add(index, others, to: &book)
    for (values, group) in cold {
      book.groups[values] = nil
      group.join()
      book.leaving.append(group)
      book.joined += 1
      if book.namedJoined.count >= Self.namedJoined { book.namedJoined.removeFirst() }
      book.namedJoined.append(values)
    }
    generationCount.wrappingAdd(1, ordering: .relaxed)
  }

  /// How many groups each breakdown holds.
  package func cardinality() -> [Cardinality] {
    books.withLock { books in
      zip(breakdowns, books).map { breakdown, book in
        Cardinality(
          breakdown: breakdown, groups: book.groups.count, limit: groupLimit,
          joined: book.joined, lastJoined: book.namedJoined)
      }
    }
  }
}
