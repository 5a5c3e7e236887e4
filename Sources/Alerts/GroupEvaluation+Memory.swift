internal import PromQL

/// What was saved of a group, and what is to be.
struct GroupSaving: Sendable {
  /// Rules, by place, whose series are not those last saved.
  var unsavedSeries: Set<Int> = []
  /// The keys under which each rule's series are saved, by place.
  var seriesKeys: [Int: Set<String>] = [:]
  /// Keys of what is gone.
  var orphans: Set<String> = []
  var hasAbandoned = false

  mutating func adopt(_ place: Int, of old: Self, at index: Int) {
    // A rule at another place may be the second of its kind, so all of it is saved anew.
    unsavedSeries.insert(index)
    orphans.formUnion(old.seriesKeys[place] ?? [])
  }

  mutating func leave(_ old: Self, rules: [Int]) {
    orphans.formUnion(old.orphans)
    for index in rules { orphans.formUnion(old.seriesKeys[index] ?? []) }
    hasAbandoned = old.hasAbandoned
  }
}

/// A restart: what a group remembers goes into records and comes back from them.
extension GroupEvaluation {
  private static let version: UInt8 = 1

  /// Saves what is not as it was last saved, under keys that begin with `prefix`, and drops the
  /// records of what is gone. An evaluation made of the records goes on just as this one does.
  package mutating func save(into memory: inout AlertMemory, prefix: String) {
    var keys: Set<String> = []
    for (index, key) in ruleKeys(prefix).enumerated() {
      if saving.unsavedSeries.contains(index) { saveSeries(of: index, key, &memory) }
      keys.formUnion(saving.seriesKeys[index] ?? [])
      evaluations[index]?.save(into: &memory, prefix: key)
      keys.formUnion(evaluations[index]?.savedKeys ?? [])
    }
    saving.unsavedSeries = []
    for key in saving.orphans.subtracting(keys) { memory[key] = nil }
    saving.orphans = []
    saveAbandoned(prefix + "/abandoned", &memory)
  }

  /// A group as its records under `prefix` tell; how many of them could not be read, in place of
  /// which it starts anew. Series of rules that are gone end with the next evaluation.
  package static func restored(
    _ group: RuleGroup, from memory: AlertMemory, prefix: String
  ) -> (evaluation: GroupEvaluation, unreadable: Int) {
    var evaluation = GroupEvaluation(group)
    var unreadable = 0
    let keys = evaluation.ruleKeys(prefix)
    let places = Dictionary(zip(keys, keys.indices), uniquingKeysWith: { first, _ in first })
    for key in memory.keys(prefix + "/") {
      guard let bytes = memory[key] else { continue }
      let rest = key.dropFirst(prefix.count + 1)
      let ruleKey = prefix + "/" + rest.prefix { $0 != "/" } + "/"
      let isRead = evaluation.restore(key, bytes, ruleKey: ruleKey, at: places[ruleKey])
      if !isRead {
        unreadable += 1
        evaluation.saving.orphans.insert(key)
      }
    }
    return (evaluation, unreadable)
  }

  private mutating func restore(
    _ key: String, _ bytes: [UInt8], ruleKey: String, at place: Int?
  ) -> Bool {
    let name = key.dropFirst(ruleKey.count)
    if key.hasSuffix("/abandoned") {
      guard let series = Self.series(bytes) else { return false }
      abandon(series)
      saving.hasAbandoned = true
      return true
    }
    if name.first == "p" {
      guard let series = Self.series(bytes) else { return false }
      guard let place else {
        saving.orphans.insert(key)
        abandon(series)
        return true
      }
      restore(previous[place] + series, of: place)
      saving.seriesKeys[place, default: []].insert(key)
      return true
    }
    guard let place, evaluations[place] != nil else {
      saving.orphans.insert(key)
      return true
    }
    return evaluations[place]?.restore(key, name: name, bytes) ?? false
  }

  /// What the keys of each rule begin with: a hash of what makes it the same rule, and which of
  /// several it is.
  private func ruleKeys(_ prefix: String) -> [String] {
    var seen: [String: Int] = [:]
    return group.rules.map { rule in
      let labels = rule.identity.enumerated().map { Label("\($0.offset + 100)", "=" + $0.element) }
      let hash = Labels(labels).fingerprintText
      let number = seen[hash, default: 0]
      seen[hash] = number + 1
      return number == 0 ? "\(prefix)/\(hash)/" : "\(prefix)/\(hash)-\(number)/"
    }
  }
}

// MARK: Series
extension GroupEvaluation {
  /// Series of one record; more go into further ones.
  private static let seriesPerRecord = 32

  private mutating func saveSeries(of index: Int, _ key: String, _ memory: inout AlertMemory) {
    var keys: Set<String> = []
    var rest = previous[index][...]
    while !rest.isEmpty {
      // Numbered so that records come back in order.
      let number = String(keys.count)
      let name = key + "p" + String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
      memory[name] = Self.record(rest.prefix(Self.seriesPerRecord))
      rest = rest.dropFirst(Self.seriesPerRecord)
      keys.insert(name)
    }
    for key in (saving.seriesKeys[index] ?? []).subtracting(keys) { memory[key] = nil }
    saving.seriesKeys[index] = keys
  }

  private mutating func saveAbandoned(_ key: String, _ memory: inout AlertMemory) {
    guard !abandoned.isEmpty || saving.hasAbandoned else { return }
    memory[key] = abandoned.isEmpty ? nil : Self.record(abandoned[...])
    saving.hasAbandoned = !abandoned.isEmpty
  }

  private static func record(_ series: ArraySlice<Labels>) -> [UInt8] {
    var writer = MemoryWriter(version: version)
    writer.add(UInt32(series.count))
    for labels in series { writer.add(labels.entries) }
    return writer.bytes
  }

  private static func series(_ bytes: [UInt8]) -> [Labels]? {
    guard var reader = MemoryReader(bytes, version: version), let count = reader.count(),
      count <= bytes.count
    else { return nil }
    var series: [Labels] = []
    for _ in 0..<count {
      guard let entries = reader.labels() else { return nil }
      series.append(Labels(entries))
    }
    return reader.isAtEnd ? series : nil
  }
}
